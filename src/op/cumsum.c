/* CUMSUM: y[..][i][..] = sum of x[..][k][..] over k <= i (exclusive: k < i; reverse: from the other
 * end), along a constant axis. x: f32, s8. Like TFLite Micro, int8 starts the sum at -zero_x
 * instead of 0 (right where the zero point is 0). TFLite: CumsumOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_elementwise.h"

#include "shrinc_cumsum.h"

typedef struct Attr {
    bool exclusive, reverse;
} Attr;
static const AttrDesc attrs[] = {
    {"exclusive", ATTR_BOOL, offsetof(Attr, exclusive), WIRE_BOOL, 0, 0, 0, 1, NULL, NULL},
    {"reverse", ATTR_BOOL, offsetof(Attr, reverse), WIRE_BOOL, 1, 0, 0, 1, NULL, NULL},
};

static Status axis_of(const Graph *g, const Node *n, int32_t *axis, Diag *d)
{
    IntList list;
    TRY(const_ints(g, n, 1, "axis", &list, d));
    if (list.count != 1) {
        return fail_node(g, n, d, ERR_INPUT, "the axis has %d values; it must be one", list.count);
    }
    return check_axis(g, n, list.value[0], node_in(g, n, 0)->shape.rank, axis, d);
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    int32_t axis = 0;
    TRY(infer_unary(g, n, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), d));
    TRY(check_rank(g, n, node_in(g, n, 0), 1, MAX_RANK, "input", d));
    return axis_of(g, n, &axis, d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    int32_t axis = 0;
    int64_t outer = 1;
    int64_t inner = 1;
    TRY(axis_of(g, n, &axis, d));
    shape_split(&x->shape, axis, &outer, &inner);
    int32_t count = x->shape.dim[axis];
    Call *c = call_new(g, n, x->type == TYPE_S8 ? "shrinc_cumsum_s8" : "shrinc_cumsum_f32",
                       sizeof(shrinc_cumsum_params));
    shrinc_cumsum_params *p = c->params;
    *p = (shrinc_cumsum_params){
        .outer = (int32_t)outer,
        .count = count,
        .inner = (int32_t)inner,
        .exclusive = a->exclusive,
        .first = a->reverse ? (int32_t)((count - 1) * inner) : 0,
        .step = (int32_t)(a->reverse ? -inner : inner),
    };
    if (x->type == TYPE_S8) {
        double real = 2.0 * (double)x->q.scale[0] / ((double)(1 << 20) * (double)y->q.scale[0]);
        TRY(gain(g, n, real, (int64_t)1 << 31, &p->multiplier, &p->shift, d));
        p->x_zero = x->q.zero[0];
        p->y_zero = y->q.zero[0];
        p->start = fixed_requantize(g->rounding, -x->q.zero[0] * (1 << 20), 1 << 30, 0);
    }
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_cumsum = {
    .kind = {"cumsum", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "CUMSUM",
    .tflite_code = 128,
    .tflite_options = 102,
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
};
