/* SPECTRUM: logarithms of the power in bands, see rt/shrinc_spectrum_s16.h. x: s16 [batches, samples, channels];
 * edges: constant s32 [bands + 1], ascending numbers of bins from 0 to fft / 2 + 1; band b is the mean over the
 * bins edge[b] .. edge[b+1] - 1. y: s16 [batches, channels * bands], channel by channel: log of the mean (or
 * with hold the maximum) over the frames of |X_k|^2 / sum of w^2, where w is the frame's window. Edge Impulse's
 * spectrum is hold, tail, no hann, log10, bins from 1.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_signal.h"

#include <math.h>

#include "shrinc_spectrum_s16.h"

enum { X, EDGES, MOST = 1 << 20, MAX_FFT = 1024 };
static const char *const logs[] = {"ln", "log10", NULL};

typedef struct Attr {
    int32_t fft, hop, log;
    bool hann, hold, tail;
} Attr;
static const AttrDesc attrs[] = {
    {"fft", ATTR_INT, offsetof(Attr, fft), WIRE_NONE, 0, 64, 8, MAX_FFT, NULL, NULL},
    {"hop", ATTR_INT, offsetof(Attr, hop), WIRE_NONE, 0, 32, 1, MOST, NULL, NULL},
    {"log", ATTR_ENUM, offsetof(Attr, log), WIRE_NONE, 0, 0, 0, 0, logs, NULL},
    {"hann", ATTR_BOOL, offsetof(Attr, hann), WIRE_NONE, 0, 1, 0, 1, NULL, NULL},
    {"hold", ATTR_BOOL, offsetof(Attr, hold), WIRE_NONE, 0, 0, 0, 1, NULL, NULL},
    {"tail", ATTR_BOOL, offsetof(Attr, tail), WIRE_NONE, 0, 0, 0, 1, NULL, NULL},
};

static int32_t band_count(const Graph *g, const Node *n)
{
    return (int32_t)shape_count(&node_in(g, n, EDGES)->shape) - 1;
}

static int32_t edge_of(const Graph *g, const Node *n, int32_t i)
{
    return (int32_t)const_value(node_in(g, n, EDGES), i);
}

/* With TAIL the last frames may be filled with zeros. */
static int32_t frame_count(const Attr *a, int32_t count)
{
    return a->tail ? (count - 1) / a->hop + 1 : count < a->fft ? 0 : (count - a->fft) / a->hop + 1;
}

static Status check_edges(const Graph *g, const Node *n, const Attr *a, Diag *d)
{
    int32_t bands = band_count(g, n);
    TRY(check_numbers(g, n, EDGES, TYPE_S32, bands + 1, "edges", d));
    if (bands < 1 || bands > a->fft / 2 + 1) {
        return fail_node(g, n, d, ERR_INPUT, "%d bands; an FFT of %d has 1 to %d", bands, a->fft, a->fft / 2 + 1);
    }
    for (int32_t i = 0; i <= bands; i++) {
        int32_t least = i > 0 ? edge_of(g, n, i - 1) + 1 : 0;
        if (edge_of(g, n, i) < least || edge_of(g, n, i) > a->fft / 2 + 1) {
            return fail_node(g, n, d, ERR_INPUT, "edge %d is bin %d; edges ascend from 0 to %d", i,
                             edge_of(g, n, i), a->fft / 2 + 1);
        }
    }
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    SampleWindow w;
    TRY(sample_window(g, n, MOST, &w, d));
    TRY(infer_unary(g, n, TYPE_BIT(TYPE_S16), d));
    if ((a->fft & (a->fft - 1)) != 0) {
        return fail_node(g, n, d, ERR_INPUT, "an FFT of %d samples; it takes a power of two", a->fft);
    }
    int32_t frames = frame_count(a, w.count);
    if (frames < 1 || (int64_t)a->fft * a->fft * frames > 1 << 24) {
        return fail_node(g, n, d, ERR_LIMIT,
                         "%d frames of %d samples in a window of %d; 1 to %d keep the sums within 64 bits", frames,
                         a->fft, w.count, (1 << 24) / (a->fft * a->fft));
    }
    TRY(check_edges(g, n, a, d));
    node_out(g, n, 0)->shape = shape_of(2, (int32_t[]){w.batches, w.channels * band_count(g, n)});
    return OK;
}

