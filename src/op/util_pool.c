/* Windows of the poolings: attributes, shapes, parameters, and how far the output may run into the
 * input.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_pool.h"

#include <assert.h>

#include "shrinc_pool_2d.h"
#include "shrinc_pool_2d_f32.h"

enum { WINDOW_LIMIT = 1 << 16 }; /* taps: their sum stays within 32 bits even for int16 */

const AttrDesc pool_attrs[POOL_ATTRS] = {
    {"padding", ATTR_ENUM, offsetof(PoolAttr, padding), WIRE_I8, 0, PAD_SAME, 0, 0, pad_names,
     NULL},
    {"stride_w", ATTR_INT, offsetof(PoolAttr, stride_w), WIRE_I32, 1, 0, 1, 1 << 16, NULL, NULL},
    {"stride_h", ATTR_INT, offsetof(PoolAttr, stride_h), WIRE_I32, 2, 0, 1, 1 << 16, NULL, NULL},
    {"filter_w", ATTR_INT, offsetof(PoolAttr, filter_w), WIRE_I32, 3, 0, 1, 1 << 16, NULL, NULL},
    {"filter_h", ATTR_INT, offsetof(PoolAttr, filter_h), WIRE_I32, 4, 0, 1, 1 << 16, NULL, NULL},
    {"act", ATTR_ENUM, offsetof(PoolAttr, act), WIRE_I8, 5, ACT_NONE, 0, 0, act_names, NULL},
    {"pad_top", ATTR_INT, offsetof(PoolAttr, pad_top), WIRE_NONE, 0, 0, 0, 1 << 16, NULL, NULL},
    {"pad_bottom", ATTR_INT, offsetof(PoolAttr, pad_bottom), WIRE_NONE, 0, 0, 0, 1 << 16, NULL,
     NULL},
    {"pad_left", ATTR_INT, offsetof(PoolAttr, pad_left), WIRE_NONE, 0, 0, 0, 1 << 16, NULL, NULL},
    {"pad_right", ATTR_INT, offsetof(PoolAttr, pad_right), WIRE_NONE, 0, 0, 0, 1 << 16, NULL, NULL},
};

/* Output size and padding in front along one dimension. */
static Status window(const Graph *g, const Node *n, const char *what, int32_t in, int32_t filter,
                     int32_t stride, int32_t before, int32_t after, int32_t *out, int32_t *pad,
                     Diag *d)
{
    const PoolAttr *a = n->attr;
    if (a->padding != PAD_EXPLICIT) {
        return window_size(g, n, what, in, filter, stride, 1, a->padding, out, pad, d);
    }
    if (before >= filter || after >= filter) {
        return fail_node(g, n, d, ERR_INPUT,
                         "%s: padding %d and %d must be less than the window, %d", what, before,
                         after, filter);
    }
    int32_t ignored = 0;
    *pad = before;
    return window_size(g, n, what, in + before + after, filter, stride, 1, PAD_VALID, out, &ignored,
                       d);
}

static Status window_both(const Graph *g, const Node *n, int32_t *height, int32_t *width,
                          int32_t *top, int32_t *left, Diag *d)
{
    const PoolAttr *a = n->attr;
    const Shape *x = &node_in(g, n, 0)->shape;
    TRY(window(g, n, "height", x->dim[1], a->filter_h, a->stride_h, a->pad_top, a->pad_bottom,
               height, top, d));
    return window(g, n, "width", x->dim[2], a->filter_w, a->stride_w, a->pad_left, a->pad_right,
                  width, left, d);
}

Status pool_infer(Graph *g, Node *n, Diag *d)
{
    const PoolAttr *a = n->attr;
    const Tensor *x = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    int32_t height = 0;
    int32_t width = 0;
    int32_t top = 0;
    int32_t left = 0;
    TRY(attr_check(g, n, d));
    TRY(check_type(g, n, x, TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_S16) | TYPE_BIT(TYPE_F32), "input",
                   d));
    TRY(check_type(g, n, y, TYPE_BIT(x->type), "output", d));
    TRY(check_rank(g, n, x, 4, 4, "input", d));
    if (x->type != TYPE_F32) {
        TRY(check_per_tensor(g, n, x, "input", d));
        TRY(check_per_tensor(g, n, y, "output", d));
        TRY(check_same_quant(g, n, x, y, d));
    }
    if ((int64_t)a->filter_h * a->filter_w > WINDOW_LIMIT) {
        return fail_node(g, n, d, ERR_LIMIT, "a window of %dx%d taps is too large; at most %d",
                         a->filter_h, a->filter_w, WINDOW_LIMIT);
    }
    TRY(window_both(g, n, &height, &width, &top, &left, d));
    y->shape = (Shape){4, {x->shape.dim[0], height, width, x->shape.dim[3]}};
    return OK;
}

