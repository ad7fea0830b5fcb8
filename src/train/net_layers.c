/* The layers of a network's text: each becomes TFLite's own operators.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/net_builder.h"

/* --- nodes and constants --- */

const char *net_name(Builder *b, const LayerKind *kind)
{
    int32_t *number = &b->number[kind - layer_kinds];
    return arena_printf(&b->g->arena, "%s_%d", kind->name, ++*number);
}

static const char *role_name(Builder *b, const char *name, const char *role)
{
    return arena_printf(&b->g->arena, "%s/%s", name, role);
}

Status net_node(Builder *b, const char *op_name, const char *name, int32_t in_count,
                const TensorId *in, Node **out)
{
    const Op *op = op_find(op_name);
    if (op == NULL) {
        return fail(b->d, ERR_UNSUPPORTED, "layer \"%s\": this program has no operator %s", name,
                    op_name);
    }
    TensorId y = graph_add_tensor(b->g, name, TYPE_F32, (Shape){0});
    Node *n = graph_add_node(b->g, &op->kind, name, in_count, 1);
    memcpy(n->in, in, sizeof(TensorId) * (size_t)in_count);
    n->out[0] = y;
    b->now = y;
    *out = n;
    return OK;
}

/* Checks a node whose attributes are set. */
static Status finish(Builder *b, Node *n)
{
    TRY(op_of(n)->infer(b->g, n, b->d));
    int64_t count = shape_count(&node_out(b->g, n, 0)->shape);
    if (count > INT64_C(1) << 28) {
        return fail_node(b->g, n, b->d, ERR_LIMIT, "its output of %jd numbers is too large",
                         (intmax_t)count);
    }
    return OK;
}

void net_set_int(Node *n, const char *attr, int32_t value)
{
    (void)attr_set_int(n, attr, value);
}

void net_set_real(Node *n, const char *attr, double value)
{
    const AttrDesc *a = attr_find(n->kind, attr);
    if (a != NULL && a->type == ATTR_FLOAT) {
        float f = (float)value;
        memcpy((char *)n->attr + a->offset, &f, sizeof f);
    }
}

static void set_bool(Node *n, const char *attr, bool value)
{
    const AttrDesc *a = attr_find(n->kind, attr);
    if (a != NULL && a->type == ATTR_BOOL) {
        memcpy((char *)n->attr + a->offset, &value, sizeof value);
    }
}

TensorId net_ints(Builder *b, const char *name, const char *role, int32_t count,
                  const int32_t *value)
{
    return graph_add_const(b->g, role_name(b, name, role), TYPE_S32, shape_of(1, &count), value);
}

TensorId net_filled(Builder *b, const char *name, const char *role, int32_t count, float value)
{
    Arena scratch = {0};
    float *values = NEW(&scratch, float, count);
    for (int32_t i = 0; i < count; i++) {
        values[i] = value;
    }
    TensorId id =
        graph_add_const(b->g, role_name(b, name, role), TYPE_F32, shape_of(1, &count), values);
    arena_free(&scratch);
    return id;
}

/* --- weights: drawn when it is known what follows --- */

static void draw(Builder *b, const Pending *p, bool relu)
{
    InitKind kind = b->o->init == INIT_AUTO ? (relu ? INIT_HE : INIT_GLOROT) : b->o->init;
    Tensor *t = tensor(b->g, p->tensor);
    float *values = NEW(&b->g->arena, float, shape_count(&t->shape));
    init_uniform(kind, p->fan_in, p->fan_out, random_stream(b->o->seed, ++b->weights), values,
                 shape_count(&t->shape));
    t->data = (const uint8_t *)values;
}

void net_resolve(Builder *b, bool relu)
{
    for (int32_t i = 0; i < b->pending_count; i++) {
        draw(b, &b->pending[i], relu);
    }
    b->pending_count = 0;
}

TensorId net_weights(Builder *b, const char *name, const char *role, Shape shape, int64_t fan_in,
                     int64_t fan_out)
{
    static const uint8_t not_yet[1] = {0};
    TensorId id = graph_add_tensor(b->g, role_name(b, name, role), TYPE_F32, shape);
    Tensor *t = tensor(b->g, id);
    t->data_bytes = tensor_bytes(t);
    t->data = not_yet;
    if (b->pending_count == NET_PENDING) {
        net_resolve(b, false);
    }
    b->pending[b->pending_count++] = (Pending){id, fan_in, fan_out};
    return id;
}

