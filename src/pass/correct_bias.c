/* Bias correction (Nagel et al., arXiv 1906.04721, with means of real samples): rounded weights shift the mean of each
 * channel by E[(w^ - w) x]; the bias takes that back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/probe.h"

typedef struct Correction {
    const Graph *f;
    Probe *probe;  /* [node_count], CHANNELS 0: not a weighted layer */
    double **mean; /* [node][channel] sums of the error */
} Correction;

/* The error of the rounded weights as weights. */
static void set_errors(Arena *a, const Graph *f, const QuantPlan *plan, int32_t node, Probe *p)
{
    const QuantSpec *spec = &op_of(&f->node[node])->quant;
    const Tensor *w = tensor(f, f->node[node].in[spec->weights]);
    const float *real = (const float *)(const void *)w->data;
    WeightScales s = weight_scales(a, w, spec->out_axis, plan_weight_type(plan, node), plan->octav);
    const int8_t *numbers = plan->numbers == NULL ? NULL : plan->numbers[node];
    numbers = numbers == NULL ? weight_numbers(a, w, &s) : numbers;
    for (int64_t i = 0; i < p->w_count; i++) {
        int64_t c = i / s.count % s.channels;
        p->w[i] = (float)((double)numbers[i] * (double)s.scale[c] - (double)real[i]);
    }
}

static void add_sample(void *context, Eval *e)
{
    Correction *c = context;
    for (int32_t i = 0; i < c->f->node_count; i++) {
        Probe *p = &c->probe[i];
        if (p->channels == 0) {
            continue;
        }
        const Node *n = &c->f->node[i];
        memcpy(p->x, eval_tensor(e, n->in[op_of(n)->quant.x]), sizeof(float) * (size_t)p->x_count);
        eval_run(p->e);
        for (int64_t k = 0; k < p->y_count; k++) {
            c->mean[i][k % p->channels] += (double)p->y[k];
        }
    }
}

void correct_bias(Arena *a, const Graph *f, const uint8_t *inputs, int64_t runs, QuantPlan *plan)
{
    Arena scratch = {0};
    Correction c = {.f = f,
                    .probe = NEW(&scratch, Probe, f->node_count),
                    .mean = NEW(&scratch, double *, f->node_count)};
    for (int32_t i = 0; i < f->node_count; i++) {
        if (!is_quantized_mac(f, plan, i)) {
            continue;
        }
        const QuantSpec *spec = &op_of(&f->node[i])->quant;
        const Shape *shape = &tensor(f, f->node[i].in[spec->weights])->shape;
        if (probe_open(f, i, shape, &c.probe[i])) {
            set_errors(&scratch, f, plan, i, &c.probe[i]);
            c.mean[i] = NEW(&scratch, double, c.probe[i].channels);
        } else {
            c.probe[i] = (Probe){0};
        }
    }
    run_samples(f, inputs, runs, add_sample, &c);
    plan->bias_shift = NEW(a, float *, f->node_count);
    for (int32_t i = 0; i < f->node_count; i++) {
        Probe *p = &c.probe[i];
        if (p->channels == 0) {
            continue;
        }
        plan->bias_shift[i] = NEW(a, float, p->channels);
        double values = (double)runs * (double)(p->y_count / p->channels);
        for (int32_t k = 0; k < p->channels; k++) {
            plan->bias_shift[i][k] = (float)(-c.mean[i][k] / values);
        }
        probe_close(p);
    }
    arena_free(&scratch);
}
