/* Reductions along axes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>

/* --- generation --- */

/* The input and a list of axes: some negative, some twice. */
static TensorId add_axes(Case *c, FillKind kind)
{
    Shape s = rnd_shape(c, 1, rnd_chance(c, 4) ? 6 : 4, 80);
    TensorId x = add_input(c, c->type, s, kind);
    int32_t axis[MAX_INTS];
    int32_t count = rnd_int(c, 1, s.rank);
    for (int32_t k = 0; k < count; k++) {
        axis[k] = rnd_int(c, -s.rank, s.rank - 1);
    }
    if (s.rank == 4 && rnd_chance(c, 3)) { /* the pixels of an image */
        count = 2;
        axis[0] = rnd_chance(c, 2) ? 1 : 2;
        axis[1] = 3 - axis[0];
    }
    (void)add_list(c, count, axis);
    return x;
}

static void add_axis(Case *c, int32_t rank)
{
    int64_t axis = rnd_int(c, -rank, rank - 1);
    (void)add_values(c, TYPE_S32, (Shape){rnd_int(c, 0, 1), {1}}, &axis);
}

static void sum_generate(Case *c)
{
    TensorId x = add_axes(c, FILL_EXACT);
    TensorId y = add_output(c, c->type);
    make_node(c);
    set_bool(c, "keep_dims", rnd_chance(c, 2));
    if (!is_quantised(c->type)) {
        return;
    }
    bool is_mean = c->op->name[0] == 'm';
    double n = is_mean ? 1.0 : (double)see(c, x).count;
    double most = 1073741824.0 / (65536.0 * (double)see(c, x).count);
    int32_t how = rnd_int(c, 0, 3);
    double ratio = how == 0   ? 1.0
                   : how == 1 ? (double)rnd_scale(c, -12.0, 4.0)
                              : rnd_log(c, -1.0, 2.0) / n;
    ratio = ratio > most ? most : ratio;
    cover(c, how == 0 ? "scales=equal" : "scales=different");
    set_quant(c, y, see(c, x).scale / ratio, rnd_zero(c, c->type));
}

static void choice_generate(Case *c)
{
    TensorId x = add_axes(c, FILL_ANY);
    TensorId y = add_output(c, c->type);
    make_node(c);
    copy_quant(c, y, x);
    set_bool(c, "keep_dims", rnd_chance(c, 2));
}

static void arg_generate(Case *c)
{
    Shape s = rnd_shape(c, 1, 4, 80);
    (void)add_input(c, c->type, s, FILL_ANY);
    add_axis(c, s.rank);
    bool is_wide = rnd_chance(c, 3);
    (void)add_output(c, is_wide ? TYPE_S64 : TYPE_S32);
    make_node(c);
    set_int(c, "output_type", is_wide ? 4 : 2);
    cover(c, is_wide ? "output=s64" : "output=s32");
}

static void cumsum_generate(Case *c)
{
    Shape s = rnd_shape(c, 1, 4, 60);
    for (int32_t k = 0; k < s.rank; k++) {
        s.dim[k] = s.dim[k] > 7 ? 7 : s.dim[k]; /* int8 sums have room for no more */
    }
    TensorId x = add_input(c, c->type, s, FILL_EXACT);
    add_axis(c, s.rank);
    TensorId y = add_output(c, c->type);
    make_node(c);
    set_bool(c, "exclusive", rnd_chance(c, 2));
    set_bool(c, "reverse", rnd_chance(c, 2));
    if (c->type == TYPE_S8) {
        set_quant(c, y, see(c, x).scale * (double)rnd_scale(c, -2.0, 4.0), rnd_zero(c, TYPE_S8));
    }
}

static void l2_generate(Case *c)
{
    (void)add_input(c, c->type, rnd_shape(c, 1, 4, 80), FILL_EXACT);
    TensorId y = add_output(c, c->type);
    make_node(c);
    if (c->type == TYPE_S8) {
        set_quant(c, y, 1.0 / 128.0, 0);
    }
}

/* --- reference --- */

