/* Logistic and tanh on integers: what their reference kernels compute ahead of time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"

#include <math.h>

#include "shrinc_requantize.h"
#include "shrinc_sigmoid_s16.h"

/* The output's scale is fixed by the formula; a file that says otherwise is read as the reference
 * reads it. */
static void warn_scale(const Node *n, const Tensor *y, double scale, Diag *d)
{
    if (fabs((double)y->q.scale[0] / scale - 1.0) > 1e-3) {
        warn(d, "%s \"%s\": the output's scale is %.9g but the values are in steps of %.9g",
             n->kind->name, n->name, (double)y->q.scale[0], scale);
    }
}

typedef struct Fixed {
    Rounding rounding;
    int32_t (*f)(int32_t x); /* of x / 2^27, result times 2^31 */
    int32_t x_zero, multiplier, shift;
    double radius;        /* from here on the result is at its limit */
    int32_t drop, y_zero; /* bits of the result below a step of y */
} Fixed;

static int8_t entry(int8_t x, const void *context)
{
    const Fixed *c = context;
    int32_t centred = x - c->x_zero;
    if (centred <= -c->radius) {
        return INT8_MIN;
    }
    if (centred >= c->radius) {
        return INT8_MAX;
    }
    int32_t real = fixed_requantize(c->rounding, centred, c->multiplier, c->shift);
    return (int8_t)shrinc_clamp(fixed_shift_right(c->f(real), c->drop) + c->y_zero, INT8_MIN,
                                INT8_MAX);
}

Status lower_sigmoid_s8(Graph *g, Node *n, int32_t (*f)(int32_t), int32_t drop, int32_t y_zero,
                        double y_scale, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    warn_scale(n, node_out(g, n, 0), y_scale, d);
    Fixed c = {
        .rounding = g->rounding, .f = f, .x_zero = x->q.zero[0], .drop = drop, .y_zero = y_zero};
    int exponent = 0;
    double mantissa = frexp((double)x->q.scale[0] * (1 << 27), &exponent);
    int64_t q = (int64_t)round(mantissa * 2147483648.0);
    c.multiplier = q > INT32_MAX ? INT32_MAX : (int32_t)q;
    c.radius = floor(ldexp(15.0, 27 - exponent));
    if (exponent < -31) { /* a scale so small that every input is 0 */
        exponent = 0;
        c.multiplier = 0;
    }
    c.shift = exponent > 30 ? 30 : exponent;
    return lower_lut_s8(g, n, entry, &c);
}

/* Within a thousandth of a power of two, as the reference decides it. */
static bool is_power_of_2(float x, int32_t *exponent)
{
    float l = log2f(x);
    float whole = roundf(l);
    *exponent = (int32_t)whole;
    return fabsf(l - whole) < 1e-3f;
}

/* Input scales of 2^-12 up to 2^(MAX_SHIFT-12) take a short cut that rounds differently. */
static void scale_s16(float x_scale, int32_t max_shift, shrinc_sigmoid_s16_params *p)
{
    int32_t exponent = 0;
    if (is_power_of_2(x_scale, &exponent) && exponent + 12 >= 0 && exponent + 12 <= max_shift) {
        p->multiplier = 3 << (exponent + 12);
        return;
    }
    double multiplier = (double)x_scale * 12288.0;
    while (multiplier <= 32767.0 / 2.0 && p->shift <= 30) {
        multiplier *= 2.0;
        p->shift++;
    }
    p->multiplier = multiplier < 32768.0 ? (int32_t)multiplier : INT32_MAX;
    p->half = p->shift > 0 ? (int32_t)(1u << (p->shift - 1)) : 0;
}

static double logistic_24(double i)
{
    return 65536.0 / (1.0 + exp(-i / 24.0));
}

/* Lowered by half of what the straight line to the next value misses in the middle. */
static double knot(int32_t i)
{
    double here = logistic_24(i);
    double middle = (here + logistic_24(i + 1)) / 2 - logistic_24(i + 0.5);
    return round(here - middle / 2);
}

void call_sigmoid_table(Graph *g, Call *c)
{
    int16_t table[256];
    for (int32_t i = 0; i < 256; i++) {
        table[i] = (int16_t)(i < 255 ? knot(i) - 32768.0 : 32767.0);
    }
    call_const(g, c, "table", TYPE_S16, table, 256, 16);
}

Status lower_sigmoid_s16(Graph *g, Node *n, const char *kernel, int32_t max_shift, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    int32_t exponent = 0;
    if (!is_power_of_2(y->q.scale[0], &exponent) || exponent != -15) {
        return fail_node(g, n, d, ERR_INPUT,
                         "the output's scale is %.9g; for s16 it must be 1/32768",
                         (double)y->q.scale[0]);
    }
    Call *c = call_new(g, n, kernel, sizeof(shrinc_sigmoid_s16_params));
    shrinc_sigmoid_s16_params *p = c->params;
    p->count = count_of(y);
    scale_s16(x->q.scale[0], max_shift, p);
    if (p->multiplier == INT32_MAX) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "the input's scale %.9g is too large for s16; the most is 2.66",
                         (double)x->q.scale[0]);
    }
    call_sigmoid_table(g, c);
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}
