/* Arenas: allocate while a phase lasts, free it whole.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <stdlib.h>

typedef struct ArenaBlock {
    struct ArenaBlock *next;
    size_t used;
    size_t capacity;
    max_align_t bytes[];
} ArenaBlock;

enum { BLOCK_BYTES = 64 * 1024 };

void *arena_alloc(Arena *a, size_t count, size_t bytes_each)
{
    if (bytes_each != 0 && count > (SIZE_MAX / 2) / bytes_each) {
        abort(); /* a caller checks counts against the file before it allocates */
    }
    size_t align = sizeof(max_align_t);
    size_t need = (count * bytes_each + align - 1) / align * align;
    if (need == 0) {
        need = align;
    }
    ArenaBlock *b = a->block;
    if (b == NULL || b->capacity - b->used < need) {
        size_t capacity = need > BLOCK_BYTES ? need : BLOCK_BYTES;
        b = calloc(1, sizeof *b + capacity);
        if (b == NULL) {
            abort();
        }
        b->capacity = capacity;
        b->next = a->block;
        a->block = b;
    }
    unsigned char *p = (unsigned char *)b->bytes + b->used;
    b->used += need;
    a->total_bytes += need;
    return p;
}

void arena_free(Arena *a)
{
    while (a->block != NULL) {
        ArenaBlock *next = a->block->next;
        free(a->block);
        a->block = next;
    }
    a->total_bytes = 0;
}

void *arena_memdup(Arena *a, const void *data, size_t bytes)
{
    void *p = arena_alloc(a, bytes, 1);
    if (bytes != 0) {
        memcpy(p, data, bytes);
    }
    return p;
}

char *arena_strndup(Arena *a, const char *text, size_t bytes)
{
    char *p = arena_alloc(a, bytes + 1, 1);
    memcpy(p, text, bytes);
    return p;
}

char *arena_strdup(Arena *a, const char *text)
{
    return arena_strndup(a, text, strlen(text));
}

char *arena_printf(Arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) {
        abort();
    }
    char *p = arena_alloc(a, (size_t)n + 1, 1);
    va_start(args, format);
    (void)vsnprintf(p, (size_t)n + 1, format, args);
    va_end(args);
    return p;
}
