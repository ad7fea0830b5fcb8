/* One weighted layer alone, with weights of our choice; private to this folder.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_PROBE_H
#define SHRINC_PROBE_H

#include "pass/quant.h"

typedef struct Probe {
    Graph *g;
    Eval *e;
    float *x, *w, *y; /* write X and W, call eval_run(e), read Y */
    int64_t x_count, w_count, y_count;
    int32_t channels; /* of y, its last dimension */
} Probe;

/* Node NODE of float graph F with weights of shape W_SHAPE, no bias and no activation. False, with nothing to free, if
 * the layer does not take that shape. */
bool probe_open(const Graph *f, int32_t node, const Shape *w_shape, Probe *p);
void probe_close(Probe *p);
/* A weighted layer that PLAN makes integer. */
bool is_quantized_mac(const Graph *f, const QuantPlan *plan, int32_t node);
/* Runs lowered F over the samples and calls VISIT after each one. */
typedef void (*SampleVisit)(void *context, Eval *e);
void run_samples(const Graph *f, const uint8_t *inputs, int64_t runs, SampleVisit visit,
                 void *context);

#endif
