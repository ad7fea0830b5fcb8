/* Emits models for tests/emit/run.sh:
 *   emit_tool model FILE.tflite DIR NAME [ram=N] [flash=N] [single=1] [stack=N]
 *   emit_tool hostile DIR      a network whose every text tries to break the emitted C, and its labels' bytes
 *   emit_tool names            prefixes made from file names
 * Self-test vectors come from the host's evaluation of pseudo-random inputs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emit.h"
#include "import/import.h"
#include "pass/pass.h"

#include <stdlib.h>

enum { RUNS = 3, LABEL_BYTES = 1000 };

static Diag diag;

static int report(Status s)
{
    if (s != OK) {
        fprintf(stderr, "%s\n", diag.text);
    }
    return (int)s;
}

static Status plan(Graph *g)
{
    static Status (*const passes[])(Graph *, Diag *) = {pass_infer, pass_fold_constants, pass_lower, pass_names,
                                                       pass_plan_memory};
    for (size_t i = 0; i < COUNT(passes); i++) {
        TRY(passes[i](g, &diag));
    }
    return OK;
}

static uint32_t random_next(void)
{
    static uint32_t seed = 12345;
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static void fill(const Tensor *t, uint8_t *data)
{
    for (int64_t i = 0; i < shape_count(&t->shape); i++) {
        uint32_t r = random_next();
        if (t->type == TYPE_F32) {
            float v = (float)(int32_t)(r & 0xffffu) / 32768.0f - 1.0f;
            memcpy(data + 4 * i, &v, 4);
        } else if (t->type == TYPE_BOOL) {
            data[i] = (uint8_t)(r & 1u);
        } else if (type_bytes(t->type) >= 4) {
            int64_t v = (int64_t)(r & 15u);
            memcpy(data + type_bytes(t->type) * i, &v, (size_t)type_bytes(t->type));
        } else {
            memcpy(data + type_bytes(t->type) * i, &r, (size_t)type_bytes(t->type));
        }
    }
}

static int64_t total_bytes(const Graph *g, const TensorId *list, int32_t count)
{
    int64_t bytes = 0;
    for (int32_t i = 0; i < count; i++) {
        bytes += tensor_bytes(tensor(g, list[i]));
    }
    return bytes;
}

static void make_vectors(const Graph *g, EmitOptions *o, Arena *a)
{
    int64_t in_bytes = total_bytes(g, g->input, g->input_count);
    int64_t out_bytes = total_bytes(g, g->output, g->output_count);
    uint8_t *in = NEW(a, uint8_t, in_bytes * RUNS + 1), *out = NEW(a, uint8_t, out_bytes * RUNS + 1);
    o->selftest_runs = RUNS;
    o->selftest_inputs = in;
    o->selftest_outputs = out;
    Eval *e = eval_new(g, true);
    for (int32_t r = 0; r < RUNS; r++) {
        for (int32_t i = 0; i < g->input_count; i++) {
            const Tensor *t = tensor(g, g->input[i]);
            fill(t, in);
            memcpy(eval_tensor(e, g->input[i]), in, (size_t)tensor_bytes(t));
            in += tensor_bytes(t);
        }
        eval_run(e);
        for (int32_t i = 0; i < g->output_count; i++) {
            int64_t bytes = tensor_bytes(tensor(g, g->output[i]));
            memcpy(out, eval_tensor(e, g->output[i]), (size_t)bytes);
            out += bytes;
        }
    }
    eval_free(e);
}

static Status emit_into(const Graph *g, const EmitOptions *o, const char *dir, Arena *a)
{
    EmitResult r;
    TRY(dir_make(dir, &diag));
    TRY(emit_model(g, o, &r, &diag));
    for (int32_t i = 0; i < r.file_count; i++) {
        TRY(file_write(path_join(a, dir, r.file[i].name), r.file[i].text.text, r.file[i].text.bytes, &diag));
    }
    emit_free(&r);
    return OK;
}

static Status model(int argc, char **argv, Arena *a)
{
    Span bytes;
    Graph *g = NULL;
    ImportLimits limits = import_default_limits();
    char sha[65];
    EmitOptions o = {.name = argv[4], .source_name = path_base(argv[2]), .source_sha256 = sha,
                     .options_text = "--target=generic"};
    TRY(file_read(a, argv[2], limits.file_bytes, &bytes, &diag));
    TRY(import_tflite(bytes, argv[2], &limits, &g, &diag));
    sha256_hex(bytes, sha);
    for (int i = 5; i < argc; i++) {
        long value = strtol(strchr(argv[i], '=') + 1, NULL, 10);
        o.ram_budget = strncmp(argv[i], "ram=", 4) == 0 ? value : o.ram_budget;
        o.flash_budget = strncmp(argv[i], "flash=", 6) == 0 ? value : o.flash_budget;
        o.stack_bytes = strncmp(argv[i], "stack=", 6) == 0 ? value : o.stack_bytes;
        g->rounding = strncmp(argv[i], "single=", 7) == 0 ? ROUNDING_SINGLE : g->rounding;
    }
    Status s = plan(g);
    if (s == OK) {
        make_vectors(g, &o, a);
        s = emit_into(g, &o, argv[3], a);
    }
    graph_free(g);
    return s;
}

/* --- hostile text ------------------------------------------------------------------------------------------- */

