/* Softmax and its logarithm.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>

static void softmax_generate(Case *c)
{
    static const float usual[] = {1.0f, 1.0f, 0.5f, 2.0f, 0.1f};
    TensorId x = add_input(c, c->type, rnd_shape(c, 1, 4, 80), FILL_ANY);
    bool is_wide = c->type == TYPE_S16 || (c->type == TYPE_S8 && rnd_chance(c, 3));
    TensorId y = add_output(c, c->type == TYPE_F32 ? TYPE_F32 : is_wide ? TYPE_S16 : TYPE_S8);
    make_node(c);
    bool is_usual = rnd_chance(c, 2);
    set_float(c, "beta",
              is_usual ? usual[rnd_int(c, 0, COUNT(usual) - 1)] : (float)rnd_log(c, -2.0, 2.0));
    if (c->type == TYPE_F32) {
        return;
    }
    bool is_s16 = c->type == TYPE_S16;
    double scale = (double)rnd_scale(c, is_s16 ? -16.0 : -10.0, is_s16 ? -2.0 : 3.0);
    set_quant(c, x, scale, rnd_zero(c, c->type));
    scale = !is_wide ? 1.0 / 256.0 : is_s16 ? 1.0 / 32768.0 : 1.0 / 65536.0;
    set_quant(c, y, scale, !is_wide ? -128 : is_s16 ? 0 : -32768);
    cover(c, is_wide ? "output=s16" : "output=s8");
}

static void log_softmax_generate(Case *c)
{
    TensorId x = add_input(c, c->type, rnd_shape(c, 1, 4, 80), FILL_ANY);
    TensorId y = add_output(c, c->type);
    make_node(c);
    if (c->type == TYPE_S8) {
        set_quant(c, x, (double)rnd_scale(c, -10.0, 3.0), rnd_zero(c, TYPE_S8));
        set_quant(c, y, 16.0 / 256.0, 127);
    }
}

/* --- reference --- */

static int64_t largest(const Num *row, int32_t depth)
{
    int64_t top = row[0].i;
    for (int32_t k = 1; k < depth; k++) {
        top = row[k].i > top ? row[k].i : top;
    }
    return top;
}

static int32_t leading_zeros(int64_t v)
{
    int32_t zeros = 32;
    for (; v > 0; v /= 2) {
        zeros--;
    }
    return zeros;
}

/* From steps of x to Q5.26; what lies below LOW does not count. */
static Fixed exp_scale(const Case *c, double scale, int64_t *low)
{
    double most = c->rounding == ROUNDING_SINGLE ? 1073741823.0 : 2147483647.0;
    Fixed f = quantise(fmin(scale * 67108864.0, most));
    *low = -(int64_t)floor(ldexp(31.0 * 67108864.0, -f.e));
    return f;
}

static int64_t scaled(int64_t d, Fixed f)
{
    return high_mul(wrap32(d * (INT64_C(1) << f.e)), f.m);
}

/* Sum of the row's exponentials in Q12.19. */
static int64_t exp_sum(const Num *x, int32_t depth, int64_t top, Fixed f, int64_t low)
{
    int64_t sum = 0;
    for (int32_t k = 0; k < depth; k++) {
        sum += x[k].i - top >= low ? halve(exp_fixed(scaled(x[k].i - top, f), 5), 12) : 0;
    }
    return sum;
}

static void row_s8(const Case *c, const Num *x, Num *y, int32_t depth, double scale,
                   const View *view)
{
    int64_t low = 0;
    Fixed f = exp_scale(c, scale, &low);
    int64_t top = largest(x, depth);
    int64_t sum = exp_sum(x, depth, top, f, low);
    int32_t head = leading_zeros(sum);
    int64_t inverse = reciprocal_fixed(sum * (INT64_C(1) << head) - (INT64_C(1) << 31));
    int32_t shift = 12 - head + 31 - (view->t->type == TYPE_S8 ? 8 : 16);
    for (int32_t k = 0; k < depth; k++) {
        bool counts = x[k].i - top >= low;
        int64_t e = counts ? exp_fixed(scaled(x[k].i - top, f), 5) : 0;
        int64_t v = halve(high_mul(inverse, e), shift) + view->low;
        y[k] = num(counts ? clamp(v, view->low, view->high) : view->low);
    }
}

