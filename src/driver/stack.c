/* The stack bound of an emitted model on a target: compile, link, disassemble, walk.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/stack.h"
#include "emit/emit.h"
#include "driver/target.h"

#include <stdlib.h>

enum { STEP_SECONDS = 120, STACK_LOG_LIMIT = 1 << 28, STACK_QUOTED_BYTES = 1000 };
enum { MACHINE_ARM = 40, MACHINE_AVR = 83, MACHINE_RISCV = 243 }; /* e_machine */
enum { AVR_ARCH = 0x7F, AVR6 = 6 }; /* e_flags: the family whose program counter has three bytes */

typedef struct Judge {
    const StackJob *job;
    const TargetInfo *target;
    Arena *arena;
    const char *dir; /* temporary, flat */
    Diag *d;
} Judge;

static const char *in_dir(const Judge *j, const char *name)
{
    return path_join(j->arena, j->dir, name);
}

/* --- building --- */

static const char *log_start(const Judge *j, size_t most)
{
    Span text = {NULL, 0};
    if (file_read(j->arena, in_dir(j, "log"), STACK_LOG_LIMIT, &text, NULL) != OK) {
        return "";
    }
    size_t bytes = text.bytes < most ? text.bytes : most;
    while (bytes > 0 && (text.data[bytes - 1] == '\n' || text.data[bytes - 1] == ' ')) {
        bytes--;
    }
    return arena_strndup(j->arena, (const char *)text.data, bytes);
}

/* What ARGS print goes to the file "log". */
static Status run(const Judge *j, const Args *args, int *exit_code)
{
    const Process process = {j->dir, "log", STEP_SECONDS, 0};
    return process_run(args, &process, exit_code, j->d);
}

/* One parameter of NAME_run for each input and output. */
static void put_parameters(Out *o, const Graph *g, bool declare)
{
    for (int32_t i = 0; i < g->input_count + g->output_count; i++) {
        bool is_input = i < g->input_count;
        TensorId id = is_input ? g->input[i] : g->output[i - g->input_count];
        out_text(o, ", ");
        if (declare) {
            out_printf(o, "%s%s *", is_input ? "const " : "", type_c(tensor(g, id)->type));
        }
        out_printf(o, "p%d", i);
    }
}

/* Functions that call what the header offers: NAME_run is inline, so its frame is its caller's. */
static Status put_root(const Judge *j)
{
    const char *name = j->job->name;
    Out o = {0};
    out_line(&o, "#include \"%s.h\"", name);
    out_printf(&o, "void shrinc_stack_run(%s *m", name);
    put_parameters(&o, j->job->g, true);
    out_printf(&o, ");\nvoid shrinc_stack_run(%s *m", name);
    put_parameters(&o, j->job->g, true);
    out_printf(&o, ")\n{\n    %s_run(m", name);
    put_parameters(&o, j->job->g, false);
    out_line(&o, ");\n}");
    if (emitter_has_state(j->job->g)) {
        out_line(&o, "void shrinc_stack_reset(%s *m);\nvoid shrinc_stack_reset(%s *m)\n{", name, name);
        out_line(&o, "    %s_reset(m);\n}", name);
    }
    Status s = file_write(in_dir(j, "root.c"), o.text, o.bytes, j->d);
    out_free(&o);
    return s;
}

static Args model_flags(const Judge *j)
{
    Args args = {.arena = j->arena};
    target_model_flags(&args, j->target, j->job->opt, false);
    return args;
}

/* Compiler, version, flags: a bound holds for these alone. */
static Status note_how(const Judge *j, StackBound *bound)
{
    Args ask = {.arena = j->arena};
    Out how = {0};
    int exit_code = 0;
    args_add(&ask, j->target->compiler);
    args_words(&ask, "-dumpfullversion -dumpversion");
    TRY(run(j, &ask, &exit_code));
    Args flags = model_flags(j);
    const char *version = log_start(j, 40);
    out_printf(&how, "%s %.*s", flags.word[0], (int)strcspn(version, "\n"), version);
    for (int i = 1; i < flags.count; i++) {
        out_printf(&how, " %s", flags.word[i]);
    }
    bound->how = arena_strdup(j->arena, how.text);
    out_free(&how);
    return OK;
}

static Status build_step(const Judge *j, const Args *args)
{
    int exit_code = 0;
    TRY(run(j, args, &exit_code));
    if (exit_code == 0) {
        return OK;
    }
    const char *log = log_start(j, STACK_QUOTED_BYTES);
    if (target_says_too_large(log)) {
        return fail(j->d, ERR_LIMIT, "the model does not fit %s:\n%s", j->target->name, log);
    }
    return fail(j->d, ERR_TOOL, "%s could not build the model for %s:\n%s", j->target->compiler,
                j->target->name, log);
}

