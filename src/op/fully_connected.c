/* FULLY_CONNECTED: y[b][o] = act(bias[o] + sum_k w[o][k] * x[b][k]).
 * x: any shape, its elements taken as rows of K; w: [N, K]; bias: [N] or left out; y: [B, N], or the shape of x
 * with the last dimension replaced by N (keep_num_dims). TFLite: FullyConnectedOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_gemm.h"
#include "op/util_hybrid.h"
#include "op/util_matmul.h"
#include "op/util_train.h"
#include "op/util_packed.h"
#include "op/util_window.h"

#include "shrinc_fully_connected_f32.h"
#include "shrinc_fully_connected.h"
#include "shrinc_fully_connected_hybrid.h"
#include "shrinc_fully_connected_packed.h"

enum { X, W, BIAS };
static const MacInputs inputs = {X, W, BIAS};

typedef struct Attr {
    int32_t act;
    int32_t weights_format;
    bool keep_num_dims;
    bool asymmetric_quantize_inputs; /* of a hybrid layer */
} Attr;
static const char *const format_names[] = {"default", NULL};
static const AttrDesc attrs[] = {
    {"act", ATTR_ENUM, offsetof(Attr, act), WIRE_I8, 0, ACT_NONE, 0, 0, act_names, NULL},
    {"weights_format", ATTR_ENUM, offsetof(Attr, weights_format), WIRE_I8, 1, 0, 0, 0, format_names,
     NULL},
    {"keep_num_dims", ATTR_BOOL, offsetof(Attr, keep_num_dims), WIRE_BOOL, 2, 0, 0, 1, NULL, NULL},
    {"asymmetric_quantize_inputs", ATTR_BOOL, offsetof(Attr, asymmetric_quantize_inputs), WIRE_BOOL,
     3, 0, 0, 1, NULL, NULL},
};

static WeightLayout layout(const Tensor *w)
{
    return (WeightLayout){.channels = w->shape.dim[0],
                          .count = w->shape.dim[1],
                          .channel_step = w->shape.dim[1],
                          .step = 1,
                          .axis = 0};
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *w = node_in(g, n, W);
    Tensor *y = node_out(g, n, 0);
    TRY(check_rank(g, n, w, 2, 2, "weights", d));
    int32_t outputs = w->shape.dim[0];
    int32_t depth = w->shape.dim[1];
    int64_t batches = shape_count(&x->shape) / depth;
    char text[96];
    if (batches * depth != shape_count(&x->shape)) {
        return fail_node(g, n, d, ERR_INPUT,
                         "input \"%s\" of shape %s does not divide into rows of %d values", x->name,
                         shape_text(&x->shape, text), depth);
    }
    WeightLayout l = layout(w);
    TRY(hybrid_check(g, n, inputs, &l, d));
    if (!((const Attr *)n->attr)->keep_num_dims) {
        y->shape = shape_of(2, (int32_t[]){(int32_t)batches, outputs});
        return OK;
    }
    if (x->shape.rank < 1 || x->shape.dim[x->shape.rank - 1] != depth) {
        return fail_node(g, n, d, ERR_INPUT,
                         "keep_num_dims: the last dimension of \"%s\" %s is not %d", x->name,
                         shape_text(&x->shape, text), depth);
    }
    y->shape = x->shape;
    y->shape.dim[y->shape.rank - 1] = outputs;
    return OK;
}

static void lower_packed(Graph *g, Node *n, const Packed *packed, int32_t y_min, int32_t y_max)
{
    const WeightLayout l = layout(node_in(g, n, W));
    Call *c = call_new(g, n, packed_kernel(g, packed, "shrinc_fully_connected_packed_s8"),
                       sizeof(shrinc_fully_connected_packed_params));
    *(shrinc_fully_connected_packed_params *)c->params = (shrinc_fully_connected_packed_params){
        .batches = (int32_t)(shape_count(&node_out(g, n, 0)->shape) / l.channels),
        .in_count = (int32_t)l.count,
        .out_count = l.channels,
        .y_min = (int16_t)y_min,
        .y_max = (int16_t)y_max,
        .line = packed->is_line,
    };
    call_tensor(c, n->in[X]);
    packed_call(g, c, packed, (Packing){1, (int32_t)l.count});
    call_tensor(c, n->out[0]);
}

