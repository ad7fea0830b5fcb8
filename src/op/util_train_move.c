/* Operators that only move elements, forward and backward. Which element goes where is not written down
 * anew: the operator's own lowered calls run once on the elements' numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_train.h"

enum { LARGEST = 1 << 24 /* whole numbers that a float holds */ };

/* COUNT elements of input IN (-1: zeros) to output OUT. */
typedef struct Run {
    int32_t in, out;
    int32_t x_at, y_at;
    int32_t x_step, count;
} Run;

typedef struct Moves {
    Run *run;
    int32_t count;
} Moves;

/* A graph of N alone, whose float inputs hold the numbers 1, 2, 3 .. through all of them. */
static Graph *numbered(const Graph *g, const Node *n, int64_t *elements)
{
    Graph *one = graph_new("numbers");
    Node *node = graph_add_node(one, n->kind, n->name, n->in_count, n->out_count);
    *elements = 0;
    for (int32_t k = 0; k < n->in_count; k++) {
        const Tensor *t = node_in(g, n, k);
        if (t == NULL) {
            continue;
        }
        if (t->type != TYPE_F32) {
            node->in[k] = graph_add_const(one, t->name, t->type, t->shape, t->data);
            continue;
        }
        int64_t count = shape_count(&t->shape);
        float *number = NEW(&one->arena, float, count);
        for (int64_t i = 0; i < count; i++) {
            number[i] = (float)(*elements + i + 1);
        }
        node->in[k] = graph_add_const(one, t->name, t->type, t->shape, number);
        *elements += count;
    }
    for (int32_t k = 0; k < n->out_count; k++) {
        const Tensor *t = node_out(g, n, k);
        node->out[k] = graph_add_tensor(one, t->name, t->type, t->shape);
    }
    if (n->kind->attr_bytes > 0) {
        node->attr = arena_memdup(&one->arena, n->attr, n->kind->attr_bytes);
    }
    return one;
}

/* Input and element that NUMBER stands for. */
static int32_t input_of(const Graph *g, const Node *n, int64_t number, int32_t *at)
{
    int64_t first = 1;
    for (int32_t k = 0; k < n->in_count; k++) {
        const Tensor *t = node_in(g, n, k);
        int64_t count = t != NULL && t->type == TYPE_F32 ? shape_count(&t->shape) : 0;
        if (number >= first && number < first + count) {
            *at = (int32_t)(number - first);
            return k;
        }
        first += count;
    }
    *at = 0;
    return -1;
}

/* Whether element AT of input IN goes on with R. */
static bool goes_on(Run *r, int32_t in, int32_t out, int32_t at)
{
    if (r->in != in || r->out != out) {
        return false;
    }
    if (in < 0) {
        return true;
    }
    if (r->count == 1) {
        r->x_step = at - r->x_at;
        return true;
    }
    return at == r->x_at + r->count * r->x_step;
}

static void collect(const Graph *g, const Node *n, const float *numbers, int32_t out, int64_t count,
                    Moves *m)
{
    for (int32_t i = 0; i < count; i++) {
        int32_t at = 0;
        int32_t in = input_of(g, n, (int64_t)numbers[i], &at);
        Run *last = m->count > 0 ? &m->run[m->count - 1] : NULL;
        if (i > 0 && last != NULL && goes_on(last, in, out, at)) {
            last->count++;
        } else {
            m->run[m->count++] =
                (Run){.in = in, .out = out, .x_at = at, .y_at = i, .x_step = 1, .count = 1};
        }
    }
}

const void *train_move_plan(const Graph *g, const Node *n, Arena *a)
{
    int64_t elements = 0;
    int64_t total = 0;
    Graph *one = numbered(g, n, &elements);
    for (int32_t k = 0; k < n->out_count; k++) {
        total += shape_count(&node_out(g, n, k)->shape);
    }
    const Op *op = op_of(n);
    if (elements >= LARGEST || total >= LARGEST || op->lower(one, &one->node[0], NULL) != OK) {
        graph_free(one);
        return NULL;
    }
    Arena own = {0};
    Eval *e = eval_new(one, false);
    eval_node(e, &one->node[0]);
    Moves all = {.run = NEW(&own, Run, total)};
    for (int32_t k = 0; k < n->out_count; k++) {
        const float *numbers = (const float *)(const void *)eval_tensor(e, one->node[0].out[k]);
        collect(g, n, numbers, k, shape_count(&node_out(g, n, k)->shape), &all);
    }
    Moves *m = NEW(a, Moves, 1);
    *m = (Moves){arena_memdup(a, all.run, (size_t)all.count * sizeof(Run)), all.count};
    arena_free(&own);
    eval_free(e);
    graph_free(one);
    return m;
}

static int64_t x_start(const Shard *s, const Run *r, int64_t sample)
{
    return (shard_in_is_const(s, r->in) ? 0 : sample * shard_in_count(s, r->in)) + r->x_at;
}

void train_move(const Shard *s)
{
    const Moves *m = s->plan;
    for (int64_t b = 0; b < s->batch; b++) {
        for (int32_t i = 0; i < m->count; i++) {
            const Run *r = &m->run[i];
            float *y = s->out[r->out] + b * shard_out_count(s, r->out) + r->y_at;
            if (r->in < 0) {
                memset(y, 0, (size_t)r->count * sizeof *y);
                continue;
            }
            const float *x = s->in[r->in] + x_start(s, r, b);
            for (int32_t k = 0; k < r->count; k++) {
                y[k] = x[(int64_t)k * r->x_step];
            }
        }
    }
}

void train_move_backward(const Shard *s)
{
    const Moves *m = s->plan;
    for (int64_t b = 0; b < s->batch; b++) {
        for (int32_t i = 0; i < m->count; i++) {
            const Run *r = &m->run[i];
            if (r->in < 0 || s->d_in[r->in] == NULL || s->d_out[r->out] == NULL) {
                continue;
            }
            const float *dy = s->d_out[r->out] + b * shard_out_count(s, r->out) + r->y_at;
            float *dx = s->d_in[r->in] + x_start(s, r, b);
            for (int32_t k = 0; k < r->count; k++) {
                dx[(int64_t)k * r->x_step] += dy[k];
            }
        }
    }
}
