/* array: a model file as a C array.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

static bool ends_with(const char *path, const char *ending)
{
    size_t n = strlen(path);
    size_t m = strlen(ending);
    return n >= m && strcmp(path + n - m, ending) == 0;
}

static Status check_model(Span bytes, const char *path, Diag *d)
{
    if (bytes.bytes < 8 || memcmp(bytes.data + 4, "TFL3", 4) != 0) {
        return fail(d, ERR_INPUT, "%s: this is not a .tflite file (no identifier \"TFL3\")", path);
    }
    return OK;
}

static Status make(const CliArgs *a, Arena *arena, Span *bytes, const char **name, Out *text,
                   Diag *d)
{
    const char *path = a->operand[0];
    const char *to = a->value[OPT_OUT_FILE];
    char usual[EMIT_NAME_BYTES];
    CompileOptions o; /* checks the name */
    TRY(args_compile(a, &o, d));
    TRY(file_read(arena, path, import_default_limits().file_bytes, bytes, d));
    TRY(check_model(*bytes, path_base(path), d));
    emit_name(path_base(path), usual);
    *name = o.name != NULL ? o.name : arena_strdup(arena, usual);
    bool is_header = to == NULL || ends_with(to, ".h") || ends_with(to, ".hpp");
    model_array(*bytes, path_base(path), *name, is_header, text);
    return to == NULL ? OK : file_write(to, text->text, text->bytes, d);
}

int cli_array(const CliArgs *a)
{
    Arena arena = {0};
    Diag d = {0};
    Span bytes = {NULL, 0};
    const char *name = NULL;
    Out text = {0};
    int code = 0;
    if (make(a, &arena, &bytes, &name, &text, &d) != OK) {
        code = report_failure(a, &d);
    } else if (want_json(a)) {
        char sha256[65];
        sha256_hex(bytes, sha256);
        print_json(json_pack("{s:s, s:s, s:I, s:s, s:s?}", "schema", "shrinc/array/1", "name", name,
                             "bytes", (json_int_t)bytes.bytes, "sha256", sha256, "file",
                             a->value[OPT_OUT_FILE]));
    } else if (a->value[OPT_OUT_FILE] == NULL) {
        (void)fwrite(text.text, 1, text.bytes, stdout);
    } else {
        printf("%s: %s[%zu]\n", a->value[OPT_OUT_FILE], name, bytes.bytes);
    }
    out_free(&text);
    diag_clear(&d);
    arena_free(&arena);
    return code;
}
