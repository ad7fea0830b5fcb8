/* Runs target_run() from the command line, for tests/targets.sh: prints what was measured.
 * tool list                                   the targets' names
 * tool missing TARGET                         "none", or tool and package
 * tool run TARGET OPT MODE DIR INPUT OUTPUT SOURCE...
 * DIR holds model_io.h; MODE is plain, sanitize or trace
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/target.h"

#include <stdlib.h>

static int show_list(void)
{
    for (int i = 0; i < target_count(); i++) {
        (void)printf("%s\n", target_info(i)->name);
    }
    return 0;
}

static int show_missing(const char *name)
{
    const TargetInfo *t = target_find(name);
    const char *tool = "none";
    const char *package = "";

    if (t == NULL) {
        return 2;
    }
    (void)target_missing(t, &tool, &package);
    (void)printf("%s %s\n", tool, package);
    return 0;
}

static int run(int argc, char **argv)
{
    Diag d = {0};
    TargetResult r;
    const char *timeout = getenv("TOOL_TIMEOUT");
    TargetJob job = {
        .target = argv[2],
        .opt = argv[3],
        .sanitize = strcmp(argv[4], "sanitize") == 0,
        .trace = strcmp(argv[4], "trace") == 0,
        .include_dir = argv[5],
        .input_path = argv[6],
        .output_path = argv[7],
        .profile_path = getenv("TOOL_PROFILE"),
        .image_path = getenv("TOOL_IMAGE"),
        .timeout_seconds = timeout != NULL ? atoi(timeout) : 0,
        .sources = (const char *const *)(argv + 8),
        .source_count = argc - 8,
    };
    const Status s = target_run(&job, &r, &d);

    if (s != OK) {
        (void)printf("status %d\n%s\n", (int)s, d.text);
        return 1;
    }
    (void)printf("runs %lld\ninstructions %lld\ncycles %lld\nstack %lld\n", (long long)r.runs,
                 (long long)r.instructions, (long long)r.cycles, (long long)r.stack_bytes);
    (void)printf("text %lld\nrodata %lld\ndata %lld\nbss %lld\nflags %s\n",
                 (long long)r.text_bytes, (long long)r.rodata_bytes, (long long)r.data_bytes,
                 (long long)r.bss_bytes, r.flags);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        return show_list();
    }
    if (argc == 3 && strcmp(argv[1], "missing") == 0) {
        return show_missing(argv[2]);
    }
    if (argc >= 8 && strcmp(argv[1], "run") == 0) {
        return run(argc, argv);
    }
    return 2;
}
