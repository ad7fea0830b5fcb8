/* Test side: JSON to .tflite bytes, well formed or not. An independent description of TFLite's schema, so that reader and
 * tests cannot share a mistake.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_FBBUILD_H
#define SHRINC_FBBUILD_H

#include "base/base.h"

#include <jansson.h>

/* Where things came to lie: "/subgraphs/0/tensors/2" (a table), ".../shape" (a vector or string: its length word; a scalar:
 * itself), the same with "#vtable" (a table's vtable) and "#ref" (the offset word that leads there). */
typedef struct FbPlace {
    char *path;
    size_t at;
} FbPlace;

typedef struct FbBuild {
    Arena arena;
    uint8_t *bytes;
    size_t count;
    size_t capacity;
    FbPlace *place;
    size_t place_count;
    size_t place_capacity;
} FbBuild;

/* Writes MODEL; every key that stands in the JSON is written, even where it is the default. A table may carry "@table" to
 * be written by another schema than its place has. Ends the program with a message where the JSON does not fit. */
void fb_build(FbBuild *b, const json_t *model);
void fb_build_free(FbBuild *b);
void fb_append(FbBuild *b, const void *data, size_t bytes);
size_t fb_place(const FbBuild *b, const char *path);
/* Sets the text NUMBER ("7", "0x80", "-1.5", "nan") as field TYPE ("u8", "i32", "f32", ...) at AT, little endian. */
void fb_store(FbBuild *b, const char *type, size_t at, const char *number);

#endif
