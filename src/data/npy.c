/* .npy arrays (numpy.lib.format, versions 1 to 3).
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/array.h"

#include <errno.h>
#include <stdlib.h>

static const uint8_t magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

bool npy_is(Span file)
{
    return file.bytes >= sizeof magic && memcmp(file.data, magic, sizeof magic) == 0;
}

/* Value of a key in the header's Python dictionary, as text after the colon; NULL if missing. */
static const char *find_key(const char *header, const char *key)
{
    const char *at = strstr(header, key);
    at = at == NULL ? NULL : strchr(at + strlen(key), ':');
    if (at == NULL) {
        return NULL;
    }
    at++;
    while (*at == ' ') {
        at++;
    }
    return at;
}

/* "<f4": byte order, kind, bytes. */
static Status read_dtype(const char *descr, Array *out, Diag *d)
{
    static const char *const known[] = {"f4", "f8", "i1", "i2", "i4", "i8",
                                        "u1", "u2", "u4", "u8", "b1"};
    const char *stop = strchr(descr, '\'');
    for (size_t i = 0; i < COUNT(known) && stop == descr + 3; i++) {
        if (memcmp(descr + 1, known[i], 2) == 0 && strchr("<>=|", descr[0]) != NULL) {
            out->kind = descr[1];
            out->bytes_each = descr[2] - '0';
            out->big_endian = descr[0] == '>';
            return OK;
        }
    }
    Arena scratch = {0};
    size_t bytes = stop == NULL ? strlen(descr) : (size_t)(stop - descr);
    Status s = fail(d, ERR_INPUT,
                    "'%s' has dtype '%s'; supported: float32, float64, int8 to int64, uint8 to "
                    "uint64, bool",
                    out->name, text_clean(&scratch, descr, bytes < 20 ? bytes : 20));
    arena_free(&scratch);
    return s;
}

static Status read_shape(const char *shape, Array *out, Diag *d)
{
    int64_t dim[ARRAY_MAX_RANK] = {0};
    int32_t rank = 0;
    const char *p = shape + 1;
    while (*p != ')') {
        char *stop = NULL;
        errno = 0;
        long long v = strtoll(p, &stop, 10);
        if (stop == p || v < 0 || errno != 0) {
            return fail(d, ERR_INPUT, "'%s': its .npy header has a shape that makes no sense",
                        out->name);
        }
        if (rank == ARRAY_MAX_RANK) {
            return fail(d, ERR_UNSUPPORTED, "'%s' has more than %d dimensions", out->name,
                        ARRAY_MAX_RANK);
        }
        dim[rank++] = v;
        p = stop;
        while (*p == ',' || *p == ' ' || *p == 'L') {
            p++;
        }
    }
    return array_set_shape(out, dim, rank, d);
}

static Status read_header(const char *header, Array *out, Diag *d)
{
    const char *descr = find_key(header, "'descr'");
    const char *order = find_key(header, "'fortran_order'");
    const char *shape = find_key(header, "'shape'");
    if (descr == NULL || order == NULL || shape == NULL || *shape != '(' || *descr != '\'') {
        return fail(d, ERR_INPUT,
                    "'%s': its .npy header lacks a plain descr, fortran_order or shape; save it "
                    "with numpy.save",
                    out->name);
    }
    TRY(read_dtype(descr + 1, out, d));
    out->fortran = strncmp(order, "True", 4) == 0;
    return read_shape(shape, out, d);
}

Status npy_open(Arena *a, Span file, const char *name, Array *out, Diag *d)
{
    *out = (Array){.name = name};
    if (file.bytes < 12 || !npy_is(file)) {
        return fail(d, ERR_INPUT, "'%s' is not a .npy file", name);
    }
    unsigned version = file.data[6];
    if (version < 1 || version > 3) {
        return fail(d, ERR_INPUT, "'%s' is .npy version %u; versions 1 to 3 are known", name,
                    version);
    }
    size_t at = version == 1 ? 10 : 12;
    size_t length = (size_t)file.data[8] | (size_t)file.data[9] << 8;
    if (version > 1) {
        length |= (size_t)file.data[10] << 16 | (size_t)file.data[11] << 24;
    }
    if (length > file.bytes - at) {
        return fail(d, ERR_INPUT, "'%s': its .npy header runs past the end of the file", name);
    }
    TRY(read_header(arena_strndup(a, (const char *)file.data + at, length), out, d));
    out->data = file.data + at + length;
    return array_check(out, file.bytes - at - length, d);
}

void npy_header(Out *out, const char *descr, const int64_t *dim, int32_t rank)
{
    Out text = {0};
    out_printf(&text, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    for (int32_t i = 0; i < rank; i++) {
        out_printf(&text, "%s%jd%s", i == 0 ? "" : " ", (intmax_t)dim[i], i == 0 || i + 1 < rank ? "," : "");
    }
    out_text(&text, "), }");
    while ((10 + text.bytes + 1) % 64 != 0) {
        out_text(&text, " ");
    }
    out_text(&text, "\n");
    const uint8_t lengths[4] = {1, 0, (uint8_t)text.bytes, (uint8_t)(text.bytes >> 8)};
    out_bytes(out, magic, sizeof magic);
    out_bytes(out, lengths, sizeof lengths);
    out_bytes(out, text.text, text.bytes);
    out_free(&text);
}
