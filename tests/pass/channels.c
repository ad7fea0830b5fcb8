/* Dead and constant channels: random int8 networks with planted ones give the same bytes before and after the pass, and
 * something really goes. Usage: channels COUNT. The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

#include <stdlib.h>

typedef struct Net {
    Graph *g;
    uint64_t seed;
} Net;

static int32_t draw(Net *n, int32_t low, int32_t high)
{
    n->seed = n->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return low + (int32_t)((n->seed >> 33) % (uint64_t)(high - low + 1));
}

static void set(Node *node, const char *name, int32_t value)
{
    for (int32_t i = 0; i < node->kind->attr_count; i++) {
        if (strcmp(node->kind->attrs[i].name, name) == 0) {
            memcpy((char *)node->attr + node->kind->attrs[i].offset, &value, sizeof value);
        }
    }
}

/* Weights of which whole output slices (along AXIS) and, for MIX, whole input slices (the last axis) are zero at random. */
static TensorId weights(Net *n, Shape s, int32_t axis, bool mix)
{
    int64_t count = shape_count(&s);
    int8_t *data = calloc((size_t)count, 1);
    int32_t outs = s.dim[axis];
    int32_t ins = s.dim[s.rank - 1];

    bool *dead_out = calloc((size_t)outs, sizeof *dead_out);
    bool *dead_in = calloc((size_t)ins, sizeof *dead_in);
    for (int32_t i = 0; i < outs; i++) {
        dead_out[i] = draw(n, 0, 2) == 0;
    }
    for (int32_t i = 0; i < ins; i++) {
        dead_in[i] = mix && draw(n, 0, 4) == 0;
    }
    for (int64_t i = 0; i < count; i++) {
        int64_t out = axis == 0 ? i / (count / outs) : i % outs;
        data[i] = dead_out[out] || dead_in[i % ins] ? 0 : (int8_t)draw(n, -127, 127);
    }
    TensorId id = graph_add_const(n->g, "w", TYPE_S8, s, data);
    Tensor *t = tensor(n->g, id);
    t->q = (Quant){.count = outs, .axis = axis, .scale = NEW(&n->g->arena, float, outs), .zero = NEW(&n->g->arena, int32_t, outs)};
    for (int32_t i = 0; i < outs; i++) {
        t->q.scale[i] = 0.002f * (float)draw(n, 1, 9);
    }
    free(data);
    free(dead_out);
    free(dead_in);
    return id;
}

static TensorId bias(Net *n, int32_t count)
{
    int32_t *data = calloc((size_t)count, sizeof *data);
    for (int32_t i = 0; i < count; i++) {
        data[i] = draw(n, -3000, 3000);
    }
    TensorId id = graph_add_const(n->g, "b", TYPE_S32, shape_of(1, &count), data);
    free(data);
    return id;
}

static TensorId finish(Net *n, Node *node, bool keeps_scale)
{
    TensorId in = node->in[0];
    TensorId out = graph_add_tensor(n->g, "t", TYPE_S8, (Shape){0});
    const Quant q = tensor(n->g, in)->q;
    graph_set_quant(n->g, out, keeps_scale ? q.scale[0] : 0.05f, keeps_scale ? q.zero[0] : draw(n, 0, 1) == 0 ? -128 : draw(n, -20, 20));
    node->out[0] = out;
    Diag d = {0};
    if (op_of(node)->infer(n->g, node, &d) != OK) {
        printf("FAIL %s\n0 passed, 1 failed\n", d.text);
        exit(1);
    }
    return out;
}

static Node *layer(Net *n, const char *op, TensorId x, TensorId w, TensorId b)
{
    int32_t inputs = b != 0 ? 3 : w != 0 ? 2 : 1;
    Node *node = graph_add_node(n->g, op_find_kind(op), op, inputs, 1);
    memcpy(node->in, (TensorId[]){x, w, b}, sizeof(TensorId) * (size_t)inputs);
    set(node, "act", draw(n, 0, 2) == 0 ? ACT_NONE : ACT_RELU);
    return node;
}

static TensorId convolution(Net *n, TensorId x)
{
    int32_t kernel = draw(n, 0, 1) == 0 ? 1 : 3;
    int32_t outs = draw(n, 2, 9);
    TensorId w = weights(n, shape_of(4, (int32_t[]){outs, kernel, kernel, tensor(n->g, x)->shape.dim[3]}), 0, true);
    Node *node = layer(n, "conv_2d", x, w, draw(n, 0, 3) == 0 ? 0 : bias(n, outs));
    set(node, "padding", PAD_SAME);
    set(node, "stride_h", 1);
    set(node, "stride_w", 1);
    return finish(n, node, false);
}

