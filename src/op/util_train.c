/* Activations, bias and functions of one input, forward and backward.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_train.h"

#include "op/util_fast.h"

int64_t shard_in_count(const Shard *s, int32_t i)
{
    return shape_count(&node_in(s->g, s->n, i)->shape);
}

int64_t shard_out_count(const Shard *s, int32_t i)
{
    return shape_count(&node_out(s->g, s->n, i)->shape);
}

bool shard_in_is_const(const Shard *s, int32_t i)
{
    return (s->single >> i & 1u) != 0;
}

bool shard_sets(const Shard *s, int32_t i)
{
    return (s->set >> i & 1u) != 0;
}

/* So written that what is not a number stays so. */
FAST static void clamp_row(float *y, const float *x, int64_t count, float low, float high)
{
    for (int64_t i = 0; i < count; i++) {
        float v = x[i] < low ? low : x[i];
        y[i] = v > high ? high : v;
    }
}

FAST static void bias_rows(float *y, int64_t rows, int32_t cols, const float *bias)
{
    for (int64_t r = 0; r < rows; r++) {
        for (int32_t c = 0; c < cols; c++) {
            y[r * cols + c] += bias[c];
        }
    }
}

FAST static void sum_rows(const float *dy, int64_t rows, int32_t cols, float *sum)
{
    for (int64_t r = 0; r < rows; r++) {
        for (int32_t c = 0; c < cols; c++) {
            sum[c] += dy[r * cols + c];
        }
    }
}

void train_bias_act(float *y, int64_t rows, int32_t cols, const float *bias, int32_t act)
{
    float low = 0.0f;
    float high = 0.0f;
    act_range_f32(act, &low, &high);
    if (bias != NULL) {
        bias_rows(y, rows, cols, bias);
    }
    if (act != ACT_NONE) {
        clamp_row(y, y, rows * cols, low, high);
    }
}

FAST void train_act_backward(int32_t act, const float *y, float *dy, int64_t count)
{
    float low = 0.0f;
    float high = 0.0f;
    if (act == ACT_NONE) {
        return;
    }
    act_range_f32(act, &low, &high);
    for (int64_t i = 0; i < count; i++) {
        dy[i] = y[i] > low && y[i] < high ? dy[i] : 0.0f;
    }
}

void train_out_act_backward(const Shard *s, int32_t act)
{
    train_act_backward(act, s->out[0], s->d_out[0], s->batch * shard_out_count(s, 0));
}

void train_bias_backward(const float *dy, int64_t rows, int32_t cols, float *d_bias, bool set)
{
    if (set) {
        memset(d_bias, 0, (size_t)cols * sizeof *d_bias);
    }
    sum_rows(dy, rows, cols, d_bias);
}

FAST void train_add(float *to, const float *from, int64_t count, bool set)
{
    if (set) {
        memcpy(to, from, (size_t)count * sizeof *to);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        to[i] += from[i];
    }
}

static int64_t unary_count(const Shard *s)
{
    return s->batch * shard_out_count(s, 0);
}

void train_unary(const Shard *s, float (*f)(float x))
{
    int64_t count = unary_count(s);
    for (int64_t i = 0; i < count; i++) {
        s->out[0][i] = f(s->in[0][i]);
    }
}

FAST void train_unary_backward(const Shard *s, float (*df)(float x, float y))
{
    int64_t count = unary_count(s);
    for (int64_t i = 0; s->d_in[0] != NULL && i < count; i++) {
        s->d_in[0][i] += s->d_out[0][i] * df(s->in[0][i], s->out[0][i]);
    }
}

void train_clamp(const Shard *s, int32_t act)
{
    float low = 0.0f;
    float high = 0.0f;
    act_range_f32(act, &low, &high);
    clamp_row(s->out[0], s->in[0], unary_count(s), low, high);
}

void train_clamp_backward(const Shard *s, int32_t act)
{
    if (s->d_in[0] != NULL) {
        train_out_act_backward(s, act);
        train_add(s->d_in[0], s->d_out[0], unary_count(s), shard_sets(s, 0));
    }
}

