/* Helpers shared by operators: checks with their sentences, windows, clamps, tables.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/op.h"

#include <float.h>
#include <math.h>

Tensor *node_in(const Graph *g, const Node *n, int32_t i)
{
    return i < n->in_count && n->in[i] != 0 ? tensor(g, n->in[i]) : NULL;
}

Tensor *node_out(const Graph *g, const Node *n, int32_t i)
{
    return tensor(g, n->out[i]);
}

Status check_type(const Graph *g, const Node *n, const Tensor *t, uint32_t allowed,
                  const char *role, Diag *d)
{
    if ((allowed & TYPE_BIT(t->type)) != 0) {
        return OK;
    }
    char list[96] = "";
    for (int32_t i = 1; i < TYPE_COUNT; i++) {
        if ((allowed & TYPE_BIT((Type)i)) != 0) {
            (void)snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s",
                           list[0] == '\0' ? "" : ", ", type_name((Type)i));
        }
    }
    return fail_node(g, n, d, ERR_UNSUPPORTED, "%s \"%s\" has type %s; supported: %s", role,
                     t->name, type_name(t->type), list);
}

Status check_rank(const Graph *g, const Node *n, const Tensor *t, int32_t min, int32_t max,
                  const char *role, Diag *d)
{
    if (t->shape.rank >= min && t->shape.rank <= max) {
        return OK;
    }
    char text[96];
    if (min == max) {
        return fail_node(g, n, d, ERR_INPUT, "%s \"%s\" has shape %s; it must have rank %d", role,
                         t->name, shape_text(&t->shape, text), min);
    }
    return fail_node(g, n, d, ERR_INPUT, "%s \"%s\" has shape %s; its rank must be %d to %d", role,
                     t->name, shape_text(&t->shape, text), min, max);
}

Status check_per_tensor(const Graph *g, const Node *n, const Tensor *t, const char *role, Diag *d)
{
    if (t->q.count == 1) {
        return OK;
    }
    if (t->q.count == 0) {
        return fail_node(g, n, d, ERR_INPUT,
                         "%s \"%s\" is %s but carries no scale; quantise the model again", role,
                         t->name, type_name(t->type));
    }
    return fail_node(g, n, d, ERR_INPUT,
                     "%s \"%s\" has %d scales; only one (per tensor) is allowed here", role,
                     t->name, t->q.count);
}

Status check_same_quant(const Graph *g, const Node *n, const Tensor *a, const Tensor *b, Diag *d)
{
    if (a->q.count == 0 && b->q.count == 0) {
        return OK;
    }
    if (a->q.count == 1 && b->q.count == 1 && a->q.zero[0] == b->q.zero[0] &&
        a->q.scale[0] == b->q.scale[0]) {
        return OK;
    }
    return fail_node(
        g, n, d, ERR_INPUT,
        "\"%s\" and \"%s\" must have the same scale and zero point (%.9g, %d against %.9g, %d)",
        a->name, b->name, a->q.count > 0 ? (double)a->q.scale[0] : 0.0,
        a->q.count > 0 ? a->q.zero[0] : 0, b->q.count > 0 ? (double)b->q.scale[0] : 0.0,
        b->q.count > 0 ? b->q.zero[0] : 0);
}

Status check_axis(const Graph *g, const Node *n, int32_t axis, int32_t rank, int32_t *out, Diag *d)
{
    if (axis < -rank || axis >= rank) {
        return fail_node(g, n, d, ERR_INPUT, "axis %d is outside a tensor of rank %d", axis, rank);
    }
    *out = axis < 0 ? axis + rank : axis;
    return OK;
}

double const_value(const Tensor *t, int64_t i)
{
    const uint8_t *p = t->data + i * type_bytes(t->type);
    switch (t->type) {
    case TYPE_F32: {
        float v;
        memcpy(&v, p, sizeof v);
        return (double)v;
    }
    case TYPE_F16: {
        uint16_t v;
        memcpy(&v, p, sizeof v);
        return (double)half_to_float(v);
    }
    case TYPE_S8:
    case TYPE_S4:
    case TYPE_S2: {
        int8_t v;
        memcpy(&v, p, sizeof v);
        return v;
    }
    case TYPE_S16: {
        int16_t v;
        memcpy(&v, p, sizeof v);
        return v;
    }
    case TYPE_S32: {
        int32_t v;
        memcpy(&v, p, sizeof v);
        return v;
    }
    case TYPE_S64: {
        int64_t v;
        memcpy(&v, p, sizeof v);
        return (double)v;
    }
    default: return *p;
    }
}

Status const_ints(const Graph *g, const Node *n, int32_t i, const char *role, IntList *out, Diag *d)
{
    const Tensor *t = node_in(g, n, i);
    if (t == NULL) {
        return fail_node(g, n, d, ERR_INPUT, "the %s is missing", role);
    }
    if (!tensor_is_const(t)) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "the %s \"%s\" is not a constant; export the model with fixed shapes",
                         role, t->name);
    }
    TRY(check_type(g, n, t, TYPE_BIT(TYPE_S32) | TYPE_BIT(TYPE_S64), role, d));
    int64_t count = shape_count(&t->shape);
    if (count > MAX_INTS) {
        return fail_node(g, n, d, ERR_INPUT, "the %s \"%s\" has %jd values; at most %d make sense",
                         role, t->name, (intmax_t)count, MAX_INTS);
    }
    out->count = (int32_t)count;
    for (int32_t k = 0; k < out->count; k++) {
        double v = const_value(t, k);
        out->value[k] = v > 2147483647.0 ? INT32_MAX : v < -2147483648.0 ? INT32_MIN : (int32_t)v;
    }
    return OK;
}

Status broadcast_shape(const Graph *g, const Node *n, const Shape *a, const Shape *b, Shape *out,
                       Diag *d)
{
    int32_t rank = a->rank > b->rank ? a->rank : b->rank;
    out->rank = rank;
    for (int32_t i = 0; i < rank; i++) {
        int32_t x = shape_dim_back(a, i);
        int32_t y = shape_dim_back(b, i);
        if (x != y && x != 1 && y != 1) {
            char p[96];
            char q[96];
            return fail_node(g, n, d, ERR_INPUT, "shapes %s and %s do not broadcast",
                             shape_text(a, p), shape_text(b, q));
        }
        out->dim[rank - 1 - i] = x == 1 ? y : x;
    }
    return OK;
}

Status window_size(const Graph *g, const Node *n, const char *what, int32_t in, int32_t kernel,
                   int32_t stride, int32_t dilation, int32_t padding, int32_t *out,
                   int32_t *pad_before, Diag *d)
{
    if (stride < 1 || dilation < 1 || kernel < 1) {
        return fail_node(g, n, d, ERR_INPUT,
                         "%s: window %d, stride %d and dilation %d must be at least 1", what,
                         kernel, stride, dilation);
    }
    int64_t reach = (int64_t)(kernel - 1) * dilation + 1;
    int64_t size = 0;
    int64_t before = 0;
    if (padding == PAD_SAME) {
        size = ((int64_t)in + stride - 1) / stride;
        int64_t total = (size - 1) * stride + reach - in;
        before = total > 0 ? total / 2 : 0;
    } else {
        size = ((int64_t)in - reach + stride) / stride;
        if (in < reach) {
            size = 0;
        }
    }
    if (size < 1) {
        return fail_node(g, n, d, ERR_INPUT,
                         "%s: the window reaches over %jd but the input has only %d", what,
                         (intmax_t)reach, in);
    }
    *out = (int32_t)size;
    *pad_before = (int32_t)before;
    return OK;
}

static int32_t quantize_limit(const Tensor *t, double real, int32_t low, int32_t high)
{
    double q = round((double)(float)((float)real / t->q.scale[0])) + t->q.zero[0];
    return q < low ? low : q > high ? high : (int32_t)q;
}

void act_range_quant(int32_t act, const Tensor *out, int32_t *min, int32_t *max)
{
    int32_t low = out->type == TYPE_S16 ? -32768 : out->type == TYPE_U8 ? 0 : -128;
    int32_t high = out->type == TYPE_S16 ? 32767 : out->type == TYPE_U8 ? 255 : 127;
    *min = low;
    *max = high;
    if (act == ACT_RELU || act == ACT_RELU6) {
        *min = quantize_limit(out, 0.0, low, high);
    }
    if (act == ACT_RELU6) {
        *max = quantize_limit(out, 6.0, low, high);
    }
    if (act == ACT_RELU_N1_TO_1) {
        *min = quantize_limit(out, -1.0, low, high);
        *max = quantize_limit(out, 1.0, low, high);
    }
}

void act_range_f32(int32_t act, float *min, float *max)
{
    *min = act == ACT_RELU || act == ACT_RELU6 ? 0.0f : act == ACT_RELU_N1_TO_1 ? -1.0f : -FLT_MAX;
    *max = act == ACT_RELU6 ? 6.0f : act == ACT_RELU_N1_TO_1 ? 1.0f : FLT_MAX;
}
