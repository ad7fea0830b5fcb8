/* Operators of two tensors, element by element, with broadcasting.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>

/* --- shapes that broadcast -------------------------------------------------------------------------------------- */

/* A shape that broadcasts to S: a tail of its dimensions, some of them 1. */
static Shape part_of(Case *c, const Shape *s)
{
    Shape p = {.rank = rnd_chance(c, 3) ? rnd_int(c, 0, s->rank) : s->rank};
    int32_t often = rnd_int(c, 1, 4);
    for (int32_t k = 0; k < p.rank; k++) {
        p.dim[k] = rnd_chance(c, often + 1) ? 1 : s->dim[s->rank - p.rank + k];
    }
    return p;
}

typedef struct Pair {
    Shape a, b;
} Pair;

static Pair rnd_pair(Case *c)
{
    Shape s = rnd_shape(c, 0, rnd_chance(c, 4) ? 6 : 4, 60);
    Pair p = {s, s};
    int32_t how = rnd_int(c, 0, 4);
    cover(c, how <= 1   ? "shapes=equal"
             : how <= 3 ? "shapes=one broadcasts"
                        : "shapes=both broadcast");
    if (how == 2 || how == 4) {
        p.a = part_of(c, &s);
    }
    if (how == 3 || how == 4) {
        p.b = part_of(c, &s);
    }
    return p;
}

static int32_t dim_back(const Shape *s, int32_t k)
{
    return k < s->rank ? s->dim[s->rank - 1 - k] : 1;
}

static Shape joined(const Shape *a, const Shape *b)
{
    Shape s = {.rank = a->rank > b->rank ? a->rank : b->rank};
    for (int32_t k = 0; k < s.rank; k++) {
        int32_t p = dim_back(a, k);
        int32_t q = dim_back(b, k);
        s.dim[s.rank - 1 - k] = p == 1 ? q : p;
    }
    return s;
}

static Num spread(const View *w, const Shape *y, const int32_t *index)
{
    int32_t at[MAX_RANK] = {0};
    for (int32_t k = 0; k < w->s.rank; k++) {
        at[k] = w->s.dim[k] == 1 ? 0 : index[y->rank - w->s.rank + k];
    }
    return w->v[place(&w->s, at)];
}

/* --- generation ------------------------------------------------------------------------------------------------------ */

/* Either input may be a constant. */
static TensorId add_side(Case *c, Type type, Shape s, FillKind kind)
{
    return rnd_chance(c, 4) ? add_const(c, type, s, kind) : add_input(c, type, s, kind);
}

static void plain_generate(Case *c, FillKind kind)
{
    Pair p = rnd_pair(c);
    TensorId a = add_side(c, c->type, p.a, kind);
    if (tensor_is_const(tensor(c->g, a))) {
        (void)add_input(c, c->type, p.b, kind);
    } else {
        (void)add_side(c, c->type, p.b, kind);
    }
}

/* The output's scale so that a result of LARGEST in units of UNIT lands in the type's range, or far from it. */
static void choose_output(Case *c, TensorId y, double unit, double largest, double least_ratio)
{
    int64_t low = 0;
    int64_t high = 0;
    if (!is_quantised(c->type)) {
        return;
    }
    type_limits(c->type, &low, &high);
    double scale = unit * largest / (double)high * rnd_log(c, -2.0, 1.0);
    if (rnd_chance(c, c->is_corner ? 2 : 5)) {
        scale = unit * (double)rnd_scale(c, -8.0, 14.0);
    }
    scale = scale < unit * least_ratio ? unit * least_ratio : scale;
    set_quant(c, y, scale, rnd_zero(c, c->type));
}

static double larger_scale(const Case *c)
{
    double a = in(c, 0).scale;
    double b = in(c, 1).scale;
    return a > b ? a : b;
}

static double full(Type type)
{
    return type == TYPE_S16 ? 65536.0 : 256.0;
}

/* Scales not farther apart than MOST binary orders. */
static void near_scales(Case *c, double most)
{
    View a = in(c, 0);
    View b = in(c, 1);
    if (!is_quantised(c->type)) {
        return;
    }
    double scale = rnd_chance(c, 4) ? a.scale : a.scale * (double)rnd_scale(c, -most, most);
    set_quant(c, c->in[1], scale, (int32_t)b.zero);
    if (c->type == TYPE_S16) {
        set_quant(c, c->in[0], a.scale, 0);
    }
}