static double inverse_of_next(double x)
{
    return (double)(1.0f / (1.0f + (float)x));
}

static double exp_single(double x)
{
    return (double)expf((float)x);
}

static void row_s16(const Case *c, const Num *x, Num *y, int32_t depth, double scale)
{
    static int64_t exp_table[513];
    static int64_t inverse_table[513];
    if (exp_table[512] == 0) {
        sampled(exp_single, -10.0, 0.0, -1.0, 1.0, exp_table);
        sampled(inverse_of_next, 0.0, 1.0, -1.0, 1.0, inverse_table);
    }
    Fixed f = quantise(scale / (10.0 / 65535.0));
    int64_t top = largest(x, depth);
    int64_t sum = 0;
    for (int32_t k = 0; k < depth; k++) {
        int64_t at = clamp(mul(c, x[k].i - top, f) + 32767, INT16_MIN, INT16_MAX);
        y[k] = num(look(exp_table, at));
        sum += y[k].i;
    }
    int32_t head = leading_zeros(sum);
    int64_t t = nearest_up(sum * (INT64_C(1) << (head - 1)), 1 << 14);
    int64_t inverse = look(inverse_table, clamp(t - (1 << 15) - (1 << 16), INT16_MIN, INT16_MAX));
    for (int32_t k = 0; k < depth; k++) {
        y[k] = num(clamp(nearest_up(y[k].i * inverse, (Wide)1 << (31 - head)), 0, 32767));
    }
}

static void row_f32(const Num *x, Num *y, int32_t depth, double beta, bool is_log)
{
    double top = x[0].r;
    double sum = 0.0;
    for (int32_t k = 1; k < depth; k++) {
        top = fmax(top, x[k].r);
    }
    for (int32_t k = 0; k < depth; k++) {
        sum += exp((x[k].r - top) * beta);
    }
    for (int32_t k = 0; k < depth; k++) {
        double d = (x[k].r - top) * beta;
        y[k] = real(is_log ? d - log(sum) : exp(d) / sum);
    }
}

static void softmax_reference(Case *c)
{
    View x = in(c, 0);
    View y = out(c, 0, x.s);
    int32_t depth = x.s.dim[x.s.rank - 1];
    double beta = (double)get_float(c, "beta");
    for (int64_t row = 0; row < x.count; row += depth) {
        switch (c->type) {
        case TYPE_F32: row_f32(x.v + row, y.v + row, depth, beta, false); break;
        case TYPE_S8: row_s8(c, x.v + row, y.v + row, depth, beta * x.scale, &y); break;
        default: row_s16(c, x.v + row, y.v + row, depth, x.scale * beta); break;
        }
    }
}

static void log_row_s8(const Case *c, const Num *x, Num *y, int32_t depth, double scale)
{
    int64_t low = 0;
    Fixed f = exp_scale(c, scale, &low);
    Fixed back = quantise(ldexp(1.0, 31 - f.e) / (double)f.m);
    int64_t top = largest(x, depth);
    int64_t ln = log_fixed(exp_sum(x, depth, top, f, low), 12, 5);
    int64_t edge = mul(c, wrap32(ln - (INT64_C(1) << 31)), back);
    edge = edge < low - 1 ? low - 1 : edge;
    for (int32_t k = 0; k < depth; k++) {
        int64_t d = x[k].i - top;
        y[k] = num(d > edge ? clamp(halve(scaled(d, f) - ln, 22) + 127, -128, 127) : -128);
    }
}

static void log_softmax_reference(Case *c)
{
    View x = in(c, 0);
    View y = out(c, 0, x.s);
    int32_t depth = x.s.dim[x.s.rank - 1];
    for (int64_t row = 0; row < x.count; row += depth) {
        if (c->type == TYPE_F32) {
            row_f32(x.v + row, y.v + row, depth, 1.0, true);
        } else {
            log_row_s8(c, x.v + row, y.v + row, depth, x.scale);
        }
    }
}

extern const RefOp ref_softmax[];
const RefOp ref_softmax[] = {
    {"softmax", {TYPE_S8, TYPE_S16, TYPE_F32}, softmax_generate, softmax_reference, NULL},
    {"log_softmax", {TYPE_S8, TYPE_F32}, log_softmax_generate, log_softmax_reference, NULL},
    {0},
};
