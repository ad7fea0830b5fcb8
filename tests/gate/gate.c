/* Makes the gate models: seeded int8 networks of the MLPerf Tiny shapes, constant and dead channels included, as .tflite.
 * Usage: gate DIR. The weights mean nothing; shapes, types and value ranges are those of real models.
 * SPDX-License-Identifier: Apache-2.0 */
#include "export/export.h"
#include "pass/pass.h"

#include <math.h>
#include <stdlib.h>

typedef struct Net {
    Graph *g;
    uint64_t seed;
    int32_t dead_percent; /* output channels of a convolution whose weights are all zero */
    int32_t layers;
} Net;

static uint32_t next(Net *n)
{
    n->seed = n->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(n->seed >> 33);
}

static void set(Node *node, const char *name, const char *value)
{
    Diag d = {0};
    for (int32_t i = 0; i < node->kind->attr_count; i++) {
        const AttrDesc *a = &node->kind->attrs[i];
        if (strcmp(a->name, name) == 0 && attr_parse(a, value, node->attr, &d) == OK) {
            return;
        }
    }
    fprintf(stderr, "gate: %s has no attribute %s=%s\n", node->kind->name, name, value);
    exit(1);
}

static void set_int(Node *node, const char *name, int32_t value)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%d", value);
    set(node, name, text);
}

static Node *add(Net *n, const char *op, int32_t in_count)
{
    const Kind *k = op_find_kind(op);
    if (k == NULL) {
        fprintf(stderr, "gate: there is no operator %s\n", op);
        exit(1);
    }
    char name[64];
    (void)snprintf(name, sizeof name, "%s_%d", op, ++n->layers);
    return graph_add_node(n->g, k, name, in_count, 1);
}

static TensorId finish(Net *n, Node *node, Type type, float scale, int32_t zero)
{
    TensorId out = graph_add_tensor(n->g, node->name, type, (Shape){0});
    if (scale > 0.0f) {
        graph_set_quant(n->g, out, scale, zero);
    }
    node->out[0] = out;
    Diag d = {0};
    if (op_of(node)->infer(n->g, node, &d) != OK) {
        fprintf(stderr, "gate: %s\n", d.text);
        exit(1);
    }
    return out;
}

/* A constant with one scale per slice along AXIS (-1: one for all); slices chosen by DEAD are zero. */
static TensorId weights(Net *n, Shape shape, int32_t axis, bool may_die, float scale)
{
    int64_t count = shape_count(&shape);
    int32_t channels = axis < 0 ? 1 : shape.dim[axis];
    int32_t inner = 1;
    for (int32_t i = axis + 1; axis >= 0 && i < shape.rank; i++) {
        inner *= shape.dim[i];
    }
    int8_t *data = calloc((size_t)count, 1);
    bool *dead = calloc((size_t)channels, sizeof *dead);
    for (int32_t c = 0; c < channels; c++) {
        dead[c] = may_die && (int32_t)(next(n) % 100) < n->dead_percent;
    }
    for (int64_t i = 0; i < count; i++) {
        int32_t sum = 0;
        for (int32_t k = 0; k < 4; k++) {
            sum += (int32_t)(next(n) % 64);
        }
        data[i] = dead[i / inner % channels] ? 0 : (int8_t)(sum - 126); /* about a bell curve */
    }
    TensorId id = graph_add_const(n->g, "weights", TYPE_S8, shape, data);
    Tensor *t = tensor(n->g, id);
    t->q = (Quant){.count = channels, .axis = axis < 0 ? 0 : axis, .scale = NEW(&n->g->arena, float, channels),
                   .zero = NEW(&n->g->arena, int32_t, channels)};
    for (int32_t c = 0; c < channels; c++) {
        t->q.scale[c] = scale * (0.5f + (float)(next(n) % 100) / 100.0f);
    }
    free(data);
    free(dead);
    return id;
}

