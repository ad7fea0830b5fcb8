/* Random operator configurations against the independent reference, in both rounding families; windowed layers also with the output
 * at the least legal distance from the input, forward and backward. Usage: fuzz_ops COUNT | fuzz_ops OP TYPE SEED
 * Prints the counts by operator, type and attribute; each must reach 500. The last line is "N passed, N failed": configurations.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST = 500, POISON = 0x5A, COUNTS = 4096 };

typedef struct Count {
    char key[64];
    int64_t n;
} Count;

static Count counts[COUNTS];
static int32_t count_size;

static void count(const char *op, Type type, const char *what)
{
    char key[64];
    (void)snprintf(key, sizeof key, "%s %s %s", op, type_name(type), what);
    int32_t i = 0;
    while (i < count_size && strcmp(counts[i].key, key) != 0) {
        i++;
    }
    if (i == count_size && count_size < COUNTS) {
        memcpy(counts[count_size++].key, key, sizeof key);
    }
    counts[i].n++;
}

static bool check(const Trial *t, const uint8_t *got, const char *how, const RefOp *r, uint64_t seed)
{
    const Tensor *y = trial_out(t);
    Tensor at = *y;
    at.data = got;
    double tolerance = 0;
    for (int64_t i = 0; i < shape_count(&y->shape) && y->type == TYPE_F32; i++) {
        tolerance = fabs(t->real[i]) * 1e-5 > tolerance ? fabs(t->real[i]) * 1e-5 : tolerance;
    }
    for (int64_t i = 0; i < shape_count(&y->shape); i++) {
        double v = const_value(&at, i);
        if (!(fabs(v - t->real[i]) <= tolerance)) {
            printf("FAIL ref:%s %s %ju (%s, rounding %d): element %jd: expected %.9g, got %.9g; %s\n", r->name, type_name(r->type),
                   (uintmax_t)seed, how, (int)t->g->rounding, (intmax_t)i, t->real[i], v, t->attributes);
            return false;
        }
    }
    return true;
}

/* Runs the node with its output BELOW bytes below input 0 (negative: above), in one block of poison. */
static bool run_overlapped(Trial *t, int64_t below, const char *how, const RefOp *r, uint64_t seed)
{
    Graph *g = t->g;
    int64_t x_bytes = tensor_bytes(trial_in(t, 0));
    int64_t y_bytes = tensor_bytes(trial_out(t));
    int64_t room = x_bytes + y_bytes + (below < 0 ? -below : below) + 64;
    uint8_t *block = NEW(&t->arena, uint8_t, 2 * room);
    memset(block, POISON, (size_t)(2 * room));
    Eval *e = eval_new(g, false);
    uint8_t *x = block + room / 4 * 4;
    uint8_t *y = x - below;
    e->mem[t->node->in[0]] = x;
    e->mem[t->node->out[0]] = y;
    memcpy(x, t->data[0], (size_t)x_bytes);
    eval_node(e, t->node);
    bool good = check(t, y, how, r, seed);
    const uint8_t *low = x < y ? x : y;
    const uint8_t *high = x + x_bytes > y + y_bytes ? x + x_bytes : y + y_bytes;
    for (int32_t i = 0; i < 32 && good; i++) {
        good = low[-1 - i] == POISON && high[i] == POISON;
        if (!good) {
            printf("FAIL ref:%s %s %ju: writes beside its output (%s)\n", r->name, type_name(r->type), (uintmax_t)seed, how);
        }
    }
    eval_free(e);
    return good;
}

static bool overlaps(Trial *t, const RefOp *r, uint64_t seed)
{
    const Op *op = op_of(t->node);
    if (op->overlap == NULL || t->g->input_count != 1) {
        return true;
    }
    int64_t align = type_bytes(trial_in(t, 0)->type);
    int64_t below = (op->overlap(t->g, t->node, 0) + align - 1) / align * align;
    bool good = run_overlapped(t, below, "overlapping", r, seed);
    if (good && op->turn_back != NULL && trial_in(t, 0)->shape.dim[0] == 1 && trial_in(t, 0)->type == TYPE_S8) {
        op->turn_back(t->node);
        good = run_overlapped(t, -op->overlap_back(t->g, t->node, 0), "backward", r, seed);
    }
    return good;
}

typedef enum Outcome { PASSED, FAILED, REFUSED } Outcome;

