/* Functions of two inputs with broadcasting, forward and backward.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_train.h"

#include "op/util_fast.h"

enum { RANK = MAX_RANK + 1 }; /* the samples of a shard are one more dimension */

/* Loops over the output's elements; steps of 0 where an input is broadcast. */
typedef struct Loops {
    int32_t rank;
    int32_t count[RANK];
    int64_t a_step[RANK], b_step[RANK];
    int64_t rows; /* rounds of all loops but the last */
} Loops;

/* One round of the last loop. */
typedef struct Row {
    int32_t count;
    int64_t a_step, b_step; /* 0 or 1 */
    const float *a, *b;
    float *y;
    const float *dy;
    float *da, *db; /* NULL where not wanted */
} Row;

static void add_loop(Loops *l, int32_t count, int64_t a_step, int64_t b_step)
{
    int32_t last = l->rank - 1;
    if (count == 1) {
        return;
    }
    if (last >= 0 && l->a_step[last] == count * a_step && l->b_step[last] == count * b_step) {
        l->count[last] *= count;
        l->a_step[last] = a_step;
        l->b_step[last] = b_step;
        return;
    }
    l->count[l->rank] = count;
    l->a_step[l->rank] = a_step;
    l->b_step[l->rank] = b_step;
    l->rank++;
}

/* Step of dimension I from the back within a tensor of shape S. */
static int64_t step_back(const Shape *s, int32_t i)
{
    int64_t step = 1;
    for (int32_t k = 0; k < i; k++) {
        step *= shape_dim_back(s, k);
    }
    return shape_dim_back(s, i) == 1 ? 0 : step;
}

static Loops loops_of(const Shard *s)
{
    const Shape *a = &node_in(s->g, s->n, 0)->shape;
    const Shape *b = &node_in(s->g, s->n, 1)->shape;
    const Shape *y = &node_out(s->g, s->n, 0)->shape;
    Loops l = {.rows = 1};
    add_loop(&l, s->batch, shard_in_is_const(s, 0) ? 0 : shape_count(a),
             shard_in_is_const(s, 1) ? 0 : shape_count(b));
    for (int32_t i = y->rank - 1; i >= 0; i--) {
        add_loop(&l, shape_dim_back(y, i), step_back(a, i), step_back(b, i));
    }
    if (l.rank == 0) {
        l.count[0] = 1;
        l.a_step[0] = 1;
        l.b_step[0] = 1;
        l.rank = 1;
    }
    for (int32_t i = 0; i < l.rank - 1; i++) {
        l.rows *= l.count[i];
    }
    return l;
}

static float *moved(float *p, int64_t by)
{
    return p == NULL ? NULL : p + by;
}

static void each_row(const Shard *s, bool backward, void (*f)(const Row *r, const void *context),
                     const void *context)
{
    Loops l = loops_of(s);
    int32_t last = l.rank - 1;
    int32_t at[RANK] = {0};
    int64_t a = 0;
    int64_t b = 0;
    for (int64_t r = 0; r < l.rows; r++) {
        Row row = {.count = l.count[last],
                   .a_step = l.a_step[last],
                   .b_step = l.b_step[last],
                   .a = s->in[0] + a,
                   .b = s->in[1] + b,
                   .y = s->out[0] + r * l.count[last]};
        if (backward) {
            row.dy = s->d_out[0] + r * l.count[last];
            row.da = moved(s->d_in[0], a);
            row.db = moved(s->d_in[1], b);
        }
        f(&row, context);
        for (int32_t i = last - 1; i >= 0; i--) {
            a += l.a_step[i];
            b += l.b_step[i];
            if (++at[i] < l.count[i]) {
                break;
            }
            a -= l.count[i] * l.a_step[i];
            b -= l.count[i] * l.b_step[i];
            at[i] = 0;
        }
    }
}

static void out_act(const Shard *s, int32_t act)
{
    train_bias_act(s->out[0], 1, (int32_t)(s->batch * shard_out_count(s, 0)), NULL, act);
}

/* Gradients that hold nothing yet start as zeros. */
static void clear_gradients(const Shard *s)
{
    for (int32_t i = 0; i < 2; i++) {
        int64_t count = shard_in_count(s, i) * (shard_in_is_const(s, i) ? 1 : s->batch);
        if (s->d_in[i] != NULL && shard_sets(s, i)) {
            memset(s->d_in[i], 0, (size_t)count * sizeof(float));
        }
    }
}

/* --- any function --- */

static void row_any(const Row *r, const void *context)
{
    const PairFunction *p = context;
    for (int32_t i = 0; i < r->count; i++) {
        r->y[i] = p->f(r->a[i * r->a_step], r->b[i * r->b_step]);
    }
}