static void fill_params(shrinc_pool_2d_params *p, const PoolAttr *a, const Shape *x, const Shape *y,
                        int32_t top, int32_t left)
{
    p->in_height = x->dim[1];
    p->in_width = x->dim[2];
    p->channels = x->dim[3];
    p->out_width = y->dim[2];
    p->in_ring = x->dim[1];
    p->out_ring = y->dim[1];
    p->row_count = y->dim[1];
    p->filter_height = a->filter_h;
    p->filter_width = a->filter_w;
    p->stride_height = a->stride_h;
    p->stride_width = a->stride_w;
    p->pad_top = top;
    p->pad_left = left;
}

Status pool_lower(Graph *g, Node *n, const char *name, Diag *d)
{
    const PoolAttr *a = n->attr;
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    const char *kernel = arena_printf(&g->arena, "shrinc_%s_%s", name, type_name(x->type));
    int32_t height = 0;
    int32_t width = 0;
    int32_t top = 0;
    int32_t left = 0;
    TRY(window_both(g, n, &height, &width, &top, &left, d));
    shrinc_pool_2d_params p = {0};
    fill_params(&p, a, &x->shape, &y->shape, top, left);
    int64_t x_bytes = tensor_bytes(x) / x->shape.dim[0];
    int64_t y_bytes = tensor_bytes(y) / y->shape.dim[0];
    for (int32_t b = 0; b < x->shape.dim[0]; b++) {
        if (x->type == TYPE_F32) {
            Call *c = call_new(g, n, kernel, sizeof(shrinc_pool_2d_f32_params));
            shrinc_pool_2d_f32_params *f = c->params;
            memcpy(f, &p,
                   offsetof(shrinc_pool_2d_f32_params, y_min)); /* the same members in front */
            act_range_f32(a->act, &f->y_min, &f->y_max);
            call_tensor_at(c, n->in[0], b * x_bytes);
            call_tensor_at(c, n->out[0], b * y_bytes);
        } else {
            Call *c = call_new(g, n, kernel, sizeof p);
            act_range_quant(a->act, y, &p.y_min, &p.y_max);
            *(shrinc_pool_2d_params *)c->params = p;
            call_tensor_at(c, n->in[0], b * x_bytes);
            call_tensor_at(c, n->out[0], b * y_bytes);
        }
    }
    return OK;
}
static_assert(offsetof(shrinc_pool_2d_f32_params, y_min) == offsetof(shrinc_pool_2d_params, y_min),
              "one layout");

/* Pixels are written whole, in order: before pixel k is written, it and all later pixels still read
 * from their window's first element on. Within a pixel, channel c is read before it is written and
 * never again. */
int64_t pool_overlap(const Graph *g, const Node *n, int32_t in)
{
    (void)in;
    const PoolAttr *a = n->attr;
    const Tensor *x = node_in(g, n, 0);
    const Shape *y = &node_out(g, n, 0)->shape;
    int32_t size[2];
    int32_t pad[2];
    if (window_both(g, n, &size[0], &size[1], &pad[0], &pad[1], NULL) != OK) {
        return tensor_bytes(node_out(g, n, 0));
    }
    int64_t image = (int64_t)x->shape.dim[1] * x->shape.dim[2];
    int64_t lowest = INT64_MAX; /* first pixel of x that later pixels of y read */
    int64_t distance = 0;       /* in pixels */
    int64_t k = shape_count(y) / y->dim[3];
    for (int32_t b = y->dim[0] - 1; b >= 0; b--) {
        for (int32_t r = y->dim[1] - 1; r >= 0; r--) {
            for (int32_t s = y->dim[2] - 1; s >= 0; s--) {
                int64_t top = (int64_t)r * a->stride_h - pad[0];
                int64_t left = (int64_t)s * a->stride_w - pad[1];
                int64_t first =
                    b * image + (top > 0 ? top : 0) * x->shape.dim[2] + (left > 0 ? left : 0);
                int64_t behind = lowest == INT64_MAX ? 0 : k - lowest; /* pixel k-1 ends at k */
                k--;
                distance = behind > distance ? behind : distance;
                distance = k - first > distance ? k - first : distance;
                lowest = first < lowest ? first : lowest;
            }
        }
    }
    return distance * y->dim[3] * type_bytes(x->type);
}

Channels pool_channels(const Graph *g, const Node *n)
{
    return (Channels){.kind = node_in(g, n, 0)->type == TYPE_S8 ? CHANNELS_EACH : CHANNELS_OPAQUE};
}
