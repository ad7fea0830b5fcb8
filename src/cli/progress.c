/* What long commands share: the end by Ctrl-C, and a line of progress on a terminal.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <signal.h>
#include <unistd.h>

static void on_signal(int number)
{
    target_stop = number;
}

void stop_on_signals(void)
{
    struct sigaction stop = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGTERM, &stop, NULL);
}

void show_progress(void *context, const char *name, int32_t index, int32_t count)
{
    (void)context;
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K[%d/%d] %s ...", index + 1, count, name);
        fflush(stderr);
    }
}

void clear_progress(void)
{
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K");
    }
}