static Status lower_quant(Graph *g, Node *n, Diag *d)
{
    const Tensor *y = node_out(g, n, 0);
    const WeightLayout l = layout(node_in(g, n, W));
    MacConsts m;
    TRY(mac_consts(g, n, inputs, &l, (MacWants){.fold_zero = true}, &m, d));
    int32_t y_min = 0;
    int32_t y_max = 0;
    act_range_quant(((const Attr *)n->attr)->act, y, &y_min, &y_max);
    Packed packed;
    if (y->type == TYPE_S8 && packed_make(g, n, inputs, &l, &m, &packed) && packed_choose_form(&packed)) {
        lower_packed(g, n, &packed, y_min, y_max);
        return OK;
    }
    const char *kernel = y->type == TYPE_S8 ? "shrinc_fully_connected_s8"
                         : m.bias64 != NULL ? "shrinc_fully_connected_s16"
                                            : "shrinc_fully_connected_s16_acc32";
    Call *c = call_new(g, n, kernel, sizeof(shrinc_fully_connected_params));
    *(shrinc_fully_connected_params *)c->params = (shrinc_fully_connected_params){
        .batches = (int32_t)(shape_count(&y->shape) / l.channels),
        .in_count = (int32_t)l.count,
        .out_count = l.channels,
        .channel_step = m.scales > 1,
        .y_zero = (int16_t)y->q.zero[0],
        .y_min = (int16_t)y_min,
        .y_max = (int16_t)y_max,
    };
    call_tensor(c, n->in[X]);
    call_tensor(c, n->in[W]);
    mac_call_consts(g, c, &m);
    call_tensor(c, n->out[0]);
    return OK;
}

static void lower_f32(Graph *g, Node *n)
{
    const WeightLayout l = layout(node_in(g, n, W));
    Call *c =
        call_new(g, n, "shrinc_fully_connected_f32", sizeof(shrinc_fully_connected_f32_params));
    shrinc_fully_connected_f32_params *p = c->params;
    p->batches = (int32_t)(shape_count(&node_out(g, n, 0)->shape) / l.channels);
    p->in_count = (int32_t)l.count;
    p->out_count = l.channels;
    act_range_f32(((const Attr *)n->attr)->act, &p->y_min, &p->y_max);
    call_tensor(c, n->in[X]);
    call_tensor(c, n->in[W]);
    mac_call_bias_f32(g, n, c, BIAS, l.channels);
    call_tensor(c, n->out[0]);
}

static Status lower_hybrid(Graph *g, Node *n, Diag *d)
{
    const Tensor *w = node_in(g, n, W);
    const WeightLayout l = layout(w);
    TRY(hybrid_check_sums(g, n, inputs, &l, d));
    Call *c = call_new(g, n, "shrinc_fully_connected_hybrid",
                       sizeof(shrinc_fully_connected_hybrid_params));
    shrinc_fully_connected_hybrid_params *p = c->params;
    p->batches = (int32_t)(shape_count(&node_out(g, n, 0)->shape) / l.channels);
    p->in_count = (int32_t)l.count;
    p->out_count = l.channels;
    p->asymmetric = ((const Attr *)n->attr)->asymmetric_quantize_inputs;
    p->channel_step = hybrid_has_scales(w);
    act_range_f32(((const Attr *)n->attr)->act, &p->y_min, &p->y_max);
    hybrid_call(g, n, c, inputs, l.channels, (int32_t)l.count, 0, 0);
    return OK;
}

/* Weights that are computed at run time or have a zero point: nothing can be folded. */
static bool is_product(const Graph *g, const Node *n)
{
    const Tensor *w = node_in(g, n, W);
    bool has_zero = w->type == TYPE_S8 && w->q.count == 1 && w->q.zero[0] != 0;
    return node_in(g, n, X)->type == w->type && (has_zero || !tensor_is_const(w));
}

