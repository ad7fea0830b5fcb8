/* RANGE: y[i] = start + i * delta, as long as that lies before limit. Exists only to be folded.
 * start, limit, delta: constants of one element; s32, s64 or f32, as y. TFLite: RangeOptions,
 * empty.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"

#include <math.h>

enum { MAX_COUNT = 1 << 24 };

static Status bounds(const Graph *g, const Node *n, double bound[3], Diag *d)
{
    for (int32_t i = 0; i < 3; i++) {
        const Tensor *t = node_in(g, n, i);
        if (t == NULL || !tensor_is_const(t) || shape_count(&t->shape) != 1) {
            return fail_node(g, n, d, ERR_UNSUPPORTED,
                             "input %d must be a constant of one element; export the model with "
                             "fixed shapes",
                             i);
        }
        TRY(check_type(g, n, t, TYPE_BIT(node_out(g, n, 0)->type), "input", d));
        bound[i] = const_value(t, 0);
    }
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    Tensor *y = node_out(g, n, 0);
    double bound[3];
    const uint32_t types = TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S32) | TYPE_BIT(TYPE_S64);
    TRY(check_type(g, n, y, types, "output", d));
    TRY(bounds(g, n, bound, d));
    double count = ceil((bound[1] - bound[0]) / bound[2]);
    if (!(count >= 1.0 && count <= MAX_COUNT)) {
        return fail_node(g, n, d, ERR_INPUT, "from %g to %g in steps of %g there are %g elements",
                         bound[0], bound[1], bound[2], count);
    }
    y->shape = (Shape){1, {(int32_t)count}};
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Tensor *y = node_out(g, n, 0);
    double bound[3];
    TRY(bounds(g, n, bound, d));
    int32_t bytes = type_bytes(y->type);
    uint8_t *data = NEW(&g->arena, uint8_t, tensor_bytes(y));
    float sum = (float)bound[0]; /* the reference adds step after step */
    for (int32_t i = 0; i < y->shape.dim[0]; i++) {
        int64_t whole = y->type == TYPE_F32 ? 0 : (int64_t)bound[0] + i * (int64_t)bound[2];
        const void *value = y->type == TYPE_F32 ? (const void *)&sum : &whole;
        memcpy(data + (int64_t)i * bytes, value, (size_t)bytes); /* little endian */
        sum += (float)bound[2];
    }
    call_values(g, n, data);
    return OK;
}

const Op op_range = {
    .kind = {"range", NULL, 0, 0},
    .tflite_name = "RANGE",
    .tflite_code = 96,
    .tflite_options = 73,
    .traits = TRAIT_CONST_ONLY,
    .min_in = 3,
    .max_in = 3,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
};