static Outcome one(const RefOp *r, uint64_t seed, bool counted)
{
    Trial t = {.g = graph_new("trial"), .seed = seed * 7919 + 13};
    t.corner = draw(&t, 0, 3) == 0;
    t.g->input = NEW(&t.g->arena, TensorId, 4);
    t.g->output = NEW(&t.g->arena, TensorId, 1);
    t.g->rounding = draw(&t, 0, 1) == 0 ? ROUNDING_TFLITE : ROUNDING_SINGLE;
    r->generate(&t, r);
    Diag d = {0};
    Status s = op_of(t.node)->infer(t.g, t.node, &d);
    s = s == OK ? op_of(t.node)->lower(t.g, t.node, &d) : s;
    Outcome outcome = s == OK ? PASSED : s == ERR_UNSUPPORTED || strstr(d.text, "scale") != NULL ? REFUSED : FAILED;
    if (outcome == FAILED) {
        printf("FAIL ref:%s %s %ju: %s\n", r->name, type_name(r->type), (uintmax_t)seed, d.text);
    }
    if (s == OK) {
        t.real = NEW(&t.arena, double, shape_count(&trial_out(&t)->shape));
        r->reference(&t);
        Eval *e = eval_new(t.g, false);
        for (int32_t i = 0; i < t.g->input_count; i++) {
            memcpy(eval_tensor(e, t.g->input[i]), t.data[i], (size_t)tensor_bytes(tensor(t.g, t.g->input[i])));
        }
        eval_node(e, t.node);
        bool good = check(&t, eval_tensor(e, t.node->out[0]), "apart", r, seed) && overlaps(&t, r, seed);
        eval_free(e);
        outcome = good ? PASSED : FAILED;
    }
    if (counted && outcome == PASSED) {
        count(r->name, r->type, "all");
        char *save = NULL;
        for (char *a = strtok_r(t.attributes, " ", &save); a != NULL; a = strtok_r(NULL, " ", &save)) {
            count(r->name, r->type, a);
        }
    }
    arena_free(&t.arena);
    graph_free(t.g);
    return outcome;
}

/* Operators whose judge are the vectors that TFLite made (tests/vectors) alone. */
static const RefOp *find(const char *name, Type type)
{
    const RefOp *lists[] = {ref_windows, ref_elementwise, ref_moves};
    for (size_t l = 0; l < COUNT(lists); l++) {
        for (const RefOp *r = lists[l]; r->name != NULL; r++) {
            if (strcmp(r->name, name) == 0 && (type == TYPE_NONE || r->type == type)) {
                return r;
            }
        }
    }
    return NULL;
}

static int finish(int64_t passed, int64_t failed, int64_t refused)
{
    int32_t thin = 0;
    for (int32_t i = 0; i < count_size; i++) {
        printf("  %-52s %7jd\n", counts[i].key, (intmax_t)counts[i].n);
        if (counts[i].n < LEAST) {
            printf("FAIL ref: too few of %s\n", counts[i].key);
            thin++;
        }
    }
    printf("without a reference here, judged by TFLite's vectors alone:");
    for (int32_t i = 0; op_table[i] != NULL; i++) {
        if (find(op_table[i]->kind.name, TYPE_NONE) == NULL) {
            printf(" %s", op_table[i]->kind.name);
        }
    }
    printf("\nrefused (scales out of range): %jd\n", (intmax_t)refused);
    if (refused * 10 > passed) {
        printf("FAIL ref: too many refusals\n");
        thin++;
    }
    printf("%jd passed, %jd failed\n", (intmax_t)passed, (intmax_t)(failed + thin));
    return failed + thin > 0;
}

int main(int argc, char **argv)
{
    if (argc == 4) {
        const RefOp *r = find(argv[1], type_find(argv[2]));
        return r == NULL || one(r, strtoull(argv[3], NULL, 10), false) != PASSED;
    }
    int64_t total = argc > 1 ? strtoll(argv[1], NULL, 10) : 100000;
    int64_t outcomes[3] = {0};
    const RefOp *lists[] = {ref_windows, ref_elementwise, ref_moves};
    int64_t rows = 0;
    for (size_t l = 0; l < COUNT(lists); l++) {
        for (const RefOp *r = lists[l]; r->name != NULL; r++) {
            rows++;
        }
    }
    for (size_t l = 0; l < COUNT(lists); l++) {
        for (const RefOp *r = lists[l]; r->name != NULL; r++) {
            for (int64_t i = 0; i < total / rows + 1 && outcomes[FAILED] < 40; i++) {
                outcomes[one(r, (uint64_t)i + 1, true)]++;
            }
        }
    }
    return finish(outcomes[PASSED], outcomes[FAILED], outcomes[REFUSED]);
}