static Status lower_product(Graph *g, Node *n, Diag *d)
{
    const WeightLayout l = layout(node_in(g, n, W));
    int32_t depth = (int32_t)l.count;
    Matmul m = {
        .a = X,
        .b = W,
        .bias = BIAS,
        .batch = {1, 1, 1},
        .rows = (int32_t)(shape_count(&node_out(g, n, 0)->shape) / l.channels),
        .cols = l.channels,
        .depth = depth,
        .a_row = depth,
        .a_step = 1,
        .b_col = depth,
        .b_step = 1,
        .act = ((const Attr *)n->attr)->act,
    };
    return matmul_lower(g, n, &m, d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    if (is_product(g, n)) {
        return lower_product(g, n, d);
    }
    TRY(mac_check_const(g, n, inputs, d));
    if (is_hybrid(g, n, inputs)) {
        return lower_hybrid(g, n, d);
    }
    if (node_in(g, n, X)->type == TYPE_F32) {
        lower_f32(g, n);
        return OK;
    }
    return lower_quant(g, n, d);
}

static int64_t macs(const Graph *g, const Node *n)
{
    return shape_count(&node_out(g, n, 0)->shape) * node_in(g, n, W)->shape.dim[1];
}

static int64_t overlap(const Graph *g, const Node *n, int32_t in)
{
    int64_t y_bytes = tensor_bytes(node_out(g, n, 0));
    int64_t batches = shape_count(&node_out(g, n, 0)->shape) / node_in(g, n, W)->shape.dim[0];
    if (in == X && is_hybrid(g, n, inputs)) {
        return hybrid_overlap(g, n, batches);
    }
    return in != X
               ? y_bytes
               : rows_overlap(batches, tensor_bytes(node_in(g, n, X)) / batches, y_bytes / batches);
}

static Channels channels(const Graph *g, const Node *n)
{
    const Tensor *x = node_in(g, n, X);
    bool is_plain = !is_product(g, n) && x->shape.rank > 0 &&
                    x->shape.dim[x->shape.rank - 1] == node_in(g, n, W)->shape.dim[1];
    return (Channels){.kind = is_plain ? CHANNELS_MIX : CHANNELS_OPAQUE,
                      .weights = W,
                      .bias = BIAS,
                      .out_axis = 0,
                      .in_axis = 1};
}

/* y = x w^T as one product over all rows. */
static Gemm train_product_of(const Shard *s)
{
    const int32_t *w = node_in(s->g, s->n, W)->shape.dim;
    return (Gemm){.m = (int32_t)(s->batch * shard_in_count(s, X) / w[1]), .n = w[0], .k = w[1]};
}

static void forward_shared(const Shard *s)
{
    Gemm p = train_product_of(s);
    p.form = GEMM_NT;
    p.a = s->in[X];
    p.a_row = p.k;
    p.b = s->in[W];
    p.b_row = p.k;
    p.c = s->out[0];
    p.c_row = p.n;
    gemm(&p);
    train_bias_act(s->out[0], p.m, p.n, s->n->in_count > BIAS ? s->in[BIAS] : NULL,
                   ((const Attr *)s->n->attr)->act);
}

/* dx = dy w, dw = dy^T x */
static void backward_shared(const Shard *s)
{
    const Gemm p = train_product_of(s);
    const float *dy = s->d_out[0];
    train_out_act_backward(s, ((const Attr *)s->n->attr)->act);
    if (s->d_in[X] != NULL) {
        gemm(&(Gemm){.form = GEMM_NN,
                     .m = p.m,
                     .n = p.k,
                     .k = p.n,
                     .a = dy,
                     .a_row = p.n,
                     .b = s->in[W],
                     .b_row = p.k,
                     .c = s->d_in[X],
                     .c_row = p.k,
                     .add = !shard_sets(s, X)});
    }
    if (s->d_in[W] != NULL) {
        gemm(&(Gemm){.form = GEMM_TN,
                     .m = p.n,
                     .n = p.k,
                     .k = p.m,
                     .a = dy,
                     .a_row = p.n,
                     .b = s->in[X],
                     .b_row = p.k,
                     .c = s->d_in[W],
                     .c_row = p.k,
                     .add = !shard_sets(s, W)});
    }
    if (s->n->in_count > BIAS && s->d_in[BIAS] != NULL) {
        train_bias_backward(dy, p.m, p.n, s->d_in[BIAS], shard_sets(s, BIAS));
    }
}

static void train_forward(const Shard *s)
{
    train_each(s, W, 0, forward_shared);
}

static void train_backward(const Shard *s)
{
    train_each(s, W, 0, backward_shared);
}

const Op op_fully_connected = {
    .kind = {"fully_connected", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "FULLY_CONNECTED",
    .tflite_code = 9,
    .tflite_options = 8,
    .quant = {.rule = QUANT_MAC, .x = X, .weights = W, .bias = BIAS, .out_axis = 0, .in_axis = 1},
    .traits = TRAIT_FUSES_CLAMP | TRAIT_SETS_GRADIENT,
    .min_in = 2,
    .max_in = 3,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .macs = macs,
    .overlap = overlap,
    .channels = channels,
    .forward = train_forward,
    .backward = train_backward,
    .train_in = "xwb",
};
