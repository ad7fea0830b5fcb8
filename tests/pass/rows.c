/* Layers that run together row by row: random chains of convolutions give the same bytes in the planned arena as plainly, and
 * the arena gets smaller. Usage: rows COUNT. The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

#include <stdlib.h>

typedef struct Net {
    Graph *g;
    uint64_t seed;
    bool slides; /* along its rows: no padding, stride 1 */
    bool is_flat; /* its rows stand side by side in an image of height 1 */
    Type type; /* of the activations: s8 or f32 */
} Net;

static int32_t draw(Net *n, int32_t low, int32_t high)
{
    n->seed = n->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return low + (int32_t)((n->seed >> 33) % (uint64_t)(high - low + 1));
}

static void set(Node *node, const char *name, int32_t value)
{
    (void)attr_set_int(node, name, value);
}

static TensorId weights(Net *n, Shape s, int32_t axis)
{
    int64_t count = shape_count(&s);
    Arena scratch = {0};
    int8_t *bytes = NEW(&scratch, int8_t, count);
    float *floats = NEW(&scratch, float, count);
    for (int64_t i = 0; i < count; i++) {
        bytes[i] = (int8_t)draw(n, -127, 127);
        floats[i] = (float)bytes[i] / 300.0f;
    }
    TensorId id = graph_add_const(n->g, "w", n->type, s, n->type == TYPE_S8 ? (const void *)bytes : floats);
    arena_free(&scratch);
    if (n->type == TYPE_S8) {
        int32_t outs = s.dim[axis];
        Tensor *t = tensor(n->g, id);
        t->q = (Quant){.count = outs, .axis = axis, .scale = NEW(&n->g->arena, float, outs), .zero = NEW(&n->g->arena, int32_t, outs)};
        for (int32_t i = 0; i < outs; i++) {
            t->q.scale[i] = 0.001f * (float)draw(n, 1, 9);
        }
    }
    return id;
}

static TensorId infer(Net *n, Node *node, float scale, int32_t zero)
{
    node->out[0] = graph_add_tensor(n->g, "t", n->type, (Shape){0});
    if (n->type == TYPE_S8) {
        graph_set_quant(n->g, node->out[0], scale, zero);
    }
    Diag d = {0};
    if (op_of(node)->infer(n->g, node, &d) != OK) {
        printf("FAIL %s\n0 passed, 1 failed\n", d.text);
        exit(1);
    }
    return node->out[0];
}

static TensorId layer(Net *n, TensorId x, bool is_depthwise)
{
    static const int32_t sizes[] = {1, 1, 2, 3, 3, 5};
    const Shape s = tensor(n->g, x)->shape;
    int32_t h = sizes[draw(n, 0, 5)], w = n->slides ? 1 : sizes[draw(n, 0, 5)];
    int32_t outs = is_depthwise ? s.dim[3] : draw(n, 1, 9);
    int32_t length = s.dim[n->is_flat ? 2 : 1];
    if (n->is_flat) {
        w = h;
        h = 1;
    }
    TensorId v = is_depthwise ? weights(n, shape_of(4, (int32_t[]){1, h, w, outs}), 3)
                              : weights(n, shape_of(4, (int32_t[]){outs, h, w, s.dim[3]}), 0);
    const char *op = is_depthwise ? "depthwise_conv_2d" : "conv_2d";
    Node *node = graph_add_node(n->g, op_find_kind(op), op, 2, 1);
    node->in[0] = x;
    node->in[1] = v;
    bool valid = n->slides ? length >= h && length >= w : draw(n, 0, 3) == 0 && s.dim[1] > 8 && s.dim[2] > 8;
    set(node, "padding", valid ? PAD_VALID : PAD_SAME);
    set(node, "stride_h", draw(n, 0, n->slides ? 12 : 3) == 0 ? draw(n, 2, 3) : 1);
    set(node, "stride_w", draw(n, 0, 3) == 0 ? 2 : 1);
    if (n->is_flat) {
        set(node, "stride_h", 1);
        set(node, "stride_w", draw(n, 0, 12) == 0 ? 2 : 1);
    }
    set(node, "dilation_h", draw(n, 0, 5) == 0 && h > 1 && s.dim[1] > 9 ? 2 : 1);
    set(node, "act", draw(n, 0, 1) == 0 ? ACT_NONE : ACT_RELU);
    set(node, "depth_multiplier", 1);
    return infer(n, node, 0.05f, draw(n, -40, 40));
}