static void row_any_backward(const Row *r, const void *context)
{
    const PairFunction *p = context;
    for (int32_t i = 0; i < r->count; i++) {
        float by_a = 0.0f;
        float by_b = 0.0f;
        p->df(r->a[i * r->a_step], r->b[i * r->b_step], r->y[i], &by_a, &by_b);
        if (r->da != NULL) {
            r->da[i * r->a_step] += r->dy[i] * by_a;
        }
        if (r->db != NULL) {
            r->db[i * r->b_step] += r->dy[i] * by_b;
        }
    }
}

void train_pair(const Shard *s, PairFunction f, int32_t act)
{
    each_row(s, false, row_any, &f);
    out_act(s, act);
}

void train_pair_backward(const Shard *s, PairFunction f, int32_t act)
{
    train_out_act_backward(s, act);
    each_row(s, true, row_any_backward, &f);
}

/* --- sums --- */

FAST static void row_sum(const Row *r, const void *context)
{
    float sign = *(const float *)context;
    float *y = r->y;
    const float *a = r->a;
    const float *b = r->b;
    if (r->a_step == 1 && r->b_step == 1) {
        for (int32_t i = 0; i < r->count; i++) {
            y[i] = a[i] + sign * b[i];
        }
        return;
    }
    for (int32_t i = 0; i < r->count; i++) {
        y[i] = a[i * r->a_step] + sign * b[i * r->b_step];
    }
}

/* d[i * step] += scale * dy[i] */
FAST static void row_collect(float *d, int64_t step, const float *dy, int32_t count, float scale)
{
    if (step == 1) {
        for (int32_t i = 0; i < count; i++) {
            d[i] += scale * dy[i];
        }
    } else {
        float sum = 0.0f;
        for (int32_t i = 0; i < count; i++) {
            sum += dy[i];
        }
        d[0] += scale * sum;
    }
}

static void row_sum_backward(const Row *r, const void *context)
{
    if (r->da != NULL) {
        row_collect(r->da, r->a_step, r->dy, r->count, 1.0f);
    }
    if (r->db != NULL) {
        row_collect(r->db, r->b_step, r->dy, r->count, *(const float *)context);
    }
}

void train_sum(const Shard *s, float sign, int32_t act)
{
    each_row(s, false, row_sum, &sign);
    out_act(s, act);
}

void train_sum_backward(const Shard *s, float sign, int32_t act)
{
    train_out_act_backward(s, act);
    Shard rest = *s;
    float *d_in[2] = {s->d_in[0], s->d_in[1]};
    int64_t count = s->batch * shard_out_count(s, 0);
    for (int32_t i = 0; i < 2; i++) { /* most sums are of equal shapes: nothing to walk */
        bool is_whole = !shard_in_is_const(s, i) && shard_in_count(s, i) == shard_out_count(s, 0);
        if (d_in[i] != NULL && is_whole && (i == 0 || sign == 1.0f)) {
            train_add(d_in[i], s->d_out[0], count, shard_sets(s, i));
            d_in[i] = NULL;
        }
    }
    rest.d_in = d_in;
    if (d_in[0] != NULL || d_in[1] != NULL) {
        clear_gradients(&rest);
        each_row(&rest, true, row_sum_backward, &sign);
    }
}

/* --- products --- */

FAST static void row_product(const Row *r, const void *context)
{
    (void)context;
    float *y = r->y;
    const float *a = r->a;
    const float *b = r->b;
    if (r->a_step == 1 && r->b_step == 1) {
        for (int32_t i = 0; i < r->count; i++) {
            y[i] = a[i] * b[i];
        }
        return;
    }
    for (int32_t i = 0; i < r->count; i++) {
        y[i] = a[i * r->a_step] * b[i * r->b_step];
    }
}

/* d[i * step] += dy[i] * x[i * x_step] */
FAST static void row_collect_product(float *d, int64_t step, const float *dy, const float *x,
                                int64_t x_step, int32_t count)
{
    if (step == 1 && x_step == 1) {
        for (int32_t i = 0; i < count; i++) {
            d[i] += dy[i] * x[i];
        }
        return;
    }
    if (step == 1) {
        for (int32_t i = 0; i < count; i++) {
            d[i] += dy[i] * x[0];
        }
        return;
    }
    float sum = 0.0f;
    for (int32_t i = 0; i < count; i++) {
        sum += dy[i] * x[i * x_step];
    }
    d[0] += sum;
}

static void row_product_backward(const Row *r, const void *context)
{
    (void)context;
    if (r->da != NULL) {
        row_collect_product(r->da, r->a_step, r->dy, r->b, r->b_step, r->count);
    }
    if (r->db != NULL) {
        row_collect_product(r->db, r->b_step, r->dy, r->a, r->a_step, r->count);
    }
}

void train_product(const Shard *s, int32_t act)
{
    each_row(s, false, row_product, NULL);
    out_act(s, act);
}

void train_product_backward(const Shard *s, int32_t act)
{
    train_out_act_backward(s, act);
    each_row(s, true, row_product_backward, NULL);
}
