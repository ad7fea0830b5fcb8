/* Test side: JSON to .tflite bytes; see fbbuild.h. Written front to back: a table, then what it points to.
 * SPDX-License-Identifier: Apache-2.0 */
#include "fbbuild.h"

#include <stdlib.h>

/* One line a table: its fields in the order of their slots. "-" is a slot that is no longer in use. "Union:KEY" is a table
 * whose schema KEY's number selects. */
static const char *const schema[] = {
    "Model version:u32 operator_codes:[OperatorCode] subgraphs:[SubGraph] description:str buffers:[Buffer] "
    "metadata_buffer:[i32] metadata:[Metadata] signature_defs:[SignatureDef]",
    "OperatorCode deprecated_builtin_code:i8 custom_code:str version:i32 builtin_code:i32",
    "SubGraph tensors:[Tensor] inputs:[i32] outputs:[i32] operators:[Operator] name:str",
    "Tensor shape:[i32] type:i8 buffer:u32 name:str quantization:QuantizationParameters is_variable:u8 "
    "sparsity:SparsityParameters shape_signature:[i32] has_rank:u8 variant_tensors:[i32] external_buffer:u32",
    "QuantizationParameters min:[f32] max:[f32] scale:[f32] zero_point:[i64] details_type:u8 "
    "details:BlockwiseQuantization quantized_dimension:i32",
    "BlockwiseQuantization scales:i32 zero_points:i32 block_size:i32",
    "SparsityParameters traversal_order:[i32] block_map:[i32] dim_metadata:[DimensionMetadata]",
    "DimensionMetadata format:i8 dense_size:i32 array_segments_type:u8 array_segments:Int32Vector array_indices_type:u8 "
    "array_indices:Int32Vector",
    "Int32Vector values:[i32]",
    "Operator opcode_index:u32 inputs:[i32] outputs:[i32] builtin_options_type:u8 builtin_options:Union custom_options:[u8] "
    "custom_options_format:i8 mutating_variable_inputs:[u8] intermediates:[i32] large_custom_options_offset:u64 "
    "large_custom_options_size:u64 builtin_options_2_type:u8 builtin_options_2:Empty",
    "Buffer data:[u8] offset:u64 size:u64",
    "Metadata name:str buffer:u32",
    "SignatureDef inputs:[TensorMap] outputs:[TensorMap] signature_key:str - subgraph_index:u32",
    "TensorMap name:str tensor_index:u32",
    "Empty",
    "ModelMetadata name:str description:str version:str subgraph_metadata:[SubGraphMetadata]",
    "SubGraphMetadata name:str description:str input_tensor_metadata:[TensorMetadata] "
    "output_tensor_metadata:[TensorMetadata]",
    "TensorMetadata name:str description:str dimension_names:[i32] content:Empty process_units:[ProcessUnit] stats:Empty "
    "associated_files:[AssociatedFile]",
    "ProcessUnit options_type:u8 options:NormalizationOptions",
    "NormalizationOptions mean:[f32] std:[f32]",
    "AssociatedFile name:str description:str type:i8",
    "Options1 padding:i8 stride_w:i32 stride_h:i32 act:i8 dilation_w:i32 dilation_h:i32 bias_type:i8",
    "Options2 padding:i8 stride_w:i32 stride_h:i32 depth_multiplier:i32 act:i8 dilation_w:i32 dilation_h:i32",
    "Options5 padding:i8 stride_w:i32 stride_h:i32 filter_w:i32 filter_h:i32 act:i8",
    "Options6 rank:i32 act:i8 asymmetric:u8",
    "Options8 act:i8 weights_format:i8 keep_num_dims:u8 asymmetric:u8 bias_type:i8",
    "Options9 beta:f32",
    "Options10 axis:i32 act:i8",
    "Options11 act:i8 pot_scale:u8",
    "Options12 act:i8",
    "Options15 - - align_corners:u8 half_pixel:u8",
    "Options17 new_shape:[i32]",
    "Options19 block_size:i32",
    "Options21 act:i8",
    "Options23 axis:i32 batch_dims:i32",
    "Options27 keep_dims:u8",
    "Options28 act:i8 pot_scale:u8",
    "Options29 act:i8",
    "Options30 squeeze_dims:[i32]",
    "Options32 begin_mask:i32 end_mask:i32 ellipsis_mask:i32 new_axis_mask:i32 shrink_axis_mask:i32 offset:u8",
    "Options35 num_splits:i32",
    "Options37 in_type:i8 out_type:i8",
    "Options40 output_type:i8",
    "Options49 padding:i8 stride_w:i32 stride_h:i32 act:i8 bias_type:i8",
    "Options57 output_type:i8",
    "Options59 values_count:i32 axis:i32",
    "Options64 num:i32 axis:i32",
    "Options71 act:i8 cell_clip:f32 proj_clip:f32 time_major:u8 asymmetric:u8 diagonal:u8",
    "Options74 align_corners:u8 half_pixel:u8",
    "Options75 alpha:f32",
    "Options77 mode:i8",
    "Options79 num_splits:i32",
    "Options92 then:i32 else:i32",
    "Options93 cond:i32 body:i32",
    "Options94 block_size:i32",
    "Options101 adj_x:u8 adj_y:u8 asymmetric:u8",
    "Options102 exclusive:u8 reverse:u8",
    "Options103 init_subgraph_index:i32",
    "Options111 container:str shared_name:str",
    "Options116 approximate:u8",
};

