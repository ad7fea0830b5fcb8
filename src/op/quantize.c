/* QUANTIZE: from float to a quantised type, y = clamp(round(x / scale_y) + zero_y), halves away
 * from zero; or from one quantised type to another, y = clamp(requantize(x - zero_x) + zero_y).
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"

#include "shrinc_quantize_f32.h"
#include "shrinc_requantize.h"

static void limits(Type t, int32_t *low, int32_t *high)
{
    *low = t == TYPE_S8 ? INT8_MIN : t == TYPE_U8 ? 0 : t == TYPE_S16 ? INT16_MIN : INT32_MIN;
    *high = t == TYPE_S8    ? INT8_MAX
            : t == TYPE_U8  ? UINT8_MAX
            : t == TYPE_S16 ? INT16_MAX
                            : INT32_MAX;
}

static Status check_s32(const Graph *g, const Node *n, const Tensor *t, const char *role, Diag *d)
{
    if (t->type != TYPE_S32) {
        return OK;
    }
    TRY(check_per_tensor(g, n, t, role, d));
    if (t->q.zero[0] != 0) {
        return fail_node(g, n, d, ERR_INPUT, "%s \"%s\" is s32 with zero point %d; it must be 0",
                         role, t->name, t->q.zero[0]);
    }
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    uint32_t quantised =
        TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_U8) | TYPE_BIT(TYPE_S16) | TYPE_BIT(TYPE_S32);
    TRY(check_type(g, n, x, TYPE_BIT(TYPE_F32) | quantised, "input", d));
    TRY(check_type(g, n, y, quantised, "output", d));
    TRY(check_quantized(g, n, x, "input", d));
    TRY(check_quantized(g, n, y, "output", d));
    TRY(check_s32(g, n, x, "input", d));
    TRY(check_s32(g, n, y, "output", d));
    y->shape = x->shape;
    return OK;
}

static Status lower_float(Graph *g, Node *n, const char *kernel)
{
    const Tensor *y = node_out(g, n, 0);
    Call *c = call_new(g, n, kernel, sizeof(shrinc_quantize_f32_params));
    shrinc_quantize_f32_params *p = c->params;
    *p = (shrinc_quantize_f32_params){
        .count = count_of(y), .zero = y->q.zero[0], .scale = y->q.scale[0]};
    limits(y->type, &p->y_min, &p->y_max);
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

/* Where uint8 takes part: a table over the 256 bytes. */
typedef struct Bytes {
    Rounding rounding;
    Type x_type, y_type;
    int32_t x_zero, y_zero, multiplier, shift;
} Bytes;

static int8_t entry(int8_t x, const void *context)
{
    const Bytes *b = context;
    int32_t low = 0;
    int32_t high = 0;
    limits(b->y_type, &low, &high);
    int32_t value = b->x_type == TYPE_U8 ? (uint8_t)x : x;
    int32_t y =
        fixed_requantize(b->rounding, value - b->x_zero, b->multiplier, b->shift) + b->y_zero;
    return (int8_t)shrinc_clamp(y, low, high);
}

static Status lower_bytes(Graph *g, Node *n, double real, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    Bytes b = {.rounding = g->rounding,
               .x_type = x->type,
               .y_type = y->type,
               .x_zero = x->q.zero[0],
               .y_zero = y->q.zero[0]};
    TRY(gain(g, n, real, 255, &b.multiplier, &b.shift, d));
    return lower_lut_s8(g, n, entry, &b);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    static const char *const from_float[TYPE_COUNT] = {
        [TYPE_S8] = "shrinc_quantize_f32_s8",
        [TYPE_U8] = "shrinc_quantize_f32_u8",
        [TYPE_S16] = "shrinc_quantize_f32_s16",
    };
    static const char *const between[TYPE_COUNT][TYPE_COUNT] = {
        [TYPE_S8] = {[TYPE_S8] = "shrinc_rescale_s8_s8",
                     [TYPE_S16] = "shrinc_rescale_s8_s16",
                     [TYPE_S32] = "shrinc_rescale_s8_s32"},
        [TYPE_U8] = {[TYPE_S16] = "shrinc_rescale_u8_s16"},
        [TYPE_S16] = {[TYPE_S8] = "shrinc_rescale_s16_s8",
                      [TYPE_S16] = "shrinc_rescale_s16_s16",
                      [TYPE_S32] = "shrinc_rescale_s16_s32"},
        [TYPE_S32] = {[TYPE_S8] = "shrinc_rescale_s32_s8", [TYPE_S16] = "shrinc_rescale_s32_s16"},
    };
    Type x = node_in(g, n, 0)->type;
    Type y = node_out(g, n, 0)->type;
    if (x == TYPE_F32 && from_float[y] != NULL) {
        return lower_float(g, n, from_float[y]);
    }
    double real = (double)node_in(g, n, 0)->q.scale[0] / (double)node_out(g, n, 0)->q.scale[0];
    if (between[x][y] != NULL) {
        int32_t low = 0;
        int32_t high = 0;
        limits(y, &low, &high);
        return lower_rescale(g, n, between[x][y], real, low, high, d);
    }
    if (type_bytes(x) == 1 && type_bytes(y) == 1) {
        return lower_bytes(g, n, real, d);
    }
    return fail_node(g, n, d, ERR_UNSUPPORTED, "there is no kernel from type %s to %s",
                     type_name(x), type_name(y));
}

const Op op_quantize = {
    .kind = {"quantize", NULL, 0, 0},
    .tflite_name = "QUANTIZE",
    .tflite_code = 114,
    .tflite_options = 89,
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
};
