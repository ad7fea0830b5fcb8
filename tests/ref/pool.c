/* Poolings by their definition.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

static void generate(Case *c)
{
    static const char *const names[2][4] = {{"stride_h", "filter_h", "pad_top", "pad_bottom"},
                                            {"stride_w", "filter_w", "pad_left", "pad_right"}};
    Shape s = {
        4,
        {rnd_size(c, 2), rnd_size(c, 7), rnd_size(c, 7), rnd_size(c, rnd_chance(c, 4) ? 19 : 5)}};
    int32_t padding = rnd_int(c, 0, 2);
    TensorId x = add_input(c, c->type, s, c->op->name[0] == 'a' ? mac_fill(c) : FILL_ANY);
    TensorId y = add_output(c, c->type);
    make_node(c);
    copy_quant(c, y, x);
    set_int(c, "padding", padding);
    (void)rnd_act(c);
    for (int32_t k = 0; k < 2; k++) {
        int32_t filter = rnd_chance(c, 5) ? s.dim[1 + k] : rnd_size(c, 4);
        int32_t before = padding == 2 ? rnd_int(c, 0, filter - 1) : 0;
        int32_t after = padding == 2 ? rnd_int(c, 0, filter - 1) : 0;
        if (padding != 0 && filter > s.dim[1 + k] + before + after) {
            filter = s.dim[1 + k];
            before = 0;
            after = 0;
        }
        set_int(c, names[k][0], rnd_size(c, 3));
        set_int(c, names[k][1], filter);
        set_int(c, names[k][2], before);
        set_int(c, names[k][3], after);
    }
}

/* Output size along one dimension; BEFORE may change. */
static int32_t positions(int32_t size, int32_t filter, int32_t stride, int32_t padding,
                         int32_t *before, int32_t after)
{
    int32_t count = 0;
    if (padding == 0) {
        while (count * stride < size) {
            count++;
        }
        int32_t beyond = (count - 1) * stride + filter - size;
        *before = beyond > 0 ? beyond / 2 : 0;
        return count;
    }
    while (count * stride + filter <= size + *before + after) {
        count++;
    }
    return count;
}

static bool is_average(const Case *c)
{
    return c->op->name[0] == 'a';
}

static Num pool(const Case *c, const View *x, const int32_t *i, int32_t top, int32_t left)
{
    Num sum = {0};
    Num most = {0};
    int64_t count = 0;
    for (int32_t ky = 0; ky < get_int(c, "filter_h"); ky++) {
        for (int32_t kx = 0; kx < get_int(c, "filter_w"); kx++) {
            int32_t iy = i[1] * get_int(c, "stride_h") - top + ky;
            int32_t ix = i[2] * get_int(c, "stride_w") - left + kx;
            if (iy < 0 || iy >= x->s.dim[1] || ix < 0 || ix >= x->s.dim[2]) {
                continue;
            }
            Num v = x->v[at4(&x->s, i[0], iy, ix, i[3])];
            sum.i += v.i;
            sum.r += v.r;
            most.i = count == 0 || v.i > most.i ? v.i : most.i;
            most.r = count == 0 || v.r > most.r ? v.r : most.r;
            count++;
        }
    }
    if (!is_average(c)) {
        return most;
    }
    int64_t nudge = sum.i > 0 ? count / 2 : -(count / 2);
    return c->type == TYPE_F32 ? real(sum.r / (double)count) : num((sum.i + nudge) / count);
}

static void reference(Case *c)
{
    View x = in(c, 0);
    int32_t padding = get_int(c, "padding");
    int32_t act = get_int(c, "act");
    int32_t top = get_int(c, "pad_top");
    int32_t left = get_int(c, "pad_left");
    int32_t height = positions(x.s.dim[1], get_int(c, "filter_h"), get_int(c, "stride_h"), padding,
                               &top, get_int(c, "pad_bottom"));
    int32_t width = positions(x.s.dim[2], get_int(c, "filter_w"), get_int(c, "stride_w"), padding,
                              &left, get_int(c, "pad_right"));
    View y = out(c, 0, (Shape){4, {x.s.dim[0], height, width, x.s.dim[3]}});
    int64_t low = 0;
    int64_t high = 0;
    if (c->type != TYPE_F32) {
        act_limits(&y, act, &low, &high);
    }
    int32_t i[MAX_RANK] = {0};
    do {
        Num v = pool(c, &x, i, top, left);
        y.v[place(&y.s, i)] =
            c->type == TYPE_F32 ? real(act_real(v.r, act)) : num(clamp(v.i, low, high));
    } while (next_index(&y.s, i));
}

extern const RefOp ref_pool[];
const RefOp ref_pool[] = {
    {"average_pool_2d", {TYPE_S8, TYPE_S16, TYPE_F32}, generate, reference, NULL},
    {"max_pool_2d", {TYPE_S8, TYPE_S16, TYPE_F32}, generate, reference, NULL},
    {0},
};
