/* Reference of elementwise operators, reductions and data movement.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>

/* --- shapes --------------------------------------------------------------------------------------------- */

static Shape draw_shape(Trial *t, int32_t least)
{
    Shape s = {.rank = draw(t, least, 4)};
    for (int32_t i = 0; i < s.rank; i++) {
        s.dim[i] = draw(t, 1, 5);
    }
    return s;
}

/* S with some dimensions set to 1 or left out in front. */
static Shape draw_smaller(Trial *t, Shape s)
{
    int32_t drop = draw(t, 0, 3) == 0 ? draw(t, 0, s.rank - 1) : 0;
    Shape r = {.rank = s.rank - drop};
    for (int32_t i = 0; i < r.rank; i++) {
        r.dim[i] = draw(t, 0, 2) == 0 ? 1 : s.dim[i + drop];
    }
    return r;
}

/* Where element I of shape Y lies in a tensor of shape S broadcast to it. */
static int64_t broadcast_index(const Shape *s, const Shape *y, int64_t i)
{
    int64_t index = 0;
    int64_t step = 1;
    for (int32_t k = 0; k < y->rank; k++) {
        int32_t at = (int32_t)(i % shape_dim_back(y, k));
        i /= shape_dim_back(y, k);
        int32_t dim = shape_dim_back(s, k);
        index += (dim == 1 ? 0 : at) * step;
        step *= dim;
    }
    return index;
}

static int32_t act_of(const Trial *t)
{
    const Kind *k = t->node->kind;
    int32_t act = 0;
    for (int32_t i = 0; i < k->attr_count; i++) {
        if (strcmp(k->attrs[i].name, "act") == 0) {
            memcpy(&act, (const char *)t->node->attr + k->attrs[i].offset, sizeof act);
        }
    }
    return act;
}

/* --- two operands --------------------------------------------------------------------------------------- */

static void generate_pair(Trial *t, const RefOp *r)
{
    const char *op = r->name;
    Type type = r->type;
    Shape big = draw_shape(t, 1);
    Shape small = draw_smaller(t, big);
    bool swap = draw(t, 0, 1) == 1;
    double base = draw_scale(t, 1e-3, 0.5);
    trial_node(t, op, 2);
    t->node->in[0] = trial_input(t, type, swap ? small : big, base, type == TYPE_S16 ? 0 : trial_zero(t));
    double other = base * draw_scale(t, 0.1, 10.0);
    t->node->in[1] = trial_input(t, type, swap ? big : small, other, type == TYPE_S16 ? 0 : trial_zero(t));
    double unit = strcmp(op, "mul") == 0 ? base * other * (type == TYPE_S16 ? 9000.0 : 60.0) : base + other;
    trial_output(t, type, unit * draw_scale(t, 0.5, 3.0), type == TYPE_S16 ? 0 : trial_zero(t));
    if (t->node->kind->attr_count > 0) {
        trial_set(t, "act", draw(t, 0, 3));
    }
    note(t, "broadcasts", !shape_equal(&big, &small));
}

/* s8 and s16 sums: both operands with LEFT extra bits on a scale of twice the larger one. */
static int64_t sum_of(const Trial *t, int64_t a, int64_t b, int32_t sign)
{
    const Tensor *x = trial_in(t, 0);
    const Tensor *z = trial_in(t, 1);
    int32_t left = x->type == TYPE_S8 ? 20 : 15;
    double p = (double)x->q.scale[0];
    double q = (double)z->q.scale[0];
    double common = 2.0 * (p > q ? p : q);
    int64_t one = ref_scale(t->g->rounding, (a - x->q.zero[0]) * (1 << left), p / common);
    int64_t two = ref_scale(t->g->rounding, (b - z->q.zero[0]) * (1 << left), q / common);
    double back = common / ((double)(1 << left) * (double)trial_out(t)->q.scale[0]);
    return ref_scale(t->g->rounding, one + sign * two, back) + trial_out(t)->q.zero[0];
}