enum { TYPE_CHARS = 64 };

static void die(const char *what, const char *detail)
{
    printf("fbbuild: %s: %s\n", what, detail);
    exit(2);
}

static const char *find_table(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < COUNT(schema); i++) {
        if (strncmp(schema[i], name, n) == 0 && (schema[i][n] == ' ' || schema[i][n] == '\0')) {
            return schema[i] + n;
        }
    }
    return strncmp(name, "Options", 7) == 0 ? "" : (die("no table", name), NULL);
}

/* Slot and type of a field in a schema line. */
static int find_field(const char *fields, const char *name, char type[TYPE_CHARS])
{
    size_t n = strlen(name);
    int slot = 0;
    for (const char *p = fields; *p != '\0'; slot++) {
        p += strspn(p, " ");
        size_t bytes = strcspn(p, " ");
        if (bytes > n && strncmp(p, name, n) == 0 && p[n] == ':') {
            (void)snprintf(type, TYPE_CHARS, "%.*s", (int)(bytes - n - 1), p + n + 1);
            return slot;
        }
        p += bytes;
    }
    die("no field", name);
    return -1;
}

static size_t scalar_bytes(const char *type)
{
    size_t bits = strchr("iuf", type[0]) != NULL ? strtoul(type + 1, NULL, 10) : 0;
    return bits % 8 == 0 ? bits / 8 : 0;
}

static size_t reserve(FbBuild *b, size_t align, size_t phase, size_t bytes)
{
    while ((b->count + phase) % align != 0) {
        b->count++;
    }
    if (b->count + bytes + 64 > b->capacity) {
        size_t capacity = (b->count + bytes + 64) * 2;
        b->bytes = realloc(b->bytes, capacity);
        memset(b->bytes + b->capacity, 0, capacity - b->capacity);
        b->capacity = capacity;
    }
    size_t at = b->count;
    b->count += bytes;
    return at;
}

static void record(FbBuild *b, const char *path, const char *suffix, size_t at)
{
    if (b->place_count == b->place_capacity) {
        size_t capacity = b->place_capacity * 2 + 256;
        FbPlace *more = NEW(&b->arena, FbPlace, capacity);
        if (b->place_count > 0) {
            memcpy(more, b->place, b->place_count * sizeof *more);
        }
        b->place = more;
        b->place_capacity = capacity;
    }
    b->place[b->place_count++] = (FbPlace){arena_printf(&b->arena, "%s%s", path, suffix), at};
}

static void put(FbBuild *b, size_t at, uint64_t v, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        b->bytes[at + i] = (uint8_t)(v >> (8 * i));
    }
}

