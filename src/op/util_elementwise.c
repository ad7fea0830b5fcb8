/* What elementwise operators share: checks of shapes and quantisation, calls of one input.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"

#include <math.h>

#include "shrinc_unary_f32.h"

Status check_quantized(const Graph *g, const Node *n, const Tensor *t, const char *role, Diag *d)
{
    if (t->type != TYPE_S8 && t->type != TYPE_U8 && t->type != TYPE_S16) {
        return OK;
    }
    TRY(check_per_tensor(g, n, t, role, d));
    int32_t low = t->type == TYPE_S8 ? INT8_MIN : t->type == TYPE_U8 ? 0 : INT16_MIN;
    int32_t high = t->type == TYPE_S8 ? INT8_MAX : t->type == TYPE_U8 ? UINT8_MAX : INT16_MAX;
    if (t->q.zero[0] < low || t->q.zero[0] > high) {
        return fail_node(g, n, d, ERR_INPUT, "%s \"%s\" has zero point %d, outside its type %s", role, t->name,
                         t->q.zero[0], type_name(t->type));
    }
    return OK;
}

Status check_symmetric_s16(const Graph *g, const Node *n, const Tensor *t, const char *role, Diag *d)
{
    TRY(check_quantized(g, n, t, role, d));
    if (t->type == TYPE_S16 && t->q.zero[0] != 0) {
        return fail_node(g, n, d, ERR_INPUT, "%s \"%s\" is s16 with zero point %d; it must be 0", role, t->name,
                         t->q.zero[0]);
    }
    return OK;
}

static Status check_output_type(const Graph *g, const Node *n, const Tensor *x, const Tensor *y, Diag *d)
{
    if (x->type == y->type) {
        return OK;
    }
    return fail_node(g, n, d, ERR_INPUT, "\"%s\" has type %s but \"%s\" has type %s; they must be equal", x->name,
                     type_name(x->type), y->name, type_name(y->type));
}

Status infer_unary(Graph *g, Node *n, uint32_t types, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    TRY(check_type(g, n, x, types, "input", d));
    TRY(check_output_type(g, n, x, y, d));
    TRY(check_symmetric_s16(g, n, x, "input", d));
    TRY(check_symmetric_s16(g, n, y, "output", d));
    y->shape = x->shape;
    return OK;
}

Status infer_binary(Graph *g, Node *n, uint32_t types, Diag *d)
{
    const Tensor *a = node_in(g, n, 0);
    const Tensor *b = node_in(g, n, 1);
    Tensor *y = node_out(g, n, 0);
    TRY(check_type(g, n, a, types, "input", d));
    TRY(check_output_type(g, n, a, b, d));
    TRY(check_output_type(g, n, a, y, d));
    TRY(check_symmetric_s16(g, n, a, "first input", d));
    TRY(check_symmetric_s16(g, n, b, "second input", d));
    TRY(check_symmetric_s16(g, n, y, "output", d));
    return broadcast_shape(g, n, &a->shape, &b->shape, &y->shape, d);
}

Status gain(const Graph *g, const Node *n, double real, int64_t reach, int32_t *multiplier, int32_t *shift, Diag *d)
{
    if (!(real * (double)reach < 1073741824.0)) {
        return fail_node(g, n, d, ERR_INPUT, "the scales are too far apart: the ratio %.9g overflows 32 bits", real);
    }
    scale_to_multiplier(real, multiplier, shift);
    return OK;
}

Status fail_no_kernel(const Graph *g, const Node *n, Diag *d)
{
    return fail_node(g, n, d, ERR_UNSUPPORTED, "there is no kernel for type %s", type_name(node_in(g, n, 0)->type));
}

int32_t count_of(const Tensor *t)
{
    return (int32_t)shape_count(&t->shape);
}

void lower_unary_f32(Graph *g, Node *n, const char *kernel)
{
    Call *c = call_new(g, n, kernel, sizeof(shrinc_unary_f32_params));
    shrinc_unary_f32_params *p = c->params;
    p->count = count_of(node_out(g, n, 0));
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
}

int64_t overlap_elementwise(const Graph *g, const Node *n, int32_t in)
{
    const Tensor *x = node_in(g, n, in);
    const Tensor *y = node_out(g, n, 0);
    int64_t count = shape_count(&y->shape);
    if (shape_count(&x->shape) != count) {
        return tensor_bytes(y);
    }
    int64_t growth = (int64_t)type_bytes(y->type) - type_bytes(x->type);
    return growth > 0 ? growth * (count - 1) : 0;
}

int32_t channel_operand(const Graph *g, const Node *n, float *value)
{
    const Shape *y = &node_out(g, n, 0)->shape;
    for (int32_t j = 0; j < 2; j++) {
        const Tensor *t = node_in(g, n, j);
        const Tensor *x = node_in(g, n, 1 - j);
        int32_t channels = y->rank > 0 ? y->dim[y->rank - 1] : 1;
        int64_t count = shape_count(&t->shape);
        bool is_row = count == 1 || (count == channels && shape_dim_back(&t->shape, 0) == channels);
        if (t->type != TYPE_F32 || !tensor_is_const(t) || !shape_equal(&x->shape, y) || !is_row) {
            continue;
        }
        for (int32_t c = 0; c < channels; c++) {
            value[c] = ((const float *)(const void *)t->data)[count == 1 ? 0 : c];
        }
        return 1 - j;
    }
    return -1;
}
