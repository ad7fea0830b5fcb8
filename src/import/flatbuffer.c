/* A bounds-checked reader of FlatBuffers; the format and the budgets are described in flatbuffer.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "import/flatbuffer.h"

static uint32_t load_u16(const Fb *f, uint32_t at)
{
    const uint8_t *p = f->file.data + at;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t load_u32(const Fb *f, uint32_t at)
{
    return load_u16(f, at) | load_u16(f, at + 2) << 16;
}

static uint64_t load_u64(const Fb *f, uint32_t at)
{
    return (uint64_t)load_u32(f, at) | (uint64_t)load_u32(f, at + 4) << 32;
}

/* True if BYTES bytes from AT on lie inside the file. */
static bool inside(const Fb *f, uint64_t at, uint64_t bytes)
{
    return at <= f->file.bytes && bytes <= f->file.bytes - at;
}

/* Pays for a visit of BYTES bytes. */
static Status visit(Fb *f, uint32_t at, const char *what, uint64_t bytes)
{
    f->visited += bytes;
    if (f->visited > (uint64_t)FB_VISIT_FACTOR * f->file.bytes) {
        return fail(f->d, ERR_LIMIT,
                    "byte %u: %s: more than %d times the file's size was read by way of shared "
                    "offsets; the file is not "
                    "a sensible model",
                    at, what, FB_VISIT_FACTOR);
    }
    return OK;
}

static Status open_table(Fb *f, uint32_t at, int32_t depth, const char *what, FbTable *out)
{
    if (depth > FB_DEPTH) {
        return fail(f->d, ERR_LIMIT, "byte %u: %s is nested deeper than %d tables", at, what,
                    FB_DEPTH);
    }
    if (++f->tables > FB_TABLES) {
        return fail(f->d, ERR_LIMIT, "byte %u: %s: the file has more than %d tables", at, what,
                    FB_TABLES);
    }
    if (at % 4 != 0 || !inside(f, at, 4)) {
        return fail(
            f->d, ERR_INPUT,
            "byte %u: %s: a table cannot start here (file of %zu bytes); the file is damaged", at,
            what, f->file.bytes);
    }
    int64_t vtable = (int64_t)at - (int64_t)(int32_t)load_u32(f, at);
    if (vtable < 0 || vtable % 2 != 0 || !inside(f, (uint64_t)vtable, 4)) {
        return fail(f->d, ERR_INPUT,
                    "byte %u: %s: the table's vtable would be at byte %jd; the file is damaged", at,
                    what, (intmax_t)vtable);
    }
    *out = (FbTable){.at = at, .vtable = (uint32_t)vtable, .depth = depth};
    out->vtable_bytes = load_u16(f, out->vtable);
    out->bytes = load_u16(f, out->vtable + 2);
    if (out->vtable_bytes < 4 || out->vtable_bytes % 2 != 0 ||
        !inside(f, out->vtable, out->vtable_bytes)) {
        return fail(f->d, ERR_INPUT,
                    "byte %u: %s: a vtable of %u bytes is impossible here; the file is damaged",
                    out->vtable, what, out->vtable_bytes);
    }
    if (out->bytes < 4 || !inside(f, at, out->bytes)) {
        return fail(
            f->d, ERR_INPUT,
            "byte %u: %s: a table of %u bytes runs past the end of the file (%zu bytes); the "
            "file is damaged or cut off",
            at, what, out->bytes, f->file.bytes);
    }
    for (uint32_t i = 4; i < out->vtable_bytes; i += 2) {
        uint32_t field = load_u16(f, out->vtable + i);
        if (field != 0 && (field < 4 || field >= out->bytes)) {
            return fail(
                f->d, ERR_INPUT,
                "byte %u: %s: field %u lies at %u in a table of %u bytes; the file is damaged",
                out->vtable + i, what, (i - 4) / 2, field, out->bytes);
        }
    }
    return visit(f, at, what, (uint64_t)out->vtable_bytes + out->bytes);
}