static const int16_t *twiddles(Graph *g, int32_t fft)
{
    int16_t *t = NEW(&g->arena, int16_t, fft);
    for (int32_t k = 0; k < fft / 2; k++) {
        double angle = 2.0 * 3.14159265358979323846 * k / fft;
        t[2 * k] = (int16_t)to_integer(cos(angle) * 32768.0, 32767.0);
        t[2 * k + 1] = (int16_t)to_integer(sin(angle) * 32768.0, 32767.0);
    }
    return t;
}

/* What the logarithm of the kernel's sum lacks, in steps of y. */
static const int32_t *biases(Graph *g, const Node *n, int32_t frames)
{
    const Attr *a = n->attr;
    const Tensor *y = node_out(g, n, 0);
    int32_t bands = band_count(g, n);
    int32_t *bias = NEW(&g->arena, int32_t, bands);
    double scale = (double)node_in(g, n, X)->q.scale[0];
    double energy = a->hann ? 0.375 * a->fft : a->fft;
    for (int32_t b = 0; b < bands; b++) {
        double bins = edge_of(g, n, b + 1) - edge_of(g, n, b);
        double factor = scale * scale / (256.0 * energy * bins * (a->hold ? 1 : frames));
        double level = a->log == 1 ? log10(factor) : log(factor);
        bias[b] = to_integer(level / (double)y->q.scale[0] + y->q.zero[0], 536870912.0);
    }
    return bias;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    SampleWindow w;
    TRY(sample_window(g, n, MOST, &w, d));
    int32_t bands = band_count(g, n);
    int32_t frames = frame_count(a, w.count);
    int16_t *edge = NEW(&g->arena, int16_t, bands + 1);
    for (int32_t i = 0; i <= bands; i++) {
        edge[i] = (int16_t)edge_of(g, n, i);
    }
    Call *c = call_new(g, n, "shrinc_spectrum_s16", sizeof(shrinc_spectrum_s16_params));
    shrinc_spectrum_s16_params *p = c->params;
    *p = (shrinc_spectrum_s16_params){.batches = w.batches,
                                      .count = w.count,
                                      .channels = w.channels,
                                      .fft = a->fft,
                                      .hop = a->hop,
                                      .frames = frames,
                                      .bands = bands,
                                      .is_hann = a->hann,
                                      .is_hold = a->hold};
    double doubling = a->log == 1 ? log10(2.0) : log(2.0);
    TRY(to_output(g, n, doubling / 65536.0, 1 << 22, &p->multiplier, &p->shift, d));
    call_tensor(c, n->in[X]);
    call_const(g, c, "twiddle", TYPE_S16, twiddles(g, a->fft), a->fft, 0);
    call_const(g, c, "edge", TYPE_S16, edge, bands + 1, 0);
    call_const(g, c, "bias", TYPE_S32, biases(g, n, frames), bands, 0);
    call_scratch(c, TYPE_S16, a->fft);
    call_scratch(c, TYPE_S64, bands);
    call_tensor(c, n->out[0]);
    return OK;
}

/* Four products a butterfly, and what makes powers of the bins. */
static int64_t macs(const Graph *g, const Node *n)
{
    const Attr *a = n->attr;
    const Shape *x = &node_in(g, n, X)->shape;
    int64_t frames = (int64_t)x->dim[0] * x->dim[2] * frame_count(a, x->dim[1]);
    int64_t stages = 0;
    while ((a->fft >> (stages + 2)) > 0) {
        stages++;
    }
    return frames * (a->fft * stages + 3 * a->fft);
}

const Op op_spectrum = {
    .kind = {"spectrum", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "shrinc_spectrum",
    .tflite_code = TFLITE_CUSTOM,
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .macs = macs,
};
