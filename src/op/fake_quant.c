/* FAKE_QUANT: y is x rounded to the grid that integers will have, so that training feels it:
 * y = (clamp(round(x / scale) + zero) - zero) * scale, with num_bits bits. Backward, the gradient
 * passes where x lies within the grid ("straight-through", Bengio et al. 2013). symmetric: zero = 0
 * and scale = max |x| / (2^(bits-1) - 1), as weights have it (of less than 8 bits: a clipping point
 * instead of max |x|); else scale = (max - min) / (2^bits - 1)
 * over a range that holds 0, and zero is rounded. narrow_range: without the lowest integer. The range
 * is, in this order: inputs min and max, constants [1] or [channels] along axis, which follow the
 * data by momentum unless frozen; attributes min and max; that of x itself, per channel along axis,
 * as weights have it. TFLite: FakeQuantOptions. Exists for training alone: quantisation takes the
 * range from it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_clip.h"
#include "op/util_fast.h"
#include "op/util_train.h"

#include <math.h>

enum { X, MIN, MAX };

typedef struct Attr {
    float min, max;
    int32_t num_bits;
    bool narrow_range;
    bool symmetric;
    int32_t axis; /* -1: one range for all */
    float momentum;
} Attr;
static const AttrDesc attrs[] = {
    {"min", ATTR_FLOAT, offsetof(Attr, min), WIRE_F32, 0, 0.0, -1e30, 1e30, NULL, NULL},
    {"max", ATTR_FLOAT, offsetof(Attr, max), WIRE_F32, 1, 0.0, -1e30, 1e30, NULL, NULL},
    {"num_bits", ATTR_INT, offsetof(Attr, num_bits), WIRE_I32, 2, 8, 2, 16, NULL, NULL},
    {"narrow_range", ATTR_BOOL, offsetof(Attr, narrow_range), WIRE_BOOL, 3, 0, 0, 1, NULL, NULL},
    {"symmetric", ATTR_BOOL, offsetof(Attr, symmetric), WIRE_NONE, 0, 0, 0, 1, NULL, NULL},
    {"axis", ATTR_INT, offsetof(Attr, axis), WIRE_NONE, 0, -1, -1, MAX_RANK - 1, NULL, NULL},
    {"momentum", ATTR_FLOAT, offsetof(Attr, momentum), WIRE_NONE, 0, 0.99, 0.0, 1.0, NULL, NULL},
};

static int32_t channels_of(const Graph *g, const Node *n)
{
    const Attr *a = n->attr;
    return a->axis < 0 ? 1 : node_in(g, n, X)->shape.dim[a->axis];
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    static const char *const role[] = {"input", "min", "max"};
    const Attr *a = n->attr;
    const Tensor *x = node_in(g, n, X);
    TRY(attr_check(g, n, d));
    TRY(check_type(g, n, node_out(g, n, 0), TYPE_BIT(TYPE_F32), "output", d));
    if (a->axis >= x->shape.rank) {
        return fail_node(g, n, d, ERR_INPUT, "axis %d is outside a tensor of rank %d", a->axis,
                         x->shape.rank);
    }
    for (int32_t i = 0; i < n->in_count; i++) {
        const Tensor *t = node_in(g, n, i);
        TRY(check_type(g, n, t, TYPE_BIT(TYPE_F32), role[i], d));
        if (i > X && (!tensor_is_const(t) || shape_count(&t->shape) != channels_of(g, n))) {
            return fail_node(g, n, d, ERR_INPUT, "%s must be a constant of %d elements", role[i],
                             channels_of(g, n));
        }
    }
    if (n->in_count == MAX) {
        return fail_node(g, n, d, ERR_INPUT, "it has a min but no max");
    }
    node_out(g, n, 0)->shape = x->shape;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    return fail_node(
        g, n, d, ERR_UNSUPPORTED,
        "a rounded float layer exists for training alone; quantise the model (fold it) first");
}

/* A grid of integers LOW .. HIGH. */
typedef struct Grid {
    float scale;
    int32_t zero, low, high;
} Grid;

