/* A damaged file that takes too long is a failure which names the file.
 * SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

static char current[256]; /* how to make the file again */

static void on_alarm(int number)
{
    (void)number;
    static const char text[] = "FAIL hang: ";
    (void)!write(STDOUT_FILENO, text, sizeof text - 1);
    (void)!write(STDOUT_FILENO, current, strlen(current));
    (void)!write(STDOUT_FILENO, "\n0 passed, 1 failed\n", 20);
    _exit(1);
}