Status fb_root(Fb *f, const char identifier[4], const char *what, FbTable *out)
{
    if (f->file.bytes < 8) {
        return fail(f->d, ERR_INPUT, "%zu bytes are too few for a FlatBuffers file", f->file.bytes);
    }
    if (f->file.bytes > INT32_MAX) {
        return fail(f->d, ERR_LIMIT, "%zu bytes are too many for a FlatBuffers file",
                    f->file.bytes);
    }
    if (memcmp(f->file.data + 4, identifier, 4) != 0) {
        return fail(f->d, ERR_INPUT, "byte 4: the identifier is not \"%.4s\"", identifier);
    }
    uint32_t at = load_u32(f, 0);
    if (at < 8) {
        return fail(
            f->d, ERR_INPUT,
            "byte 0: %s: the root offset %u points into the file's head; the file is damaged", what,
            at);
    }
    return open_table(f, at, 1, what, out);
}

/* Byte of a field or 0 if it is left out. */
static uint32_t field_at(const Fb *f, const FbTable *t, int32_t slot)
{
    uint32_t entry = 4 + 2 * (uint32_t)slot;
    if (t->at == 0 || entry >= t->vtable_bytes) {
        return 0;
    }
    uint32_t field = load_u16(f, t->vtable + entry);
    return field == 0 ? 0 : t->at + field;
}

bool fb_has(const Fb *f, const FbTable *t, int32_t slot)
{
    return field_at(f, t, slot) != 0;
}

int32_t fb_slots(const FbTable *t)
{
    return t->at == 0 ? 0 : (int32_t)(t->vtable_bytes - 4) / 2;
}

bool fb_is_zero(const Fb *f, const FbTable *t, int32_t slot)
{
    uint32_t at = field_at(f, t, slot);
    uint32_t end = t->at + t->bytes;
    for (int32_t i = 0; i < fb_slots(t); i++) {
        uint32_t other = field_at(f, t, i);
        end = other > at && other < end ? other : end;
    }
    bool is_zero = true;
    for (uint32_t i = at; at != 0 && i < end; i++) {
        is_zero = is_zero && f->file.data[i] == 0;
    }
    return is_zero;
}

/* Sets *AT to a field of BYTES bytes that lies inside its table and is aligned, or to 0. */
static Status field(Fb *f, const FbTable *t, int32_t slot, const char *what, uint32_t bytes,
                    uint32_t *at)
{
    *at = field_at(f, t, slot);
    if (*at == 0) {
        return OK;
    }
    if (*at - t->at + bytes > t->bytes) {
        return fail(
            f->d, ERR_INPUT,
            "byte %u: %s: a field of %u bytes sticks out of its table of %u bytes; the file is "
            "damaged",
            *at, what, bytes, t->bytes);
    }
    if (*at % bytes != 0) {
        return fail(f->d, ERR_INPUT,
                    "byte %u: %s: a field of %u bytes must be aligned; the file is damaged", *at,
                    what, bytes);
    }
    return OK;
}

Status fb_u8(Fb *f, const FbTable *t, int32_t slot, const char *what, int32_t fallback,
             int32_t *out)
{
    uint32_t at = 0;
    TRY(field(f, t, slot, what, 1, &at));
    *out = at == 0 ? fallback : f->file.data[at];
    return OK;
}

Status fb_i8(Fb *f, const FbTable *t, int32_t slot, const char *what, int32_t fallback,
             int32_t *out)
{
    uint32_t at = 0;
    TRY(field(f, t, slot, what, 1, &at));
    *out = at == 0 ? fallback : (int8_t)f->file.data[at];
    return OK;
}

Status fb_u32(Fb *f, const FbTable *t, int32_t slot, const char *what, uint32_t fallback,
              uint32_t *out)
{
    uint32_t at = 0;
    TRY(field(f, t, slot, what, 4, &at));
    *out = at == 0 ? fallback : load_u32(f, at);
    return OK;
}

Status fb_i32(Fb *f, const FbTable *t, int32_t slot, const char *what, int32_t fallback,
              int32_t *out)
{
    uint32_t at = 0;
    TRY(field(f, t, slot, what, 4, &at));
    *out = at == 0 ? fallback : (int32_t)load_u32(f, at);
    return OK;
}

Status fb_i64(Fb *f, const FbTable *t, int32_t slot, const char *what, int64_t fallback,
              int64_t *out)
{
    uint32_t at = 0;
    TRY(field(f, t, slot, what, 8, &at));
    *out = at == 0 ? fallback : (int64_t)load_u64(f, at);
    return OK;
}