static TensorId depthwise(Net *n, TensorId x)
{
    int32_t channels = tensor(n->g, x)->shape.dim[3];
    TensorId w = weights(n, shape_of(4, (int32_t[]){1, 3, 3, channels}), 3, false);
    Node *node = layer(n, "depthwise_conv_2d", x, w, bias(n, channels));
    set(node, "padding", PAD_SAME);
    set(node, "stride_h", 1);
    set(node, "stride_w", 1);
    set(node, "depth_multiplier", 1);
    return finish(n, node, false);
}

static TensorId residual(Net *n, TensorId x)
{
    TensorId y = depthwise(n, x);
    Node *node = graph_add_node(n->g, op_find_kind("add"), "add", 2, 1);
    node->in[0] = x;
    node->in[1] = y;
    return finish(n, node, false);
}

static TensorId ints(Net *n, int32_t count, const int32_t *value, bool pairs)
{
    Shape s = pairs ? shape_of(2, (int32_t[]){count / 2, 2}) : shape_of(1, &count);
    return graph_add_const(n->g, "i", TYPE_S32, s, value);
}

/* A node with X and a constant list. */
static TensorId shaped(Net *n, const char *op, TensorId x, TensorId list)
{
    Node *node = graph_add_node(n->g, op_find_kind(op), op, list != 0 ? 2 : 1, 1);
    node->in[0] = x;
    if (list != 0) {
        node->in[1] = list;
    }
    set(node, "keep_dims", 1);
    set(node, "padding", PAD_SAME);
    set(node, "stride_h", 1);
    set(node, "stride_w", 2);
    set(node, "filter_h", 2);
    set(node, "filter_w", 2);
    return finish(n, node, strcmp(op, "mean") != 0);
}

static TensorId resize(Net *n, TensorId x, const char *op)
{
    return shaped(n, op, x, ints(n, 2, (int32_t[]){draw(n, 2, 7), draw(n, 2, 7)}, false));
}

static TensorId pad(Net *n, TensorId x, const char *op)
{
    const Shape s = tensor(n->g, x)->shape;
    int32_t channel = draw(n, 0, 5) == 0 && s.dim[3] > 1; /* one that is added makes it opaque */
    return shaped(n, op, x, ints(n, 8, (int32_t[]){0, 0, s.dim[1] > 1, 0, s.dim[2] > 1, s.dim[2] > 1, 0, channel}, true));
}

/* X and two layers of it, which may be the same, with one scale for all, along the channels or along the rows. */
static TensorId join(Net *n, TensorId x, bool rows)
{
    TensorId part[3] = {x, rows ? depthwise(n, x) : convolution(n, x), 0};
    part[2] = draw(n, 0, 1) == 0 ? part[1] : rows ? depthwise(n, x) : convolution(n, x);
    Node *node = graph_add_node(n->g, op_find_kind("concatenation"), "join", 3, 1);
    for (int32_t i = 0; i < 3; i++) {
        node->in[i] = part[i];
        tensor(n->g, part[i])->q = tensor(n->g, x)->q;
    }
    set(node, "axis", rows ? 1 : draw(n, 0, 1) == 0 ? -1 : 3);
    return finish(n, node, true);
}

static TensorId head(Net *n, TensorId x)
{
    const Shape s = tensor(n->g, x)->shape;
    Node *pool = graph_add_node(n->g, op_find_kind("average_pool_2d"), "pool", 1, 1);
    pool->in[0] = x;
    set(pool, "padding", PAD_VALID);
    set(pool, "stride_h", 1);
    set(pool, "stride_w", 1);
    set(pool, "filter_h", s.dim[1]);
    set(pool, "filter_w", s.dim[2]);
    TensorId p = finish(n, pool, true);
    int32_t two = 2;
    TensorId shape = graph_add_const(n->g, "s", TYPE_S32, shape_of(1, &two), (int32_t[]){1, s.dim[3]});
    Node *flat = graph_add_node(n->g, op_find_kind("reshape"), "flat", 2, 1);
    flat->in[0] = p;
    flat->in[1] = shape;
    TensorId f = finish(n, flat, true);
    TensorId w = weights(n, shape_of(2, (int32_t[]){3, s.dim[3]}), 0, true);
    return finish(n, layer(n, "fully_connected", f, w, bias(n, 3)), false);
}

static TensorId step(Net *n, TensorId x, int32_t kind)
{
    switch (kind) {
    case 0: return depthwise(n, x);
    case 1: return residual(n, x);
    case 2: return join(n, x, false);
    case 3: return join(n, x, true);
    case 4: return pad(n, x, "pad");
    case 5: return pad(n, x, "mirror_pad");
    case 6: return resize(n, x, "resize_nearest_neighbor");
    case 7: return resize(n, x, "resize_bilinear");
    case 8: return shaped(n, "max_pool_2d", x, 0);
    case 9: return shaped(n, "mean", x, ints(n, 1, (int32_t[]){draw(n, 1, 2)}, false));
    default: return convolution(n, x);
    }
}

