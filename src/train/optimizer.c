/* Optimisers: SGD, RMSprop, Adam, AdamW. Compiled with vectors (Makefile).
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/fit.h"

#include <math.h>

const char *const optimizer_names[] = {"sgd", "rmsprop", "adam", "adamw", NULL};

OptimizerOptions optimizer_defaults(OptimizerKind kind)
{
    return (OptimizerOptions){.kind = kind,
                              .rho = 0.9,
                              .beta_1 = 0.9,
                              .beta_2 = 0.999,
                              .epsilon = 1e-7,
                              .weight_decay = kind == OPTIMIZER_ADAMW ? 0.004 : 0.0};
}

Optimizer optimizer_new(Arena *a, const OptimizerOptions *o, int64_t count)
{
    return (Optimizer){
        .o = *o, .count = count, .first = NEW(a, float, count), .second = NEW(a, float, count)};
}

static void sgd(const OptimizerOptions *o, float rate, int64_t count, const float *restrict g,
                float *restrict m, float *restrict w)
{
    float momentum = (float)o->momentum;
    if (momentum == 0.0f) {
        for (int64_t i = 0; i < count; i++) {
            w[i] -= rate * g[i];
        }
        return;
    }
    float ahead = o->nesterov ? momentum : 1.0f;
    float now = o->nesterov ? rate : 0.0f;
    for (int64_t i = 0; i < count; i++) {
        m[i] = momentum * m[i] - rate * g[i];
        w[i] += ahead * m[i] - now * g[i];
    }
}

static void rmsprop(const OptimizerOptions *o, float rate, int64_t count, const float *restrict g,
                    float *restrict m, float *restrict s, float *restrict w)
{
    float rho = (float)o->rho;
    float rest = (float)(1.0 - o->rho);
    float epsilon = (float)o->epsilon;
    float momentum = (float)o->momentum;
    for (int64_t i = 0; i < count; i++) {
        s[i] = rho * s[i] + rest * g[i] * g[i];
        m[i] = momentum * m[i] + rate * g[i] / sqrtf(s[i] + epsilon);
        w[i] -= m[i];
    }
}

static void adam(const OptimizerOptions *o, float alpha, float shrink, int64_t count,
                 const float *restrict g, float *restrict m, float *restrict s, float *restrict w)
{
    float rest_1 = (float)(1.0 - o->beta_1);
    float rest_2 = (float)(1.0 - o->beta_2);
    float epsilon = (float)o->epsilon;
    for (int64_t i = 0; i < count; i++) {
        m[i] += (g[i] - m[i]) * rest_1;
        s[i] += (g[i] * g[i] - s[i]) * rest_2;
        w[i] = w[i] * shrink - m[i] * alpha / (sqrtf(s[i]) + epsilon);
    }
}

void optimizer_step(Optimizer *s, const Param *param, int32_t param_count, double rate,
                    const float *gradient, float *value)
{
    const OptimizerOptions *o = &s->o;
    s->step++;
    double t = (double)s->step;
    float alpha = (float)(rate * sqrt(1.0 - pow(o->beta_2, t)) / (1.0 - pow(o->beta_1, t)));
    for (int32_t i = 0; i < param_count; i++) {
        const Param *p = &param[i];
        if (p->frozen || p->kind == PARAM_STATISTIC) {
            continue;
        }
        const float *g = gradient + p->offset;
        float *m = s->first + p->offset;
        float *v = s->second + p->offset;
        float *w = value + p->offset;
        bool decays = o->kind == OPTIMIZER_ADAMW && p->kind == PARAM_WEIGHT;
        if (o->kind == OPTIMIZER_SGD) {
            sgd(o, (float)rate, p->count, g, m, w);
        } else if (o->kind == OPTIMIZER_RMSPROP) {
            rmsprop(o, (float)rate, p->count, g, m, v, w);
        } else {
            adam(o, alpha, decays ? (float)(1.0 - rate * o->weight_decay) : 1.0f, p->count, g, m, v,
                 w);
        }
    }
}