static void reduced(const Case *c, const Shape *x, bool goes[MAX_RANK])
{
    View axes = in(c, 1);
    memset(goes, 0, MAX_RANK * sizeof goes[0]);
    for (int64_t k = 0; k < axes.count; k++) {
        int64_t axis = axes.v[k].i;
        goes[axis < 0 ? axis + x->rank : axis] = true;
    }
}

static Shape shape_left(const Shape *x, const bool goes[MAX_RANK], bool keep_dims)
{
    Shape s = {0};
    for (int32_t k = 0; k < x->rank; k++) {
        if (!goes[k]) {
            s.dim[s.rank++] = x->dim[k];
        } else if (keep_dims) {
            s.dim[s.rank++] = 1;
        }
    }
    return s;
}

/* Where element INDEX of x goes, counting the dimensions that stay. */
static int64_t place_left(const Shape *x, const bool goes[MAX_RANK], const int32_t *index)
{
    int64_t at = 0;
    for (int32_t k = 0; k < x->rank; k++) {
        at = goes[k] ? at : at * x->dim[k] + index[k];
    }
    return at;
}

typedef struct Group {
    Num sum, most, least;
    int64_t count;
} Group;

static Group *gather_groups(Case *c, const View *x, const bool goes[MAX_RANK], int64_t count)
{
    Group *group = NEW(&c->g->arena, Group, count);
    int32_t i[MAX_RANK] = {0};
    do {
        Num v = x->v[place(&x->s, i)];
        Group *p = &group[place_left(&x->s, goes, i)];
        bool is_first = p->count++ == 0;
        p->sum.i += v.i - x->zero;
        p->sum.r += v.r;
        p->most.i = is_first || v.i > p->most.i ? v.i : p->most.i;
        p->most.r = is_first || v.r > p->most.r ? v.r : p->most.r;
        p->least.i = is_first || v.i < p->least.i ? v.i : p->least.i;
        p->least.r = is_first || v.r < p->least.r ? v.r : p->least.r;
    } while (next_index(&x->s, i));
    return group;
}

static Fixed mean_multiplier(Fixed f, int64_t n)
{
    int32_t k = 0;
    while (n >> (k + 1) != 0 && k < 32 && k < 31 + f.e) {
        k++;
    }
    return (Fixed){f.m * (INT64_C(1) << k) / n, f.e - k};
}

static void sum_reference(Case *c)
{
    View x = in(c, 0);
    bool goes[MAX_RANK];
    reduced(c, &x.s, goes);
    View y = out(c, 0, shape_left(&x.s, goes, get_bool(c, "keep_dims")));
    Group *group = gather_groups(c, &x, goes, y.count);
    bool is_mean = c->op->name[0] == 'm';
    Fixed f = quantise(x.scale / y.scale);
    f = is_mean ? mean_multiplier(f, group[0].count) : f;
    for (int64_t i = 0; i < y.count; i++) {
        if (c->type == TYPE_F32) {
            y.v[i] = real(group[i].sum.r / (is_mean ? (double)group[i].count : 1.0));
        } else {
            y.v[i] = num(clamp(mul(c, group[i].sum.i, f) + y.zero, y.low, y.high));
        }
    }
}

static void choice_reference(Case *c)
{
    View x = in(c, 0);
    bool goes[MAX_RANK];
    reduced(c, &x.s, goes);
    View y = out(c, 0, shape_left(&x.s, goes, get_bool(c, "keep_dims")));
    Group *group = gather_groups(c, &x, goes, y.count);
    for (int64_t i = 0; i < y.count; i++) {
        y.v[i] = strcmp(c->op->name, "reduce_max") == 0 ? group[i].most : group[i].least;
    }
}

