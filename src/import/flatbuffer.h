/* A bounds-checked reader of FlatBuffers: no byte is believed before it is checked.
 * The format (flatbuffers.dev, "internals"): a file starts with the 32-bit offset of the root
 * table, then four bytes that identify the format. A table starts with a signed 32-bit distance
 * back to its vtable; the vtable holds its own size, the table's size, and one 16-bit offset per
 * field (0: left out). Strings, vectors and sub-tables are reached by unsigned 32-bit offsets
 * relative to where they stand. Everything is little endian and aligned to its own size, counted
 * from the file's start.
 * * Every function fails with a sentence that names the byte and the field. Three budgets stop files
 * that are small but unfold without end: nesting depth, tables opened, and bytes visited (a shared
 * part counts at each visit).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FLATBUFFER_H
#define SHRINC_FLATBUFFER_H

#include "base/base.h"

enum { FB_DEPTH = 32, FB_TABLES = 65536, FB_VISIT_FACTOR = 8 };

typedef struct Fb {
    Span file;
    Diag *d;
    int32_t tables;   /* opened so far, at most FB_TABLES */
    uint64_t visited; /* bytes so far, at most FB_VISIT_FACTOR * file.bytes */
} Fb;

typedef struct FbTable {
    uint32_t at;           /* byte where it starts; 0: the field was left out */
    uint32_t vtable;       /* byte where its vtable starts */
    uint32_t vtable_bytes; /* 4 + 2 per field */
    uint32_t bytes;        /* of the table itself */
    int32_t depth;         /* the root has 1 */
} FbTable;

typedef struct FbVector {
    uint32_t at;    /* byte of the first element; 0: the field was left out */
    uint32_t count; /* elements, all inside the file */
    uint32_t each;  /* bytes of one element */
    int32_t depth;
} FbVector;

/* Fails if the file is shorter than 8 bytes, or its bytes 4..7 are not IDENTIFIER. */
Status fb_root(Fb *f, const char identifier[4], const char *what, FbTable *out) MUST_CHECK;

/* Scalar fields; FALLBACK where the field is left out. WHAT ("Tensor.buffer") is for the sentence.
 */
Status fb_u8(Fb *f, const FbTable *t, int32_t slot, const char *what, int32_t fallback,
             int32_t *out) MUST_CHECK;
Status fb_i8(Fb *f, const FbTable *t, int32_t slot, const char *what, int32_t fallback,
             int32_t *out) MUST_CHECK;
Status fb_i32(Fb *f, const FbTable *t, int32_t slot, const char *what, int32_t fallback,
              int32_t *out) MUST_CHECK;
Status fb_u32(Fb *f, const FbTable *t, int32_t slot, const char *what, uint32_t fallback,
              uint32_t *out) MUST_CHECK;
Status fb_i64(Fb *f, const FbTable *t, int32_t slot, const char *what, int64_t fallback,
              int64_t *out) MUST_CHECK;
Status fb_f32(Fb *f, const FbTable *t, int32_t slot, const char *what, float fallback,
              float *out) MUST_CHECK;
/* True if the field is written in the file. */
bool fb_has(const Fb *f, const FbTable *t, int32_t slot);
/* True if the field is left out or all its bytes (up to the next field) are 0. */
bool fb_is_zero(const Fb *f, const FbTable *t, int32_t slot);
int32_t fb_slots(const FbTable *t); /* field numbers 0 .. that may be written */

/* Sub-tables, vectors and strings; what is left out has AT = 0 (and no elements). EACH: bytes of
 * one element. */
Status fb_table(Fb *f, const FbTable *t, int32_t slot, const char *what, FbTable *out) MUST_CHECK;
Status fb_vector(Fb *f, const FbTable *t, int32_t slot, const char *what, uint32_t each,
                 FbVector *out) MUST_CHECK;
/* The text without its NUL, still inside the file; OUT->data is NULL where the field is left out.
 */
Status fb_string(Fb *f, const FbTable *t, int32_t slot, const char *what, Span *out) MUST_CHECK;
/* Element I (below the count) of a vector of tables. */
Status fb_element(Fb *f, const FbVector *v, uint32_t i, const char *what, FbTable *out) MUST_CHECK;

/* Elements of checked vectors, I below the count. */
int32_t fb_get_i32(const Fb *f, const FbVector *v, uint32_t i);
int64_t fb_get_i64(const Fb *f, const FbVector *v, uint32_t i);
float fb_get_f32(const Fb *f, const FbVector *v, uint32_t i);

#endif