static Status build(const Judge *j)
{
    const char *sources[2][2] = {
        {path_join(j->arena, j->job->dir, arena_printf(j->arena, "%s.c", j->job->name)), "model.o"},
        {"root.c", "root.o"}};
    const EmbeddedFile *script = embedded_find("targets/common/stack.ld");
    if (script == NULL) {
        return fail(j->d, ERR_TOOL, "targets/common/stack.ld is missing from this build");
    }
    TRY(file_write(in_dir(j, "stack.ld"), script->data, script->bytes, j->d));
    TRY(put_root(j));
    for (int i = 0; i < 2; i++) {
        Args args = model_flags(j);
        args_words(&args, "-ffunction-sections -fdata-sections -fstack-usage -c -I");
        args_add(&args, j->job->dir);
        args_add(&args, "-o");
        args_add(&args, sources[i][1]);
        args_add(&args, sources[i][0]);
        TRY(build_step(j, &args));
    }
    Args link = {.arena = j->arena};
    args_add(&link, j->target->compiler);
    args_words(&link, j->target->cpu);
    args_words(&link, j->target->link);
    args_words(&link, "-nostartfiles -T stack.ld -Wl,--gc-sections -Wl,--entry=shrinc_stack_run "
                      "-Wl,--undefined=shrinc_stack_reset -o image.elf root.o model.o -lm");
    return build_step(j, &link);
}

/* --- reading what was built --- */

Status code_disassemble(Arena *a, const TargetInfo *target, const char *dir, Code *code, Diag *d)
{
    const Judge judged = {.target = target, .arena = a, .dir = dir, .d = d};
    const Judge *j = &judged;
    Span image = {NULL, 0};
    TRY(file_read(a, in_dir(j, "image.elf"), STACK_LOG_LIMIT, &image, d));
    uint32_t machine = 0, flags = 0;
    int exit_code = 0;
    elf_machine(image, &machine, &flags);
    if (machine != MACHINE_ARM && machine != MACHINE_AVR && machine != MACHINE_RISCV) {
        return fail(j->d, ERR_TOOL, "%s: machine code is understood for Arm, RISC-V and AVR, not for machine %u",
                    j->target->name, (unsigned)machine);
    }
    Args ask = {.arena = j->arena};
    args_add(&ask, j->target->compiler);
    args_add(&ask, "-print-prog-name=objdump");
    TRY(run(j, &ask, &exit_code));
    const char *objdump = log_start(j, 4000);
    Args args = {.arena = j->arena};
    args_add(&args, objdump);
    args_words(&args, "-d --no-show-raw-insn -j .text image.elf");
    TRY(run(j, &args, &exit_code));
    if (exit_code != 0) {
        return fail(j->d, ERR_TOOL, "%s: %s failed:\n%s", j->target->name, objdump,
                    log_start(j, STACK_QUOTED_BYTES));
    }
    Span log = {NULL, 0};
    TRY(file_read(j->arena, in_dir(j, "log"), STACK_LOG_LIMIT, &log, j->d));
    Isa isa = machine == MACHINE_ARM ? ISA_ARM : machine == MACHINE_AVR ? ISA_AVR : ISA_RISCV;
    int32_t return_bytes = isa != ISA_AVR ? 0 : (flags & AVR_ARCH) == AVR6 ? 3 : 2;
    char *text = arena_strndup(j->arena, (const char *)log.data, log.bytes);
    return code_parse(j->arena, isa, return_bytes, text, code, j->d);
}

/* SYMBOL is function NAME or a copy that the compiler made of it ("NAME.constprop.0"). */
static bool is_copy_of(const char *symbol, const char *name, size_t name_bytes)
{
    return strncmp(symbol, name, name_bytes) == 0 &&
           (symbol[name_bytes] == '\0' || symbol[name_bytes] == '.');
}

/* "file.c:12:6:NAME", bytes, "static" | "dynamic" | "dynamic,bounded": the compiler's own figure
 * may not be more than what the walk found. */