static double combine(const Trial *t, double a, double b)
{
    const char *op = t->node->kind->name;
    bool real = trial_out(t)->type == TYPE_F32;
    if (strcmp(op, "maximum") == 0 || strcmp(op, "minimum") == 0) {
        return (a > b) == (op[1] == 'a') ? a : b;
    }
    if (strcmp(op, "mul") == 0) {
        const Tensor *x = trial_in(t, 0);
        const Tensor *z = trial_in(t, 1);
        if (real) {
            return (double)(float)(a * b);
        }
        double scale = (double)x->q.scale[0] * (double)z->q.scale[0] / (double)trial_out(t)->q.scale[0];
        int64_t product = ((int64_t)a - x->q.zero[0]) * ((int64_t)b - z->q.zero[0]);
        return (double)(ref_scale(t->g->rounding, product, scale) + trial_out(t)->q.zero[0]);
    }
    int32_t sign = strcmp(op, "sub") == 0 ? -1 : 1;
    return real ? (double)(float)(a + sign * b) : (double)sum_of(t, (int64_t)a, (int64_t)b, sign);
}

static void reference_pair(Trial *t)
{
    const Tensor *y = trial_out(t);
    double low = 0;
    double high = 0;
    ref_act(y, act_of(t), &low, &high);
    for (int64_t i = 0; i < shape_count(&y->shape); i++) {
        double a = trial_at(t, 0, broadcast_index(&trial_in(t, 0)->shape, &y->shape, i));
        double b = trial_at(t, 1, broadcast_index(&trial_in(t, 1)->shape, &y->shape, i));
        double v = combine(t, a, b);
        t->real[i] = v < low ? low : v > high ? high : v;
    }
}

/* --- one operand ---------------------------------------------------------------------------------------- */

static void generate_one(Trial *t, const RefOp *r)
{
    Type from = r->type;
    Type to = r->to;
    double scale = draw_scale(t, 1e-3, 0.5);
    trial_node(t, r->name, 1);
    t->node->in[0] = trial_input(t, from, draw_shape(t, 1), scale, from == TYPE_S16 ? 0 : trial_zero(t));
    double change = draw(t, 0, 3) == 0 ? 1.0 : draw_scale(t, 0.05, 20.0) * (from == TYPE_S16 ? 200.0 : 1.0) / (to == TYPE_S16 ? 200.0 : 1.0);
    trial_output(t, to, scale * change, to == TYPE_S16 ? 0 : trial_zero(t));
}

static double one_real(const char *op, double v)
{
    switch (op[0]) {
    case 'a': return fabs(v);
    case 'n': return -v;
    case 's': return v * v;
    case 'e': return exp(v);
    case 't': return tanh(v);
    case 'l': return 1.0 / (1.0 + exp(-v));
    case 'f': return floor(v);
    default: return v < 0.0 ? 0.0 : op[4] == '6' && v > 6.0 ? 6.0 : v;
    }
}

static void reference_one(Trial *t)
{
    const Tensor *x = trial_in(t, 0);
    const Tensor *y = trial_out(t);
    const char *op = t->node->kind->name;
    double low = 0;
    double high = 0;
    ref_act(y, strcmp(op, "relu") == 0 ? ACT_RELU : ACT_NONE, &low, &high);
    for (int64_t i = 0; i < shape_count(&y->shape); i++) {
        double v = trial_at(t, 0, i);
        if (x->type != TYPE_F32 && y->type == TYPE_F32) {
            v = (double)((float)(v - x->q.zero[0]) * x->q.scale[0]);
        } else if (x->type == TYPE_F32 && y->type != TYPE_F32) {
            v = round((double)((float)v / y->q.scale[0])) + y->q.zero[0];
        } else if (x->type != TYPE_F32) {
            double real = (double)x->q.scale[0] / (double)y->q.scale[0];
            v = (double)(ref_scale(t->g->rounding, (int64_t)v - x->q.zero[0], real) + y->q.zero[0]);
        } else {
            v = one_real(op, v);
        }
        t->real[i] = v < low ? low : v > high ? high : v;
    }
}

/* --- sums along axes ------------------------------------------------------------------------------------------ */

