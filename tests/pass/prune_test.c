/* Structured pruning: in each net every other channel of every layer is made of zeros (weights and bias), so it is the
 * least worth and changes nothing. Half of the channels must go, just these, and all outputs must stay.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass.h"
#include "pass/prune.h"
#include "train/net.h"

#include <math.h>

static int32_t passed, failed;

static void report(bool good, const char *net, const char *what, double seen)
{
    passed += good;
    failed += !good;
    if (!good) {
        printf("FAIL pass:prune: %s: %s (%g)\n", net, what, seen);
    }
}

/* Behind the first node its output is joined with itself after a relu: a concatenation within the net. */
static void join_first(Graph *g)
{
    int32_t concat_axis = -1;
    TensorId x = g->node[0].out[0];
    Shape s = tensor(g, x)->shape;
    TensorId r = graph_add_tensor(g, "positive", TYPE_F32, s);
    s.dim[s.rank - 1] *= 2;
    TensorId y = graph_add_tensor(g, "joined", TYPE_F32, s);
    for (int32_t i = 1; i < g->node_count; i++) {
        for (int32_t k = 0; k < g->node[i].in_count; k++) {
            g->node[i].in[k] = g->node[i].in[k] == x ? y : g->node[i].in[k];
        }
    }
    Node *n = graph_add_node(g, op_find_kind("relu"), "positive", 1, 1);
    n->in[0] = x;
    n->out[0] = r;
    n = graph_add_node(g, op_find_kind("concatenation"), "joined", 2, 1);
    n->in[0] = x;
    n->in[1] = r;
    n->out[0] = y;
    (void)attr_set_int(n, "axis", concat_axis);
    Node last[2] = {g->node[g->node_count - 2], g->node[g->node_count - 1]};
    memmove(g->node + 3, g->node + 1, sizeof(Node) * (size_t)(g->node_count - 3));
    g->node[1] = last[0];
    g->node[2] = last[1];
}

/* Zeros into every other output channel of all layers with weights but the last one. */
static void empty_channels(Graph *g)
{
    int32_t last = -1;
    for (int32_t i = 0; i < g->node_count; i++) {
        last = op_of(&g->node[i])->quant.rule == QUANT_MAC ? i : last;
    }
    for (int32_t i = 0; i < last; i++) {
        const Node *n = &g->node[i];
        const QuantSpec *q = &op_of(n)->quant;
        if (q->rule != QUANT_MAC) {
            continue;
        }
        const TensorId id[] = {n->in[q->weights], q->bias < n->in_count ? n->in[q->bias] : 0};
        for (int32_t k = 0; k < 2 && id[k] != 0; k++) {
            Tensor *t = tensor(g, id[k]);
            int32_t axis = k == 0 ? q->out_axis : 0;
            float *x = arena_memdup(&g->arena, t->data, sizeof(float) * (size_t)shape_count(&t->shape));
            int64_t inner = 1;
            for (int32_t r = axis + 1; r < t->shape.rank; r++) {
                inner *= t->shape.dim[r];
            }
            for (int64_t e = 0; e < shape_count(&t->shape); e++) {
                x[e] = e / inner % t->shape.dim[axis] % 2 == 1 ? 0.0f : x[e] + (k == 1 ? 0.1f : 0.0f);
            }
            t->data = (const uint8_t *)x;
        }
    }
}

static void run(const Graph *g, const float *x, float *y)
{
    Graph *own = graph_copy(g);
    Diag d = {0};
    if (pass_infer(own, &d) == OK && pass_lower(own, &d) == OK) {
        Eval *e = eval_new(own, false);
        memcpy(eval_tensor(e, own->input[0]), x, (size_t)tensor_bytes(tensor(own, own->input[0])));
        eval_run(e);
        memcpy(y, eval_tensor(e, own->output[0]), (size_t)tensor_bytes(tensor(own, own->output[0])));
        eval_free(e);
    } else {
        printf("%s\n", d.text);
    }
    diag_clear(&d);
    graph_free(own);
}

typedef struct Row {
    const char *net;
    Shape input;
    bool joins; /* a concatenation behind the first layer */
    int32_t layers;
    int32_t free; /* how many of them, from the first one on, lose half */
} Row;

