/* BIQUAD: an IIR filter of second-order sections (Butterworth and others), each channel for itself. x: s16
 * [batches, samples, channels]; coefficients: constant s32 [sections, 5], b0 b1 b2 a1 a2 in 2^-30; delays:
 * variable s32 of (2 * sections + 2) values a channel, for a stream; left out: each window starts from rest.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_signal.h"

#include "shrinc_biquad_s16.h"

enum { X, COEFFICIENTS, DELAYS, MAX_SECTIONS = 16 };

static Status infer(Graph *g, Node *n, Diag *d)
{
    SampleWindow w;
    TRY(sample_window(g, n, 1 << 20, &w, d));
    TRY(infer_unary(g, n, TYPE_BIT(TYPE_S16), d));
    TRY(check_same_quant(g, n, node_in(g, n, X), node_out(g, n, 0), d));
    const Tensor *a = node_in(g, n, COEFFICIENTS);
    TRY(check_rank(g, n, a, 2, 2, "coefficients", d));
    if (a->shape.dim[0] < 1 || a->shape.dim[0] > MAX_SECTIONS || a->shape.dim[1] != 5) {
        return fail_node(g, n, d, ERR_INPUT, "coefficients of %d sections of %d; up to %d sections of 5",
                         a->shape.dim[0], a->shape.dim[1], (int)MAX_SECTIONS);
    }
    TRY(check_numbers(g, n, COEFFICIENTS, TYPE_S32, shape_count(&a->shape), "coefficients", d));
    if (node_in(g, n, DELAYS) == NULL) {
        return OK;
    }
    if (w.batches != 1) {
        return fail_node(g, n, d, ERR_INPUT, "%d batches; a stream has one", w.batches);
    }
    return check_state(g, n, DELAYS, TYPE_S32, (2LL * a->shape.dim[0] + 2) * w.channels, d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    SampleWindow w;
    TRY(sample_window(g, n, 1 << 20, &w, d));
    int32_t sections = node_in(g, n, COEFFICIENTS)->shape.dim[0];
    bool is_fresh = node_in(g, n, DELAYS) == NULL;
    Call *c = call_new(g, n, "shrinc_biquad_s16", sizeof(shrinc_biquad_s16_params));
    *(shrinc_biquad_s16_params *)c->params =
        (shrinc_biquad_s16_params){w.batches, w.count, w.channels, sections, is_fresh};
    call_tensor(c, n->in[X]);
    call_tensor(c, n->in[COEFFICIENTS]);
    if (is_fresh) {
        call_scratch(c, TYPE_S32, (2 * sections + 2) * w.channels);
    } else {
        call_tensor(c, n->in[DELAYS]);
    }
    call_tensor(c, n->out[0]);
    return OK;
}

static int64_t macs(const Graph *g, const Node *n)
{
    return shape_count(&node_in(g, n, X)->shape) * shape_count(&node_in(g, n, COEFFICIENTS)->shape);
}

const Op op_biquad = {
    .kind = {"biquad", NULL, 0, 0},
    .tflite_name = "shrinc_biquad",
    .tflite_code = TFLITE_CUSTOM,
    .traits = TRAIT_STATEFUL,
    .min_in = 2,
    .max_in = 3,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .macs = macs,
    .overlap = overlap_elementwise,
};
