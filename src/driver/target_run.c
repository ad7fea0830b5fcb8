/* Builds one model's image for one target in a temporary folder, runs it there and measures it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/target.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { BUILD_SECONDS = 120, RUN_SECONDS = 600, LOG_LIMIT = 1 << 30, QUOTED_BYTES = 1500 };
/* A frame need not touch each of its words: a depth so near to the end means that it was passed. */
enum { STACK_MARGIN = 4096 };

/* As in targets/common/harness.h. */
enum { EXIT_NO_FILE = 10, EXIT_SHORT_INPUT = 11, EXIT_NO_WRITE = 12, EXIT_STACK_FULL = 13 };

typedef struct Build {
    const TargetJob *job;
    const TargetInfo *target;
    Arena *arena;
    const char *dir; /* everything happens in this folder, under names without a path */
    int build_seconds, run_seconds;
    Args harness; /* the harness's sources without its glue, as named in dir */
    Diag *d;
} Build;

static Args new_args(const Build *b)
{
    return (Args){.arena = b->arena};
}

/* The start of a program's output, for a sentence. */
static const char *quoted_log(const Build *b, const char *log)
{
    Span text = {NULL, 0};

    if (file_read(b->arena, path_join(b->arena, b->dir, log), LOG_LIMIT, &text, NULL) != OK) {
        return "";
    }
    size_t bytes = text.bytes < QUOTED_BYTES ? text.bytes : QUOTED_BYTES;
    while (bytes > 0 && (text.data[bytes - 1] == '\n' || text.data[bytes - 1] == ' ')) {
        bytes--;
    }
    return arena_strndup(b->arena, (const char *)text.data, bytes);
}

static Status put_embedded(Build *b, const char *path, const char *name)
{
    const EmbeddedFile *file = embedded_find(arena_printf(b->arena, "targets/%s", path));

    if (file == NULL) {
        return fail(b->d, ERR_TOOL, "targets/%s is missing from this build", path);
    }
    return file_write(path_join(b->arena, b->dir, name), file->data, file->bytes, b->d);
}

/* The regions that the linker script includes. */
static Status put_memory(Build *b)
{
    const TargetInfo *t = b->target;
    Out text = {0};

    out_line(&text, "MEMORY {");
    if (t->vectors.bytes != 0) {
        out_line(&text, "    VECTORS (rx) : ORIGIN = 0x%llx, LENGTH = 0x%llx",
                 (unsigned long long)t->vectors.start, (unsigned long long)t->vectors.bytes);
    }
    out_line(&text, "    CODE (rx) : ORIGIN = 0x%llx, LENGTH = 0x%llx",
             (unsigned long long)t->code.start, (unsigned long long)t->code.bytes);
    out_line(&text, "    RAM (rw!x) : ORIGIN = 0x%llx, LENGTH = 0x%llx",
             (unsigned long long)t->ram.start, (unsigned long long)t->ram.bytes);
    out_line(&text, "}");
    out_line(&text, "__stack_bytes = 0x%llx;", (unsigned long long)t->stack_bytes);
    Status s = file_write(path_join(b->arena, b->dir, "memory.ld"), text.text, text.bytes, b->d);
    out_free(&text);
    return s;
}

static Status put_input(Build *b)
{
    char *full = realpath(b->job->input_path, NULL);

    if (full == NULL) {
        return fail(b->d, ERR_IO, "cannot open '%s': %s", b->job->input_path, strerror(errno));
    }
    const int failed = symlink(full, path_join(b->arena, b->dir, "input.bin"));
    free(full);
    return failed == 0 ? OK : fail(b->d, ERR_IO, "cannot link the input: %s", strerror(errno));
}

/* Writes the harness into the folder. Its files get the prefix that the linker scripts ask for. */
static Status put_files(Build *b)
{
    Args paths = new_args(b);

    TRY(put_embedded(b, "common/harness.h", "harness.h"));
    TRY(put_embedded(b, "common/model_empty.h", "model_empty.h"));
    TRY(put_embedded(b, "common/glue.c", "harness_glue.c"));
    args_add(&paths, "common/harness.c");
    args_words(&paths, b->target->files);
    for (int i = 0; i < paths.count; i++) {
        const char *name = arena_printf(b->arena, "harness_%s", path_base(paths.word[i]));
        TRY(put_embedded(b, paths.word[i], name));
        args_add(&b->harness, name);
    }
    if (b->target->script[0] != '\0') {
        TRY(put_embedded(b, b->target->script, "link.ld"));
        TRY(put_memory(b));
    }
    return put_input(b);
}