static TensorId bias(Net *n, TensorId x, TensorId w, int32_t count)
{
    int32_t *data = calloc((size_t)count, sizeof *data);
    for (int32_t i = 0; i < count; i++) {
        data[i] = (int32_t)(next(n) % 4001) - 2000;
    }
    TensorId id = graph_add_const(n->g, "bias", TYPE_S32, shape_of(1, &count), data);
    free(data);
    Tensor *t = tensor(n->g, id);
    const Quant *wq = &tensor(n->g, w)->q;
    t->q = (Quant){.count = wq->count, .scale = NEW(&n->g->arena, float, wq->count), .zero = NEW(&n->g->arena, int32_t, wq->count)};
    for (int32_t c = 0; c < wq->count; c++) {
        t->q.scale[c] = tensor(n->g, x)->q.scale[0] * wq->scale[c];
    }
    return id;
}

static const float LAYER_SCALE = 0.05f; /* of every layer's output */

/* Scale of weights with which a sum of TAPS products fills the range of such an output. */
static float weight_scale(Net *n, TensorId x, int32_t taps)
{
    return LAYER_SCALE * 0.02f / (tensor(n->g, x)->q.scale[0] * sqrtf((float)taps));
}

static TensorId conv(Net *n, TensorId x, int32_t kh, int32_t kw, int32_t sh, int32_t sw, int32_t channels, bool relu)
{
    int32_t ci = tensor(n->g, x)->shape.dim[3];
    TensorId w = weights(n, shape_of(4, (int32_t[]){channels, kh, kw, ci}), 0, relu, weight_scale(n, x, kh * kw * ci));
    TensorId b = bias(n, x, w, channels);
    Node *node = add(n, "conv_2d", 3);
    memcpy(node->in, (TensorId[]){x, w, b}, sizeof(TensorId) * 3);
    set(node, "padding", "same");
    set_int(node, "stride_h", sh);
    set_int(node, "stride_w", sw);
    set(node, "act", relu ? "relu" : "none");
    return finish(n, node, TYPE_S8, LAYER_SCALE, relu ? -128 : (int32_t)(next(n) % 41) - 20);
}

static TensorId depthwise(Net *n, TensorId x, int32_t kh, int32_t kw, int32_t stride, int32_t multiplier)
{
    int32_t channels = tensor(n->g, x)->shape.dim[3] * multiplier;
    TensorId w = weights(n, shape_of(4, (int32_t[]){1, kh, kw, channels}), 3, true, weight_scale(n, x, kh * kw));
    TensorId b = bias(n, x, w, channels);
    Node *node = add(n, "depthwise_conv_2d", 3);
    memcpy(node->in, (TensorId[]){x, w, b}, sizeof(TensorId) * 3);
    set(node, "padding", "same");
    set_int(node, "stride_h", stride);
    set_int(node, "stride_w", stride);
    set_int(node, "depth_multiplier", multiplier);
    set(node, "act", "relu");
    return finish(n, node, TYPE_S8, LAYER_SCALE, -128);
}

static TensorId dense(Net *n, TensorId x, int32_t units, bool relu)
{
    int32_t ci = tensor(n->g, x)->shape.dim[1];
    TensorId w = weights(n, shape_of(2, (int32_t[]){units, ci}), -1, false, weight_scale(n, x, ci));
    TensorId b = bias(n, x, w, units);
    Node *node = add(n, "fully_connected", 3);
    memcpy(node->in, (TensorId[]){x, w, b}, sizeof(TensorId) * 3);
    set(node, "act", relu ? "relu" : "none");
    return finish(n, node, TYPE_S8, LAYER_SCALE, relu ? -128 : 7);
}

static TensorId add_relu(Net *n, TensorId x, TensorId y)
{
    Node *node = add(n, "add", 2);
    memcpy(node->in, (TensorId[]){x, y}, sizeof(TensorId) * 2);
    set(node, "act", "relu");
    return finish(n, node, TYPE_S8, 2.0f * LAYER_SCALE, -128);
}