static void arg_reference(Case *c)
{
    View x = in(c, 0);
    bool goes[MAX_RANK];
    reduced(c, &x.s, goes);
    View y = out(c, 0, shape_left(&x.s, goes, false));
    Group *group = gather_groups(c, &x, goes, y.count);
    bool is_max = strcmp(c->op->name, "arg_max") == 0;
    int32_t axis = 0;
    while (!goes[axis]) {
        axis++;
    }
    for (int64_t i = 0; i < y.count; i++) {
        y.v[i] = num(-1);
    }
    int32_t i[MAX_RANK] = {0};
    do { /* along the axis the index grows, so the first of equals stays */
        Num v = x.v[place(&x.s, i)];
        const Group *p = &group[place_left(&x.s, goes, i)];
        Num wish = is_max ? p->most : p->least;
        Num *at = &y.v[place_left(&x.s, goes, i)];
        if (at->i < 0 && v.i == wish.i && v.r == wish.r) {
            at->i = i[axis];
        }
    } while (next_index(&x.s, i));
}

/* Sum of all elements of the row up to INDEX, in the order of the operator. */
static Num running(const Case *c, const View *x, const int32_t *index, int32_t axis)
{
    Num sum = {0};
    int32_t at[MAX_RANK];
    memcpy(at, index, sizeof at);
    Fixed half = quantise(0.5);
    sum.i = mul(c, -x->zero * (1 << 20), half); /* the reference kernel begins so */
    for (int32_t k = 0; k < x->s.dim[axis]; k++) {
        int32_t ahead = get_bool(c, "reverse") ? k - index[axis] : index[axis] - k;
        if (ahead > 0 || (ahead == 0 && !get_bool(c, "exclusive"))) {
            at[axis] = k;
            Num v = x->v[place(&x->s, at)];
            sum.i += mul(c, (v.i - x->zero) * (1 << 20), half);
            sum.r += v.r;
        }
    }
    return sum;
}

static void cumsum_reference(Case *c)
{
    View x = in(c, 0);
    View y = out(c, 0, x.s);
    int64_t axis = list_at(c, 1, 0);
    int32_t i[MAX_RANK] = {0};
    Fixed f = quantise(2.0 * x.scale / (1048576.0 * y.scale));
    do {
        Num sum = running(c, &x, i, (int32_t)(axis < 0 ? axis + x.s.rank : axis));
        int64_t q = clamp(mul(c, sum.i, f) + y.zero, y.low, y.high);
        y.v[place(&y.s, i)] = c->type == TYPE_F32 ? sum : num(q);
    } while (next_index(&y.s, i));
}

static void l2_reference(Case *c)
{
    View x = in(c, 0);
    View y = out(c, 0, x.s);
    int32_t depth = x.s.dim[x.s.rank - 1];
    for (int64_t row = 0; row < x.count; row += depth) {
        Num sum = {0};
        for (int32_t k = 0; k < depth; k++) {
            sum.i += (x.v[row + k].i - x.zero) * (x.v[row + k].i - x.zero);
            sum.r += x.v[row + k].r * x.v[row + k].r;
        }
        Fixed f = inverse_root(sum.i);
        double length = fmax(sqrt(sum.r), 1e-6);
        for (int32_t k = 0; k < depth; k++) {
            int64_t v = mul(c, x.v[row + k].i - x.zero, (Fixed){f.m, f.e + 7});
            y.v[row + k] =
                c->type == TYPE_F32 ? real(x.v[row + k].r / length) : num(clamp(v, -128, 127));
        }
    }
}

extern const RefOp ref_reduce[];
const RefOp ref_reduce[] = {
    {"mean", {TYPE_S8, TYPE_S16, TYPE_F32}, sum_generate, sum_reference, NULL},
    {"sum", {TYPE_S8, TYPE_S16, TYPE_F32}, sum_generate, sum_reference, NULL},
    {"reduce_max", {TYPE_S8, TYPE_F32}, choice_generate, choice_reference, NULL},
    {"reduce_min", {TYPE_S8, TYPE_F32}, choice_generate, choice_reference, NULL},
    {"arg_max", {TYPE_S8, TYPE_F32}, arg_generate, arg_reference, NULL},
    {"arg_min", {TYPE_S8, TYPE_F32}, arg_generate, arg_reference, NULL},
    {"cumsum", {TYPE_S8, TYPE_F32}, cumsum_generate, cumsum_reference, NULL},
    {"l2_normalization", {TYPE_S8, TYPE_F32}, l2_generate, l2_reference, NULL},
    {0},
};