static const Row rows[] = {
    {"dense 16 relu, dense 8 relu, dense 3 softmax", {1, {10}}, false, 3, 0},
    {"conv 8 3 relu, conv 16 3 stride 2 relu, globalavgpool, dense 3", {3, {8, 8, 3}}, false, 3, 0},
    {"conv 8 3 relu, maxpool, flatten, dense 6 relu, dense 3", {3, {8, 8, 1}}, false, 3, 0},
    {"conv 8 3 relu, separable 16 3 relu, avgpool, dense 3", {3, {8, 8, 2}}, false, 4, 0},
    {"conv 8 3 relu, residual { conv 8 3 relu, conv 8 3 } relu, conv 4 1, globalavgpool, dense 3",
     {3, {6, 6, 3}}, false, 5, 0},
    {"conv 8 3, residual { conv 4 1 relu, depthwise 3, conv 8 1 }, upsample 2, conv 4 3 relu, dense 2",
     {3, {4, 4, 3}}, false, 6, 0},
    {"conv 8 3, conv 4 3 relu, globalmaxpool, dense 3", {3, {6, 6, 2}}, true, 3, 0},
    /* a transposed convolution does not say how its channels hang together */
    {"conv 8 3 relu, conv 8 1 relu, transposed 4 3 relu, globalavgpool, dense 2", {3, {4, 4, 3}}, false, 4, 1},
};

static void test_row(const Row *row)
{
    NetOptions o = {.name = "net", .input = row->input, .outputs = 3, .seed = 5};
    Graph *g = NULL;
    Diag d = {0};
    Arena a = {0};
    float x[1024], before[64], after[64];
    Random random = random_stream(7, 1);
    for (size_t i = 0; i < COUNT(x); i++) {
        x[i] = (float)random_normal(&random);
    }
    if (net_build(row->net, &o, &g, &d) != OK || pass_fuse_activation(g, &d) != OK) {
        report(false, row->net, d.text, 0);
        diag_clear(&d);
        return;
    }
    if (row->joins) {
        join_first(g);
        Node *second = &g->node[3]; /* reads twice the channels now */
        const int32_t dims[] = {4, 3, 3, 16};
        Shape s = shape_of(4, dims);
        float *w = NEW(&g->arena, float, shape_count(&s));
        for (int64_t i = 0; i < shape_count(&s); i++) {
            w[i] = (float)random_normal(&random);
        }
        TensorId id = graph_add_const(g, "wide", TYPE_F32, s, w);
        second->in[1] = id;
    }
    empty_channels(g);
    run(g, x, before);
    PruneLayer *layer = NULL;
    int32_t count = 0;
    Status s = prune_channels(g, &(PruneOptions){.keep = 0.5, .multiple = 1}, &a, &layer, &count, &d);
    s = s != OK ? s : graph_verify(g, &d);
    report(s == OK, row->net, d.text, s);
    report(count == row->layers, row->net, "layers", count);
    for (int32_t i = 0; i + 1 < count; i++) {
        bool is_free = row->free == 0 || i < row->free;
        report(layer[i].after * (is_free ? 2 : 1) == layer[i].before, row->net, layer[i].name, layer[i].after);
        report(layer[i].is_bound != is_free, row->net, layer[i].name, layer[i].is_bound);
    }
    report(count > 0 && layer[count - 1].is_bound && layer[count - 1].after == layer[count - 1].before, row->net,
           "the outputs stay", 0);
    run(g, x, after);
    double most = 0, difference = 0;
    for (int64_t i = 0; i < shape_count(&tensor(g, g->output[0])->shape); i++) {
        most = fmax(most, fabs((double)before[i]));
        difference = fmax(difference, fabs((double)before[i] - (double)after[i]));
    }
    report(most > 0 && difference <= 1e-6 * most, row->net, "outputs differ", difference);
    diag_clear(&d);
    graph_free(g);
    arena_free(&a);
}

/* How many stay, of 10 channels. */
static void test_counts(void)
{
    static const struct {
        double keep;
        int32_t multiple, stay;
    } counts[] = {{0.5, 1, 5}, {0.45, 1, 5}, {0.5, 4, 8}, {0.1, 4, 4}, {0.01, 1, 1}, {0.8, 3, 9}};
    for (size_t i = 0; i < COUNT(counts); i++) {
        NetOptions o = {.name = "net", .input = {1, {4}}, .outputs = 3, .seed = 1};
        Graph *g = NULL;
        Diag d = {0};
        Arena a = {0};
        PruneLayer *layer = NULL;
        int32_t count = 0;
        if (net_build("dense 10, dense 3", &o, &g, &d) == OK &&
            prune_channels(g, &(PruneOptions){counts[i].keep, counts[i].multiple}, &a, &layer, &count, &d) == OK) {
            report(layer[0].after == counts[i].stay, "dense 10", "channels that stay", layer[0].after);
        } else {
            report(false, "dense 10", d.text, 0);
        }
        diag_clear(&d);
        graph_free(g);
        arena_free(&a);
    }
}

int main(void)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        test_row(&rows[i]);
    }
    test_counts();
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