static Graph *make(uint64_t seed)
{
    Net n = {.g = graph_new("net"), .seed = seed};
    TensorId x = graph_add_tensor(n.g, "x", TYPE_S8, shape_of(4, (int32_t[]){1, draw(&n, 3, 6), draw(&n, 3, 6), draw(&n, 1, 5)}));
    graph_set_quant(n.g, x, 0.04f, draw(&n, -128, 127));
    n.g->input = NEW(&n.g->arena, TensorId, 1);
    n.g->input[0] = x;
    n.g->input_count = 1;
    int32_t layers = draw(&n, 2, 6);
    for (int32_t i = 0; i < layers; i++) {
        x = step(&n, x, draw(&n, 0, 12));
    }
    n.g->output = NEW(&n.g->arena, TensorId, 1);
    n.g->output[0] = draw(&n, 0, 1) == 0 ? x : head(&n, x);
    n.g->output_count = 1;
    return n.g;
}

/* Operators through which channels must be seen to go, and how many came out of them in all. */
static struct Through {
    const char *op;
    int64_t before, after;
} through[] = {{"concatenation", 0, 0}, {"pad", 0, 0}, {"mirror_pad", 0, 0}, {"resize_nearest_neighbor", 0, 0},
               {"resize_bilinear", 0, 0}, {"mean", 0, 0}, {"max_pool_2d", 0, 0}, {"average_pool_2d", 0, 0}, {"add", 0, 0}};

static void count_channels(const Graph *g, bool is_before)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        for (size_t k = 0; k < COUNT(through); k++) {
            if (strcmp(g->node[i].kind->name, through[k].op) == 0) {
                *(is_before ? &through[k].before : &through[k].after) +=
                    shape_dim_back(&tensor(g, g->node[i].out[0])->shape, 0);
            }
        }
    }
}

static bool one(uint64_t seed, int64_t *before, int64_t *after)
{
    enum { RUNS = 3 };
    Diag d = {0};
    Arena a = {0};
    Graph *g = make(seed);
    Graph *h = make(seed);
    int64_t in = graph_input_bytes(g);
    int64_t out = graph_output_bytes(g);
    uint8_t *x = NEW(&a, uint8_t, RUNS * in);
    uint8_t *want = NEW(&a, uint8_t, RUNS * out);
    uint8_t *got = NEW(&a, uint8_t, RUNS * out);
    make_vectors(g, seed, RUNS, x);
    Status s = pass_alias(g, &d);
    s = s == OK ? pass_lower(g, &d) : s;
    if (s == OK) {
        rehearse(g, false, x, RUNS, want);
        *before += graph_macs(g);
        for (const Pass *p = pipeline; p->name != NULL && s == OK; p++) {
            bool drops = strcmp(p->name, "drop_dead_channels") == 0;
            if (drops) {
                count_channels(h, true);
            }
            s = p->run(h, &d);
            if (drops) {
                count_channels(h, false);
            }
        }
    }
    bool equal = s == OK;
    if (s == OK) {
        rehearse(h, true, x, RUNS, got);
        *after += graph_macs(h);
        equal = memcmp(want, got, (size_t)(RUNS * out)) == 0;
    }
    if (!equal) {
        printf("FAIL channels:%ju %s\n", (uintmax_t)seed, s == OK ? "outputs differ" : d.text);
    }
    graph_free(g);
    graph_free(h);
    arena_free(&a);
    return equal;
}

int main(int argc, char **argv)
{
    int64_t count = argc > 1 ? strtoll(argv[1], NULL, 10) : 1000;
    int64_t before = 0;
    int64_t after = 0;
    int64_t failed = 0;
    for (int64_t i = 0; i < count; i++) {
        failed += !one((uint64_t)i + 1, &before, &after);
    }
    printf("%jd of %jd multiply-accumulates stay\n", (intmax_t)after, (intmax_t)before);
    if (after * 10 > before * 9) {
        printf("FAIL almost nothing was dropped\n");
        failed++;
    }
    for (size_t k = 0; k < COUNT(through); k++) {
        printf("%s: %jd of %jd channels stay\n", through[k].op, (intmax_t)through[k].after, (intmax_t)through[k].before);
        if (through[k].after * 20 > through[k].before * 19) {
            printf("FAIL almost nothing was dropped through %s\n", through[k].op);
            failed++;
        }
    }
    printf("%jd passed, %jd failed\n", (intmax_t)(count - (failed < count ? failed : count)), (intmax_t)failed);
    return failed > 0;
}