/* Weights as large as this could not be trained on any machine this is for; says so before they are allocated. */
static Status check_weights(Builder *b, const Layer *l, int64_t count)
{
    if (count > INT64_C(1) << 26) {
        return net_fail(b, l->at, "its %jd weights are too many (%d at most)", (intmax_t)count,
                        1 << 26);
    }
    return OK;
}

/* --- shapes: images, sequences, rows --- */

Status net_reshape(Builder *b, const char *name, int32_t rank, const int32_t *dim)
{
    int32_t full[MAX_RANK] = {-1}; /* the batch is whatever comes */
    for (int32_t i = 0; i < rank; i++) {
        full[i + 1] = dim[i];
    }
    TensorId in[] = {b->now, net_ints(b, name, "shape", rank + 1, full)};
    Node *n = NULL;
    TRY(net_node(b, "reshape", name, 2, in, &n));
    return finish(b, n);
}

static bool has_rank(const Builder *b, int32_t rank)
{
    return tensor(b->g, b->now)->shape.rank == rank;
}

/* Makes the current tensor [1, height, width, channels]; a sequence becomes an image of height 1.
 * PAIR: the kernel has two sides, so [a, b] is an image of one channel. */
static Status to_image(Builder *b, const Layer *l, const char *name, bool pair)
{
    char text[96];
    if (b->shape.rank == 1 && !pair) {
        b->shape = shape_of(2, (int32_t[]){b->shape.dim[0], 1});
    } else if (b->shape.rank == 2 && pair) {
        b->shape = shape_of(3, (int32_t[]){b->shape.dim[0], b->shape.dim[1], 1});
    }
    if (b->shape.rank == 1) {
        return net_fail(b, l->at, "%s needs an image or a sequence, but what comes in is %s",
                        l->kind->name, shape_text(&b->shape, text));
    }
    if (has_rank(b, 4)) {
        return OK;
    }
    const int32_t *s = b->shape.dim;
    int32_t image[3] = {b->shape.rank == 3 ? s[0] : 1, b->shape.rank == 3 ? s[1] : s[0],
                        b->shape.rank == 3 ? s[2] : s[1]};
    return net_reshape(b, arena_printf(&b->g->arena, "%s/image", name), 3, image);
}

/* Takes over the shape of the current tensor [1, H, W, C]. */
static void from_image(Builder *b)
{
    const int32_t *y = tensor(b->g, b->now)->shape.dim;
    b->shape = b->shape.rank == 2 ? shape_of(2, (int32_t[]){y[2], y[3]})
                                  : shape_of(3, (int32_t[]){y[1], y[2], y[3]});
}

static Status to_row(Builder *b, const char *name)
{
    if (has_rank(b, 2)) {
        return OK;
    }
    int32_t count = (int32_t)shape_count(&b->shape);
    TRY(net_reshape(b, name, 1, &count));
    b->shape = shape_of(1, &count);
    return OK;
}

typedef struct Sides {
    int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
} Sides;

static Sides sides(const Builder *b, const Layer *l, int32_t stride_h, int32_t stride_w)
{
    bool flat = b->shape.rank == 2;
    int32_t w = l->kernel_w != 0 ? l->kernel_w : l->kernel_h;
    Sides s = {flat ? 1 : l->kernel_h,
               w,
               l->stride_h != 0 ? l->stride_h : stride_h,
               l->stride_w != 0 ? l->stride_w : stride_w,
               l->dilation_h,
               l->dilation_w};
    if (flat) {
        s.stride_h = 1;
        s.dilation_h = 1;
    }
    return s;
}

static void set_window(Node *n, const Sides *s, int32_t padding)
{
    net_set_int(n, "padding", padding);
    net_set_int(n, "stride_h", s->stride_h);
    net_set_int(n, "stride_w", s->stride_w);
    net_set_int(n, "dilation_h", s->dilation_h);
    net_set_int(n, "dilation_w", s->dilation_w);
}

/* --- activations, batch norm, add --- */

Status net_activation(Builder *b, const char *name, NetAct act, double number)
{
    static const char *const ops[NET_ACT_COUNT] = {NULL,       "relu", "relu6",  "leaky_relu",
                                                   "logistic", "tanh", "softmax"};
    net_resolve(b, act == NET_RELU || act == NET_RELU6 || act == NET_LEAKY);
    if (act == NET_LINEAR) {
        return OK;
    }
    Node *n = NULL;
    TensorId in[] = {b->now};
    TRY(net_node(b, ops[act], name, 1, in, &n));
    net_set_real(n, "beta", 1.0);
    net_set_real(n, "alpha", number < 0.0 ? 0.3 : number);
    return finish(b, n);
}

