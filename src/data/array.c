/* Elements of an array as it lies in a file, as numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/array.h"

Status array_check(const Array *array, size_t bytes_present, Diag *d)
{
    int64_t need = array->count * array->bytes_each;
    if ((uint64_t)need > bytes_present) {
        return fail(d, ERR_INPUT, "'%s' is cut short: %zu of %jd data bytes", array->name,
                    bytes_present, (intmax_t)need);
    }
    return OK;
}

Status array_set_shape(Array *array, const int64_t *dim, int32_t rank, Diag *d)
{
    array->rank = rank;
    array->count = 1;
    for (int32_t i = 0; i < rank; i++) {
        int64_t limit = INT64_MAX / 64 / (array->count > 0 ? array->count : 1);
        if (dim[i] < 0 || dim[i] > limit) {
            return fail(d, ERR_INPUT, "'%s': its header has a shape that makes no sense",
                        array->name);
        }
        array->dim[i] = dim[i];
        array->count *= dim[i];
    }
    return OK;
}

static uint64_t load(const uint8_t *at, int32_t bytes, bool big_endian)
{
    uint64_t v = 0;
    for (int32_t i = 0; i < bytes; i++) {
        v |= (uint64_t)at[big_endian ? bytes - 1 - i : i] << (8 * i);
    }
    return v;
}

static double element(const Array *a, const uint8_t *at)
{
    uint64_t v = a->bytes_each == 1 ? *at : load(at, a->bytes_each, a->big_endian);
    if (a->kind == 'f' && a->bytes_each == 4) {
        uint32_t bits = (uint32_t)v;
        float f;
        memcpy(&f, &bits, sizeof f);
        return (double)f;
    }
    if (a->kind == 'f') {
        double f;
        memcpy(&f, &v, sizeof f);
        return f;
    }
    if (a->kind == 'i') { /* two's complement, carried to 64 bits */
        int32_t unused = 64 - 8 * a->bytes_each;
        int64_t s;
        v <<= unused;
        memcpy(&s, &v, sizeof s);
        return (double)(s / (INT64_C(1) << unused));
    }
    return (double)v; /* 'u', 'b' */
}

/* Where the element number INDEX of C order lies in a Fortran array. */
static int64_t fortran_place(const Array *a, int64_t index)
{
    int64_t place = 0;
    int64_t rest = index;
    int64_t step = a->count;
    for (int32_t i = a->rank - 1; i >= 0; i--) {
        step /= a->dim[i];
        place += rest % a->dim[i] * step;
        rest /= a->dim[i];
    }
    return place;
}

void array_get(const Array *array, int64_t from, int64_t count, double *out)
{
    const uint8_t *at = array->data + from * array->bytes_each;
    for (int64_t i = 0; i < count; i++) {
        if (array->fortran && array->rank > 1) {
            at = array->data + fortran_place(array, from + i) * array->bytes_each;
        }
        out[i] = element(array, at);
        at += array->bytes_each;
    }
}
