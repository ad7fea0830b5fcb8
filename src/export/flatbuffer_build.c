/* Builds a FlatBuffer from its end to its start.
 * SPDX-License-Identifier: Apache-2.0 */
#include "export/flatbuffer_build.h"

#include <assert.h>

/* Makes room in front for BYTES more bytes. */
static void reserve(Build *b, size_t bytes)
{
    if (b->capacity - b->used >= bytes) {
        return;
    }
    size_t capacity = b->capacity * 2 + bytes + 1024;
    Arena fresh = {0};
    uint8_t *data = NEW(&fresh, uint8_t, capacity);
    if (b->used > 0) {
        memcpy(data + capacity - b->used, b->data + b->capacity - b->used, b->used);
    }
    arena_free(&b->arena);
    b->arena = fresh;
    b->data = data;
    b->capacity = capacity;
}

void build_free(Build *b)
{
    arena_free(&b->arena);
    *b = (Build){0};
}

static void push(Build *b, const void *bytes, size_t count)
{
    reserve(b, count);
    b->used += count;
    if (count > 0) {
        memcpy(b->data + b->capacity - b->used, bytes, count);
    }
}

/* Pads so that after EXTRA more bytes the front is a multiple of ALIGN from the end. */
static void align_front(Build *b, size_t align, size_t extra)
{
    static const uint8_t zeros[64];
    if (align > b->largest_align) {
        b->largest_align = align;
    }
    push(b, zeros, (align - (b->used + extra) % align) % align);
}

static void push_ref(Build *b, BuildRef ref)
{
    align_front(b, 4, 4);
    uint32_t distance = (uint32_t)b->used + 4 - ref;
    push(b, &distance, 4);
}

BuildRef build_vector(Build *b, const void *elements, size_t count, size_t element_bytes,
                      size_t align)
{
    size_t bytes = count * element_bytes;
    align_front(b, 4, bytes);
    align_front(b, align < element_bytes ? element_bytes : align, bytes);
    push(b, elements, bytes);
    uint32_t n = (uint32_t)count;
    push(b, &n, 4);
    return (BuildRef)b->used;
}

BuildRef build_string(Build *b, const char *text)
{
    size_t length = strlen(text);
    align_front(b, 4, length + 1);
    push(b, "", 1);
    push(b, text, length);
    uint32_t n = (uint32_t)length;
    push(b, &n, 4);
    return (BuildRef)b->used;
}

BuildRef build_ref_vector(Build *b, const BuildRef *refs, size_t count)
{
    align_front(b, 4, count * 4);
    for (size_t i = count; i > 0; i--) {
        push_ref(b, refs[i - 1]);
    }
    uint32_t n = (uint32_t)count;
    push(b, &n, 4);
    return (BuildRef)b->used;
}

void build_table_start(Build *b)
{
    memset(b->field, 0, sizeof b->field);
    b->field_count = 0;
    b->table_end = (uint32_t)b->used;
}

static void note_field(Build *b, int32_t slot)
{
    assert(slot >= 0 && slot < BUILD_FIELDS);
    b->field[slot] = (uint32_t)b->used;
    b->field_count = slot >= b->field_count ? slot + 1 : b->field_count;
}

void build_scalar(Build *b, int32_t slot, const void *value, size_t bytes)
{
    align_front(b, bytes, bytes);
    push(b, value, bytes);
    note_field(b, slot);
}

void build_ref(Build *b, int32_t slot, BuildRef ref)
{
    if (ref != 0) {
        push_ref(b, ref);
        note_field(b, slot);
    }
}

/* The start of a vtable with these bytes that is already there, 0: there is none. */
static uint32_t find_vtable(const Build *b, const uint16_t *entry, size_t bytes)
{
    for (int32_t i = 0; i < b->vtable_count; i++) {
        const uint8_t *at = b->data + b->capacity - b->vtable[i];
        if (memcmp(at, entry, bytes) == 0) { /* its first entry is its size */
            return b->vtable[i];
        }
    }
    return 0;
}

BuildRef build_table_end(Build *b)
{
    align_front(b, 4, 4);
    const int32_t unknown = 0;
    push(b, &unknown, 4); /* the way to the vtable */
    uint32_t table = (uint32_t)b->used;
    uint16_t entry[BUILD_FIELDS + 2];
    size_t bytes = 4 + 2 * (size_t)b->field_count;
    entry[0] = (uint16_t)bytes;
    entry[1] = (uint16_t)(table - b->table_end);
    for (int32_t i = 0; i < b->field_count; i++) {
        entry[i + 2] = (uint16_t)(b->field[i] == 0 ? 0 : table - b->field[i]);
    }
    uint32_t vtable = find_vtable(b, entry, bytes);
    if (vtable == 0) {
        push(b, entry, bytes);
        vtable = (uint32_t)b->used;
        if (b->vtable_count < BUILD_VTABLES) {
            b->vtable[b->vtable_count++] = vtable;
        }
    }
    int32_t way = (int32_t)(vtable - table); /* negative: the vtable lies behind */
    memcpy(b->data + b->capacity - table, &way, sizeof way);
    return table;
}

void build_finish(Build *b, BuildRef root, const char identifier[4], Out *out)
{
    align_front(b, b->largest_align < 4 ? 4 : b->largest_align, 8);
    push(b, identifier, 4);
    push_ref(b, root);
    out_bytes(out, b->data + b->capacity - b->used, b->used);
}