/* The activation of layer NAME, whose node N is the last: inside it where the operator has one. */
static Status end_layer(Builder *b, Node *n, const char *name, const Layer *l)
{
    static const char *const suffix[NET_ACT_COUNT] = {"",        "relu", "relu6",  "leaky_relu",
                                                      "sigmoid", "tanh", "softmax"};
    bool fuses = (l->act == NET_RELU || l->act == NET_RELU6) && !l->batchnorm &&
                 (op_of(n)->traits & TRAIT_FUSES_CLAMP) != 0;
    if (fuses) {
        net_set_int(n, "act", l->act == NET_RELU ? ACT_RELU : ACT_RELU6);
    }
    TRY(finish(b, n));
    if (l->batchnorm) {
        TRY(net_batchnorm(b, role_name(b, name, "batchnorm")));
    }
    if (fuses) {
        net_resolve(b, true);
        return OK;
    }
    return l->act == NET_LINEAR
               ? OK
               : net_activation(b, role_name(b, name, suffix[l->act]), l->act, -1.0);
}

Status net_batchnorm(Builder *b, const char *name)
{
    const Shape *s = &tensor(b->g, b->now)->shape;
    int32_t channels = s->dim[s->rank - 1];
    TensorId in[] = {b->now, net_filled(b, name, "gamma", channels, 1.0f),
                     net_filled(b, name, "beta", channels, 0.0f),
                     net_filled(b, name, "mean", channels, 0.0f),
                     net_filled(b, name, "variance", channels, 1.0f)};
    Node *n = NULL;
    TRY(net_node(b, "batch_norm", name, COUNT(in), in, &n));
    return finish(b, n);
}

static Status project(Builder *b, const char *at, TensorId x, Shape from, TensorId *out)
{
    TensorId y = b->now;
    Shape to = b->shape;
    bool image = from.rank == to.rank && from.rank >= 2 && tensor(b->g, x)->shape.rank == 4;
    const int32_t *a = tensor(b->g, x)->shape.dim;
    const int32_t *c = tensor(b->g, y)->shape.dim;
    char from_text[96];
    char to_text[96];
    bool fits = image && c[1] <= a[1] && c[2] <= a[2];
    int32_t stride_h = fits ? (a[1] + c[1] - 1) / c[1] : 1;
    int32_t stride_w = fits ? (a[2] + c[2] - 1) / c[2] : 1;
    if (!fits || (a[1] + stride_h - 1) / stride_h != c[1] ||
        (a[2] + stride_w - 1) / stride_w != c[2]) {
        return net_fail(
            b, at,
            "what comes out, %s, cannot be added to what goes in, %s, even by a 1x1 convolution",
            shape_text(&to, to_text), shape_text(&from, from_text));
    }
    const char *name = arena_printf(&b->g->arena, "shortcut_%d", ++b->number[NET_KINDS - 1]);
    Shape w = shape_of(4, (int32_t[]){c[3], 1, 1, a[3]});
    net_resolve(b, false);
    TensorId in[] = {x, net_weights(b, name, "weights", w, a[3], c[3]),
                     net_filled(b, name, "bias", c[3], 0.0f)};
    Node *n = NULL;
    TRY(net_node(b, "conv_2d", name, 3, in, &n));
    set_window(n, &(Sides){1, 1, stride_h, stride_w, 1, 1}, PAD_SAME);
    TRY(finish(b, n));
    *out = b->now;
    b->now = y;
    return OK;
}

Status net_add(Builder *b, const char *at, TensorId x, Shape x_shape, NetAct act, bool may_project)
{
    char x_text[96];
    char y_text[96];
    if (x == b->now) {
        return net_fail(b, at, "this would add a tensor to itself: put layers between");
    }
    if (!shape_equal(&tensor(b->g, x)->shape, &tensor(b->g, b->now)->shape)) {
        if (!may_project) {
            return net_fail(
                b, at, "the shapes of what was saved, %s, and of the current tensor, %s, differ",
                shape_text(&x_shape, x_text), shape_text(&b->shape, y_text));
        }
        TRY(project(b, at, x, x_shape, &x));
    }
    net_resolve(b, false);
    TensorId in[] = {b->now, x};
    Node *n = NULL;
    TRY(net_node(b, "add", arena_printf(&b->g->arena, "add_%d", ++b->number[NET_KINDS - 2]), 2, in,
                 &n));
    net_set_int(n, "act", act == NET_RELU ? ACT_RELU : act == NET_RELU6 ? ACT_RELU6 : ACT_NONE);
    return finish(b, n);
}