static TensorId average(Net *n, TensorId x)
{
    const Shape s = tensor(n->g, x)->shape;
    Node *node = add(n, "average_pool_2d", 1);
    node->in[0] = x;
    set(node, "padding", "valid");
    set_int(node, "filter_h", s.dim[1]);
    set_int(node, "filter_w", s.dim[2]);
    set_int(node, "stride_h", s.dim[1]);
    set_int(node, "stride_w", s.dim[2]);
    const Quant q = tensor(n->g, x)->q;
    return finish(n, node, TYPE_S8, q.scale[0], q.zero[0]);
}

static TensorId reshape(Net *n, TensorId x, Shape to)
{
    const Quant q = tensor(n->g, x)->q;
    TensorId shape = graph_add_const(n->g, "shape", TYPE_S32, shape_of(1, &to.rank), to.dim);
    Node *node = add(n, "reshape", 2);
    node->in[0] = x;
    node->in[1] = shape;
    return finish(n, node, TYPE_S8, q.scale[0], q.zero[0]);
}

static TensorId flatten(Net *n, TensorId x)
{
    int32_t count = (int32_t)shape_count(&tensor(n->g, x)->shape);
    return reshape(n, x, shape_of(2, (int32_t[]){1, count}));
}

static TensorId softmax(Net *n, TensorId x)
{
    Node *node = add(n, "softmax", 1);
    node->in[0] = x;
    set(node, "beta", "1");
    return finish(n, node, TYPE_S8, 1.0f / 256.0f, -128);
}

static TensorId input(Net *n, Shape shape, float scale, int32_t zero)
{
    TensorId x = graph_add_tensor(n->g, "input", TYPE_S8, shape);
    graph_set_quant(n->g, x, scale, zero);
    n->g->input = NEW(&n->g->arena, TensorId, 1);
    n->g->input[0] = x;
    n->g->input_count = 1;
    return x;
}

/* --- the networks ------------------------------------------------------------------------------------------ */

static TensorId sine(Net *n)
{
    TensorId x = input(n, shape_of(2, (int32_t[]){1, 1}), 0.0245f, -128);
    return dense(n, dense(n, dense(n, x, 16, true), 16, true), 1, false);
}

static TensorId keywords(Net *n)
{
    TensorId x = input(n, shape_of(4, (int32_t[]){1, 49, 10, 1}), 0.58f, 83);
    x = conv(n, x, 10, 4, 2, 2, 64, true);
    for (int32_t i = 0; i < 4; i++) {
        x = conv(n, depthwise(n, x, 3, 3, 1, 1), 1, 1, 1, 1, 64, true);
    }
    return softmax(n, dense(n, flatten(n, average(n, x)), 12, false));
}

static TensorId person(Net *n)
{
    static const int32_t channels[] = {16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256};
    static const int32_t strides[] = {1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1};
    n->dead_percent = 30;
    TensorId x = input(n, shape_of(4, (int32_t[]){1, 96, 96, 3}), 1.0f / 255.0f, -128);
    x = conv(n, x, 3, 3, 2, 2, 8, true);
    for (size_t i = 0; i < COUNT(channels); i++) {
        x = conv(n, depthwise(n, x, 3, 3, strides[i], 1), 1, 1, 1, 1, channels[i], true);
    }
    return softmax(n, dense(n, flatten(n, average(n, x)), 2, false));
}

static TensorId residual(Net *n, TensorId x, int32_t channels, int32_t stride)
{
    TensorId y = conv(n, x, 3, 3, stride, stride, channels, true);
    y = conv(n, y, 3, 3, 1, 1, channels, false);
    TensorId skip = stride == 1 ? x : conv(n, x, 1, 1, stride, stride, channels, false);
    return add_relu(n, skip, y);
}

static TensorId images(Net *n)
{
    TensorId x = input(n, shape_of(4, (int32_t[]){1, 32, 32, 3}), 1.0f, -128);
    x = conv(n, x, 3, 3, 1, 1, 16, true);
    x = residual(n, x, 16, 1);
    x = residual(n, x, 32, 2);
    x = residual(n, x, 64, 2);
    return softmax(n, dense(n, flatten(n, average(n, x)), 10, false));
}

