/* Emits models for tests/emit/run.sh:
 *   emit_tool cover DIR FILE.tflite...  emits each model that uses a kernel no earlier one did into a
 *                                       folder of its own, and prints the folder
 *   emit_tool hostile DIR               a network whose every text tries to break the emitted C, and
 *                                       the bytes of its labels
 *   emit_tool names                     prefixes made from file names
 * Runs in the environment's locale.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

#include <locale.h>
#include <stdlib.h>

enum { RUNS = 3, LABEL_BYTES = 1000 };

static Diag diag;

static Status plan(Graph *g)
{
    for (const Pass *p = pipeline; p->name != NULL; p++) {
        TRY(p->run(g, &diag));
    }
    return OK;
}

static void add_vectors(const Graph *g, EmitOptions *o, Arena *a)
{
    uint8_t *in = NEW(a, uint8_t, graph_input_bytes(g) * RUNS);
    uint8_t *out = NEW(a, uint8_t, graph_output_bytes(g) * RUNS);
    o->selftest_runs = RUNS;
    o->selftest_inputs = in;
    o->selftest_outputs = out;
    make_vectors(g, 1, RUNS, in);
    rehearse(g, true, in, RUNS, out);
}

/* --- one model per kernel --- */

typedef struct Seen {
    const char *name[512];
    int32_t count;
} Seen;

/* Remembers the kernels of G; true if one of them is new. */
static bool has_new_kernel(Seen *seen, const Graph *g)
{
    bool is_new = false;
    for (int32_t i = 0; i < g->node_count; i++) {
        for (const Call *c = g->node[i].calls; c != NULL; c = c->next) {
            const char *name = kernel_find(c->kernel)->name;
            int32_t k = 0;
            while (k < seen->count && seen->name[k] != name) {
                k++;
            }
            if (k == seen->count && k < (int32_t)COUNT(seen->name)) {
                seen->name[seen->count++] = name;
                is_new = true;
            }
        }
    }
    return is_new;
}

static Status cover(const char *dir, char **file, int count, Arena *a)
{
    static Seen seen;
    for (int i = 0; i < count; i++) {
        Session s;
        Compiled c = {0};
        CompileOptions o = {.name = "net", .target = "generic", .optimize = OPTIMIZE_BALANCED};
        bool is_ok = session_open(&s, file[i]) == OK && compile_session(&s, &o, &c) == OK;
        if (is_ok && has_new_kernel(&seen, s.g)) {
            const char *folder = arena_printf(a, "%s/%d", dir, i);
            TRY(write_files(folder, &c.result, &diag));
            printf("%s %s\n", folder, file[i]);
        }
        emit_free(&c.result);
        session_close(&s);
    }
    for (int32_t k = 0; k < seen.count; k++) {
        fprintf(stderr, "%s\n", seen.name[k]);
    }
    return OK;
}

/* --- hostile text --- */

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

static Status emit_into(const Graph *g, const EmitOptions *o, const char *dir)
{
    EmitResult r;
    TRY(emit_model(g, o, &r, &diag));
    TRY(write_files(dir, &r, &diag));
    emit_free(&r);
    return OK;
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
    static float offset[] = {1.0f, -2.0f, 3e20f, 0.0f};
    static float gain[] = {0.5f, 4.0f, 0.0f, -1e-20f};
    *graph_scaling(g, true, 0) = (Scaling){4, offset, gain, hostile[0]};
    *graph_scaling(g, false, 0) = (Scaling){1, &offset[1], &gain[1], hostile[2]};
    EmitOptions o = {.name = "hostile", .source_name = hostile[0], .options_text = hostile[2],
                     .source_sha256 = "0000000000000000000000000000000000000000000000000000000000000000"};
    TRY(plan(g));
    add_vectors(g, &o, a);
    TRY(emit_into(g, &o, dir));
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
    (void)setlocale(LC_ALL, "");
    if (argc > 3 && strcmp(argv[1], "cover") == 0) {
        s = cover(argv[2], &argv[3], argc - 3, &a);
    } else if (argc == 3 && strcmp(argv[1], "hostile") == 0) {
        s = hostile_graph(argv[2], &a);
    } else if (argc == 2 && strcmp(argv[1], "names") == 0) {
        names();
        s = OK;
    }
    if (s != OK) {
        fprintf(stderr, "emit_tool: %s\n", diag.text);
    }
    arena_free(&a);
    return (int)s;
}
