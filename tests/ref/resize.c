/* Resizing of images.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>

static void generate(Case *c)
{
    Shape s = {4, {rnd_size(c, 2), rnd_size(c, 6), rnd_size(c, 6), rnd_size(c, 4)}};
    int64_t size[2] = {rnd_size(c, 9), rnd_size(c, 9)};
    int32_t how = rnd_int(c, 0, 2);
    TensorId x = add_input(c, c->type, s, FILL_POSITIVE);
    (void)add_values(c, TYPE_S32, (Shape){1, {2}}, size);
    TensorId y = add_output(c, c->type);
    make_node(c);
    copy_quant(c, y, x);
    set_bool(c, "align_corners", how == 1);
    set_bool(c, "half_pixel_centers", how == 2);
}

/* Two neighbours of an output position and the weight of the second. */
typedef struct Between {
    int32_t low, high;
    int64_t part; /* in 1/1024 */
    double share;
} Between;

static int32_t within(int64_t v, int32_t size)
{
    return (int32_t)clamp(v, 0, size - 1);
}

static Between between(const Case *c, int32_t size, int32_t wish, int32_t i)
{
    bool align = get_bool(c, "align_corners") && wish > 1;
    bool half = get_bool(c, "half_pixel_centers");
    Between b = {0};
    if (c->type == TYPE_F32) {
        double step = align ? (double)(size - 1) / (wish - 1) : (double)size / wish;
        double at = half ? (i + 0.5) * step - 0.5 : i * step;
        b.low = within((int64_t)floor(at), size);
        b.high = within((int64_t)ceil(at), size);
        b.share = at - b.low;
        return b;
    }
    int64_t step = (1024 * size + wish / 2) / wish;
    if (align) {
        step = (1024 * (size - 1) + (wish - 1) / 2) / (wish - 1);
    }
    int64_t at = i * step + (half ? step / 2 - 512 : 0);
    b.low = (int32_t)(at / 1024 > 0 ? at / 1024 : 0);
    b.high = (int32_t)((at + 1023) / 1024 < size - 1 ? (at + 1023) / 1024 : size - 1);
    b.part = at - 1024 * b.low;
    return b;
}

static Num mixed(const Case *c, const View *x, const int32_t *i, Between row, Between col)
{
    Num sum = {0};
    for (int32_t k = 0; k < 4; k++) {
        bool down = k >= 2;
        bool right = k % 2 != 0;
        Num v = x->v[at4(&x->s, i[0], down ? row.high : row.low, right ? col.high : col.low, i[3])];
        sum.i += v.i * (down ? row.part : 1024 - row.part) * (right ? col.part : 1024 - col.part);
        sum.r += v.r * (down ? row.share : 1.0 - row.share) * (right ? col.share : 1.0 - col.share);
    }
    int64_t half = sum.i > 0 ? 1 << 19 : -(1 << 19);
    return c->type == TYPE_F32 ? real(sum.r) : num((sum.i + half) / (1 << 20));
}

static Shape wished(const Case *c, const Shape *x)
{
    return (Shape){4, {x->dim[0], (int32_t)list_at(c, 1, 0), (int32_t)list_at(c, 1, 1), x->dim[3]}};
}

static void bilinear_reference(Case *c)
{
    View x = in(c, 0);
    View y = out(c, 0, wished(c, &x.s));
    int32_t i[MAX_RANK] = {0};
    do {
        Between row = between(c, x.s.dim[1], y.s.dim[1], i[1]);
        Between col = between(c, x.s.dim[2], y.s.dim[2], i[2]);
        y.v[place(&y.s, i)] = mixed(c, &x, i, row, col);
    } while (next_index(&y.s, i));
}

static int32_t nearest(const Case *c, int32_t size, int32_t wish, int32_t i)
{
    bool align = get_bool(c, "align_corners");
    float step = (float)size / (float)wish;
    if (align && wish > 1) {
        step = (float)(size - 1) / (float)(wish - 1);
    }
    float at = ((float)i + (get_bool(c, "half_pixel_centers") ? 0.5f : 0.0f)) * step;
    return within(align ? round_f32((double)at) : (int64_t)floor((double)at), size);
}

static void nearest_reference(Case *c)
{
    View x = in(c, 0);
    View y = out(c, 0, wished(c, &x.s));
    int32_t i[MAX_RANK] = {0};
    do {
        int32_t row = nearest(c, x.s.dim[1], y.s.dim[1], i[1]);
        int32_t col = nearest(c, x.s.dim[2], y.s.dim[2], i[2]);
        y.v[place(&y.s, i)] = x.v[at4(&x.s, i[0], row, col, i[3])];
    } while (next_index(&y.s, i));
}

extern const RefOp ref_resize[];
const RefOp ref_resize[] = {
    {"resize_bilinear", {TYPE_S8, TYPE_F32}, generate, bilinear_reference, NULL},
    {"resize_nearest_neighbor", {TYPE_S8, TYPE_F32}, generate, nearest_reference, NULL},
    {0},
};