static void sum_generate(Case *c)
{
    plain_generate(c, FILL_EXACT);
    TensorId y = add_output(c, c->type);
    make_node(c);
    near_scales(c, 8.0);
    choose_output(c, y, larger_scale(c), full(c->type) / 2.0,
                  c->type == TYPE_S16 ? 1.0 / 8192.0 : 1.0 / 262144.0);
    if (c->type != TYPE_S32 ||
        c->op->name[0] == 's') { /* ADD refuses it: TFLite Micro ignores it */
        (void)rnd_act(c);
    }
    set_bool(c, "pot_scale_int16", rnd_chance(c, 2));
}

static void mul_generate(Case *c)
{
    plain_generate(c, FILL_EXACT);
    TensorId y = add_output(c, c->type);
    make_node(c);
    double unit = in(c, 0).scale * in(c, 1).scale;
    choose_output(c, y, unit, full(c->type) * full(c->type) / 8.0,
                  c->type == TYPE_S16 ? 2.1 : 1.0 / 8192.0);
    (void)rnd_act(c);
}

static void float_generate(Case *c)
{
    bool is_pow = c->op->name[0] == 'p';
    Pair p = rnd_pair(c);
    (void)add_range(c, c->type, p.a, is_pow ? 0.1 : -8.0, 8.0);
    if (is_pow) {
        (void)add_range(c, c->type, p.b, -3.0, 3.0);
    } else {
        (void)add_input(c, c->type, p.b, FILL_POSITIVE);
    }
    (void)add_output(c, c->type);
    make_node(c);
    if (!is_pow) {
        (void)rnd_act(c);
    }
}

static void choice_generate(Case *c)
{
    plain_generate(c, FILL_ANY);
    TensorId y = add_output(c, c->type);
    make_node(c);
    if (is_quantised(c->type) && rnd_chance(c, 2)) {
        copy_quant(c, c->in[1], c->in[0]);
        copy_quant(c, y, c->in[0]);
    }
}

static void squared_generate(Case *c)
{
    plain_generate(c, FILL_EXACT);
    TensorId y = add_output(c, c->type);
    make_node(c);
    near_scales(c, 8.0);
    double unit = larger_scale(c);
    choose_output(c, y, unit * unit, 20000.0, 1.0 / 4096.0);
}

static void compare_generate(Case *c)
{
    plain_generate(c, rnd_chance(c, 2) ? FILL_EXACT : FILL_ANY);
    (void)add_output(c, TYPE_BOOL);
    make_node(c);
    if (c->type == TYPE_S8 && rnd_chance(c, 2)) {
        copy_quant(c, c->in[1], c->in[0]);
    }
}

static void prelu_generate(Case *c)
{
    Shape s = rnd_shape(c, 1, 4, 60);
    TensorId x = add_input(c, c->type, s, FILL_EXACT);
    TensorId alpha = add_const(c, c->type, part_of(c, &s), FILL_EXACT);
    TensorId y = add_output(c, c->type);
    make_node(c);
    if (c->type == TYPE_S8) {
        set_quant(c, alpha, (double)rnd_scale(c, -9.0, 0.0), rnd_zero(c, TYPE_S8));
        choose_output(c, y, see(c, x).scale, 128.0, 1.0 / 4096.0);
    }
}

static void select_generate(Case *c)
{
    Pair p = rnd_pair(c);
    Shape whole = joined(&p.a, &p.b);
    (void)add_input(c, TYPE_BOOL, rnd_chance(c, 2) ? whole : part_of(c, &whole), FILL_ANY);
    TensorId a = add_side(c, c->type, p.a, FILL_ANY);
    TensorId b = add_side(c, c->type, p.b, FILL_ANY);
    TensorId y = add_output(c, c->type);
    make_node(c);
    copy_quant(c, b, a);
    copy_quant(c, y, a);
}

/* --- reference ----------------------------------------------------------------------------------------------------------- */

typedef Num (*Binary)(const Case *c, Num a, Num b, const View *y);

static void each_pair(Case *c, Binary f)
{
    View a = in(c, 0);
    View b = in(c, 1);
    View y = out(c, 0, joined(&a.s, &b.s));
    int32_t i[MAX_RANK] = {0};
    do {
        y.v[place(&y.s, i)] = f(c, spread(&a, &y.s, i), spread(&b, &y.s, i), &y);
    } while (next_index(&y.s, i));
}

/* Clamps in the type's own way: quantised, plain integers, floats. */
static Num activated(int64_t quantised, const View *y, int32_t act)
{
    int64_t low = 0;
    int64_t high = 0;
    act_limits(y, act, &low, &high);
    return num(clamp(quantised + y->zero, low, high));
}