/* --- the layers --- */

/* Biases of a dense layer: uniform in +-1 / sqrt(fan_in), so that the kinks of relus lie apart: with
 * all of them at 0, units of few inputs of one sign are dead from the start or break at the same place. */
static TensorId spread_bias(Builder *b, const char *name, int32_t units, int32_t fan_in)
{
    TensorId id = net_filled(b, name, "bias", units, 0.0f);
    float *values = NEW(&b->g->arena, float, units);
    init_uniform(INIT_HE, 6 * (int64_t)fan_in, 1, random_stream(b->o->seed, ++b->weights), values,
                 units);
    tensor(b->g, id)->data = (const uint8_t *)values;
    return id;
}

static Status dense(Builder *b, const Layer *l)
{
    const char *name = net_name(b, l->kind);
    TRY(to_row(b, role_name(b, name, "flatten")));
    net_resolve(b, false);
    int32_t k = b->shape.dim[0];
    TRY(check_weights(b, l, (int64_t)k * l->units));
    TensorId in[] = {
        b->now, net_weights(b, name, "weights", shape_of(2, (int32_t[]){l->units, k}), k, l->units),
        l->batchnorm ? 0 : spread_bias(b, name, l->units, k)};
    Node *n = NULL;
    TRY(net_node(b, "fully_connected", name, l->batchnorm ? 2 : 3, in, &n));
    b->shape = shape_of(1, &l->units);
    return end_layer(b, n, name, l);
}

/* A convolution named NAME of L's words with UNITS filters of the given kernel. */
static Status convolve(Builder *b, const Layer *l, const char *name, const Sides *s, int32_t units)
{
    int32_t c = tensor(b->g, b->now)->shape.dim[3];
    int64_t taps = (int64_t)s->kernel_h * s->kernel_w;
    TRY(check_weights(b, l, taps * c * units));
    net_resolve(b, false);
    Shape w = shape_of(4, (int32_t[]){units, s->kernel_h, s->kernel_w, c});
    TensorId in[] = {b->now, net_weights(b, name, "weights", w, taps * c, taps * units),
                     l->batchnorm ? 0 : net_filled(b, name, "bias", units, 0.0f)};
    Node *n = NULL;
    TRY(net_node(b, "conv_2d", name, l->batchnorm ? 2 : 3, in, &n));
    set_window(n, s, l->padding == PAD_VALID ? PAD_VALID : PAD_SAME);
    TRY(end_layer(b, n, name, l));
    from_image(b);
    return OK;
}

static Status conv(Builder *b, const Layer *l)
{
    const char *name = net_name(b, l->kind);
    TRY(to_image(b, l, name, l->kernel_w != 0));
    Sides s = sides(b, l, 1, 1);
    return convolve(b, l, name, &s, l->units);
}

static Status depthwise_named(Builder *b, const Layer *l, const char *name)
{
    TRY(to_image(b, l, name, l->kernel_w != 0));
    Sides s = sides(b, l, 1, 1);
    int32_t channels = tensor(b->g, b->now)->shape.dim[3] * l->multiplier;
    int64_t taps = (int64_t)s.kernel_h * s.kernel_w;
    TRY(check_weights(b, l, taps * channels));
    net_resolve(b, false);
    Shape w = shape_of(4, (int32_t[]){1, s.kernel_h, s.kernel_w, channels});
    TensorId in[] = {b->now, net_weights(b, name, "weights", w, taps, taps * l->multiplier),
                     l->batchnorm ? 0 : net_filled(b, name, "bias", channels, 0.0f)};
    Node *n = NULL;
    TRY(net_node(b, "depthwise_conv_2d", name, l->batchnorm ? 2 : 3, in, &n));
    set_window(n, &s, l->padding == PAD_VALID ? PAD_VALID : PAD_SAME);
    net_set_int(n, "depth_multiplier", l->multiplier);
    TRY(end_layer(b, n, name, l));
    from_image(b);
    return OK;
}

static Status depthwise(Builder *b, const Layer *l)
{
    return depthwise_named(b, l, net_name(b, l->kind));
}

