/* Layers with int8 weights on float activations: the input is quantised on the fly, row by row or image by image, into
 * planned scratch; sums are integers, one multiplication makes them real.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_hybrid.h"

#include <stdlib.h>

bool is_hybrid(const Graph *g, const Node *n, MacInputs in)
{
    return node_in(g, n, in.x)->type == TYPE_F32 && node_in(g, n, in.w)->type == TYPE_S8;
}

static Status check_scales(const Graph *g, const Node *n, const Tensor *w, const WeightLayout *l,
                           Diag *d)
{
    if (w->q.count != 1 && (w->q.count != l->channels || w->q.axis != l->axis)) {
        return fail_node(
            g, n, d, ERR_INPUT,
            "weights \"%s\" have %d scales along axis %d; expected one, or %d along axis %d",
            w->name, w->q.count, w->q.axis, l->channels, l->axis);
    }
    for (int32_t i = 0; i < w->q.count; i++) {
        if (w->q.zero[i] != 0) {
            return fail_node(g, n, d, ERR_UNSUPPORTED,
                             "weights \"%s\" have zero point %d; convert the model with symmetric "
                             "weights (zero point 0)",
                             w->name, w->q.zero[i]);
        }
    }
    return OK;
}

Status hybrid_check(const Graph *g, const Node *n, MacInputs in, const WeightLayout *l, Diag *d)
{
    if (!is_hybrid(g, n, in)) {
        return mac_check(g, n, in, l, d);
    }
    const Tensor *b = node_in(g, n, in.b);
    TRY(check_type(g, n, node_out(g, n, 0), TYPE_BIT(TYPE_F32), "output", d));
    TRY(check_scales(g, n, node_in(g, n, in.w), l, d));
    if (b == NULL) {
        return OK;
    }
    TRY(check_type(g, n, b, TYPE_BIT(TYPE_F32), "bias", d));
    if (shape_count(&b->shape) != l->channels) {
        char text[96];
        return fail_node(g, n, d, ERR_INPUT, "bias \"%s\" has shape %s; expected %d values",
                         b->name, shape_text(&b->shape, text), l->channels);
    }
    return OK;
}

Status hybrid_check_sums(const Graph *g, const Node *n, MacInputs in, const WeightLayout *l,
                         Diag *d)
{
    const int64_t reach = 255; /* of q - zero */
    const Tensor *w = node_in(g, n, in.w);
    for (int32_t o = 0; o < l->channels; o++) {
        int64_t magnitude = 0;
        for (int64_t k = 0; k < l->count; k++) {
            magnitude += llabs(mac_int(w, o * l->channel_step + k * l->step));
        }
        if (magnitude > INT32_MAX / reach) {
            return fail_node(
                g, n, d, ERR_UNSUPPORTED,
                "channel %d: sums of up to %jd * %jd can overflow 32 bits; split the layer", o,
                (intmax_t)reach, (intmax_t)magnitude);
        }
    }
    return OK;
}

bool hybrid_has_scales(const Tensor *w)
{
    for (int32_t i = 1; i < w->q.count; i++) {
        if (w->q.scale[i] != w->q.scale[0]) {
            return true;
        }
    }
    return false;
}

void hybrid_call(Graph *g, const Node *n, Call *c, MacInputs in, int32_t channels, int32_t count,
                 int64_t x_offset, int64_t y_offset)
{
    const Tensor *w = node_in(g, n, in.w);
    call_tensor_at(c, n->in[in.x], x_offset);
    call_tensor(c, n->in[in.w]);
    call_const(g, c, "scale", TYPE_F32, w->q.scale, hybrid_has_scales(w) ? channels : 1, 0);
    mac_call_bias_f32(g, n, c, in.b, channels);
    call_scratch(c, TYPE_S8, count);
    call_tensor_at(c, n->out[0], y_offset);
}

void hybrid_call_images(Graph *g, Node *n, const char *kernel, const void *params, size_t bytes,
                        MacInputs in, int32_t channels)
{
    int32_t images = node_in(g, n, in.x)->shape.dim[0];
    int64_t x_bytes = tensor_bytes(node_in(g, n, in.x)) / images;
    int64_t y_bytes = tensor_bytes(node_out(g, n, 0)) / images;
    for (int32_t b = 0; b < images; b++) {
        Call *c = call_new(g, n, kernel, bytes);
        memcpy(c->params, params, bytes);
        hybrid_call(g, n, c, in, channels, (int32_t)(x_bytes / 4), b * x_bytes, b * y_bytes);
    }
}

int64_t hybrid_overlap(const Graph *g, const Node *n, int64_t batches)
{
    int64_t growth =
        tensor_bytes(node_out(g, n, 0)) / batches - tensor_bytes(node_in(g, n, 0)) / batches;
    return growth > 0 ? (batches - 1) * growth : 0;
}
