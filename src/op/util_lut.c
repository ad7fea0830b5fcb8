/* Functions of one int8 value as tables of 256 entries.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"

#include <math.h>

#include "shrinc_lut_s8.h"

Status lower_lut_s8(Graph *g, Node *n, int8_t (*f)(int8_t x, const void *context), const void *context)
{
    int8_t table[256];
    for (int32_t x = -128; x < 128; x++) {
        table[(uint8_t)x] = f((int8_t)x, context);
    }
    Call *c = call_new(g, n, "shrinc_lut_s8", sizeof(shrinc_lut_s8_params));
    shrinc_lut_s8_params *p = c->params;
    p->count = count_of(node_out(g, n, 0));
    call_const(g, c, "table", TYPE_S8, table, 256, 16);
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

typedef struct Float {
    float (*f)(float x, const void *context);
    const void *context;
    float x_scale, y_scale;
    int32_t x_zero, y_zero;
} Float;

static int8_t entry(int8_t x, const void *context)
{
    const Float *c = context;
    float inverse = 1.0f / c->y_scale;
    float real = c->x_scale * (float)(x - c->x_zero);
    float y = roundf(c->f(real, c->context) * inverse) + (float)c->y_zero;
    return y >= 127.0f ? 127 : y > -128.0f ? (int8_t)y : -128; /* NaN: -128 */
}

Status lower_lut_f32(Graph *g, Node *n, float (*f)(float x, const void *context), const void *context)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    Float c = {f, context, x->q.scale[0], y->q.scale[0], x->q.zero[0], y->q.zero[0]};
    return lower_lut_s8(g, n, entry, &c);
}
