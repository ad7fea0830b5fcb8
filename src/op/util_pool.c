/* Windows of the poolings: attributes, shapes, parameters, and how far the output may run into the
 * input.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_pool.h"

#include "op/util_train.h"

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
    (void)g;
    (void)n;
    return (Channels){.kind = CHANNELS_EACH};
}

/* --- training --- */

typedef struct TrainPlan {
    int32_t top, left;
} TrainPlan;

const void *pool_train_plan(const Graph *g, const Node *n, Arena *a)
{
    TrainPlan *p = NEW(a, TrainPlan, 1);
    int32_t size[2];
    return window_both(g, n, &size[0], &size[1], &p->top, &p->left, NULL) == OK ? p : NULL;
}

/* The part of a window that lies on the image: first tap and end, as positions of x. */
typedef struct Reach {
    int32_t first, end;
} Reach;

static Reach reach_of(int32_t start, int32_t filter, int32_t in)
{
    return (Reach){start > 0 ? start : 0, start + filter < in ? start + filter : in};
}

/* One pixel of y: its window in x. */
typedef struct Pixel {
    Reach rows, cols;
    int64_t image; /* first float of the image in x */
    int64_t y;     /* of the pixel in y */
} Pixel;

static Pixel pixel_at(const Shard *s, int64_t index)
{
    const PoolAttr *a = s->n->attr;
    const TrainPlan *p = s->plan;
    const Shape *x = &node_in(s->g, s->n, 0)->shape;
    const Shape *y = &node_out(s->g, s->n, 0)->shape;
    int32_t col = (int32_t)(index % y->dim[2]);
    int32_t row = (int32_t)(index / y->dim[2] % y->dim[1]);
    int64_t image = index / y->dim[2] / y->dim[1];
    return (Pixel){reach_of(row * a->stride_h - p->top, a->filter_h, x->dim[1]),
                   reach_of(col * a->stride_w - p->left, a->filter_w, x->dim[2]),
                   image * x->dim[1] * x->dim[2] * x->dim[3], index * y->dim[3]};
}

static int64_t pixels_of(const Shard *s)
{
    return s->batch * shard_out_count(s, 0) / node_out(s->g, s->n, 0)->shape.dim[3];
}

static void pool_act(const Shard *s)
{
    train_bias_act(s->out[0], 1, (int32_t)(s->batch * shard_out_count(s, 0)), NULL,
                   ((const PoolAttr *)s->n->attr)->act);
}

void pool_train_ave(const Shard *s)
{
    const Shape *x = &node_in(s->g, s->n, 0)->shape;
    const int32_t channels = x->dim[3];
    for (int64_t i = 0; i < pixels_of(s); i++) {
        const Pixel p = pixel_at(s, i);
        float *y = s->out[0] + p.y;
        memset(y, 0, (size_t)channels * sizeof *y);
        for (int32_t r = p.rows.first; r < p.rows.end; r++) {
            const float *tap =
                s->in[0] + p.image + ((int64_t)r * x->dim[2] + p.cols.first) * channels;
            train_bias_backward(tap, p.cols.end - p.cols.first, channels, y, false);
        }
        float taps = (float)((p.rows.end - p.rows.first) * (p.cols.end - p.cols.first));
        for (int32_t c = 0; c < channels; c++) {
            y[c] /= taps;
        }
    }
    pool_act(s);
}

void pool_train_ave_backward(const Shard *s)
{
    const Shape *x = &node_in(s->g, s->n, 0)->shape;
    const int32_t channels = x->dim[3];
    train_out_act_backward(s, ((const PoolAttr *)s->n->attr)->act);
    for (int64_t i = 0; s->d_in[0] != NULL && i < pixels_of(s); i++) {
        const Pixel p = pixel_at(s, i);
        float *dy = s->d_out[0] + p.y;
        float taps = (float)((p.rows.end - p.rows.first) * (p.cols.end - p.cols.first));
        for (int32_t c = 0; c < channels; c++) {
            dy[c] /= taps;
        }
        for (int32_t r = p.rows.first; r < p.rows.end; r++) {
            float *tap = s->d_in[0] + p.image + ((int64_t)r * x->dim[2] + p.cols.first) * channels;
            train_bias_act(tap, p.cols.end - p.cols.first, channels, dy, ACT_NONE);
        }
    }
}

void pool_train_max(const Shard *s)
{
    const Shape *x = &node_in(s->g, s->n, 0)->shape;
    const int32_t channels = x->dim[3];
    for (int64_t i = 0; i < pixels_of(s); i++) {
        const Pixel p = pixel_at(s, i);
        for (int32_t k = 0; k < (p.rows.end - p.rows.first) * (p.cols.end - p.cols.first); k++) {
            int32_t r = p.rows.first + k / (p.cols.end - p.cols.first);
            int32_t c = p.cols.first + k % (p.cols.end - p.cols.first);
            int32_t pixel = r * x->dim[2] + c;
            train_max_tap(s->in[0] + p.image + (int64_t)pixel * channels, channels, pixel, k == 0,
                          s->out[0] + p.y, (int32_t *)(void *)s->keep + p.y);
        }
    }
    pool_act(s);
}

void pool_train_max_backward(const Shard *s)
{
    const int32_t channels = node_in(s->g, s->n, 0)->shape.dim[3];
    const int32_t *pixel = (const int32_t *)(const void *)s->keep;
    train_out_act_backward(s, ((const PoolAttr *)s->n->attr)->act);
    for (int64_t i = 0; s->d_in[0] != NULL && i < pixels_of(s); i++) {
        const Pixel p = pixel_at(s, i);
        for (int32_t c = 0; c < channels; c++) {
            s->d_in[0][p.image + (int64_t)pixel[p.y + c] * channels + c] += s->d_out[0][p.y + c];
        }
    }
}

int64_t pool_train_max_keep(const Graph *g, const Node *n, int32_t batch)
{
    return batch * shape_count(&node_out(g, n, 0)->shape);
}