static Status check_usage_line(const Judge *j, const Code *code, CodeWalk *walk, char *line)
{
    char *bytes_text = strchr(line, '\t');
    char *kind = bytes_text != NULL ? strchr(bytes_text + 1, '\t') : NULL;
    if (kind == NULL) {
        return OK;
    }
    *bytes_text = '\0';
    const char *colon = strrchr(line, ':');
    const char *name = colon != NULL ? colon + 1 : line;
    int64_t bytes = strtoll(bytes_text + 1, NULL, 10), walked = -1;
    if (strcmp(kind + 1, "dynamic") == 0) { /* "dynamic,bounded": arguments are pushed, as the walk saw */
        return fail(j->d, ERR_TOOL, "the stack of %s has no bound: its frame is %s", name, kind + 1);
    }
    for (int32_t i = 0; i < code->symbol_count; i++) {
        if (code->symbol[i].count > 0 && is_copy_of(code->symbol[i].name, name, strlen(name))) {
            CodeDepth depth;
            TRY(code_depth(walk, i, &depth, j->d));
            walked = depth.own > walked ? depth.own : walked;
        }
    }
    if (walked >= 0 && walked + code->return_bytes < bytes) {
        return fail(j->d, ERR_TOOL,
                    "the stack of %s: its instructions take %jd bytes, but %s says %jd; please report it",
                    name, (intmax_t)(walked + code->return_bytes), j->target->compiler, (intmax_t)bytes);
    }
    return OK;
}

static Status check_usage(const Judge *j, const Code *code, CodeWalk *walk)
{
    static const char *const files[] = {"model.su", "root.su"};
    for (size_t i = 0; i < COUNT(files); i++) {
        Span file = {NULL, 0};
        TRY(file_read(j->arena, in_dir(j, files[i]), STACK_LOG_LIMIT, &file, j->d));
        char *line = arena_strndup(j->arena, (const char *)file.data, file.bytes);
        while (line != NULL && *line != '\0') {
            char *newline = strchr(line, '\n');
            if (newline != NULL) {
                *newline = '\0';
            }
            TRY(check_usage_line(j, code, walk, line));
            line = newline != NULL ? newline + 1 : NULL;
        }
    }
    return OK;
}

/* --- the bound --- */

static int64_t symbol_bytes(const Code *code, const char *name)
{
    int32_t i = code_symbol(code, name);
    if (i < 0) {
        return 0;
    }
    int32_t last = code->symbol[i].first + code->symbol[i].count;
    uint32_t from = code->insn[code->symbol[i].first].address;
    return last < code->insn_count ? (int64_t)code->insn[last].address - from : 0;
}

static Status judge(const Judge *j, StackBound *bound)
{
    static const char *const roots[] = {"shrinc_stack_run", "shrinc_stack_reset"};
    Span image = {NULL, 0};
    Code code;
    TRY(note_how(j, bound));
    TRY(build(j));
    TRY(file_read(j->arena, in_dir(j, "image.elf"), STACK_LOG_LIMIT, &image, j->d));
    TRY(code_disassemble(j->arena, j->target, j->dir, &code, j->d));
    CodeWalk *walk = code_walk_new(j->arena, &code);
    for (size_t i = 0; i < COUNT(roots); i++) {
        int32_t root = code_symbol(&code, roots[i]);
        CodeDepth depth;
        if (root < 0) {
            continue;
        }
        TRY(code_depth(walk, root, &depth, j->d));
        if (depth.bytes + code.return_bytes > bound->bytes) {
            bound->bytes = depth.bytes + code.return_bytes;
            bound->path = arena_printf(j->arena, "%s%s", j->job->name, depth.path + strlen("shrinc_stack"));
        }
    }
    ElfSizes sizes;
    TRY(elf_sizes(image, &sizes, j->d));
    bound->data_bytes = sizes.data;
    bound->code_bytes = sizes.text + sizes.rodata + sizes.data - symbol_bytes(&code, roots[0]) -
                        symbol_bytes(&code, roots[1]);
    return check_usage(j, &code, walk);
}

Status stack_bound(Arena *a, const StackJob *job, StackBound *bound, Diag *d)
{
    const char *tool = "", *package = "";
    Judge j = {.job = job, .target = target_find(job->target), .arena = a, .d = d};
    *bound = (StackBound){.how = "", .path = "", .note = ""};
    if (j.target == NULL) {
        return fail(d, ERR_USAGE, "there is no target '%s'", job->target);
    }
    if (j.target->kind == TARGET_NATIVE) {
        bound->note = "an ordinary program's C library is not part of it";
        return OK;
    }
    if (target_missing_compiler(j.target, &tool, &package)) {
        bound->note = arena_printf(a, "%s is not installed; try: apt-get install %s", tool, package);
        return OK;
    }
    StackJob full = *job; /* a relative path would not be found from the folder where the compiler works */
    char *dir = realpath(job->dir, NULL);
    if (dir == NULL) {
        return fail(d, ERR_IO, "cannot open folder '%s'", job->dir);
    }
    full.dir = arena_strdup(a, dir);
    free(dir);
    j.job = &full;
    TRY(temp_dir_make(a, NULL, &j.dir, d));
    Status s = judge(&j, bound);
    temp_dir_remove(j.dir);
    return s;
}