static void generate_sum(Trial *t, const RefOp *r)
{
    const char *op = r->name;
    Type type = r->type;
    Shape s = draw_shape(t, 1);
    int32_t axis = draw(t, -s.rank, s.rank - 1);
    double scale = draw_scale(t, 1e-3, 0.5);
    trial_node(t, op, 2);
    t->node->in[0] = trial_input(t, type, s, scale, trial_zero(t));
    t->node->in[1] = trial_const(t, TYPE_S32, shape_of(1, (int32_t[]){1}), 0.0, 0, axis, axis);
    bool same = strncmp(op, "reduce", 6) == 0;
    int32_t zero = type == TYPE_F32 ? 0 : trial_in(t, 0)->q.zero[0];
    double sum = strcmp(op, "sum") == 0 ? 3.0 : 1.0;
    trial_output(t, type, same ? scale : scale * sum * draw_scale(t, 0.3, 3.0), same ? zero : trial_zero(t));
    trial_set(t, "keep_dims", draw(t, 0, 1));
    note(t, "negative_axis", axis < 0);
}

static void reference_sum(Trial *t)
{
    const Tensor *x = trial_in(t, 0);
    const Tensor *y = trial_out(t);
    const char *op = t->node->kind->name;
    int32_t axis = (int32_t)trial_at(t, 1, 0);
    axis += axis < 0 ? x->shape.rank : 0;
    int64_t inner = 1;
    for (int32_t k = axis + 1; k < x->shape.rank; k++) {
        inner *= x->shape.dim[k];
    }
    int32_t count = x->shape.dim[axis];
    for (int64_t i = 0; i < shape_count(&y->shape); i++) {
        int64_t first = i / inner * inner * count + i % inner;
        double sum = 0;
        double best = trial_at(t, 0, first);
        for (int32_t k = 0; k < count; k++) {
            double v = trial_at(t, 0, first + k * inner);
            sum += v - (x->type == TYPE_F32 ? 0 : x->q.zero[0]);
            best = (op[0] == 'r' && (op[8] == 'a' ? v > best : v < best)) ? v : best;
        }
        if (op[0] == 'r') {
            t->real[i] = best;
        } else if (x->type == TYPE_F32) {
            t->real[i] = op[0] == 'm' ? sum / count : sum;
        } else {
            double real = (double)x->q.scale[0] / (double)y->q.scale[0];
            t->real[i] = (double)ref_clamp(ref_scale(t->g->rounding, (int64_t)sum, real) + y->q.zero[0], -128, 127);
        }
    }
}

/* --- movement ---------------------------------------------------------------------------------------------------- */

static void generate_transpose(Trial *t, const RefOp *r)
{
    (void)r;
    Shape s = draw_shape(t, 2);
    int32_t order[4] = {0, 1, 2, 3};
    for (int32_t i = s.rank - 1; i > 0; i--) {
        int32_t k = draw(t, 0, i);
        int32_t kept = order[i];
        order[i] = order[k];
        order[k] = kept;
    }
    trial_node(t, "transpose", 2);
    t->node->in[0] = trial_input(t, TYPE_S8, s, 0.1, 3);
    t->node->in[1] = graph_add_const(t->g, "p", TYPE_S32, shape_of(1, &s.rank), order);
    trial_output(t, TYPE_S8, 0.1, 3);
}

static void reference_transpose(Trial *t)
{
    const Shape x = trial_in(t, 0)->shape;
    const Shape y = trial_out(t)->shape;
    for (int64_t i = 0; i < shape_count(&y); i++) {
        int32_t at[MAX_RANK];
        int64_t rest = i;
        for (int32_t k = y.rank; k-- > 0;) {
            at[(int32_t)trial_at(t, 1, k)] = (int32_t)(rest % y.dim[k]);
            rest /= y.dim[k];
        }
        int64_t from = 0;
        for (int32_t k = 0; k < x.rank; k++) {
            from = from * x.dim[k] + at[k];
        }
        t->real[i] = trial_at(t, 0, from);
    }
}

static void generate_pad(Trial *t, const RefOp *r)
{
    (void)r;
    Shape s = draw_shape(t, 1);
    int32_t pads[8];
    for (int32_t i = 0; i < 2 * s.rank; i++) {
        pads[i] = draw(t, 0, 2);
    }
    int32_t zero = trial_zero(t);
    trial_node(t, "pad", 2);
    t->node->in[0] = trial_input(t, TYPE_S8, s, 0.1, zero);
    t->node->in[1] = graph_add_const(t->g, "p", TYPE_S32, shape_of(2, (int32_t[]){s.rank, 2}), pads);
    trial_output(t, TYPE_S8, 0.1, zero);
}