/* Depthwise, then 1x1; batch norm and activation stand behind each, as in MobileNet. */
static Status separable(Builder *b, const Layer *l)
{
    const char *name = net_name(b, l->kind);
    TRY(depthwise_named(b, l, role_name(b, name, "depthwise")));
    return convolve(b, l, role_name(b, name, "pointwise"), &(Sides){1, 1, 1, 1, 1, 1}, l->units);
}

/* Bias and relu stand in the operator's node or behind it: TFLite's kernels of this operator know no activation
 * everywhere. */
static Status transposed(Builder *b, const Layer *l)
{
    const char *name = net_name(b, l->kind);
    TRY(to_image(b, l, name, l->kernel_w != 0));
    Sides s = sides(b, l, 2, 2);
    const int32_t *x = tensor(b->g, b->now)->shape.dim;
    int32_t c = x[3];
    bool valid = l->padding == PAD_VALID;
    int64_t rows = (int64_t)(valid ? (x[1] - 1) * s.stride_h + s.kernel_h : x[1] * s.stride_h);
    int64_t cols = (int64_t)(valid ? (x[2] - 1) * s.stride_w + s.kernel_w : x[2] * s.stride_w);
    int64_t taps = (int64_t)s.kernel_h * s.kernel_w;
    TRY(check_weights(b, l, taps * c * l->units));
    if (rows > 8192 || cols > 8192) {
        return net_fail(b, l->at, "its output of %jd x %jd pixels is too large", (intmax_t)rows,
                        (intmax_t)cols);
    }
    net_resolve(b, false);
    int32_t out[4] = {1, (int32_t)rows, (int32_t)cols, l->units};
    Shape w = shape_of(4, (int32_t[]){l->units, s.kernel_h, s.kernel_w, c});
    TensorId in[] = {net_ints(b, name, "shape", 4, out),
                     net_weights(b, name, "weights", w, taps * c, taps * l->units), b->now,
                     l->batchnorm ? 0 : net_filled(b, name, "bias", l->units, 0.0f)};
    Node *n = NULL;
    TRY(net_node(b, "transpose_conv", name, l->batchnorm ? 3 : 4, in, &n));
    set_window(n, &s, valid ? PAD_VALID : PAD_SAME);
    Layer bare = *l;
    bare.act = NET_LINEAR;
    TRY(end_layer(b, n, name, &bare));
    if (l->act != NET_LINEAR) {
        TRY(net_activation(b, role_name(b, name, "activation"), l->act, -1.0));
    }
    from_image(b);
    return OK;
}

static Status pool(Builder *b, const Layer *l, const char *op)
{
    const char *name = net_name(b, l->kind);
    Layer k = *l;
    k.kernel_h = k.kernel_h == 0 ? 2 : k.kernel_h;
    TRY(to_image(b, &k, name, k.kernel_w != 0));
    Sides s = sides(b, &k, k.kernel_h, k.kernel_w != 0 ? k.kernel_w : k.kernel_h);
    Node *n = NULL;
    TensorId in[] = {b->now};
    TRY(net_node(b, op, name, 1, in, &n));
    set_window(n, &s, l->padding == PAD_SAME ? PAD_SAME : PAD_VALID);
    net_set_int(n, "filter_h", s.kernel_h);
    net_set_int(n, "filter_w", s.kernel_w);
    TRY(finish(b, n));
    from_image(b);
    return OK;
}

static Status maxpool(Builder *b, const Layer *l)
{
    return pool(b, l, "max_pool_2d");
}

static Status avgpool(Builder *b, const Layer *l)
{
    return pool(b, l, "average_pool_2d");
}

/* A pool over all there is, and a row of channels. */
static Status global_pool(Builder *b, const Layer *l, const char *op)
{
    const char *name = net_name(b, l->kind);
    TRY(to_image(b, l, name, false));
    const int32_t *x = tensor(b->g, b->now)->shape.dim;
    Sides s = {x[1], x[2], 1, 1, 1, 1};
    Node *n = NULL;
    TensorId in[] = {b->now};
    TRY(net_node(b, op, name, 1, in, &n));
    set_window(n, &s, PAD_VALID);
    net_set_int(n, "filter_h", s.kernel_h);
    net_set_int(n, "filter_w", s.kernel_w);
    TRY(finish(b, n));
    from_image(b);
    return to_row(b, role_name(b, name, "flatten"));
}

static Status globalavg(Builder *b, const Layer *l)
{
    return global_pool(b, l, "average_pool_2d");
}

static Status globalmax(Builder *b, const Layer *l)
{
    return global_pool(b, l, "max_pool_2d");
}

static Status flatten(Builder *b, const Layer *l)
{
    return to_row(b, net_name(b, l->kind));
}