static TensorId anomaly(Net *n)
{
    TensorId x = input(n, shape_of(2, (int32_t[]){1, 640}), 0.39f, 90);
    for (int32_t i = 0; i < 9; i++) {
        x = dense(n, x, i == 4 ? 8 : 128, true);
    }
    return dense(n, x, 640, false);
}

static TensorId speech(Net *n)
{
    TensorId x = input(n, shape_of(2, (int32_t[]){1, 1960}), 0.1f, -128);
    x = reshape(n, x, shape_of(4, (int32_t[]){1, 49, 40, 1}));
    x = depthwise(n, x, 10, 8, 2, 8);
    return softmax(n, dense(n, flatten(n, x), 4, false));
}

/* Every number of channels from 1 to 33 through each kind of layer, on an odd number of pixels. */
static TensorId sizes(Net *n)
{
    TensorId x = input(n, shape_of(4, (int32_t[]){1, 5, 7, 1}), 0.1f, -3);
    for (int32_t c = 1; c <= 33; c++) {
        int32_t kernel = c % 3 == 0 ? 3 : 1;
        x = conv(n, x, kernel, c % 4 == 0 ? 2 : kernel, 1, 1, c, c % 2 == 0);
        x = depthwise(n, x, c % 5 == 0 ? 5 : 3, c % 7 == 0 ? 2 : 3, 1, 1);
    }
    x = flatten(n, x);
    for (int32_t units = 33; units >= 1; units--) {
        x = dense(n, x, units, units % 2 == 0);
    }
    return x;
}

/* The same net with weights of 4 bits. */
static void narrow(Graph *g)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        const QuantSpec *spec = &op_of(&g->node[i])->quant;
        if (spec->rule != QUANT_MAC) {
            continue;
        }
        Tensor *w = tensor(g, g->node[i].in[spec->weights]);
        int8_t *numbers = arena_memdup(&g->arena, w->data, (size_t)w->data_bytes);
        for (int64_t k = 0; k < w->data_bytes; k++) {
            numbers[k] = (int8_t)lround(numbers[k] * 7.0 / 127.0);
        }
        w->type = TYPE_S4;
        w->data = (const uint8_t *)numbers;
        for (int32_t k = 0; k < w->q.count; k++) {
            w->q.scale[k] *= 127.0f / 7.0f;
        }
    }
}

static const struct Recipe {
    const char *name;
    TensorId (*build)(Net *n);
} recipes[] = {
    {"gate_sine", sine},     {"gate_kws", keywords},  {"gate_vww", person},
    {"gate_ic", images},     {"gate_ad", anomaly},    {"gate_speech", speech},
    {"gate_sizes", sizes},   {"gate_kws_int4", keywords}, {"gate_ic_int4", images},
    {"gate_ad_int4", anomaly}, {"gate_sizes_int4", sizes},
};

static void make(const struct Recipe *r, const char *dir)
{
    Net n = {.g = graph_new(r->name), .seed = 2026};
    n.g->description = "gate model: seeded weights";
    TensorId y = r->build(&n);
    n.g->output = NEW(&n.g->arena, TensorId, 1);
    n.g->output[0] = y;
    n.g->output_count = 1;
    if (strstr(r->name, "_int4") != NULL) {
        narrow(n.g);
    }
    Out out = {0};
    Diag d = {0};
    Arena a = {0};
    if (export_tflite(n.g, &out, &d) != OK ||
        file_write(arena_printf(&a, "%s/%s.tflite", dir, r->name), out.text, out.bytes, &d) != OK) {
        fprintf(stderr, "gate: %s\n", d.text);
        exit(1);
    }
    out_free(&out);
    arena_free(&a);
    graph_free(n.g);
}

int main(int argc, char **argv)
{
    Diag d = {0};
    if (argc != 2 || dir_make(argv[1], &d) != OK) {
        fprintf(stderr, "usage: gate DIR %s\n", d.text);
        return 2;
    }
    for (size_t i = 0; i < COUNT(recipes); i++) {
        make(&recipes[i], argv[1]);
    }
    return 0;
}