void fb_store(FbBuild *b, const char *type, size_t at, const char *number)
{
    size_t bytes = scalar_bytes(type);
    if (at + bytes > b->count) {
        die("outside the file", number);
    }
    if (type[0] == 'f') {
        float v = strtof(number, NULL);
        uint32_t bits;
        memcpy(&bits, &v, sizeof bits);
        put(b, at, bits, 4);
    } else {
        put(b, at, number[0] == '-' ? (uint64_t)strtoll(number, NULL, 0) : strtoull(number, NULL, 0), bytes);
    }
}

static void put_scalar(FbBuild *b, size_t at, const char *type, const json_t *v)
{
    char text[64];
    if (json_is_string(v)) {
        fb_store(b, type, at, json_string_value(v));
        return;
    }
    if (json_is_real(v)) {
        (void)snprintf(text, sizeof text, "%.17g", json_real_value(v));
    } else {
        (void)snprintf(text, sizeof text, "%jd", (intmax_t)(json_is_true(v) ? 1 : json_integer_value(v)));
    }
    fb_store(b, type, at, text);
}

static size_t write_value(FbBuild *b, const char *type, const json_t *v, const char *path);
static void build(FbBuild *b, const char *root, const char *identifier, const json_t *v);

/* A number N stands for N bytes of a fixed pattern. */
static size_t write_bytes(FbBuild *b, json_int_t n)
{
    size_t at = reserve(b, 16, 4, 4 + (size_t)n);
    put(b, at, (uint64_t)n, 4);
    for (json_int_t i = 0; i < n; i++) {
        b->bytes[at + 4 + (size_t)i] = (uint8_t)((i * 37 + 11) % 100);
    }
    return at;
}

/* {"@root": TABLE, "@id": IDENTIFIER, ...}: a flatbuffer of its own. */
static size_t write_nested(FbBuild *b, const json_t *v)
{
    FbBuild inner;
    build(&inner, json_string_value(json_object_get(v, "@root")), json_string_value(json_object_get(v, "@id")), v);
    size_t at = reserve(b, 16, 4, 4 + inner.count);
    put(b, at, inner.count, 4);
    memcpy(b->bytes + at + 4, inner.bytes, inner.count);
    fb_build_free(&inner);
    return at;
}

/* {"@repeat": N, "of": X}: N offsets that all lead to one X. */
static size_t write_repeat(FbBuild *b, const char *element, const json_t *v, const char *path)
{
    size_t n = (size_t)json_integer_value(json_object_get(v, "@repeat"));
    size_t at = reserve(b, 4, 4, 4 + 4 * n);
    size_t target = write_value(b, element, json_object_get(v, "of"), path);
    put(b, at, n, 4);
    for (size_t i = 0; i < n; i++) {
        put(b, at + 4 + 4 * i, target - (at + 4 + 4 * i), 4);
    }
    return at;
}

static size_t write_vector(FbBuild *b, const char *element, const json_t *v, const char *path)
{
    if (json_is_integer(v)) {
        return write_bytes(b, json_integer_value(v));
    }
    if (json_is_object(v)) {
        return json_object_get(v, "@root") != NULL ? write_nested(b, v) : write_repeat(b, element, v, path);
    }
    size_t n = json_array_size(v);
    size_t each = scalar_bytes(element);
    bool is_scalar = each != 0;
    each = is_scalar ? each : 4;
    size_t at = reserve(b, each > 4 ? each : 4, 4, 4 + n * each);
    put(b, at, n, 4);
    for (size_t i = 0; i < n; i++) {
        size_t here = at + 4 + i * each;
        if (is_scalar) {
            put_scalar(b, here, element, json_array_get(v, i));
        } else {
            char *sub = arena_printf(&b->arena, "%s/%zu", path, i);
            put(b, here, write_value(b, element, json_array_get(v, i), sub) - here, 4);
            record(b, sub, "#ref", here);
        }
    }
    return at;
}

/* Text; a number N stands for N letters. */
static size_t write_string(FbBuild *b, const json_t *v)
{
    size_t n = json_is_integer(v) ? (size_t)json_integer_value(v) : json_string_length(v);
    size_t at = reserve(b, 4, 0, 4 + n + 1);
    put(b, at, n, 4);
    if (json_is_integer(v)) {
        memset(b->bytes + at + 4, 'n', n);
    } else {
        memcpy(b->bytes + at + 4, json_string_value(v), n);
    }
    return at;
}

