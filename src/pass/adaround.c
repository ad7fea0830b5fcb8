/* AdaRound (Nagel et al., "Up or Down? Adaptive Rounding for Post-Training Quantization", arXiv 2004.10568): whether a
 * weight is rounded up or down is chosen so that the layer's output, not the weight, changes least. Per output channel
 * minimise D' H D + lambda * sum(1 - |2h - 1|^beta) over h in [0, 1], D = s * (floor(w / s) + h) - w, H = sum of x x'
 * over the inputs x that meet the weights; beta falls, so that h ends at 0 or 1. Adam on v, h = clip(1.2 sigmoid(v) -
 * 0.1). Then single choices are turned over as long as that lessens the error, which does most of the work where
 * samples are few. A channel keeps nearest rounding where that is no worse.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_gemm.h"
#include "pass/probe.h"

#include <math.h>

enum {
    STEPS = 200,
    WARM_STEPS = 40,   /* without the term that drives h apart */
    SAMPLES = 64,      /* at most so many are looked at */
    ROWS = 64,         /* places of a sample's output that count, drawn at random */
    DEPTH_LIMIT = 4096 /* weights of a channel: H has their square */
};
static const float RATE = 0.02f;  /* of Adam */
static const float DRIVE = 10.0f; /* lambda, where the error of nearest rounding is 1 per weight */

/* One layer. Element k of channel c of the weights is at c * CHANNEL_STEP + k * STEP. */
typedef struct Layer {
    Probe probe;
    int32_t node, channels, depth;
    int64_t channel_step, step;
    bool each;   /* channel c reads channel c alone: one H for each */
    float *gram; /* [depth][depth], or [channels][depth][depth] */
    float *rows; /* [ROWS][depth], or [depth][ROWS][channels] */
} Layer;

typedef struct Work {
    const Graph *f;
    Layer *layer;
    int32_t layer_count;
    Random random;
    int64_t seen, every; /* samples so far; each EVERY-th counts */
} Work;

/* --- H --- */

static void gather_shared(Layer *l, const int64_t *place, int32_t count)
{
    eval_run(l->probe.e);
    for (int32_t r = 0; r < count; r++) {
        memcpy(l->rows + (int64_t)r * l->depth, l->probe.y + place[r] * l->depth,
               sizeof(float) * (size_t)l->depth);
    }
    Gemm p = {.form = GEMM_TN,
              .m = l->depth,
              .n = l->depth,
              .k = count,
              .a = l->rows,
              .b = l->rows,
              .a_row = l->depth,
              .b_row = l->depth,
              .c = l->gram,
              .c_row = l->depth,
              .add = true};
    gemm(&p);
}

static void gather_each(Layer *l, const int64_t *place, int32_t count)
{
    int64_t channels = l->channels;
    for (int32_t k = 0; k < l->depth; k++) {
        memset(l->probe.w, 0, sizeof(float) * (size_t)l->probe.w_count);
        for (int32_t c = 0; c < l->channels; c++) {
            l->probe.w[c * l->channel_step + k * l->step] = 1.0f;
        }
        eval_run(l->probe.e);
        for (int32_t r = 0; r < count; r++) {
            memcpy(l->rows + (k * (int64_t)ROWS + r) * channels, l->probe.y + place[r] * channels,
                   sizeof(float) * (size_t)channels);
        }
    }
    for (int32_t c = 0; c < l->channels; c++) {
        float *gram = l->gram + (int64_t)c * l->depth * l->depth;
        for (int32_t i = 0; i < l->depth; i++) {
            for (int32_t k = 0; k < l->depth; k++) {
                for (int32_t r = 0; r < count; r++) {
                    gram[i * l->depth + k] += l->rows[(i * (int64_t)ROWS + r) * channels + c] *
                                              l->rows[(k * (int64_t)ROWS + r) * channels + c];
                }
            }
        }
    }
}

