/* Shapes and element types.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir.h"

static const struct TypeInfo {
    const char *name;
    const char *c;
    int32_t bytes;
} types[TYPE_COUNT] = {
    [TYPE_NONE] = {"none", "void", 0},    [TYPE_F32] = {"f32", "float", 4},
    [TYPE_S8] = {"s8", "int8_t", 1},      [TYPE_U8] = {"u8", "uint8_t", 1},
    [TYPE_S16] = {"s16", "int16_t", 2},   [TYPE_S32] = {"s32", "int32_t", 4},
    [TYPE_S64] = {"s64", "int64_t", 8},   [TYPE_BOOL] = {"bool", "uint8_t", 1},
    [TYPE_F16] = {"f16", "uint16_t", 2},  [TYPE_S4] = {"s4", "int8_t", 1},
    [TYPE_S2] = {"s2", "int8_t", 1},
};

int32_t type_bytes(Type t)
{
    return types[t].bytes;
}

int32_t type_bits(Type t)
{
    return t == TYPE_S4 ? 4 : t == TYPE_S2 ? 2 : 8 * types[t].bytes;
}

bool type_is_weights(Type t)
{
    return t == TYPE_S8 || t == TYPE_S4 || t == TYPE_S2;
}

void type_pack(Type t, const int8_t *numbers, int64_t count, uint8_t *bytes)
{
    const int32_t bits = type_bits(t);
    const int32_t each = 8 / bits;
    memset(bytes, 0, (size_t)((count + each - 1) / each));
    for (int64_t i = 0; i < count; i++) {
        uint32_t number = (uint32_t)numbers[i] & ((1u << bits) - 1u);
        bytes[i / each] |= (uint8_t)(number << (i % each * bits));
    }
}

void type_unpack(Type t, const uint8_t *bytes, int64_t count, int8_t *numbers)
{
    const int32_t bits = type_bits(t);
    const int32_t each = 8 / bits;
    for (int64_t i = 0; i < count; i++) {
        int32_t number = bytes[i / each] >> (i % each * bits) & ((1 << bits) - 1);
        numbers[i] = (int8_t)(number >= 1 << (bits - 1) ? number - (1 << bits) : number);
    }
}

const char *type_name(Type t)
{
    return types[t].name;
}

const char *type_c(Type t)
{
    return types[t].c;
}

Type type_find(const char *name)
{
    for (int32_t i = 1; i < TYPE_COUNT; i++) {
        if (strcmp(types[i].name, name) == 0) {
            return (Type)i;
        }
    }
    return TYPE_NONE;
}

Shape shape_of(int32_t rank, const int32_t *dim)
{
    Shape s = {.rank = rank};
    for (int32_t i = 0; i < rank; i++) {
        s.dim[i] = dim[i];
    }
    return s;
}

bool shape_equal(const Shape *a, const Shape *b)
{
    if (a->rank != b->rank) {
        return false;
    }
    for (int32_t i = 0; i < a->rank; i++) {
        if (a->dim[i] != b->dim[i]) {
            return false;
        }
    }
    return true;
}

int64_t shape_count(const Shape *s)
{
    int64_t count = 1;
    for (int32_t i = 0; i < s->rank; i++) {
        count *= s->dim[i];
    }
    return count;
}

int32_t shape_dim_back(const Shape *s, int32_t i)
{
    return i < s->rank ? s->dim[s->rank - 1 - i] : 1;
}

const char *shape_text(const Shape *s, char text[96])
{
    size_t used = 0;
    text[used++] = '[';
    for (int32_t i = 0; i < s->rank; i++) {
        int n = snprintf(text + used, 96 - used, i == 0 ? "%d" : ",%d", s->dim[i]);
        used += (size_t)(n > 0 ? n : 0);
    }
    text[used++] = ']';
    text[used] = '\0';
    return text;
}

int64_t tensor_bytes(const Tensor *t)
{
    return shape_count(&t->shape) * type_bytes(t->type);
}

int64_t tensor_file_bytes(const Tensor *t)
{
    return (shape_count(&t->shape) * type_bits(t->type) + 7) / 8;
}

int64_t tensor_arena_bytes(const Tensor *t)
{
    return t->ring > 0 ? tensor_bytes(t) / t->shape.dim[1] * t->ring : tensor_bytes(t);
}
