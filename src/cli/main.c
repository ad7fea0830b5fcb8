/* shrinc: shrinks a neural network into C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdlib.h>

int exit_code(Status s)
{
    static const int codes[] = {
        [OK] = 0,        [ERR_USAGE] = 2,   [ERR_INPUT] = 3,       [ERR_IO] = 3,
        [ERR_LIMIT] = 4, [ERR_DIFFERS] = 5, [ERR_UNSUPPORTED] = 6, [ERR_TOOL] = 7,
    };
    return codes[s];
}

bool want_json(const CliArgs *a)
{
    return a->value[OPT_JSON] != NULL;
}

void print_warnings(const Diag *d)
{
    for (int32_t i = 0; i < d->warning_count && i < DIAG_WARNINGS; i++) {
        fprintf(stderr, "shrinc: warning: %s\n", d->warning[i]);
    }
    if (d->warning_count > DIAG_WARNINGS) {
        fprintf(stderr, "shrinc: warning: %d more\n", d->warning_count - DIAG_WARNINGS);
    }
}

int report_failure(const CliArgs *a, const Diag *d)
{
    print_warnings(d);
    fprintf(stderr, "shrinc: %s\n", d->text);
    if (want_json(a)) {
        Arena scratch = {0};
        print_json(json_pack("{s:s, s:i, s:s}", "schema", "shrinc/error/1", "exit_code", exit_code(d->code), "error",
                             text_clean(&scratch, d->text, strlen(d->text))));
        arena_free(&scratch);
    }
    return exit_code(d->code);
}

void print_json(json_t *document)
{
    char *text =
        document == NULL ? NULL : json_dumps(document, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    if (text == NULL) {
        fprintf(stderr, "shrinc: internal error: the JSON document could not be made\n");
        exit(1);
    }
    puts(text);
    free(text);
    json_decref(document);
}

static const Command *find_command(const char *name)
{
    for (const Command *c = commands; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0) {
            return c;
        }
    }
    return NULL;
}

static int unknown(const char *name)
{
    fprintf(stderr, "shrinc: there is no command '%s'; `shrinc --help` lists them\n", name);
    return exit_code(ERR_USAGE);
}

static int help(int argc, char **argv)
{
    if (argc < 3 || strcmp(argv[2], "--help") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(argv[2], "--man") == 0) {
        print_man(stdout);
        return 0;
    }
    if (strcmp(argv[2], "--completion") == 0) {
        print_completion(stdout);
        return 0;
    }
    const Command *c = find_command(argv[2]);
    if (c == NULL) {
        return unknown(argv[2]);
    }
    print_command_help(stdout, c);
    return 0;
}

static char *command_line(int argc, char **argv)
{
    Out o = {0};
    out_text(&o, "shrinc");
    for (int i = 1; i < argc; i++) {
        out_printf(&o, strpbrk(argv[i], " '\"\\$*?") != NULL ? " '%s'" : " %s", argv[i]);
    }
    return o.text;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return exit_code(ERR_USAGE);
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
        puts("shrinc " SHRINC_VERSION);
        return 0;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        return help(argc, argv);
    }
    const Command *c = find_command(argv[1]);
    if (c == NULL) {
        return unknown(argv[1]);
    }
    CliArgs a = {.command = c};
    int code = args_parse(c, argc - 1, argv + 1, &a);
    if (code == 0 && a.value[OPT_HELP] != NULL) {
        print_command_help(stdout, c);
        return 0;
    }
    if (code != 0) {
        return code;
    }
    const char *twin = getenv("SHRINC_KERNELS");
    if (twin != NULL && !kernel_use(twin)) {
        fprintf(stderr, "shrinc: SHRINC_KERNELS=%s: not one that this CPU can run; there are portable, avx2, avxvnni "
                        "and avx512vnni\n",
                twin);
        return exit_code(ERR_USAGE);
    }
    char *line = command_line(argc, argv);
    a.line = line;
    code = c->run(&a);
    free(line);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "shrinc: cannot write to standard output\n");
        return code == 0 ? exit_code(ERR_IO) : code;
    }
    return code;
}
