/* Numbers and building blocks of the independent reference.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

int32_t draw(Trial *t, int32_t low, int32_t high)
{
    t->seed = t->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return low + (int32_t)((t->seed >> 33) % (uint64_t)((int64_t)high - low + 1));
}

double draw_scale(Trial *t, double low, double high)
{
    double part = draw(t, 0, 1 << 20) / (double)(1 << 20);
    return (double)(float)exp(log(low) + part * (log(high) - log(low)));
}

void note(Trial *t, const char *name, int32_t value)
{
    size_t used = strlen(t->attributes);
    (void)snprintf(t->attributes + used, sizeof t->attributes - used, "%s=%d ", name, value);
}

__extension__ typedef __int128 Wide;

/* floor(a / 2^n) for any sign, without shifting a negative number. */
static Wide floor_pow2(Wide a, int32_t n)
{
    Wide unit = (Wide)1 << n;
    Wide q = a / unit;
    return a % unit < 0 ? q - 1 : q;
}

int64_t ref_scale(Rounding rounding, int64_t x, double real)
{
    if (real == 0.0) {
        return 0;
    }
    int exponent = 0;
    double mantissa = frexp(real, &exponent);
    Wide m = (Wide)floor(mantissa * 2147483648.0 + 0.5);
    if (m == (Wide)1 << 31) {
        m >>= 1;
        exponent++;
    }
    if (exponent < -31) {
        return 0;
    }
    Wide product = (Wide)x * m;
    if (rounding == ROUNDING_SINGLE) {
        int32_t n = 31 - exponent;
        return (int64_t)floor_pow2(2 * product + ((Wide)1 << n), n + 1);
    }
    if (exponent > 0) {
        product *= (Wide)1 << exponent;
    }
    Wide high = floor_pow2(product + ((Wide)1 << 30), 31); /* nearest, ties upward */
    if (exponent >= 0) {
        return (int64_t)high;
    }
    Wide half = (Wide)1 << (-exponent - 1); /* nearest, ties away from zero */
    Wide size = high < 0 ? -high : high;
    Wide rounded = (size + half) / (2 * half);
    return (int64_t)(high < 0 ? -rounded : rounded);
}

int64_t ref_clamp(int64_t x, int64_t low, int64_t high)
{
    return x < low ? low : x > high ? high : x;
}

void ref_act(const Tensor *y, int32_t act, double *low, double *high)
{
    bool real = y->type == TYPE_F32;
    double least = real ? -DBL_MAX : y->type == TYPE_S16 ? -32768 : -128;
    double most = real ? DBL_MAX : y->type == TYPE_S16 ? 32767 : 127;
    double bottom = act == ACT_RELU || act == ACT_RELU6 ? 0.0 : act == ACT_RELU_N1_TO_1 ? -1.0 : -DBL_MAX;
    double top = act == ACT_RELU6 ? 6.0 : act == ACT_RELU_N1_TO_1 ? 1.0 : DBL_MAX;
    *low = least;
    *high = most;
    if (real) {
        *low = bottom;
        *high = top;
        return;
    }
    if (bottom > -DBL_MAX) {
        double q = round((double)((float)bottom / y->q.scale[0])) + y->q.zero[0];
        *low = q < least ? least : q > most ? most : q;
    }
    if (top < DBL_MAX) {
        double q = round((double)((float)top / y->q.scale[0])) + y->q.zero[0];
        *high = q < least ? least : q > most ? most : q;
    }
}

/* --- building --------------------------------------------------------------------------------------- */

static void put(Type type, uint8_t *at, int64_t i, double v)
{
    int64_t whole = (int64_t)v;
    float real = (float)v;
    if (type == TYPE_F32) {
        memcpy(at + 4 * i, &real, 4);
    } else {
        memcpy(at + type_bytes(type) * i, &whole, (size_t)type_bytes(type));
    }
}

static uint8_t *fill(Trial *t, Type type, int64_t count, int32_t low, int32_t high)
{
    uint8_t *data = NEW(&t->arena, uint8_t, count * type_bytes(type) + 8);
    for (int64_t i = 0; i < count; i++) {
        bool extreme = t->corner && draw(t, 0, 3) != 0;
        double v = extreme ? (draw(t, 0, 1) == 0 ? low : high) : draw(t, low, high);
        put(type, data, i, type == TYPE_F32 ? v / 64.0 : v);
    }
    return data;
}

TensorId trial_input(Trial *t, Type type, Shape s, double scale, int32_t zero)
{
    TensorId id = graph_add_tensor(t->g, "x", type, s);
    if (type != TYPE_F32) {
        graph_set_quant(t->g, id, (float)scale, zero);
    }
    t->data[t->g->input_count] = fill(t, type, shape_count(&s), type == TYPE_S16 ? -32768 : -128, type == TYPE_S16 ? 32767 : 127);
    t->g->input[t->g->input_count++] = id;
    return id;
}

TensorId trial_const(Trial *t, Type type, Shape s, double scale, int32_t zero, int32_t low, int32_t high)
{
    TensorId id = graph_add_const(t->g, "c", type, s, fill(t, type, shape_count(&s), low, high));
    if (type != TYPE_F32 && scale > 0.0) {
        graph_set_quant(t->g, id, (float)scale, zero);
    }
    return id;
}

void trial_output(Trial *t, Type type, double scale, int32_t zero)
{
    TensorId id = graph_add_tensor(t->g, "y", type, (Shape){0});
    if (type != TYPE_F32) {
        graph_set_quant(t->g, id, (float)scale, zero);
    }
    t->node->out[0] = id;
    t->g->output[t->g->output_count++] = id;
}

Node *trial_node(Trial *t, const char *op, int32_t inputs)
{
    t->node = graph_add_node(t->g, op_find_kind(op), op, inputs, 1);
    return t->node;
}

void trial_put(Trial *t, const char *name, int32_t value)
{
    const Kind *k = t->node->kind;
    for (int32_t i = 0; i < k->attr_count; i++) {
        if (strcmp(k->attrs[i].name, name) == 0) {
            if (k->attrs[i].type == ATTR_BOOL) {
                *((bool *)t->node->attr + k->attrs[i].offset) = value != 0;
            } else {
                memcpy((char *)t->node->attr + k->attrs[i].offset, &value, sizeof value);
            }
            return;
        }
    }
    printf("FAIL ref: %s has no attribute %s\n", k->name, name);
    exit(1);
}

void trial_set(Trial *t, const char *name, int32_t value)
{
    trial_put(t, name, value);
    note(t, name, value);
}

int32_t trial_zero(Trial *t)
{
    return t->corner ? (draw(t, 0, 1) == 0 ? -128 : 127) : draw(t, -128, 127);
}

const Tensor *trial_in(const Trial *t, int32_t input)
{
    return node_in(t->g, t->node, input);
}

const Tensor *trial_out(const Trial *t)
{
    return node_out(t->g, t->node, 0);
}

double trial_at(const Trial *t, int32_t input, int64_t i)
{
    Tensor at = *trial_in(t, input);
    for (int32_t k = 0; k < t->g->input_count; k++) {
        if (t->g->input[k] == t->node->in[input]) {
            at.data = t->data[k];
        }
    }
    return const_value(&at, i);
}
