/* Builds a FlatBuffer from its end to its start (FlatBuffers' binary format: child before parent).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FLATBUFFER_BUILD_H
#define SHRINC_FLATBUFFER_BUILD_H

#include "base/base.h"

enum { BUILD_FIELDS = 32, BUILD_VTABLES = 128 };

typedef uint32_t BuildRef; /* an object's distance from the buffer's end; 0: none */

typedef struct Build {
    Arena arena;      /* holds DATA */
    uint8_t *data;    /* filled from the end: the last USED bytes of CAPACITY */
    size_t capacity, used;
    size_t largest_align;
    uint32_t field[BUILD_FIELDS]; /* of the open table: distance from the end, 0: left out */
    int32_t field_count;
    uint32_t table_end;
    uint32_t vtable[BUILD_VTABLES]; /* where each of the first ones starts: equal tables share them */
    int32_t vtable_count;
} Build;

void build_free(Build *b);
BuildRef build_string(Build *b, const char *text);
/* COUNT elements of ELEMENT_BYTES each; ALIGN is that of the first element (at least ELEMENT_BYTES). */
BuildRef build_vector(Build *b, const void *elements, size_t count, size_t element_bytes, size_t align);
BuildRef build_ref_vector(Build *b, const BuildRef *refs, size_t count);
/* Between start and end, fields by their number; no other object may be built meanwhile. */
void build_table_start(Build *b);
void build_scalar(Build *b, int32_t slot, const void *value, size_t bytes);
void build_ref(Build *b, int32_t slot, BuildRef ref); /* nothing if REF is 0 */
BuildRef build_table_end(Build *b);
/* Ends the buffer with root and file identifier; the bytes are appended to OUT. */
void build_finish(Build *b, BuildRef root, const char identifier[4], Out *out);

#endif