/* A residual: X and one of the images before it of the same shape, if there is such. */
static TensorId add(Net *n, TensorId x, TensorId first)
{
    for (TensorId id = first; id < x; id++) {
        const Tensor *t = tensor(n->g, id);
        if (t->data == NULL && shape_equal(&t->shape, &tensor(n->g, x)->shape) && draw(n, 0, 1) == 0) {
            Node *node = graph_add_node(n->g, op_find_kind("add"), "add", 2, 1);
            bool swap = draw(n, 0, 1) == 0;
            node->in[swap] = id;
            node->in[!swap] = x;
            return infer(n, node, 0.07f, draw(n, -40, 40));
        }
    }
    return x;
}

/* Over the whole image, or windows. */
static TensorId pool(Net *n, TensorId x, bool is_whole)
{
    const Shape s = tensor(n->g, x)->shape;
    bool is_max = !is_whole && draw(n, 0, 1) == 0;
    Node *node = graph_add_node(n->g, op_find_kind(is_max ? "max_pool_2d" : "average_pool_2d"), "pool", 1, 1);
    node->in[0] = x;
    set(node, "padding", is_whole ? PAD_VALID : PAD_SAME);
    set(node, "filter_h", is_whole ? s.dim[1] : draw(n, 1, 3));
    set(node, "filter_w", is_whole ? s.dim[2] : draw(n, 1, 3));
    set(node, "stride_h", draw(n, 1, 2));
    set(node, "stride_w", 1);
    return infer(n, node, tensor(n->g, x)->q.count > 0 ? tensor(n->g, x)->q.scale[0] : 1.0f,
                 tensor(n->g, x)->q.count > 0 ? tensor(n->g, x)->q.zero[0] : 0);
}

static Graph *make(uint64_t seed, bool slides)
{
    Net n = {.g = graph_new("net"), .seed = seed, .slides = slides, .type = seed % 4 == 0 ? TYPE_F32 : TYPE_S8};
    TensorId x = graph_add_tensor(n.g, "x", n.type, shape_of(4, (int32_t[]){1, draw(&n, 12, 40), draw(&n, 3, 12), draw(&n, 1, 6)}));
    if (slides && seed % 2 == 0) {
        Shape *image = &tensor(n.g, x)->shape;
        *image = shape_of(4, (int32_t[]){1, 1, image->dim[1], image->dim[3]});
        n.is_flat = true;
    }
    if (n.type == TYPE_S8) {
        graph_set_quant(n.g, x, 0.04f, draw(&n, -128, 127));
    }
    n.g->input = NEW(&n.g->arena, TensorId, 1);
    n.g->input[0] = x;
    n.g->input_count = 1;
    for (int32_t layers = draw(&n, 3, 7); layers > 0; layers--) {
        x = layer(&n, x, draw(&n, 0, 2) == 0);
        x = add(&n, x, n.g->input[0]);
        x = draw(&n, 0, 5) == 0 ? pool(&n, x, false) : x;
    }
    x = draw(&n, 0, 2) == 0 ? pool(&n, x, true) : x;
    n.g->output = NEW(&n.g->arena, TensorId, 1);
    n.g->output[0] = x;
    n.g->output_count = 1;
    return n.g;
}