static void add_sample(void *context, Eval *e)
{
    Work *w = context;
    if (w->seen++ % w->every != 0) {
        return;
    }
    for (int32_t i = 0; i < w->layer_count; i++) {
        Layer *l = &w->layer[i];
        const Node *n = &w->f->node[l->node];
        memcpy(l->probe.x, eval_tensor(e, n->in[op_of(n)->quant.x]),
               sizeof(float) * (size_t)l->probe.x_count);
        int64_t places = l->probe.y_count / l->probe.channels;
        int64_t place[ROWS];
        int32_t count = (int32_t)(places < ROWS ? places : ROWS);
        for (int32_t r = 0; r < count; r++) {
            place[r] = places <= ROWS ? r : random_below(&w->random, places);
        }
        if (l->each) {
            gather_each(l, place, count);
        } else {
            gather_shared(l, place, count);
        }
    }
}

/* --- rounding --- */

typedef struct Search {
    const Layer *l;
    const float *w;     /* real weights */
    const float *scale; /* [channels] */
    float most;         /* largest number */
    float *v, *m, *s;   /* [channels][depth] Adam's state */
    float *h, *d, *g;   /* [channels][depth] h, D and D H */
    float *nearest;     /* [channels] error of nearest rounding */
} Search;

static float real_weight(const Search *q, int32_t c, int32_t k)
{
    return q->w[c * q->l->channel_step + k * q->l->step];
}

static float clip_number(const Search *q, float x)
{
    return fminf(fmaxf(x, -q->most), q->most);
}

static void multiply(Search *q)
{
    int32_t depth = q->l->depth;
    for (int32_t c = 0; c < (q->l->each ? q->l->channels : 1); c++) {
        Gemm p = {.form = GEMM_NN,
                  .m = q->l->each ? 1 : q->l->channels,
                  .n = depth,
                  .k = depth,
                  .a = q->d + (int64_t)c * depth,
                  .a_row = depth,
                  .b = q->l->gram + (int64_t)c * depth * depth,
                  .b_row = depth,
                  .c = q->g + (int64_t)c * depth,
                  .c_row = depth};
        gemm(&p);
    }
}

static float error_of(const Search *q, int32_t c)
{
    double sum = 0;
    for (int32_t k = 0; k < q->l->depth; k++) {
        int64_t i = (int64_t)c * q->l->depth + k;
        sum += (double)q->d[i] * (double)q->g[i];
    }
    return (float)sum;
}

/* D for weights rounded as H says: to the nearest, to 0 or 1 by halves, or as it stands. */
typedef enum Mode { MODE_NEAREST, MODE_HARD, MODE_SOFT } Mode;
static float number_of(const Search *q, int32_t c, int32_t k, Mode mode)
{
    float x = real_weight(q, c, k) / q->scale[c];
    float h = q->h[(int64_t)c * q->l->depth + k];
    float up = mode == MODE_SOFT ? h : h >= 0.5f ? 1.0f : 0.0f;
    return clip_number(q, mode == MODE_NEAREST ? roundf(x) : floorf(x) + up);
}

static void set_errors(Search *q, Mode mode)
{
    for (int32_t c = 0; c < q->l->channels; c++) {
        for (int32_t k = 0; k < q->l->depth; k++) {
            float number = number_of(q, c, k, mode);
            q->d[(int64_t)c * q->l->depth + k] = number * q->scale[c] - real_weight(q, c, k);
        }
    }
    multiply(q);
}

static float sigmoid(float v)
{
    return 1.0f / (1.0f + expf(-v));
}