static Status dropout(Builder *b, const Layer *l)
{
    if (l->number[0] >= 1.0) {
        return net_fail(b, l->at,
                        "dropout's rate is the part that is dropped: at least 0, less than 1");
    }
    Node *n = NULL;
    TensorId in[] = {b->now};
    TRY(net_node(b, "dropout", net_name(b, l->kind), 1, in, &n));
    net_set_real(n, "rate", l->number[0]);
    return finish(b, n);
}

static Status batchnorm(Builder *b, const Layer *l)
{
    return net_batchnorm(b, net_name(b, l->kind));
}

static Status upsample(Builder *b, const Layer *l)
{
    const char *name = net_name(b, l->kind);
    TRY(to_image(b, l, name, l->kernel_w != 0));
    const int32_t *x = tensor(b->g, b->now)->shape.dim;
    Sides s = sides(b, l, 1, 1);
    int64_t size[2] = {(int64_t)x[1] * s.kernel_h, (int64_t)x[2] * s.kernel_w};
    if (size[0] > 8192 || size[1] > 8192) {
        return net_fail(b, l->at, "its output of %jd x %jd pixels is too large", (intmax_t)size[0],
                        (intmax_t)size[1]);
    }
    TensorId in[] = {b->now,
                     net_ints(b, name, "size", 2, (int32_t[]){(int32_t)size[0], (int32_t)size[1]})};
    Node *n = NULL;
    TRY(net_node(b, l->bilinear ? "resize_bilinear" : "resize_nearest_neighbor", name, 2, in, &n));
    set_bool(n, "half_pixel_centers", true);
    TRY(finish(b, n));
    from_image(b);
    return OK;
}

static Status activation(Builder *b, const Layer *l)
{
    static const char *const kinds[NET_ACT_COUNT] = {"",        "relu", "relu6",  "leakyrelu",
                                                     "sigmoid", "tanh", "softmax"};
    int32_t act = NET_RELU;
    while (strcmp(kinds[act], l->kind->name) != 0) {
        act++;
    }
    return net_activation(b, net_name(b, l->kind), (NetAct)act, l->number[0]);
}

static const uint32_t conv_words =
    WORD_STRIDE | WORD_DILATION | WORD_PADDING | WORD_BATCHNORM | WORD_ACT;

const LayerKind layer_kinds[] = {
    {"dense", "n", WORD_BATCHNORM | WORD_ACT, "N units, each of all inputs (images are flattened)",
     dense},
    {"conv", "nk", conv_words, "N filters; padding same unless said otherwise", conv},
    {"depthwise", "k", conv_words | WORD_MULTIPLIER, "a filter, or M of them, for each channel",
     depthwise},
    {"separable", "nk", conv_words | WORD_MULTIPLIER,
     "depthwise K, then N filters 1x1; norm and activation behind each", separable},
    {"transposed", "nk", WORD_STRIDE | WORD_PADDING | WORD_BATCHNORM | WORD_ACT,
     "transposed convolution, stride 2 unless said otherwise", transposed},
    {"batchnorm", "", 0, "batch normalisation of each channel", batchnorm},
    {"maxpool", "K", WORD_STRIDE | WORD_PADDING, "2 unless said otherwise; the stride is the size",
     maxpool},
    {"avgpool", "K", WORD_STRIDE | WORD_PADDING, "likewise, the mean", avgpool},
    {"globalavgpool", "", 0, "the mean of each channel", globalavg},
    {"globalmaxpool", "", 0, "the maximum of each channel", globalmax},
    {"flatten", "", 0, "one row of all numbers", flatten},
    {"dropout", "r", 0, "drops the part X while training", dropout},
    {"upsample", "k", WORD_BILINEAR, "K times as high and wide, nearest or bilinear", upsample},
    {"gru", "n", WORD_SEQUENCES, "N gated recurrent units over a sequence; the last state, or all",
     net_gru},
    {"lstm", "n", WORD_SEQUENCES, "N long short-term memory units, likewise", net_lstm},
    {"relu", "", 0, "an activation by itself", activation},
    {"relu6", "", 0, "likewise", activation},
    {"leakyrelu", "R", 0, "likewise; slope X below zero, 0.3 unless said otherwise", activation},
    {"sigmoid", "", 0, "likewise", activation},
    {"tanh", "", 0, "likewise", activation},
    {"softmax", "", 0, "likewise; for classes", activation},
    {NULL, NULL, 0, NULL, NULL},
};