static Status compile(Graph *g, bool fuse, Feed feed, Diag *d)
{
    g->may_fuse_rows = fuse;
    g->feed = feed;
    for (const Pass *p = pipeline; p->name != NULL; p++) {
        TRY(p->run(g, d));
        TRY(graph_verify(g, d));
    }
    return OK;
}

static bool one(uint64_t seed, Feed feed, int64_t *before, int64_t *after, int64_t *fused, int64_t fed[3])
{
    enum { RUNS = 4 };
    Diag d = {0};
    Arena a = {0};
    bool slides = feed == FEED_STEPS;
    Graph *g = make(seed, slides), *h = make(seed, slides), *plain = make(seed, slides);
    int64_t out = graph_output_bytes(g);
    uint8_t *x = NEW(&a, uint8_t, RUNS * graph_input_bytes(g));
    uint8_t *want = NEW(&a, uint8_t, RUNS * out);
    uint8_t *got = NEW(&a, uint8_t, RUNS * out);
    uint8_t *apart = NEW(&a, uint8_t, RUNS * out);
    make_vectors(g, seed, RUNS, x);
    Status s = pass_alias(plain, &d);
    s = s == OK ? pass_lower(plain, &d) : s;
    s = s == OK ? compile(g, false, FEED_WHOLE, &d) : s;
    s = s == OK ? compile(h, true, feed, &d) : s;
    if (s == ERR_UNSUPPORTED && feed != FEED_WHOLE) { /* a sum or pool may stand in the way: a sentence, no crash */
        s = OK;
        diag_clear(&d);
        graph_free(h);
        h = make(seed, slides);
        s = compile(h, true, FEED_WHOLE, &d);
    } else {
        fed[feed]++;
    }
    bool equal = s == OK;
    if (s == OK) {
        rehearse(plain, false, x, RUNS, want);
        rehearse(h, true, x, RUNS, got);
        rehearse(h, false, x, RUNS, apart);
        equal = memcmp(want, got, (size_t)(RUNS * out)) == 0 && memcmp(want, apart, (size_t)(RUNS * out)) == 0 &&
                (feed != FEED_WHOLE || h->arena_bytes <= g->arena_bytes);
        *before += g->arena_bytes;
        *after += h->arena_bytes;
        for (int32_t i = 0; i < h->node_count; i++) {
            *fused += is_segment_end(h, &h->node[i]);
        }
    }
    if (!equal) {
        printf("FAIL rows:%ju %s: planned %d, apart %d, arena %jd of %jd\n", (uintmax_t)seed, d.text,
               memcmp(want, got, (size_t)(RUNS * out)), memcmp(want, apart, (size_t)(RUNS * out)), (intmax_t)h->arena_bytes,
               (intmax_t)g->arena_bytes);
    }
    graph_free(g);
    graph_free(h);
    graph_free(plain);
    arena_free(&a);
    return equal;
}

int main(int argc, char **argv)
{
    int64_t count = argc > 1 ? strtoll(argv[1], NULL, 10) : 300;
    int64_t before = 0, after = 0, fused = 0, fed[3] = {0}, failed = 0;
    for (int64_t i = argc > 2 ? strtoll(argv[2], NULL, 10) : 0; i < count; i++) {
        failed += !one((uint64_t)i + 1, (Feed)(i % 3), &before, &after, &fused, fed);
    }
    printf("%jd segments in %jd networks, %jd fed by rows, %jd slide; arenas %jd bytes instead of %jd\n", (intmax_t)fused, (intmax_t)count, (intmax_t)fed[FEED_ROWS], (intmax_t)fed[FEED_STEPS],
           (intmax_t)after, (intmax_t)before);
    if (fed[FEED_ROWS] * 5 < count || fed[FEED_STEPS] * 5 < count || fused * 4 < count || after * 10 > before * 9) {
        printf("FAIL hardly a layer runs row by row\n");
        failed++;
    }
    printf("%jd passed, %jd failed\n", (intmax_t)(count - (failed < count ? failed : count)), (intmax_t)failed);
    return failed > 0;
}
