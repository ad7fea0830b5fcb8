/* REMOVE_MEAN: y = x less its mean over the window, each channel for itself. x: s16 [batches, samples, channels].
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_signal.h"

#include "shrinc_remove_mean_s16.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    SampleWindow w;
    TRY(sample_window(g, n, 32768, &w, d));
    TRY(infer_unary(g, n, TYPE_BIT(TYPE_S16), d));
    return check_same_quant(g, n, node_in(g, n, 0), node_out(g, n, 0), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    SampleWindow w;
    TRY(sample_window(g, n, 32768, &w, d));
    Call *c = call_new(g, n, "shrinc_remove_mean_s16", sizeof(shrinc_remove_mean_s16_params));
    *(shrinc_remove_mean_s16_params *)c->params = (shrinc_remove_mean_s16_params){w.batches, w.count, w.channels};
    call_tensor(c, n->in[0]);
    call_scratch(c, TYPE_S32, w.channels);
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_remove_mean = {
    .kind = {"remove_mean", NULL, 0, 0},
    .tflite_name = "shrinc_remove_mean",
    .tflite_code = TFLITE_CUSTOM,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
};
