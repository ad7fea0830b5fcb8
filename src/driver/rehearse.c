/* Rehearsal: seeded vectors, runs on the host, comparison.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

#include <math.h>

void rehearse(const Graph *g, bool planned, const uint8_t *inputs, int64_t runs, uint8_t *outputs)
{
    Eval *e = eval_new(g, planned);
    for (int64_t r = 0; r < runs; r++) {
        for (int32_t i = 0; i < g->input_count; i++) {
            size_t bytes = (size_t)tensor_bytes(tensor(g, g->input[i]));
            memcpy(eval_tensor(e, g->input[i]), inputs, bytes);
            inputs += bytes;
        }
        eval_run(e);
        for (int32_t i = 0; i < g->output_count; i++) {
            size_t bytes = (size_t)tensor_bytes(tensor(g, g->output[i]));
            memcpy(outputs, eval_tensor(e, g->output[i]), bytes);
            outputs += bytes;
        }
    }
    eval_free(e);
}

/* SplitMix64: a small generator whose whole state is one number. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* In [-1, 1). */
static double next_unit(uint64_t *state)
{
    return (double)(int64_t)next_random(state) / 9223372036854775808.0;
}

/* Stores UNIT in [-1, 1] as an element of the type's full range. */
static void store_element(Type type, double unit, double float_scale, uint8_t *at)
{
    double range = type == TYPE_S16 ? 32767.5 : type == TYPE_S32 ? 1000.0 : type == TYPE_S64 ? 1000.0 : 127.5;
    double v = floor(unit * range);
    if (type == TYPE_F32) {
        float f = (float)(unit * float_scale);
        memcpy(at, &f, sizeof f);
    } else if (type == TYPE_S8) {
        *at = (uint8_t)(int8_t)v;
    } else if (type == TYPE_U8) {
        *at = (uint8_t)(int32_t)(v + 128.0);
    } else if (type == TYPE_BOOL) {
        *at = unit > 0.0;
    } else if (type == TYPE_S16) {
        int16_t s = (int16_t)v;
        memcpy(at, &s, sizeof s);
    } else if (type == TYPE_S32) {
        int32_t s = (int32_t)v;
        memcpy(at, &s, sizeof s);
    } else {
        int64_t s = (int64_t)v;
        memcpy(at, &s, sizeof s);
    }
}

static void fill(const Tensor *t, bool smooth, uint64_t *state, uint8_t *at)
{
    int32_t bytes = type_bytes(t->type);
    double float_scale = ldexp(1.0, (int)(next_random(state) % 4));
    double phase = next_unit(state) * 3.14159265358979;
    double step = next_unit(state) * 0.4;
    double height = next_unit(state);
    for (int64_t i = 0; i < shape_count(&t->shape); i++) {
        double unit = next_unit(state);
        if (smooth) {
            unit = height * sin(phase + step * (double)i) + 0.05 * unit;
            unit = unit < -1.0 ? -1.0 : unit > 1.0 ? 1.0 : unit;
        }
        store_element(t->type, unit, float_scale, at + i * bytes);
    }
}

void make_vectors(const Graph *g, uint64_t seed, int64_t runs, uint8_t *inputs)
{
    uint64_t state = seed;
    for (int64_t r = 0; r < runs; r++) {
        for (int32_t i = 0; i < g->input_count; i++) {
            const Tensor *t = tensor(g, g->input[i]);
            fill(t, r >= (runs + 1) / 2, &state, inputs);
            inputs += tensor_bytes(t);
        }
    }
}

double element_value(Type type, const uint8_t *bytes, int64_t element)
{
    Tensor t = {.type = type, .data = bytes};
    return const_value(&t, element);
}

static bool floats_equal(double expected, double got, double tolerance)
{
    if (isnan(expected) || isnan(got)) {
        return isnan(expected) && isnan(got);
    }
    return expected == got || fabs(expected - got) <= tolerance;
}

bool tensor_bytes_equal(const Tensor *t, const uint8_t *expected, const uint8_t *got, int64_t *element)
{
    int64_t count = shape_count(&t->shape);
    double tolerance = 0.0;
    if (t->type == TYPE_F32) {
        for (int64_t i = 0; i < count; i++) {
            double v = fabs(element_value(t->type, expected, i));
            tolerance = isfinite(v) && v > tolerance ? v : tolerance;
        }
        tolerance *= 1e-5;
    }
    for (int64_t i = 0; i < count; i++) {
        bool equal = t->type == TYPE_F32
                         ? floats_equal(element_value(t->type, expected, i), element_value(t->type, got, i), tolerance)
                         : memcmp(expected + i * type_bytes(t->type), got + i * type_bytes(t->type),
                                  (size_t)type_bytes(t->type)) == 0;
        if (!equal) {
            *element = i;
            return false;
        }
    }
    return true;
}

bool outputs_equal(const Graph *g, const uint8_t *expected, const uint8_t *got, Difference *first)
{
    for (int32_t i = 0; i < g->output_count; i++) {
        const Tensor *t = tensor(g, g->output[i]);
        int64_t element = 0;
        if (!tensor_bytes_equal(t, expected, got, &element)) {
            if (first != NULL) {
                *first = (Difference){i, element, element_value(t->type, expected, element),
                                      element_value(t->type, got, element)};
            }
            return false;
        }
        expected += tensor_bytes(t);
        got += tensor_bytes(t);
    }
    return true;
}