static Grid make_grid(const Attr *a, float min, float max)
{
    int32_t half = 1 << (a->num_bits - 1);
    Grid g = {.low = a->narrow_range ? 1 - half : -half, .high = half - 1};
    min = min < 0.0f ? min : 0.0f;
    max = max > 0.0f ? max : 0.0f;
    if (a->symmetric) {
        g.scale = (float)((double)fmaxf(-min, max) / (double)g.high);
    } else {
        g.scale = (float)(((double)max - (double)min) / (double)(g.high - g.low));
    }
    if (!(g.scale > 0.0f)) {
        g.scale = 1.0f;
    }
    if (!a->symmetric) {
        double zero = round((double)g.low - (double)min / (double)g.scale);
        g.zero = zero < g.low ? g.low : zero > g.high ? g.high : (int32_t)zero;
    }
    return g;
}

/* Runs of one channel: element i belongs to channel i / inner % channels. */
static int64_t inner_of(const Shard *s)
{
    const Attr *a = s->n->attr;
    const Shape *x = &node_in(s->g, s->n, X)->shape;
    int64_t inner = 1;
    for (int32_t i = a->axis + 1; i < x->rank; i++) {
        inner *= x->dim[i];
    }
    return a->axis < 0 ? s->batch * shape_count(x) : inner;
}

