/* STATISTIC: one number for each channel of a window, see rt/shrinc_statistic_s16.h for the formulas. x: s16
 * [batches, samples, channels]; y: s16 [batches, channels], in real units (zero crossings as a count, slope a
 * sample).
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_signal.h"

#include <math.h>

#include "shrinc_statistic_s16.h"

enum { MOST = 4096 };
static const char *const kinds[] = {
    "mean", "rms", "std", "skewness", "kurtosis", "crest", "peak_to_peak", "mad", "zero_crossings", "slope", NULL};
enum { SKEWNESS = 3, KURTOSIS, CREST, ZERO_CROSSINGS = 8, SLOPE };

typedef struct Attr {
    int32_t kind;
} Attr;
static const AttrDesc attrs[] = {
    {"kind", ATTR_ENUM, offsetof(Attr, kind), WIRE_NONE, 0, 1, 0, 0, kinds, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    SampleWindow w;
    TRY(sample_window(g, n, MOST, &w, d));
    TRY(infer_unary(g, n, TYPE_BIT(TYPE_S16), d));
    if (w.count < 2) {
        return fail_node(g, n, d, ERR_INPUT, "a window of one sample has no statistics");
    }
    node_out(g, n, 0)->shape = shape_of(2, (int32_t[]){w.batches, w.channels});
    return OK;
}

/* What the kernel's number 1 is worth, as a real number. */
static double unit(int32_t kind, double scale)
{
    switch (kind) {
    case SKEWNESS:
    case KURTOSIS:
    case CREST: return ldexp(1.0, -10);
    case ZERO_CROSSINGS: return ldexp(1.0, -8);
    case SLOPE: return ldexp(scale, -16);
    default: return ldexp(scale, -8);
    }
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    SampleWindow w;
    int32_t kind = ((const Attr *)n->attr)->kind;
    bool is_moment = kind == SKEWNESS || kind == KURTOSIS;
    TRY(sample_window(g, n, MOST, &w, d));
    Call *c = call_new(g, n, is_moment ? "shrinc_moments_s16" : "shrinc_statistic_s16",
                       sizeof(shrinc_statistic_s16_params));
    shrinc_statistic_s16_params *p = c->params;
    *p = (shrinc_statistic_s16_params){w.batches, w.count, w.channels, kind, 0, 0, node_out(g, n, 0)->q.zero[0]};
    int64_t reach = kind == SLOPE ? (int64_t)1 << 29 : (int64_t)1 << 24;
    TRY(to_output(g, n, unit(kind, (double)node_in(g, n, 0)->q.scale[0]), reach, &p->multiplier, &p->shift, d));
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_statistic = {
    .kind = {"statistic", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "shrinc_statistic",
    .tflite_code = TFLITE_CUSTOM,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
};
