/* IDX arrays (MNIST's format: http://yann.lecun.com/exdb/mnist/), big endian.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/array.h"

static const struct IdxType {
    uint8_t code;
    char kind;
    uint8_t bytes_each;
} types[] = {
    {0x08, 'u', 1}, {0x09, 'i', 1}, {0x0b, 'i', 2}, {0x0c, 'i', 4}, {0x0d, 'f', 4}, {0x0e, 'f', 8},
};

static const struct IdxType *find_type(uint8_t code)
{
    for (size_t i = 0; i < COUNT(types); i++) {
        if (types[i].code == code) {
            return &types[i];
        }
    }
    return NULL;
}

bool idx_is(Span file)
{
    return file.bytes >= 4 && file.data[0] == 0 && file.data[1] == 0 &&
           find_type(file.data[2]) != NULL && file.data[3] >= 1 && file.data[3] <= ARRAY_MAX_RANK;
}

Status idx_open(Span file, const char *name, Array *out, Diag *d)
{
    *out = (Array){.name = name, .big_endian = true};
    if (!idx_is(file)) {
        return fail(d, ERR_INPUT, "'%s' is not an IDX file", name);
    }
    const struct IdxType *type = find_type(file.data[2]);
    out->kind = type->kind;
    out->bytes_each = type->bytes_each;
    int32_t rank = file.data[3];
    size_t header = 4 + 4 * (size_t)rank;
    if (file.bytes < header) {
        return fail(d, ERR_INPUT, "'%s' is cut short: its IDX header ends after %zu of %zu bytes",
                    name, file.bytes, header);
    }
    int64_t dim[ARRAY_MAX_RANK];
    for (int32_t i = 0; i < rank; i++) {
        const uint8_t *p = file.data + 4 + 4 * i;
        dim[i] = (int64_t)p[0] << 24 | (int64_t)p[1] << 16 | (int64_t)p[2] << 8 | (int64_t)p[3];
    }
    TRY(array_set_shape(out, dim, rank, d));
    out->data = file.data + header;
    return array_check(out, file.bytes - header, d);
}