FAST static void widen(const float *x, int64_t count, float *min, float *max)
{
    float low = *min;
    float high = *max;
    for (int64_t i = 0; i < count; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    *min = low;
    *max = high;
}

/* Least and largest element per channel. */
static void own_range(const Shard *s, float *min, float *max)
{
    const int32_t channels = channels_of(s->g, s->n);
    const int64_t inner = inner_of(s);
    const int64_t runs = s->batch * shard_in_count(s, X) / inner;
    for (int32_t c = 0; c < channels; c++) {
        min[c] = INFINITY;
        max[c] = -INFINITY;
    }
    for (int64_t r = 0; r < runs; r++) {
        widen(s->in[X] + r * inner, inner, &min[r % channels], &max[r % channels]);
    }
}

static bool has_range(const Shard *s)
{
    return s->n->in_count > MAX && s->in[MAX] != NULL;
}

/* A running range that saw nothing yet is that of x. */
static bool is_known(const Shard *s, int32_t channel)
{
    const Attr *a = s->n->attr;
    return has_range(s) ? s->in[MAX][channel] > s->in[MIN][channel] : a->max > a->min;
}

/* Weights of few bits: clipped where that makes the rounding better. */
static bool is_clipped(const Shard *s)
{
    const Attr *a = s->n->attr;
    return a->symmetric && a->narrow_range && a->num_bits < 8 && s->n->in_count == 1;
}

/* Of channels whose elements lie in one run or at a fixed distance. */
static void clip_range(const Shard *s, float *min, float *max)
{
    const int32_t bits = ((const Attr *)s->n->attr)->num_bits;
    const int32_t channels = channels_of(s->g, s->n);
    const int64_t inner = inner_of(s);
    const int64_t each = s->batch * shard_in_count(s, X) / channels;
    for (int32_t c = 0; c < channels && (inner == each || inner == 1); c++) {
        bool is_run = inner == each;
        double clip = narrow_clip(s->in[X] + (is_run ? c * each : c), each, is_run ? 1 : channels, bits);
        max[c] = clip > 0.0 ? (float)clip : max[c];
        min[c] = clip > 0.0 ? -(float)clip : min[c];
    }
}

/* The ranges in use. */
static void use_range(const Shard *s, float *min, float *max)
{
    const Attr *a = s->n->attr;
    const int32_t channels = channels_of(s->g, s->n);
    bool all = true;
    for (int32_t c = 0; c < channels; c++) {
        all = all && is_known(s, c);
    }
    if (!all) {
        own_range(s, min, max);
        if (is_clipped(s)) {
            clip_range(s, min, max);
        }
    }
    for (int32_t c = 0; c < channels; c++) {
        if (is_known(s, c)) {
            min[c] = has_range(s) ? s->in[MIN][c] : a->min;
            max[c] = has_range(s) ? s->in[MAX][c] : a->max;
        }
    }
}

/* Halves away from zero, as TFLite rounds; what is not a number stays so. */
FAST static void round_row(const float *restrict x, const Grid g, float *restrict y, int64_t count)
{
    const float low = (float)(g.low - g.zero);
    const float high = (float)(g.high - g.zero);
    for (int64_t i = 0; i < count; i++) {
        float v = x[i] / g.scale;
        v = v > low ? v : low; /* so that it fits an integer */
        v = v < high ? v : high;
        float whole = (float)(int32_t)v;
        float rest = v - whole;
        whole += rest >= 0.5f ? 1.0f : rest <= -0.5f ? -1.0f : 0.0f;
        y[i] = x[i] == x[i] ? whole * g.scale : x[i];
    }
}

FAST static void pass_row(const float *restrict x, const Grid g, const float *restrict dy,
                          float *restrict dx, int64_t count)
{
    const float low = ((float)(g.low - g.zero) - 0.5f) * g.scale;
    const float high = ((float)(g.high - g.zero) + 0.5f) * g.scale;
    for (int64_t i = 0; i < count; i++) {
        dx[i] += x[i] >= low && x[i] <= high ? dy[i] : 0.0f;
    }
}

/* The shard's elements in runs of one channel: run R is of channel R modulo their number. */
typedef struct Runs {
    int32_t channels;
    int64_t length, count;
    float *min, *max; /* of each channel: the ranges in use */
} Runs;

static Runs runs_of(const Shard *s)
{
    Runs r = {.channels = channels_of(s->g, s->n), .length = inner_of(s), .min = s->work};
    r.count = s->batch * shard_in_count(s, X) / r.length;
    r.max = r.min + r.channels;
    use_range(s, r.min, r.max);
    return r;
}

static Grid grid_of_run(const Shard *s, const Runs *r, int64_t run)
{
    return make_grid(s->n->attr, r->min[run % r->channels], r->max[run % r->channels]);
}

/* Where the gradient passes: clipped weights go on learning. */
static Grid passing_grid(const Shard *s, const Runs *r, int64_t run)
{
    enum { FAR = 1 << 24 };
    Grid g = grid_of_run(s, r, run);
    g.low = is_clipped(s) ? -FAR : g.low;
    g.high = is_clipped(s) ? FAR : g.high;
    return g;
}

static void train_forward(const Shard *s)
{
    const Runs r = runs_of(s);
    for (int64_t i = 0, at = 0; i < r.count; i++, at += r.length) {
        round_row(s->in[X] + at, grid_of_run(s, &r, i), s->out[0] + at, r.length);
    }
}

static void train_backward(const Shard *s)
{
    const Runs r = runs_of(s);
    for (int64_t i = 0, at = 0; s->d_in[X] != NULL && i < r.count; i++, at += r.length) {
        pass_row(s->in[X] + at, passing_grid(s, &r, i), s->d_out[0] + at, s->d_in[X] + at, r.length);
    }
    if (!has_range(s) || (s->d_in[MIN] == NULL && s->d_in[MAX] == NULL)) {
        return;
    }
    own_range(s, r.min, r.max);
    for (int32_t c = 0; c < r.channels; c++) {
        if (s->d_in[MIN] != NULL) {
            s->d_in[MIN][c] += r.min[c] * (float)s->samples;
        }
        if (s->d_in[MAX] != NULL) {
            s->d_in[MAX][c] += r.max[c] * (float)s->samples;
        }
    }
}

static int64_t work_count(const Graph *g, const Node *n, int32_t batch)
{
    (void)batch;
    return 2 * channels_of(g, n);
}

const Op op_fake_quant = {
    .kind = {"fake_quant", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "FAKE_QUANT",
    .tflite_code = 80,
    .tflite_options = 58,
    .traits = TRAIT_TRAIN_ONLY,
    .min_in = 1,
    .max_in = 3,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .forward = train_forward,
    .backward = train_backward,
    .work_count = work_count,
    .train_in = "wrr",
};
