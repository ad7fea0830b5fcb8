/* Changes of type: QUANTIZE, DEQUANTIZE, CAST.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>

static const char *to_label(Type type)
{
    static const char *const label[TYPE_COUNT] = {
        [TYPE_F32] = "to f32",   [TYPE_S8] = "to s8",   [TYPE_U8] = "to u8",
        [TYPE_S16] = "to s16",   [TYPE_S32] = "to s32", [TYPE_S64] = "to s64",
        [TYPE_BOOL] = "to bool",
    };
    return label[type];
}

/* --- QUANTIZE --- */

/* The pairs that TFLite has kernels for. */
static Type quantized_to(Case *c)
{
    static const Type to[TYPE_COUNT][4] = {
        [TYPE_F32] = {TYPE_S8, TYPE_U8, TYPE_S16},
        [TYPE_S32] = {TYPE_S8, TYPE_S16},
        [TYPE_S8] = {TYPE_S8, TYPE_U8, TYPE_S16, TYPE_S32},
        [TYPE_U8] = {TYPE_S8, TYPE_U8, TYPE_S16},
        [TYPE_S16] = {TYPE_S8, TYPE_S16, TYPE_S32},
    };
    int32_t count = 0;
    while (count < 4 && to[c->type][count] != TYPE_NONE) {
        count++;
    }
    return to[c->type][rnd_int(c, 0, count - 1)];
}

static void quantize_generate(Case *c)
{
    Type to = quantized_to(c);
    FillKind kind = rnd_chance(c, 2) ? FILL_ANY : FILL_EXACT;
    TensorId x = add_input(c, c->type, rnd_shape(c, 0, 4, 60), kind);
    TensorId y = add_output(c, to);
    make_node(c);
    cover(c, to_label(to));
    if (c->type == TYPE_F32) {
        set_quant(c, y, (double)rnd_scale(c, -9.0, 2.0), rnd_zero(c, to));
        return;
    }
    if (c->type == TYPE_S32) {
        set_quant(c, x, (double)rnd_scale(c, -20.0, 0.0), 0);
    }
    double least = c->type == TYPE_S32 ? 6.0 : -12.0; /* y's scale over x's, as a power of two */
    bool is_equal = rnd_chance(c, 4) && c->type != TYPE_S32;
    double ratio = is_equal ? 1.0 : (double)rnd_scale(c, least, least + 20.0);
    cover(c, is_equal ? "scales=equal" : "scales=different");
    set_quant(c, y, see(c, x).scale * ratio, rnd_zero(c, to));
}

static void quantize_reference(Case *c)
{
    View x = in(c, 0);
    View y = out(c, 0, x.s);
    Fixed f = quantise(x.scale / y.scale);
    for (int64_t i = 0; i < x.count; i++) {
        int64_t q = c->type == TYPE_F32 ? round_f32((double)((float)x.v[i].r / (float)y.scale))
                                        : mul(c, x.v[i].i - x.zero, f);
        y.v[i] = num(clamp(q + y.zero, y.low, y.high));
    }
}

/* --- DEQUANTIZE --- */

static void dequantize_generate(Case *c)
{
    (void)add_input(c, c->type, rnd_shape(c, 0, 4, 60), FILL_ANY);
    (void)add_output(c, TYPE_F32);
    make_node(c);
}

static void dequantize_reference(Case *c)
{
    View x = in(c, 0);
    View y = out(c, 0, x.s);
    for (int64_t i = 0; i < x.count; i++) {
        y.v[i] = real(x.scale * (double)(x.v[i].i - x.zero));
    }
}

/* --- CAST --- */

static void cast_generate(Case *c)
{
    static const Type types[] = {TYPE_F32, TYPE_S8,  TYPE_U8,  TYPE_S16,
                                 TYPE_S32, TYPE_S64, TYPE_BOOL};
    Type to = types[rnd_int(c, 0, COUNT(types) - 1)];
    Shape s = rnd_shape(c, 0, 4, 60);
    if (c->type == TYPE_F32) { /* only what fits has an answer */
        bool has_sign = to != TYPE_U8 && to != TYPE_BOOL;
        (void)add_range(c, TYPE_F32, s, has_sign ? -127.0 : 0.0, 127.0);
    } else {
        (void)add_input(c, c->type, s, FILL_ANY);
    }
    (void)add_output(c, to);
    make_node(c);
    cover(c, to_label(to));
    set_int(c, "in_type", rnd_int(c, 0, 9)); /* not used: the tensors say it */
    set_int(c, "out_type", rnd_int(c, 0, 9));
}

static Num cast(Type from, Type to, Num v)
{
    if (to == TYPE_F32) {
        return from == TYPE_F32 ? v : real((double)v.i);
    }
    if (to == TYPE_BOOL) {
        return num(from == TYPE_F32 ? v.r != 0.0 : v.i != 0);
    }
    uint8_t bytes[8];
    Num whole = num(from == TYPE_F32 ? (int64_t)trunc(v.r) : v.i);
    bytes_of(to, &whole, 1, bytes); /* keeps the lowest bytes */
    return num_at(to, bytes, 0);
}

static void cast_reference(Case *c)
{
    View x = in(c, 0);
    View y = out(c, 0, x.s);
    for (int64_t i = 0; i < x.count; i++) {
        y.v[i] = cast(c->type, y.t->type, x.v[i]);
    }
}

extern const RefOp ref_convert[];
const RefOp ref_convert[] = {
    {"quantize",
     {TYPE_F32, TYPE_S8, TYPE_S16, TYPE_U8, TYPE_S32},
     quantize_generate,
     quantize_reference,
     NULL},
    {"dequantize", {TYPE_S8, TYPE_U8, TYPE_S16}, dequantize_generate, dequantize_reference, NULL},
    {"cast", REF_EVERY_TYPE, cast_generate, cast_reference, NULL},
    {0},
};