/* SplitMix64 (Steele, Lea, Flood 2014) at position I. */
uint64_t train_random(uint64_t seed, uint64_t i)
{
    uint64_t z = seed + (i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

enum { EACH_IN = 4 }; /* inputs of the operators that come here */

void train_each(const Shard *s, int32_t in, int64_t keep, void (*f)(const Shard *s))
{
    if (shard_in_is_const(s, in)) {
        f(s);
        return;
    }
    for (int32_t b = 0; b < s->batch; b++) {
        const float *x[EACH_IN] = {NULL};
        float *dx[EACH_IN] = {NULL};
        float *y = s->out[0] + b * shard_out_count(s, 0);
        float *dy = s->d_out[0] != NULL ? s->d_out[0] + b * shard_out_count(s, 0) : NULL;
        Shard one = *s;
        for (int32_t i = 0; i < s->n->in_count && i < EACH_IN; i++) {
            bool is_single = shard_in_is_const(s, i);
            int64_t at = s->n->in[i] == 0 || is_single ? 0 : b * shard_in_count(s, i);
            x[i] = s->in[i] != NULL ? s->in[i] + at : NULL;
            dx[i] = s->d_in[i] != NULL ? s->d_in[i] + at : NULL;
            one.set &= is_single && b > 0 ? ~((uint64_t)1 << i) : ~(uint64_t)0;
        }
        one.batch = 1;
        one.keep = s->keep + b * keep;
        one.single |= (uint64_t)1 << in;
        one.in = x;
        one.d_in = dx;
        one.out = &y;
        one.d_out = &dy;
        f(&one);
    }
}

FAST void train_max_tap(const float *restrict x, int32_t count, int32_t pixel, bool first,
                        float *restrict y, int32_t *restrict at)
{
    for (int32_t c = 0; c < count; c++) {
        bool takes = first || !(x[c] <= y[c]);
        y[c] = takes ? x[c] : y[c];
        at[c] = takes ? pixel : at[c];
    }
}

/* --- depthwise convolution --- */

/* y += x * w; a channel of x serves TIMES channels of y. */
FAST static void multiply_add(float *restrict y, const float *restrict x, const float *restrict w,
                              int32_t count, int32_t times)
{
    if (times == 1) {
        for (int32_t c = 0; c < count; c++) {
            y[c] += x[c] * w[c];
        }
        return;
    }
    for (int32_t c = 0; c < count; c++) {
        y[c] += x[c / times] * w[c];
    }
}

/* Element of x that tap K of pixel P reads. */
static int64_t tap_at(const TrainDepthwise *t, int32_t p, int32_t k)
{
    return (k / t->kernel_w * t->row + k % t->kernel_w * t->col + (int64_t)p * t->stride_w) * t->in;
}

FAST void train_depthwise_row(const TrainDepthwise *t, const float *x, const float *w, float *y)
{
    const int32_t taps = t->kernel_h * t->kernel_w;
    const int32_t lanes = t->out == t->in ? t->out / LANES * LANES : 0;
    for (int32_t p = 0; p < t->out_w; p++) {
        float *row = y + (int64_t)p * t->out;
        for (int32_t c = 0; c < lanes; c += LANES) {
            float sum[LANES] = {0.0f};
            for (int32_t k = 0; k < taps; k++) {
                const float *tap = x + tap_at(t, p, k) + c;
                const float *weight = w + (int64_t)k * t->out + c;
                for (int32_t i = 0; i < LANES; i++) {
                    sum[i] += tap[i] * weight[i];
                }
            }
            memcpy(row + c, sum, sizeof sum);
        }
        memset(row + lanes, 0, (size_t)(t->out - lanes) * sizeof *row);
        for (int32_t k = 0; k < taps; k++) {
            multiply_add(row + lanes, x + tap_at(t, p, k) + lanes, w + (int64_t)k * t->out + lanes,
                         t->out - lanes, t->out / t->in);
        }
    }
}

FAST void train_depthwise_row_x(const TrainDepthwise *t, const float *dy, const float *w, float *dx)
{
    const int32_t times = t->out / t->in;
    for (int32_t p = 0; p < t->out_w; p++) {
        for (int32_t k = 0; k < t->kernel_h * t->kernel_w; k++) {
            float *to = dx + tap_at(t, p, k);
            const float *from = dy + (int64_t)p * t->out;
            const float *weight = w + (int64_t)k * t->out;
            if (times == 1) {
                multiply_add(to, from, weight, t->out, 1);
                continue;
            }
            for (int32_t c = 0; c < t->out; c++) {
                to[c / times] += from[c] * weight[c];
            }
        }
    }
}

enum { TAPS = 9 }; /* of a 3x3 kernel: their sums fit the registers */

FAST void train_depthwise_row_w(const TrainDepthwise *t, const float *x, const float *dy, float *dw)
{
    const int32_t taps = t->kernel_h * t->kernel_w;
    const int32_t lanes =
        t->out == t->in && t->kernel_h == 3 && t->kernel_w == 3 ? t->out / LANES * LANES : 0;
    for (int32_t c = 0; c < lanes; c += LANES) {
        float sum[TAPS][LANES];
        for (int32_t k = 0; k < TAPS; k++) {
            memcpy(sum[k], dw + (int64_t)k * t->out + c, sizeof sum[k]);
        }
        for (int32_t p = 0; p < t->out_w; p++) {
            const float *v = dy + (int64_t)p * t->out + c;
            for (int32_t k = 0; k < TAPS; k++) {
                const float *tap =
                    x + (k / 3 * t->row + k % 3 * t->col + (int64_t)p * t->stride_w) * t->in + c;
                for (int32_t i = 0; i < LANES; i++) {
                    sum[k][i] += v[i] * tap[i];
                }
            }
        }
        for (int32_t k = 0; k < TAPS; k++) {
            memcpy(dw + (int64_t)k * t->out + c, sum[k], sizeof sum[k]);
        }
    }
    for (int32_t p = 0; p < t->out_w; p++) {
        for (int32_t k = 0; k < taps; k++) {
            multiply_add(dw + (int64_t)k * t->out + lanes, x + tap_at(t, p, k) + lanes,
                         dy + (int64_t)p * t->out + lanes, t->out - lanes, t->out / t->in);
        }
    }
}