static Num whole_act(int64_t v, int32_t act)
{
    int64_t low = act == 0 ? INT32_MIN : act == 2 ? -1 : 0;
    int64_t high = act == 2 ? 1 : act == 3 ? 6 : INT32_MAX;
    return num(clamp(wrap32(v), low, high));
}

/* A side of a sum, at the common scale with LEFT more bits. */
static int64_t raised(const Case *c, int32_t i, Num v, int32_t left)
{
    View w = in(c, i);
    return mul(c, (v.i - w.zero) * (INT64_C(1) << left),
               quantise(w.scale / (2.0 * larger_scale(c))));
}

static Num sum_of(const Case *c, Num a, Num b, const View *y, int64_t sign)
{
    int32_t act = get_int(c, "act");
    int32_t left = c->type == TYPE_S16 ? 15 : 20;
    if (c->type == TYPE_F32) {
        return real(act_real(a.r + (double)sign * b.r, act));
    }
    if (c->type == TYPE_S32) {
        return whole_act(a.i + sign * b.i, act);
    }
    int64_t sum = raised(c, 0, a, left) + sign * raised(c, 1, b, left);
    return activated(mul(c, sum, quantise(2.0 * larger_scale(c) / (ldexp(1.0, left) * y->scale))),
                     y, act);
}

static Num add(const Case *c, Num a, Num b, const View *y)
{
    return sum_of(c, a, b, y, 1);
}

static Num sub(const Case *c, Num a, Num b, const View *y)
{
    return sum_of(c, a, b, y, -1);
}

static Num product(const Case *c, Num a, Num b, const View *y)
{
    int32_t act = get_int(c, "act");
    View p = in(c, 0);
    View q = in(c, 1);
    if (c->type == TYPE_F32) {
        return real(act_real(a.r * b.r, act));
    }
    if (c->type == TYPE_S32) {
        return whole_act((int64_t)((Wide)a.i * b.i % (INT64_C(1) << 32)), act);
    }
    return activated(
        mul(c, (a.i - p.zero) * (b.i - q.zero), quantise(p.scale * q.scale / y->scale)), y, act);
}

static Num quotient(const Case *c, Num a, Num b, const View *y)
{
    (void)y;
    return real(act_real(a.r / b.r, get_int(c, "act")));
}

static Num power(const Case *c, Num a, Num b, const View *y)
{
    (void)c;
    (void)y;
    return real(pow(a.r, b.r));
}

static Num maximum(const Case *c, Num a, Num b, const View *y)
{
    (void)c;
    (void)y;
    return (Num){a.i > b.i ? a.i : b.i, a.r > b.r ? a.r : b.r};
}

static Num minimum(const Case *c, Num a, Num b, const View *y)
{
    (void)c;
    (void)y;
    return (Num){a.i < b.i ? a.i : b.i, a.r < b.r ? a.r : b.r};
}

static Num squared(const Case *c, Num a, Num b, const View *y)
{
    double common = 2.0 * larger_scale(c);
    if (c->type == TYPE_F32) {
        return real((a.r - b.r) * (a.r - b.r));
    }
    if (c->type == TYPE_S32) {
        int64_t d = wrap32(a.i - b.i);
        return num(wrap32((int64_t)((Wide)d * d % (INT64_C(1) << 32))));
    }
    int64_t d = raised(c, 0, a, 7) - raised(c, 1, b, 7);
    return activated(mul(c, d * d, quantise(common * common / (16384.0 * y->scale))), y, 0);
}

static Num sloped(const Case *c, Num x, Num alpha, const View *y)
{
    View p = in(c, 0);
    View q = in(c, 1);
    if (c->type == TYPE_F32) {
        return real(x.r >= 0.0 ? x.r : x.r * alpha.r);
    }
    int64_t v = x.i - p.zero;
    int64_t scaled = v >= 0
                         ? mul(c, v, quantise(p.scale / y->scale))
                         : mul(c, v * (alpha.i - q.zero), quantise(p.scale * q.scale / y->scale));
    return activated(scaled, y, 0);
}

/* -1, 0, 1; each int8 side by its own scale, with 8 more bits. */
static int32_t order(const Case *c, Num a, Num b)
{
    if (c->type == TYPE_F32) {
        return a.r < b.r ? -1 : a.r > b.r;
    }
    if (c->type == TYPE_S8) {
        View p = in(c, 0);
        View q = in(c, 1);
        a.i = mul(c, (a.i - p.zero) * 256, quantise(p.scale));
        b.i = mul(c, (b.i - q.zero) * 256, quantise(q.scale));
    }
    return a.i < b.i ? -1 : a.i > b.i;
}

