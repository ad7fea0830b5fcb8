/* CAST: y = x in another type. Floats to integers toward zero (what does not fit goes to the nearest number), integers
 * by their lowest bytes, anything to bool by x != 0. The types are the tensors'; the options repeat them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_elementwise.h"

#include "shrinc_cast_bool.h"
#include "shrinc_cast_f32.h"
#include "shrinc_cast_int.h"
#include "shrinc_dequantize.h"

typedef struct Attr {
    int32_t in_type, out_type; /* TFLite's numbers; not used */
} Attr;
static const AttrDesc attrs[] = {
    {"in_type", ATTR_INT, offsetof(Attr, in_type), WIRE_I8, 0, 0, 0, 127, NULL, NULL},
    {"out_type", ATTR_INT, offsetof(Attr, out_type), WIRE_I8, 1, 0, 0, 127, NULL, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    enum {
        TYPES = 1u << TYPE_F32 | 1u << TYPE_S8 | 1u << TYPE_U8 | 1u << TYPE_S16 | 1u << TYPE_S32 | 1u << TYPE_S64 |
                1u << TYPE_BOOL
    };
    const Tensor *x = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    TRY(check_type(g, n, x, TYPES, "input", d));
    TRY(check_type(g, n, y, TYPES, "output", d));
    y->shape = x->shape;
    return OK;
}

static Call *from_f32(Graph *g, Node *n, Type to, int32_t count)
{
    static const char *const kernel[TYPE_COUNT] = {
        [TYPE_S8] = "shrinc_cast_f32_s8",   [TYPE_U8] = "shrinc_cast_f32_u8",   [TYPE_S16] = "shrinc_cast_f32_s16",
        [TYPE_S32] = "shrinc_cast_f32_s32", [TYPE_S64] = "shrinc_cast_f32_s64", [TYPE_BOOL] = "shrinc_cast_f32_bool",
    };
    Call *c = call_new(g, n, kernel[to], sizeof(shrinc_cast_f32_params));
    ((shrinc_cast_f32_params *)c->params)->count = count;
    return c;
}

static Call *to_f32(Graph *g, Node *n, Type from, int32_t count)
{
    if (from == TYPE_S32 || from == TYPE_S64) {
        const char *kernel = from == TYPE_S32 ? "shrinc_cast_s32_f32" : "shrinc_cast_s64_f32";
        Call *c = call_new(g, n, kernel, sizeof(shrinc_cast_f32_params));
        ((shrinc_cast_f32_params *)c->params)->count = count;
        return c;
    }
    const char *kernel = from == TYPE_S8    ? "shrinc_dequantize_s8_f32"
                         : from == TYPE_S16 ? "shrinc_dequantize_s16_f32"
                                            : "shrinc_dequantize_u8_f32";
    Call *c = call_new(g, n, kernel, sizeof(shrinc_dequantize_params));
    *(shrinc_dequantize_params *)c->params = (shrinc_dequantize_params){.count = count, .zero = 0, .scale = 1.0f};
    return c;
}

static Call *between_integers(Graph *g, Node *n, const Tensor *x, Type to, int32_t count)
{
    if (to == TYPE_BOOL) {
        Call *c = call_new(g, n, "shrinc_cast_bool", sizeof(shrinc_cast_bool_params));
        *(shrinc_cast_bool_params *)c->params = (shrinc_cast_bool_params){.count = count, .width = type_bytes(x->type)};
        return c;
    }
    Call *c = call_new(g, n, "shrinc_cast_int", sizeof(shrinc_cast_int_params));
    *(shrinc_cast_int_params *)c->params = (shrinc_cast_int_params){
        .count = count, .x_width = type_bytes(x->type), .y_width = type_bytes(to),
        .sign = x->type == TYPE_U8 || x->type == TYPE_BOOL ? 0 : 128,
    };
    return c;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    const Tensor *x = node_in(g, n, 0);
    Type to = node_out(g, n, 0)->type;
    int32_t count = count_of(x);
    if (x->type == to) {
        Copy all = {0};
        copy_loop(&all, count, 1, 1);
        call_copy(g, n, n->in[0], n->out[0], &all);
        return OK;
    }
    Call *c = x->type == TYPE_F32 ? from_f32(g, n, to, count)
              : to == TYPE_F32    ? to_f32(g, n, x->type, count)
                                  : between_integers(g, n, x, to, count);
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_cast = {
    .kind = {"cast", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "CAST",
    .tflite_code = 53,
    .tflite_options = 37,
    .traits = TRAIT_ELEMENTWISE,
    .min_in = 1, .max_in = 1, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = overlap_elementwise,
};