/* One step of Adam; BETA 0: only the error counts. */
static void descend(Search *q, int32_t step, float beta)
{
    const float b1 = 0.9f;
    const float b2 = 0.999f;
    float bias1 = 1.0f - powf(b1, (float)step + 1.0f);
    float bias2 = 1.0f - powf(b2, (float)step + 1.0f);
    for (int32_t c = 0; c < q->l->channels; c++) {
        if (q->nearest[c] <= 0.0f) {
            continue;
        }
        float gain = 2.0f * q->scale[c] * (float)q->l->depth / q->nearest[c];
        for (int32_t k = 0; k < q->l->depth; k++) {
            int64_t i = (int64_t)c * q->l->depth + k;
            float s = sigmoid(q->v[i]);
            float wide = 1.2f * s - 0.1f;
            float slope = wide <= 0.0f || wide >= 1.0f ? 0.0f : 1.2f * s * (1.0f - s);
            float apart = 2.0f * q->h[i] - 1.0f;
            float drive = beta <= 0.0f ? 0.0f
                                       : -2.0f * beta * powf(fabsf(apart), beta - 1.0f) *
                                             copysignf(1.0f, apart);
            float gradient = (gain * q->g[i] + DRIVE * drive) * slope;
            q->m[i] = b1 * q->m[i] + (1.0f - b1) * gradient;
            q->s[i] = b2 * q->s[i] + (1.0f - b2) * gradient * gradient;
            q->v[i] -= RATE * (q->m[i] / bias1) / (sqrtf(q->s[i] / bias2) + 1e-8f);
            q->h[i] = fminf(fmaxf(1.2f * sigmoid(q->v[i]) - 0.1f, 0.0f), 1.0f);
        }
    }
}

static void start(Search *q)
{
    for (int32_t c = 0; c < q->l->channels; c++) {
        for (int32_t k = 0; k < q->l->depth; k++) {
            int64_t i = (int64_t)c * q->l->depth + k;
            float x = real_weight(q, c, k) / q->scale[c];
            q->h[i] = fminf(fmaxf(x - floorf(x), 0.001f), 0.999f);
            float s = (q->h[i] + 0.1f) / 1.2f;
            q->v[i] = logf(s / (1.0f - s));
        }
    }
}

/* Turns single choices of channel C over, the best first, as long as that lessens the error; G follows. */
static void settle(Search *q, int32_t c)
{
    int32_t depth = q->l->depth;
    float *h = q->h + (int64_t)c * depth;
    float *d = q->d + (int64_t)c * depth;
    float *g = q->g + (int64_t)c * depth;
    const float *gram = q->l->gram + (q->l->each ? (int64_t)c * depth * depth : 0);
    for (int32_t flips = 0; flips < 4 * depth; flips++) {
        int32_t best = -1;
        float most = -1e-6f * q->nearest[c];
        for (int32_t k = 0; k < depth; k++) {
            float step = h[k] >= 0.5f ? -q->scale[c] : q->scale[c];
            float change = step * step * gram[(int64_t)k * depth + k] + 2.0f * step * g[k];
            if (change < most) {
                most = change;
                best = k;
            }
        }
        if (best < 0) {
            break;
        }
        float before = d[best];
        h[best] = h[best] >= 0.5f ? 0.0f : 1.0f;
        d[best] = number_of(q, c, best, MODE_HARD) * q->scale[c] - real_weight(q, c, best);
        for (int32_t k = 0; k < depth; k++) {
            g[k] += (d[best] - before) * gram[(int64_t)best * depth + k];
        }
    }
}

/* The numbers of one layer. */
static int8_t *round_layer(Arena *a, const Layer *l, const float *w, const WeightScales *scales)
{
    Arena scratch = {0};
    int64_t count = (int64_t)l->channels * l->depth;
    Search q = {.l = l, .w = w, .scale = scales->scale, .most = (float)scales->most};
    float **const arrays[] = {&q.v, &q.m, &q.s, &q.h, &q.d, &q.g};
    for (size_t i = 0; i < COUNT(arrays); i++) {
        *arrays[i] = NEW(&scratch, float, count);
    }
    q.nearest = NEW(&scratch, float, l->channels);
    set_errors(&q, MODE_NEAREST);
    for (int32_t c = 0; c < l->channels; c++) {
        q.nearest[c] = error_of(&q, c);
    }
    start(&q);
    for (int32_t step = 0; step < STEPS; step++) {
        float part = (float)(step - WARM_STEPS) / (float)(STEPS - WARM_STEPS);
        set_errors(&q, MODE_SOFT);
        descend(&q, step, part < 0.0f ? 0.0f : 2.0f + 18.0f * (1.0f - part));
    }
    set_errors(&q, MODE_HARD);
    for (int32_t c = 0; c < l->channels; c++) {
        settle(&q, c);
    }
    int8_t *numbers = NEW(a, int8_t, count);
    for (int32_t c = 0; c < l->channels; c++) {
        Mode mode = error_of(&q, c) < q.nearest[c] ? MODE_HARD : MODE_NEAREST;
        for (int32_t k = 0; k < l->depth; k++) {
            numbers[c * l->channel_step + k * l->step] = (int8_t)number_of(&q, c, k, mode);
        }
    }
    arena_free(&scratch);
    return numbers;
}

