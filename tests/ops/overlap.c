/* Holds every operator to the distance it names: each one-operator model of tests/vectors/ runs with its output lying
 * across its input, exactly as close as Op.overlap allows and a little farther, and must give the same bytes as apart.
 * Usage: overlap DIR [OP[/CASE]]. The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

enum { POISON = 0x5A, ALIGN = 8 };

typedef struct Tally {
    int32_t passed, failed;
    int32_t closer; /* how often one element closer than allowed gave other bytes: the distance is tight */
} Tally;

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Runs node N alone with input K at DISTANCE bytes above the output; other tensors as in APART. */
static bool same_across(const Graph *g, const Node *n, int32_t k, int64_t distance, Eval *apart)
{
    int64_t x_bytes = tensor_bytes(node_in(g, n, k));
    int64_t y_bytes = tensor_bytes(node_out(g, n, 0));
    Arena a = {0};
    Eval *e = eval_new(g, false);
    int64_t below = distance < 0 ? -distance : 0;
    size_t bytes = (size_t)(below + larger(y_bytes, distance + x_bytes) + ALIGN);
    uint8_t *block = memset(NEW(&a, uint8_t, bytes), POISON, bytes);
    for (TensorId id = 1; id < g->tensor_count; id++) {
        e->mem[id] = apart->mem[id];
    }
    uint8_t *y = block + below;
    e->mem[n->in[k]] = y + distance;
    e->mem[n->out[0]] = y;
    memcpy(y + distance, apart->mem[n->in[k]], (size_t)x_bytes);
    eval_node(e, n);
    bool same = memcmp(y, apart->mem[n->out[0]], (size_t)y_bytes) == 0;
    eval_free(e);
    arena_free(&a);
    return same;
}

static bool is_read_once(const Graph *g, const Node *n, int32_t k)
{
    for (int32_t i = 0; i < n->in_count; i++) {
        if (i != k && n->in[i] == n->in[k]) {
            return false;
        }
    }
    return n->in[k] != 0 && tensor_is_activation(tensor(g, n->in[k])) && tensor(g, n->out[0])->alias_of == 0;
}

static void one_node(const char *id, const Graph *g, const Node *n, Eval *apart, Tally *t)
{
    for (int32_t k = 0; k < n->in_count && op_of(n)->overlap != NULL && n->calls != NULL; k++) {
        if (!is_read_once(g, n, k)) {
            continue;
        }
        int32_t unit = (int32_t)larger(type_bytes(node_in(g, n, k)->type), type_bytes(node_out(g, n, 0)->type));
        int64_t least = op_of(n)->overlap(g, n, k);
        int64_t first = (least + unit - 1) / unit * unit; /* the device aligns both */
        int64_t last = larger(first, tensor_bytes(node_out(g, n, 0)));
        bool fine = least >= -tensor_bytes(node_in(g, n, k)) && least <= last;
        for (int64_t d = first; d <= last && fine; d += d < first + 8 * unit ? unit : larger(unit, (last - first) / 8 / unit * unit)) {
            fine = same_across(g, n, k, d, apart);
            if (!fine) {
                printf("FAIL overlap:%s: input %d at %jd bytes above the output (allowed from %jd)\n", id, k, (intmax_t)d,
                       (intmax_t)least);
            }
        }
        t->passed += fine;
        t->failed += !fine;
        t->closer += first >= unit && !same_across(g, n, k, first - unit, apart);
    }
}

static void one(const char *dir, const char *id, Tally *t)
{
    Session s = {0};
    Graph *g = NULL;
    Span in = {0};
    char *path = arena_printf(&s.arena, "%s/%s", dir, id);
    bool ready = session_open(&s, arena_printf(&s.arena, "%s.tflite", path)) == OK &&
                 session_plain(&s, ROUNDING_TFLITE, &g) == OK &&
                 file_read(&s.arena, arena_printf(&s.arena, "%s.in.bin", path), 1 << 24, &in, &s.diag) == OK;
    if (ready && in.bytes >= (size_t)graph_input_bytes(g)) { /* what the tool refuses is tested elsewhere */
        Eval *apart = eval_new(g, false);
        size_t at = 0;
        for (int32_t i = 0; i < g->input_count; i++) {
            size_t bytes = (size_t)tensor_bytes(tensor(g, g->input[i]));
            memcpy(eval_tensor(apart, g->input[i]), in.data + at, bytes);
            at += bytes;
        }
        for (int32_t i = 0; i < g->node_count; i++) {
            eval_node(apart, &g->node[i]);
            if ((op_of(&g->node[i])->traits & TRAIT_STATEFUL) == 0) {
                one_node(id, g, &g->node[i], apart, t);
            }
        }
        eval_free(apart);
    }
    graph_free(g);
    session_close(&s);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: overlap DIR [OP[/CASE]]\n");
        return 2;
    }
    Arena a = {0};
    Diag d = {0};
    Span index;
    if (file_read(&a, path_join(&a, argv[1], "INDEX.csv"), 1 << 24, &index, &d) != OK) {
        printf("FAIL %s\n0 passed, 1 failed\n", d.text);
        return 1;
    }
    Tally total = {0};
    char *save = NULL;
    char *line = strtok_r(arena_strndup(&a, (const char *)index.data, index.bytes), "\n", &save);
    while (line != NULL && (line = strtok_r(NULL, "\n", &save)) != NULL) {
        char *field = NULL;
        const char *op = strtok_r(line, ",", &field);
        const char *name = strtok_r(NULL, ",", &field);
        const char *id = name == NULL ? "" : arena_printf(&a, "%s/%s", op, name);
        if (name != NULL && (argc < 3 || strcmp(argv[2], op) == 0 || strcmp(argv[2], id) == 0)) {
            one(argv[1], id, &total);
        }
    }
    arena_free(&a);
    printf("one element closer gave other bytes: %d\n", total.closer);
    printf("%d passed, %d failed\n", total.passed, total.failed);
    return total.failed == 0 ? 0 : 1;
}