static void reference_pad(Trial *t)
{
    const Shape x = trial_in(t, 0)->shape;
    const Shape y = trial_out(t)->shape;
    for (int64_t i = 0; i < shape_count(&y); i++) {
        int64_t rest = i;
        int64_t from = 0;
        int64_t step = 1;
        bool inside = true;
        for (int32_t k = y.rank; k-- > 0;) {
            int32_t at = (int32_t)(rest % y.dim[k]) - (int32_t)trial_at(t, 1, 2 * k);
            rest /= y.dim[k];
            inside = inside && at >= 0 && at < x.dim[k];
            from += at * step;
            step *= x.dim[k];
        }
        t->real[i] = inside ? trial_at(t, 0, from) : trial_out(t)->q.zero[0];
    }
}

const RefOp ref_elementwise[] = {
    {"add", TYPE_S8, TYPE_S8, generate_pair, reference_pair},
    {"add", TYPE_S16, TYPE_S16, generate_pair, reference_pair},
    {"add", TYPE_F32, TYPE_F32, generate_pair, reference_pair},
    {"sub", TYPE_S8, TYPE_S8, generate_pair, reference_pair},
    {"sub", TYPE_F32, TYPE_F32, generate_pair, reference_pair},
    {"mul", TYPE_S8, TYPE_S8, generate_pair, reference_pair},
    {"mul", TYPE_S16, TYPE_S16, generate_pair, reference_pair},
    {"mul", TYPE_F32, TYPE_F32, generate_pair, reference_pair},
    {"maximum", TYPE_S8, TYPE_S8, generate_pair, reference_pair},
    {"maximum", TYPE_F32, TYPE_F32, generate_pair, reference_pair},
    {"minimum", TYPE_S8, TYPE_S8, generate_pair, reference_pair},
    {"minimum", TYPE_F32, TYPE_F32, generate_pair, reference_pair},
    {"relu", TYPE_S8, TYPE_S8, generate_one, reference_one},
    {"relu", TYPE_F32, TYPE_F32, generate_one, reference_one},
    {"relu6", TYPE_F32, TYPE_F32, generate_one, reference_one},
    {"quantize", TYPE_S8, TYPE_S8, generate_one, reference_one},
    {"quantize", TYPE_S16, TYPE_S8, generate_one, reference_one},
    {"quantize", TYPE_F32, TYPE_S8, generate_one, reference_one},
    {"dequantize", TYPE_S8, TYPE_F32, generate_one, reference_one},
    {"abs", TYPE_F32, TYPE_F32, generate_one, reference_one},
    {"neg", TYPE_F32, TYPE_F32, generate_one, reference_one},
    {"square", TYPE_F32, TYPE_F32, generate_one, reference_one},
    {"exp", TYPE_F32, TYPE_F32, generate_one, reference_one},
    {"tanh", TYPE_F32, TYPE_F32, generate_one, reference_one},
    {"logistic", TYPE_F32, TYPE_F32, generate_one, reference_one},
    {"floor", TYPE_F32, TYPE_F32, generate_one, reference_one},
    {"sum", TYPE_S8, TYPE_S8, generate_sum, reference_sum},
    {"sum", TYPE_F32, TYPE_F32, generate_sum, reference_sum},
    {"mean", TYPE_F32, TYPE_F32, generate_sum, reference_sum},
    {"reduce_max", TYPE_S8, TYPE_S8, generate_sum, reference_sum},
    {"reduce_max", TYPE_F32, TYPE_F32, generate_sum, reference_sum},
    {"reduce_min", TYPE_S8, TYPE_S8, generate_sum, reference_sum},
    {"transpose", TYPE_S8, TYPE_S8, generate_transpose, reference_transpose},
    {"pad", TYPE_S8, TYPE_S8, generate_pad, reference_pad},
    {NULL, TYPE_NONE, TYPE_NONE, NULL, NULL},
};