/* --- layers --- */

/* False where AdaRound does not know how the layer reads its input: groups of channels, too many weights. */
static bool open_layer(Arena *a, const Graph *f, int32_t node, Layer *l)
{
    const Node *n = &f->node[node];
    const QuantSpec *s = &op_of(n)->quant;
    const Tensor *w = tensor(f, n->in[s->weights]);
    Shape shape = w->shape;
    *l = (Layer){
        .node = node, .each = s->out_axis == s->in_axis, .channels = shape.dim[s->out_axis]};
    l->depth = (int32_t)(shape_count(&shape) / l->channels);
    l->channel_step = l->each ? 1 : l->depth;
    l->step = l->each ? l->channels : 1;
    if (l->depth > DEPTH_LIMIT || (!l->each && s->out_axis != 0) ||
        (l->each && s->out_axis != shape.rank - 1)) {
        return false;
    }
    if (!l->each) { /* as many filters as a filter has weights, each with a single 1: its output is what that weight
                     * meets */
        shape.dim[0] = l->depth;
    }
    if (!probe_open(f, node, &shape, &l->probe)) {
        return false;
    }
    if (l->probe.channels != (l->each ? l->channels : l->depth)) {
        probe_close(&l->probe);
        return false;
    }
    for (int32_t k = 0; k < l->depth && !l->each; k++) {
        l->probe.w[(int64_t)k * l->depth + k] = 1.0f;
    }
    int64_t grams = l->each ? l->channels : 1;
    l->gram = NEW(a, float, grams * l->depth * l->depth);
    l->rows = NEW(a, float, (int64_t)ROWS * l->depth * (l->each ? l->channels : 1));
    return true;
}

/* Grouped convolutions read other channels per group: one filter of their own weights tells nothing of the others. */
static bool is_grouped(const Graph *f, const Node *n)
{
    const QuantSpec *s = &op_of(n)->quant;
    const Shape *w = &tensor(f, n->in[s->weights])->shape;
    const Shape *x = &tensor(f, n->in[s->x])->shape;
    return s->out_axis != s->in_axis && w->rank == 4 && shape_dim_back(x, 0) != w->dim[s->in_axis];
}

void adaround(Arena *a, const Graph *f, const uint8_t *inputs, int64_t runs, uint64_t seed,
              QuantPlan *plan, Diag *d)
{
    Arena scratch = {0};
    Work w = {
        .f = f, .layer = NEW(&scratch, Layer, f->node_count), .random = random_stream(seed, 0)};
    w.every = (runs + SAMPLES - 1) / SAMPLES;
    for (int32_t i = 0; i < f->node_count; i++) {
        if (!is_quantized_mac(f, plan, i)) {
            continue;
        }
        if (!is_grouped(f, &f->node[i]) && open_layer(&scratch, f, i, &w.layer[w.layer_count])) {
            w.layer_count++;
        } else {
            warn(d, "%s: AdaRound does not do this layer; its weights are rounded to the nearest",
                 f->node[i].name);
        }
    }
    gemm_start();
    run_samples(f, inputs, runs, add_sample, &w);
    plan->numbers = NEW(a, int8_t *, f->node_count);
    for (int32_t i = 0; i < w.layer_count; i++) {
        Layer *l = &w.layer[i];
        const Node *n = &f->node[l->node];
        const QuantSpec *spec = &op_of(n)->quant;
        const Tensor *weights = tensor(f, n->in[spec->weights]);
        WeightScales s = weight_scales(&scratch, weights, spec->out_axis, plan_weight_type(plan, l->node), plan->octav);
        plan->numbers[l->node] =
            round_layer(a, l, (const float *)(const void *)weights->data, &s);
        probe_close(&l->probe);
    }
    arena_free(&scratch);
}