static Num compare(const Case *c, Num a, Num b, const View *y)
{
    static const struct Comparison {
        const char *name;
        bool if_less, if_equal, if_greater;
    } table[] = {
        {"equal", false, true, false},        {"not_equal", true, false, true},
        {"greater", false, false, true},      {"less", true, false, false},
        {"greater_equal", false, true, true}, {"less_equal", true, true, false},
    };
    (void)y;
    const struct Comparison *p = table;
    while (strcmp(p->name, c->op->name) != 0) {
        p++;
    }
    int32_t o = order(c, a, b);
    return num(o < 0 ? p->if_less : o == 0 ? p->if_equal : p->if_greater);
}

static void add_reference(Case *c)
{
    each_pair(c, add);
}
static void sub_reference(Case *c)
{
    each_pair(c, sub);
}
static void mul_reference(Case *c)
{
    each_pair(c, product);
}
static void div_reference(Case *c)
{
    each_pair(c, quotient);
}
static void pow_reference(Case *c)
{
    each_pair(c, power);
}
static void maximum_reference(Case *c)
{
    each_pair(c, maximum);
}
static void minimum_reference(Case *c)
{
    each_pair(c, minimum);
}
static void squared_reference(Case *c)
{
    each_pair(c, squared);
}
static void prelu_reference(Case *c)
{
    each_pair(c, sloped);
}
static void compare_reference(Case *c)
{
    each_pair(c, compare);
}

static void select_reference(Case *c)
{
    View p = in(c, 0);
    View a = in(c, 1);
    View b = in(c, 2);
    Shape both = joined(&a.s, &b.s);
    View y = out(c, 0, joined(&p.s, &both));
    int32_t i[MAX_RANK] = {0};
    do {
        y.v[place(&y.s, i)] =
            spread(&p, &y.s, i).i != 0 ? spread(&a, &y.s, i) : spread(&b, &y.s, i);
    } while (next_index(&y.s, i));
}

extern const RefOp ref_elementwise[];
const RefOp ref_elementwise[] = {
    {"add", {TYPE_S8, TYPE_S16, TYPE_F32, TYPE_S32}, sum_generate, add_reference, NULL},
    {"sub", {TYPE_S8, TYPE_S16, TYPE_F32, TYPE_S32}, sum_generate, sub_reference, NULL},
    {"mul", {TYPE_S8, TYPE_S16, TYPE_F32, TYPE_S32}, mul_generate, mul_reference, NULL},
    {"div", {TYPE_F32}, float_generate, div_reference, NULL},
    {"pow", {TYPE_F32}, float_generate, pow_reference, NULL},
    {"maximum", {TYPE_S8, TYPE_S16, TYPE_F32, TYPE_S32}, choice_generate, maximum_reference, NULL},
    {"minimum", {TYPE_S8, TYPE_S16, TYPE_F32, TYPE_S32}, choice_generate, minimum_reference, NULL},
    {"squared_difference",
     {TYPE_S8, TYPE_F32, TYPE_S32},
     squared_generate,
     squared_reference,
     NULL},
    {"prelu", {TYPE_S8, TYPE_F32}, prelu_generate, prelu_reference, NULL},
    {"equal", {TYPE_S8, TYPE_F32, TYPE_S32, TYPE_BOOL}, compare_generate, compare_reference, NULL},
    {"not_equal",
     {TYPE_S8, TYPE_F32, TYPE_S32, TYPE_BOOL},
     compare_generate,
     compare_reference,
     NULL},
    {"greater",
     {TYPE_S8, TYPE_F32, TYPE_S32, TYPE_BOOL},
     compare_generate,
     compare_reference,
     NULL},
    {"greater_equal",
     {TYPE_S8, TYPE_F32, TYPE_S32, TYPE_BOOL},
     compare_generate,
     compare_reference,
     NULL},
    {"less", {TYPE_S8, TYPE_F32, TYPE_S32, TYPE_BOOL}, compare_generate, compare_reference, NULL},
    {"less_equal",
     {TYPE_S8, TYPE_F32, TYPE_S32, TYPE_BOOL},
     compare_generate,
     compare_reference,
     NULL},
    {"select_v2",
     {TYPE_S8, TYPE_S16, TYPE_F32, TYPE_S32, TYPE_U8, TYPE_S64, TYPE_BOOL},
     select_generate,
     select_reference,
     NULL},
    {0},
};
