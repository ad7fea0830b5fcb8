/* Operators that exist only to be folded: their answers are constants.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>

static Shape some_shape(Case *c)
{
    return rnd_shape(c, 1, rnd_chance(c, 4) ? 6 : 4, 80);
}

static void fill_generate(Case *c)
{
    Shape s = some_shape(c);
    (void)add_list(c, s.rank, s.dim);
    TensorId value = add_const(c, c->type, (Shape){0}, FILL_ANY);
    TensorId y = add_output(c, c->type);
    copy_quant(c, y, value);
    make_node(c);
}

static void fill_reference(Case *c)
{
    View list = in(c, 0);
    Shape s = {.rank = (int32_t)list.count};
    for (int32_t k = 0; k < s.rank; k++) {
        s.dim[k] = (int32_t)list.v[k].i;
    }
    View y = out(c, 0, s);
    for (int64_t i = 0; i < y.count; i++) {
        y.v[i] = in(c, 1).v[0];
    }
}

static void shape_generate(Case *c)
{
    (void)add_input(c, TYPE_F32, some_shape(c), FILL_ANY);
    (void)add_output(c, c->type);
    make_node(c);
    if (strcmp(c->op->name, "shape") == 0) {
        set_int(c, "out_type", c->type == TYPE_S32 ? 2 : 4);
    }
}

static void shape_reference(Case *c)
{
    View x = in(c, 0);
    View y = out(c, 0, (Shape){1, {x.s.rank}});
    for (int32_t k = 0; k < x.s.rank; k++) {
        y.v[k] = num(x.s.dim[k]);
    }
}

static void rank_reference(Case *c)
{
    View y = out(c, 0, (Shape){0});
    y.v[0] = num(in(c, 0).s.rank);
}

static void zeros_generate(Case *c)
{
    (void)add_input(c, c->type, some_shape(c), FILL_ANY);
    (void)add_output(c, c->type);
    make_node(c);
}

static void zeros_reference(Case *c)
{
    (void)out(c, 0, in(c, 0).s);
}

/* Start, limit, step. */
static void range_generate(Case *c)
{
    double step =
        (rnd_chance(c, 2) ? 1 : -1) * rnd_int(c, 1, 24) / (c->type == TYPE_F32 ? 8.0 : 1.0);
    double start = rnd_int(c, -20, 20);
    double bound[3] = {start, start + step * rnd_real(c, 0.1, 12.0), step};
    bound[1] = c->type == TYPE_F32 ? (double)(float)bound[1] : floor(bound[1]);
    bound[1] = bound[1] == start ? start + step : bound[1];
    for (int32_t k = 0; k < 3; k++) {
        TensorId id = add_const(c, c->type, (Shape){0}, FILL_ANY);
        c->value[id][0] = c->type == TYPE_F32 ? real(bound[k]) : num((int64_t)bound[k]);
        const_again(c, id);
    }
    (void)add_output(c, c->type);
    make_node(c);
    cover(c, step > 0.0 ? "step=up" : "step=down");
}

static bool is_before(Num a, Num limit, Num step, bool is_real)
{
    if (is_real) {
        return step.r > 0.0 ? a.r < limit.r : a.r > limit.r;
    }
    return step.i > 0 ? a.i < limit.i : a.i > limit.i;
}

static void range_reference(Case *c)
{
    Num limit = in(c, 1).v[0];
    Num step = in(c, 2).v[0];
    Shape s = {1, {0}};
    for (Num at = in(c, 0).v[0]; is_before(at, limit, step, c->type == TYPE_F32); s.dim[0]++) {
        at = (Num){at.i + step.i, at.r + step.r};
    }
    View y = out(c, 0, s);
    Num at = in(c, 0).v[0];
    for (int64_t i = 0; i < y.count; i++) {
        y.v[i] = at;
        at = (Num){at.i + step.i, at.r + step.r};
    }
}

/* Two shapes, of which the shape that both broadcast to is wanted. */
static void broadcast_generate(Case *c)
{
    Shape s = some_shape(c);
    for (int32_t k = 0; k < 2; k++) {
        int32_t dim[MAX_RANK];
        int32_t rank = rnd_chance(c, 2) ? s.rank : rnd_int(c, 1, s.rank);
        int64_t wide[MAX_RANK];
        for (int32_t i = 0; i < rank; i++) {
            dim[i] = rnd_chance(c, 3) ? 1 : s.dim[s.rank - rank + i];
            wide[i] = dim[i];
        }
        (void)add_values(c, c->type, shape_of(1, &rank), wide);
    }
    (void)add_output(c, c->type);
    make_node(c);
}

static void broadcast_reference(Case *c)
{
    View a = in(c, 0);
    View b = in(c, 1);
    int64_t rank = a.count > b.count ? a.count : b.count;
    View y = out(c, 0, (Shape){1, {(int32_t)rank}});
    for (int64_t k = 1; k <= rank; k++) {
        int64_t p = k <= a.count ? a.v[a.count - k].i : 1;
        int64_t q = k <= b.count ? b.v[b.count - k].i : 1;
        y.v[rank - k] = num(p > q ? p : q);
    }
}

extern const RefOp ref_constants[];
const RefOp ref_constants[] = {
    {"fill", REF_EVERY_TYPE, fill_generate, fill_reference, NULL},
    {"shape", {TYPE_S32, TYPE_S64}, shape_generate, shape_reference, NULL},
    {"rank", {TYPE_S32}, shape_generate, rank_reference, NULL},
    {"zeros_like", {TYPE_F32, TYPE_S32, TYPE_S64}, zeros_generate, zeros_reference, NULL},
    {"range", {TYPE_F32, TYPE_S32, TYPE_S64}, range_generate, range_reference, NULL},
    {"broadcast_args", {TYPE_S32, TYPE_S64}, broadcast_generate, broadcast_reference, NULL},
    {0},
};
