/* Reductions: axes, output shape, the walk, the arithmetic of sums and means.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_reduce.h"

#include "op/util_elementwise.h"

#include "shrinc_reduce_sum_f32.h"
#include "shrinc_reduce_sum_s8.h"

enum { LIMIT_S8 = 1 << 22, LIMIT_S16 = 1 << 15 }; /* elements of one sum: it stays below 2^30 */

const AttrDesc reduce_attrs[REDUCE_ATTRS] = {
    {"keep_dims", ATTR_BOOL, offsetof(ReduceAttr, keep_dims), WIRE_BOOL, 0, 0, 0, 1, NULL, NULL},
};

/* Which dimensions go; repeated axes count once. */
static Status reduced_axes(const Graph *g, const Node *n, bool goes[MAX_RANK], Diag *d)
{
    IntList list;
    TRY(const_ints(g, n, 1, "axes", &list, d));
    for (int32_t i = 0; i < list.count; i++) {
        int32_t axis = 0;
        TRY(check_axis(g, n, list.value[i], node_in(g, n, 0)->shape.rank, &axis, d));
        goes[axis] = true;
    }
    return OK;
}

Status reduce_infer(Graph *g, Node *n, uint32_t types, Diag *d)
{
    const ReduceAttr *a = n->attr;
    const Tensor *x = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    bool goes[MAX_RANK] = {false};
    Shape shape = {0};
    TRY(check_type(g, n, x, types, "input", d));
    TRY(check_type(g, n, y, TYPE_BIT(x->type), "output", d));
    if (x->type == TYPE_S8 || x->type == TYPE_S16) {
        TRY(check_per_tensor(g, n, x, "input", d));
        TRY(check_per_tensor(g, n, y, "output", d));
    }
    TRY(reduced_axes(g, n, goes, d));
    int64_t elements = 1;
    for (int32_t i = 0; i < x->shape.rank; i++) {
        elements *= goes[i] ? x->shape.dim[i] : 1;
        if (!goes[i] || a->keep_dims) {
            shape.dim[shape.rank++] = goes[i] ? 1 : x->shape.dim[i];
        }
    }
    int64_t limit = x->type == TYPE_S8 ? LIMIT_S8 : x->type == TYPE_S16 ? LIMIT_S16 : INT32_MAX;
    if (elements > limit) {
        return fail_node(g, n, d, ERR_LIMIT,
                         "one output is made of %jd elements of \"%s\"; at most %jd",
                         (intmax_t)elements, x->name, (intmax_t)limit);
    }
    y->shape = shape;
    return OK;
}

Status reduce_walk(const Graph *g, const Node *n, shrinc_reduce_params *walk, int64_t *elements,
                   Diag *d)
{
    const Shape *x = &node_in(g, n, 0)->shape;
    bool goes[MAX_RANK] = {false};
    TRY(reduced_axes(g, n, goes, d));
    for (int32_t i = 0; i < 3; i++) {
        walk->kept[i] = 1;
        walk->reduced[i] = 1;
        walk->kept_step[i] = 0;
        walk->reduced_step[i] = 0;
    }
    /* From the back; neighbours of one kind are one loop, so six dimensions make at most three
     * loops of each kind. */
    int32_t kept = 3;
    int32_t reduced = 3;
    int64_t step = 1;
    int32_t last = -1; /* kind of the dimension before: 0 kept, 1 reduced */
    *elements = 1;
    for (int32_t i = x->rank - 1; i >= 0; i--) {
        if (x->dim[i] == 1) {
            continue;
        }
        int32_t kind = goes[i] ? 1 : 0;
        int32_t *at = goes[i] ? &reduced : &kept;
        int32_t *rounds = goes[i] ? walk->reduced : walk->kept;
        int32_t *steps = goes[i] ? walk->reduced_step : walk->kept_step;
        if (kind != last) {
            --*at;
            steps[*at] = (int32_t)step;
        }
        rounds[*at] *= x->dim[i];
        *elements *= goes[i] ? x->dim[i] : 1;
        step *= x->dim[i];
        last = kind;
    }
    return OK;
}

/* The division by the number of elements becomes part of the multiplier, rounded down. */
static void divide_multiplier(int64_t elements, int32_t *multiplier, int32_t *shift)
{
    int32_t bits = 0;
    while (elements >> (bits + 1) != 0) {
        bits++;
    }
    bits = bits < 31 + *shift ? bits : 31 + *shift;
    *multiplier = (int32_t)(((int64_t)*multiplier << bits) / elements);
    *shift -= bits;
}