typedef struct Field {
    int slot;
    char type[TYPE_CHARS];
    const char *name;
    const json_t *value;
    size_t at;
} Field;

/* The schema that a union's table follows. */
static const char *union_table(const json_t *owner, char name[TYPE_CHARS])
{
    (void)snprintf(name, TYPE_CHARS, "Options%d", (int)json_integer_value(json_object_get(owner, "builtin_options_type")));
    return name;
}

static size_t write_table(FbBuild *b, const char *name, const json_t *v, const char *path)
{
    const json_t *other = json_object_get(v, "@table");
    const char *fields = find_table(other != NULL ? json_string_value(other) : name);
    Field field[32];
    size_t count = 0;
    int slots = 0;
    const char *key;
    json_t *value;
    json_t *all = json_deep_copy(v);
    json_object_foreach(all, key, value) {
        if (key[0] != '@') {
            Field *f = &field[count++];
            f->slot = find_field(fields, key, f->type);
            f->name = key;
            f->value = value;
            slots = f->slot >= slots ? f->slot + 1 : slots;
        }
    }
    size_t vtable_bytes = 4 + 2 * (size_t)slots;
    size_t vtable = reserve(b, 2, 0, vtable_bytes);
    size_t at = reserve(b, 8, 0, 4);
    for (size_t i = 0; i < count; i++) {
        size_t bytes = scalar_bytes(field[i].type);
        bytes = bytes == 0 ? 4 : bytes;
        field[i].at = reserve(b, bytes, 0, bytes);
        put(b, vtable + 4 + 2 * (size_t)field[i].slot, field[i].at - at, 2);
    }
    put(b, vtable, vtable_bytes, 2);
    put(b, vtable + 2, b->count - at, 2);
    put(b, at, at - vtable, 4);
    record(b, path, "", at);
    record(b, path, "#vtable", vtable);
    for (size_t i = 0; i < count; i++) {
        char *sub = arena_printf(&b->arena, "%s/%s", path, field[i].name);
        if (scalar_bytes(field[i].type) != 0) {
            put_scalar(b, field[i].at, field[i].type, field[i].value);
            record(b, sub, "", field[i].at);
        } else {
            char type[TYPE_CHARS];
            const char *real = strcmp(field[i].type, "Union") == 0 ? union_table(v, type) : field[i].type;
            put(b, field[i].at, write_value(b, real, field[i].value, sub) - field[i].at, 4);
            record(b, sub, "#ref", field[i].at);
        }
    }
    json_decref(all);
    return at;
}

static size_t write_value(FbBuild *b, const char *type, const json_t *v, const char *path)
{
    if (type[0] == '[') {
        char element[TYPE_CHARS];
        (void)snprintf(element, sizeof element, "%.*s", (int)strlen(type) - 2, type + 1);
        size_t at = write_vector(b, element, v, path);
        record(b, path, "", at);
        return at;
    }
    if (strcmp(type, "str") == 0) {
        size_t at = write_string(b, v);
        record(b, path, "", at);
        return at;
    }
    return write_table(b, type, v, path);
}

static void build(FbBuild *b, const char *root, const char *identifier, const json_t *v)
{
    *b = (FbBuild){0};
    size_t head = reserve(b, 4, 0, 8);
    memcpy(b->bytes + 4, identifier, 4);
    put(b, head, write_table(b, root, v, ""), 4);
    (void)reserve(b, 4, 0, 0);
}

void fb_build(FbBuild *b, const json_t *model)
{
    build(b, "Model", "TFL3", model);
}

void fb_append(FbBuild *b, const void *data, size_t bytes)
{
    size_t at = reserve(b, 1, 0, bytes);
    memcpy(b->bytes + at, data, bytes);
}

void fb_build_free(FbBuild *b)
{
    free(b->bytes);
    arena_free(&b->arena);
    *b = (FbBuild){0};
}

size_t fb_place(const FbBuild *b, const char *path)
{
    for (size_t i = 0; i < b->place_count; i++) {
        if (strcmp(b->place[i].path, path) == 0) {
            return b->place[i].at;
        }
    }
    die("no such place", path);
    return 0;
}