static const char *const hostile[] = {
    "*/ int evil = 1; /*", "a\"b", "line\\\nint evil;", "ends in backslash\\", "?\?/", "#include <nowhere.h>",
    "\n#error injected", "int", "a b", "a.b", "a_b", "a_b_params", "\xC0\xAF\xFE overlong", "../../x", "%s%n%d", "NAN",
    "m", "memcpy", "", "\x01\x02\x7f", "hostile_invoke", "hostile", "arena", "/* open", "// line", "'", "x_bias",
    "9 lives", "INT32_MAX", "shrinc_clamp", "\xE5\x90\x8D\xE5\x89\x8D", "<script>", "{};", "int8_t", "i", "unix",
};

static void add_layer(Graph *g, TensorId x, TensorId y, const char *name)
{
    static int8_t weights[16] = {1, 2, 3, 4, -1, -2, -3, -4, 5, 6, 7, 8, -5, -6, -7, -8};
    static int32_t bias[4] = {10, -20, 30, INT32_MIN / 8};
    weights[0]++; /* no two layers share an array, so that each name appears */
    bias[0]++;
    Shape two = shape_of(2, (int32_t[]){4, 4}), one = shape_of(1, (int32_t[]){4});
    TensorId w = graph_add_const(g, name, TYPE_S8, two, weights);
    TensorId b = graph_add_const(g, name, TYPE_S32, one, bias);
    graph_set_quant(g, w, 0.01f, 0);
    graph_set_quant(g, b, 0.01f * 0.05f, 0);
    Node *n = graph_add_node(g, op_find_kind("fully_connected"), name, 3, 1);
    n->in[0] = x;
    n->in[1] = w;
    n->in[2] = b;
    n->out[0] = y;
}

static char *ten_kilobytes(Arena *a)
{
    char *text = NEW(a, char, 10241);
    memset(text, '*', 10240);
    for (size_t i = 1; i < 10240; i += 2) {
        text[i] = '/';
    }
    return text;
}

static Status hostile_graph(const char *dir, Arena *a)
{
    Graph *g = graph_new(hostile[0]);
    Shape shape = shape_of(2, (int32_t[]){1, 4});
    g->input = NEW(&g->arena, TensorId, 1);
    g->output = NEW(&g->arena, TensorId, 1);
    g->input_count = 1;
    g->output_count = 1;
    TensorId x = graph_add_tensor(g, hostile[1], TYPE_S8, shape);
    graph_set_quant(g, x, 0.05f, -1);
    g->input[0] = x;
    for (size_t i = 0; i <= COUNT(hostile); i++) {
        const char *name = i < COUNT(hostile) ? hostile[i] : ten_kilobytes(a);
        TensorId y = graph_add_tensor(g, name, TYPE_S8, shape);
        graph_set_quant(g, y, 0.05f, -1);
        add_layer(g, x, y, name);
        x = y;
    }
    g->output[0] = x;
    g->description = arena_printf(a, "%s %s", hostile[0], hostile[2]);
    Out labels = {0};
    g->label = NEW(&g->arena, const char *, COUNT(hostile) + 1);
    for (size_t i = 0; i <= COUNT(hostile); i++) {
        g->label[i] = i < COUNT(hostile) ? hostile[i] : ten_kilobytes(a);
        out_bytes(&labels, g->label[i], strnlen(g->label[i], LABEL_BYTES));
        out_bytes(&labels, "", 1);
    }
    g->label_count = COUNT(hostile) + 1;
    EmitOptions o = {.name = "hostile", .source_name = hostile[0], .options_text = hostile[2],
                     .source_sha256 = "0000000000000000000000000000000000000000000000000000000000000000"};
    TRY(plan(g));
    make_vectors(g, &o, a);
    TRY(emit_into(g, &o, dir, a));
    TRY(file_write(path_join(a, dir, "labels.bin"), labels.text, labels.bytes, &diag));
    out_free(&labels);
    graph_free(g);
    return OK;
}

static void names(void)
{
    static const char *const file[] = {
        "kws.tflite", "../My Model-v2.tflite", "int.tflite", "9lives.tflite", ".tflite", "sin.tflite", "", "...", "--",
        "a_very_long_name_that_does_not_fit_at_all.tflite", "uint8_t", "model", "\xE5\x90\x8D.tflite", "main",
        "shrinc_x", "A.B.C.tflite", "_Bool",
    };
    for (size_t i = 0; i < COUNT(file); i++) {
        char name[EMIT_NAME_BYTES];
        emit_name(file[i], name);
        printf("%s %s\n", name, emit_name_is_usable(name) ? "usable" : "NOT USABLE");
    }
}

int main(int argc, char **argv)
{
    Arena a = {0};
    Status s = ERR_USAGE;
    if (argc > 4 && strcmp(argv[1], "model") == 0) {
        s = model(argc, argv, &a);
    } else if (argc == 3 && strcmp(argv[1], "hostile") == 0) {
        s = hostile_graph(argv[2], &a);
    } else if (argc == 2 && strcmp(argv[1], "names") == 0) {
        names();
        s = OK;
    }
    arena_free(&a);
    return report(s);
}