static Status lower_sum_integer(Graph *g, Node *n, bool is_mean, const shrinc_reduce_params *walk,
                                int64_t elements, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    const char *kernel = x->type == TYPE_S8 ? "shrinc_reduce_sum_s8" : "shrinc_reduce_sum_s16";
    Call *c = call_new(g, n, kernel, sizeof(shrinc_reduce_sum_s8_params));
    shrinc_reduce_sum_s8_params *p = c->params;
    memcpy(p, walk, sizeof *walk); /* the same members in front */
    double ratio = (double)x->q.scale[0] / (double)y->q.scale[0];
    int64_t reach = x->type == TYPE_S8 ? 1 << 9 : 1 << 17; /* of an element, doubled */
    TRY(gain(g, n, ratio, reach * (is_mean ? 1 : elements), &p->multiplier, &p->shift, d));
    p->x_zero_sum = (int32_t)(x->q.zero[0] * elements);
    p->y_zero = y->q.zero[0];
    if (is_mean) {
        divide_multiplier(elements, &p->multiplier, &p->shift);
    }
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

Status reduce_lower_sum(Graph *g, Node *n, bool is_mean, Diag *d)
{
    shrinc_reduce_params walk;
    int64_t elements = 0;
    TRY(reduce_walk(g, n, &walk, &elements, d));
    if (node_in(g, n, 0)->type != TYPE_F32) {
        return lower_sum_integer(g, n, is_mean, &walk, elements, d);
    }
    Call *c = call_new(g, n, "shrinc_reduce_sum_f32", sizeof(shrinc_reduce_sum_f32_params));
    shrinc_reduce_sum_f32_params *p = c->params;
    memcpy(p, &walk, sizeof walk); /* the same members in front */
    p->divisor = is_mean ? (float)elements : 1.0f;
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

Status reduce_lower_choice(Graph *g, Node *n, const char *name, Diag *d)
{
    int64_t elements = 0;
    const char *kernel =
        arena_printf(&g->arena, "shrinc_%s_%s", name, type_name(node_in(g, n, 0)->type));
    Call *c = call_new(g, n, kernel, sizeof(shrinc_reduce_params));
    TRY(reduce_walk(g, n, c->params, &elements, d));
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

/* An output is written when all it is made of was read; later outputs read from their first element
 * on. */
int64_t reduce_overlap(const Graph *g, const Node *n, int32_t in)
{
    const Tensor *y = node_out(g, n, 0);
    shrinc_reduce_params w;
    int64_t elements = 0;
    int64_t count = shape_count(&y->shape);
    if (in != 0 || reduce_walk(g, n, &w, &elements, NULL) != OK) {
        return tensor_bytes(y);
    }
    int64_t distance = 0;
    int64_t lowest = INT64_MAX;
    int32_t x_bytes = type_bytes(node_in(g, n, 0)->type);
    int32_t y_bytes = type_bytes(y->type);
    for (int64_t o = count - 2; o >= 0; o--) {
        int64_t k = o + 1;
        int64_t first = k % w.kept[2] * w.kept_step[2] +
                        k / w.kept[2] % w.kept[1] * w.kept_step[1] +
                        k / w.kept[2] / w.kept[1] * w.kept_step[0];
        lowest = first < lowest ? first : lowest;
        int64_t behind = (o + 1) * y_bytes - lowest * x_bytes;
        distance = behind > distance ? behind : distance;
    }
    return distance;
}

typedef struct TrainPlan {
    shrinc_reduce_params walk;
    int64_t elements;
} TrainPlan;

const void *reduce_train_plan(const Graph *g, const Node *n, Arena *a)
{
    TrainPlan *p = NEW(a, TrainPlan, 1);
    return reduce_walk(g, n, &p->walk, &p->elements, NULL) == OK ? p : NULL;
}

/* Calls that collect into the LAST loop of kept elements, for each element reduced into them. */
static void reduce_rows(const shrinc_reduce_params *w, const float *x, float *dx, float *y,
                        const float *dy, float factor)
{
    for (int32_t o = 0; o < w->kept[0] * w->kept[1]; o++) {
        int64_t at = (int64_t)(o / w->kept[1]) * w->kept_step[0] +
                     (int64_t)(o % w->kept[1]) * w->kept_step[1];
        for (int32_t i = 0; i < w->reduced[0] * w->reduced[1] * w->reduced[2]; i++) {
            int64_t from = at + (int64_t)(i / w->reduced[2] / w->reduced[1]) * w->reduced_step[0] +
                           (int64_t)(i / w->reduced[2] % w->reduced[1]) * w->reduced_step[1] +
                           (int64_t)(i % w->reduced[2]) * w->reduced_step[2];
            for (int32_t c = 0; c < w->kept[2]; c++) {
                int64_t step = (int64_t)c * w->kept_step[2];
                if (dx != NULL) {
                    dx[from + step] += dy[(int64_t)o * w->kept[2] + c] * factor;
                } else {
                    y[(int64_t)o * w->kept[2] + c] += x[from + step];
                }
            }
        }
    }
}

void reduce_train(const Shard *s, bool is_mean)
{
    const TrainPlan *p = s->plan;
    const int64_t x_count = shape_count(&node_in(s->g, s->n, 0)->shape);
    const int64_t y_count = shape_count(&node_out(s->g, s->n, 0)->shape);
    memset(s->out[0], 0, (size_t)(s->batch * y_count) * sizeof(float));
    for (int64_t b = 0; b < s->batch; b++) {
        reduce_rows(&p->walk, s->in[0] + b * x_count, NULL, s->out[0] + b * y_count, NULL, 1.0f);
    }
    for (int64_t i = 0; is_mean && i < s->batch * y_count; i++) {
        s->out[0][i] /= (float)p->elements;
    }
}

void reduce_train_backward(const Shard *s, bool is_mean)
{
    const TrainPlan *p = s->plan;
    const int64_t x_count = shape_count(&node_in(s->g, s->n, 0)->shape);
    const int64_t y_count = shape_count(&node_out(s->g, s->n, 0)->shape);
    for (int64_t b = 0; s->d_in[0] != NULL && b < s->batch; b++) {
        reduce_rows(&p->walk, NULL, s->d_in[0] + b * x_count, NULL, s->d_out[0] + b * y_count,
                    is_mean ? 1.0f / (float)p->elements : 1.0f);
    }
}

/* Element I of those reduced into the first one of a sample's output O. */
static int64_t reduce_at(const shrinc_reduce_params *w, int64_t o, int64_t i)
{
    return o / w->kept[2] / w->kept[1] * w->kept_step[0] +
           o / w->kept[2] % w->kept[1] * w->kept_step[1] + o % w->kept[2] * w->kept_step[2] +
           i / w->reduced[2] / w->reduced[1] * w->reduced_step[0] +
           i / w->reduced[2] % w->reduced[1] * w->reduced_step[1] +
           i % w->reduced[2] * w->reduced_step[2];
}

void reduce_train_choice(const Shard *s, float sign)
{
    const TrainPlan *p = s->plan;
    const int64_t x_count = shape_count(&node_in(s->g, s->n, 0)->shape);
    const int64_t y_count = shape_count(&node_out(s->g, s->n, 0)->shape);
    int32_t *where = (int32_t *)(void *)s->keep;
    for (int64_t o = 0; o < s->batch * y_count; o++) {
        const float *x = s->in[0] + o / y_count * x_count;
        int64_t best = reduce_at(&p->walk, o % y_count, 0);
        for (int64_t i = 1; i < p->elements; i++) {
            int64_t at = reduce_at(&p->walk, o % y_count, i);
            best = sign * x[at] > sign * x[best] ? at : best;
        }
        s->out[0][o] = x[best];
        where[o] = (int32_t)best;
    }
}

void reduce_train_choice_backward(const Shard *s)
{
    const int64_t x_count = shape_count(&node_in(s->g, s->n, 0)->shape);
    const int64_t y_count = shape_count(&node_out(s->g, s->n, 0)->shape);
    const int32_t *where = (const int32_t *)(const void *)s->keep;
    for (int64_t o = 0; s->d_in[0] != NULL && o < s->batch * y_count; o++) {
        s->d_in[0][o / y_count * x_count + where[o]] += s->d_out[0][o];
    }
}

int64_t reduce_train_choice_keep(const Graph *g, const Node *n, int32_t batch)
{
    return batch * shape_count(&node_out(g, n, 0)->shape);
}