static float float_of(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

Status fb_f32(Fb *f, const FbTable *t, int32_t slot, const char *what, float fallback, float *out)
{
    uint32_t at = 0;
    TRY(field(f, t, slot, what, 4, &at));
    *out = at == 0 ? fallback : float_of(load_u32(f, at));
    return OK;
}

/* Follows the offset in an aligned field at AT; the target is checked by the caller. */
static Status follow(Fb *f, uint32_t at, const char *what, uint32_t *target)
{
    uint32_t offset = load_u32(f, at);
    if (offset == 0 || offset > f->file.bytes || !inside(f, (uint64_t)at + offset, 4)) {
        return fail(
            f->d, ERR_INPUT,
            "byte %u: %s: offset %u leads out of the file (%zu bytes); the file is damaged or cut "
            "off",
            at, what, offset, f->file.bytes);
    }
    *target = at + offset;
    return OK;
}

Status fb_table(Fb *f, const FbTable *t, int32_t slot, const char *what, FbTable *out)
{
    *out = (FbTable){0};
    uint32_t at = 0;
    TRY(field(f, t, slot, what, 4, &at));
    if (at == 0) {
        return OK;
    }
    uint32_t target = 0;
    TRY(follow(f, at, what, &target));
    return open_table(f, target, t->depth + 1, what, out);
}

/* Opens the vector at AT: its length, then its elements. */
static Status open_vector(Fb *f, uint32_t at, const char *what, uint32_t each, FbVector *out)
{
    uint32_t count = load_u32(f, at);
    if (at % 4 != 0 || (each > 4 && (at + 4) % each != 0)) {
        return fail(
            f->d, ERR_INPUT,
            "byte %u: %s: a vector of %u-byte elements must be aligned; the file is damaged", at,
            what, each);
    }
    if (!inside(f, (uint64_t)at + 4, (uint64_t)count * each)) {
        return fail(
            f->d, ERR_INPUT,
            "byte %u: %s: %u elements of %u bytes run past the end of the file (%zu bytes); the "
            "file is damaged or cut off",
            at, what, count, each, f->file.bytes);
    }
    out->at = at + 4;
    out->count = count;
    out->each = each;
    return visit(f, at, what, 4 + (uint64_t)count * each);
}

Status fb_vector(Fb *f, const FbTable *t, int32_t slot, const char *what, uint32_t each,
                 FbVector *out)
{
    *out = (FbVector){.each = each, .depth = t->depth};
    uint32_t at = 0;
    TRY(field(f, t, slot, what, 4, &at));
    if (at == 0) {
        return OK;
    }
    uint32_t target = 0;
    TRY(follow(f, at, what, &target));
    return open_vector(f, target, what, each, out);
}

Status fb_string(Fb *f, const FbTable *t, int32_t slot, const char *what, Span *out)
{
    FbVector v;
    *out = (Span){NULL, 0};
    TRY(fb_vector(f, t, slot, what, 1, &v));
    if (v.at == 0) {
        return OK;
    }
    if (!inside(f, (uint64_t)v.at + v.count, 1) || f->file.data[v.at + v.count] != 0) {
        return fail(f->d, ERR_INPUT,
                    "byte %u: %s: the text does not end with a NUL; the file is damaged", v.at,
                    what);
    }
    *out = (Span){f->file.data + v.at, v.count};
    return OK;
}

Status fb_element(Fb *f, const FbVector *v, uint32_t i, const char *what, FbTable *out)
{
    uint32_t target = 0;
    TRY(follow(f, v->at + 4 * i, what, &target));
    return open_table(f, target, v->depth + 1, what, out);
}

int32_t fb_get_i32(const Fb *f, const FbVector *v, uint32_t i)
{
    return (int32_t)load_u32(f, v->at + 4 * i);
}

int64_t fb_get_i64(const Fb *f, const FbVector *v, uint32_t i)
{
    return (int64_t)load_u64(f, v->at + 8 * i);
}

float fb_get_f32(const Fb *f, const FbVector *v, uint32_t i)
{
    return float_of(load_u32(f, v->at + 4 * i));
}