/* What the linker, avr-gcc and the emitted C's own check say when memory or addresses run out. */
bool target_says_too_large(const char *log)
{
    static const char *const sayings[] = {"overflowed by", "will not fit", "does not fit",
                                          "too many weights", "' is too large"};

    for (size_t i = 0; i < COUNT(sayings); i++) {
        if (strstr(log, sayings[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static Status run_compiler(Build *b, const Args *args, const char *what)
{
    const Process process = {b->dir, "build.log", b->build_seconds, 0};
    int exit_code = 0;

    TRY(process_run(args, &process, &exit_code, b->d));
    if (exit_code == 0) {
        return OK;
    }
    const char *log = quoted_log(b, "build.log");
    if (target_says_too_large(log)) {
        return fail(b->d, ERR_LIMIT, "%s: the model does not fit into this chip's memory:\n%s",
                    b->target->name, log);
    }
    if (b->job->sanitize && strstr(log, "cannot find") != NULL) {
        return fail(b->d, ERR_TOOL, "%s: %s misses its sanitizers; try: apt-get install %s",
                    b->target->name, b->target->compiler, b->target->sanitize_package);
    }
    return fail(b->d, ERR_TOOL, "%s: %s failed:\n%s", b->target->name, what, log);
}

static void add_common_flags(const Build *b, Args *args)
{
    args_add(args, b->target->compiler);
    args_words(args, b->target->cpu);
    if (b->job->sanitize) {
        args_words(args, b->target->sanitize);
    }
}

void target_model_flags(Args *args, const TargetInfo *t, const char *opt, bool sanitize)
{
    const TargetJob job = {.sanitize = sanitize};
    const Build b = {.job = &job, .target = t};

    add_common_flags(&b, args);
    args_words(args, opt);
    args_words(args, "-std=c99 -ffp-contract=off");
}

static void add_compile_flags(const Build *b, Args *args)
{
    const char *dirs[2] = {b->job->include_dir, b->job->include_dir2};

    args_words(args, "-ffunction-sections -fdata-sections -c");
    if (b->job->trace) {
        args_add(args, "-DHARNESS_TRACE");
    }
    for (int i = 0; i < 2; i++) {
        char *full = dirs[i] != NULL ? realpath(dirs[i], NULL) : NULL;
        if (full != NULL) {
            args_add(args, "-I");
            args_add(args, arena_strdup(b->arena, full));
            free(full);
        }
    }
}

static void add_harness_flags(const Build *b, Args *args)
{
    add_common_flags(b, args);
    args_words(args, "-Os -std=gnu99");
    if (b->target->kind != TARGET_NATIVE) {
        /* A copying loop must not become the memcpy that is to be counted as the model's. */
        args_add(args, "-fno-tree-loop-distribute-patterns");
    }
    add_compile_flags(b, args);
}

static Status compile_harness(Build *b)
{
    Args all = new_args(b);
    Args empty = new_args(b);

    add_harness_flags(b, &all);
    args_add(&all, "harness_glue.c");
    for (int i = 0; i < b->harness.count; i++) {
        args_add(&all, b->harness.word[i]);
    }
    TRY(run_compiler(b, &all, "compiling the harness"));
    if (b->target->kind == TARGET_NATIVE) {
        return OK;
    }
    add_harness_flags(b, &empty);
    args_words(&empty, "-DHARNESS_EMPTY -o harness_empty.o harness_glue.c");
    return run_compiler(b, &empty, "compiling the harness");
}

/* The caller keeps a note of the words, without those that say where files are. */
static void note_flags(const Args *args, char *flags, size_t flags_bytes)
{
    size_t fill = 0;

    flags[0] = '\0';
    for (int i = 0; i < args->count && fill < flags_bytes; i++) {
        const int n = snprintf(flags + fill, flags_bytes - fill, "%s%s", i > 0 ? " " : "",
                               args->word[i]);
        fill += n > 0 ? (size_t)n : 0;
    }
}

/* A relative path would not be found from the folder where the compiler works. */
static Status compile_model(Build *b, TargetResult *result)
{
    const char *opt = b->job->opt != NULL ? b->job->opt : "-O2";

    for (int i = 0; i < b->job->source_count; i++) {
        Args args = new_args(b);
        char *full = realpath(b->job->sources[i], NULL);
        if (full == NULL) {
            return fail(b->d, ERR_IO, "cannot open '%s': %s", b->job->sources[i], strerror(errno));
        }
        const char *source = arena_strdup(b->arena, full);
        free(full);
        target_model_flags(&args, b->target, opt, b->job->sanitize);
        if (i == 0) {
            note_flags(&args, result->flags, sizeof result->flags);
        }
        args_words(&args, "-Wall -Wextra");
        add_compile_flags(b, &args);
        args_add(&args, "-o");
        args_add(&args, arena_printf(b->arena, "m%d.o", i));
        args_add(&args, source);
        TRY(run_compiler(b, &args, arena_printf(b->arena, "compiling %s", path_base(source))));
    }
    return OK;
}

static const char *object_name(const Build *b, const char *source)
{
    return arena_printf(b->arena, "%.*s.o", (int)(strrchr(source, '.') - source), source);
}

/* Links the harness with the model, or with the empty one. */
static Status link_image(Build *b, bool empty, const char *image)
{
    Args args = new_args(b);

    add_common_flags(b, &args);
    args_words(&args, b->target->link);
    if (b->target->script[0] != '\0') {
        args_words(&args, "-T link.ld -L .");
    }
    args_add(&args, "-o");
    args_add(&args, image);
    args_add(&args, empty ? "harness_empty.o" : "harness_glue.o");
    for (int i = 0; i < b->harness.count; i++) {
        args_add(&args, object_name(b, b->harness.word[i]));
    }
    for (int i = 0; i < b->job->source_count && !empty; i++) {
        args_add(&args, arena_printf(b->arena, "m%d.o", i));
    }
    args_add(&args, "-lm");
    return run_compiler(b, &args, "linking");
}

static Status read_made(Build *b, const char *name, Span *bytes)
{
    return file_read(b->arena, path_join(b->arena, b->dir, name), LOG_LIMIT, bytes, b->d);
}

static Status measure_sizes(Build *b, Span image, TargetResult *r)
{
    ElfSizes whole, without;
    Span empty = {NULL, 0};

    TRY(link_image(b, true, "empty.elf"));
    TRY(read_made(b, "empty.elf", &empty));
    TRY(elf_sizes(image, &whole, b->d));
    TRY(elf_sizes(empty, &without, b->d));
    r->text_bytes = whole.text - without.text;
    r->rodata_bytes = whole.rodata - without.rodata;
    r->data_bytes = whole.data - without.data;
    r->bss_bytes = whole.bss - without.bss;
    return OK;
}

/* QEMU's option that loads the plugin: its name, and where the harness's markers are. */
static Status add_plugin(Build *b, Span image, Args *args)
{
    static const struct {
        const char *option, *symbol;
    } markers[] = {{"begin", "harness_begin"}, {"end", "harness_end"},
                   {"pause", "harness_pause"}, {"resume", "harness_resume"},
                   {"mark", "harness_mark"}};
    const char *plugin = NULL;
    Out option = {0};

    TRY(plugin_path(b->arena, b->dir, &plugin, b->d));
    /* A path with a comma would end QEMU's option early: name it from here. */
    if (strcmp(plugin, path_join(b->arena, b->dir, "count.so")) != 0 &&
        symlink(plugin, path_join(b->arena, b->dir, "count.so")) != 0) {
        return fail(b->d, ERR_IO, "cannot link the plugin: %s", strerror(errno));
    }
    out_text(&option, "./count.so,out=profile.txt");
    for (size_t i = 0; i < COUNT(markers); i++) {
        uint32_t address = 0;
        if (elf_symbol(image, markers[i].symbol, &address)) {
            out_printf(&option, ",%s=0x%lx", markers[i].option, (unsigned long)(address & ~1UL));
        }
    }
    args_add(args, "-plugin");
    args_add(args, arena_strdup(b->arena, option.text));
    out_free(&option);
    return OK;
}

static Status run_image(Build *b, Span image, int *exit_code)
{
    const Process process = {b->dir, "run.log", b->run_seconds, b->target->max_files};
    Args args = new_args(b);

    if (b->target->kind == TARGET_NATIVE) {
        args_add(&args, "./image.elf");
    } else {
        args_add(&args, b->target->emulator);
        args_words(&args, b->target->machine);
    }
    if (b->target->kind == TARGET_SEMIHOST) {
        args_words(&args, "-display none -monitor none -serial none -parallel none -no-reboot "
                          "-semihosting-config enable=on,target=native -kernel image.elf");
        TRY(add_plugin(b, image, &args));
    } else if (b->target->kind == TARGET_SIMAVR) {
        args_add(&args, "image.elf");
    }
    return process_run(&args, &process, exit_code, b->d);
}

static Status stack_full(const Build *b)
{
    return fail(b->d, ERR_LIMIT, "%s: the model needs more stack than there is", b->target->name);
}

/* Turns the harness's exit code into a status. */
static Status judge(Build *b, int exit_code, Span report)
{
    const char *name = b->target->name;
    const int64_t fault = report_value(report, "fault");

    if (fault >= 0) {
        return fail(b->d, ERR_DIFFERS,
                    "%s: the model raised a fault (cause 0x%llx, address 0x%llx)", name,
                    (unsigned long long)fault,
                    (unsigned long long)report_value(report, "fault_address"));
    }
    switch (exit_code) {
    case 0:
        return OK;
    case EXIT_SHORT_INPUT:
        return fail(b->d, ERR_INPUT, "%s: the input does not hold a whole number of runs", name);
    case EXIT_STACK_FULL:
        return stack_full(b);
    case EXIT_NO_FILE:
    case EXIT_NO_WRITE:
        return fail(b->d, ERR_IO, "%s: the image could not read its input or write its output",
                    name);
    default:
        return fail(b->d, ERR_DIFFERS, "%s: the model stopped with code %d:\n%s", name, exit_code,
                    quoted_log(b, "run.log"));
    }
}

/* Output and report of the run, wherever this kind of target puts them. */
static Status collect(Build *b, int exit_code, Span *output, Span *report)
{
    Span log = {NULL, 0};

    *report = (Span){NULL, 0};
    if (b->target->kind == TARGET_SIMAVR) {
        TRY(read_made(b, "run.log", &log));
        TRY(avr_log_split(b->arena, log, output, report, b->d));
        return judge(b, (int)report_value(*report, "exit"), *report);
    }
    const char *path = path_join(b->arena, b->dir, "report.txt");
    if (file_read(b->arena, path, LOG_LIMIT, report, NULL) != OK) {
        *report = (Span){NULL, 0};
    }
    TRY(judge(b, exit_code, *report));
    return read_made(b, "output.bin", output);
}

static Status measure_run(Build *b, TargetResult *r)
{
    Span text = {NULL, 0};

    if (b->target->kind == TARGET_SEMIHOST) {
        TRY(read_made(b, "profile.txt", &text));
        r->instructions = profile_window_max(text);
        r->instructions -= r->instructions >= 0 ? b->target->window_overhead : 0;
        if (b->job->profile_path != NULL) {
            TRY(file_write(b->job->profile_path, text.data, text.bytes, b->d));
        }
    } else if (b->target->kind == TARGET_SIMAVR) {
        TRY(read_made(b, "trace.vcd", &text));
        r->cycles = vcd_window_max(text);
        r->cycles -= r->cycles >= 0 ? b->target->window_overhead : 0;
    }
    if (b->job->trace) { /* the records are part of what was measured */
        r->instructions = r->cycles = r->stack_bytes = -1;
    }
    return OK;
}

static Status build_and_run(Build *b, TargetResult *r)
{
    Span image = {NULL, 0}, output = {NULL, 0}, report = {NULL, 0};
    int exit_code = 0;

    TRY(put_files(b));
    TRY(compile_harness(b));
    TRY(compile_model(b, r));
    TRY(link_image(b, false, "image.elf"));
    TRY(read_made(b, "image.elf", &image));
    if (b->job->image_path != NULL) {
        TRY(file_write(b->job->image_path, image.data, image.bytes, b->d));
    }
    if (b->target->kind != TARGET_NATIVE) {
        TRY(measure_sizes(b, image, r));
    }
    TRY(run_image(b, image, &exit_code));
    TRY(collect(b, exit_code, &output, &report));
    r->runs = report_value(report, "runs");
    if (b->target->kind != TARGET_NATIVE) {
        r->stack_bytes = report_value(report, "stack");
    }
    if (b->target->stack_bytes > 0 && r->stack_bytes > b->target->stack_bytes - STACK_MARGIN) {
        return stack_full(b);
    }
    TRY(measure_run(b, r));
    return file_write(b->job->output_path, output.data, output.bytes, b->d);
}

Status target_run(const TargetJob *job, TargetResult *result, Diag *d)
{
    Arena arena = {0};
    Build b = {.job = job, .target = target_find(job->target), .arena = &arena, .d = d};

    *result = (TargetResult){-1, -1, -1, -1, -1, -1, -1, -1, ""};
    if (b.target == NULL) {
        return fail(d, ERR_USAGE, "there is no target '%s'", job->target);
    }
    TRY(target_require(b.target, d));
    b.build_seconds = job->timeout_seconds > 0 ? job->timeout_seconds : BUILD_SECONDS;
    b.run_seconds = job->timeout_seconds > 0 ? job->timeout_seconds : RUN_SECONDS;
    b.harness.arena = &arena;
    Status s = temp_dir_make(&arena, job->work_dir, &b.dir, d);
    if (s == OK) {
        s = build_and_run(&b, result);
        temp_dir_remove(b.dir);
    }
    arena_free(&arena);
    return s;
}
