/* Text that grows.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <stdlib.h>

void out_free(Out *o)
{
    free(o->text);
    *o = (Out){0};
}

static void reserve(Out *o, size_t more)
{
    if (o->capacity - o->bytes > more) {
        return;
    }
    size_t capacity = o->capacity * 2 + more + 256;
    char *text = realloc(o->text, capacity);
    if (text == NULL) {
        abort();
    }
    o->text = text;
    o->capacity = capacity;
}

void out_bytes(Out *o, const void *data, size_t bytes)
{
    reserve(o, bytes);
    if (bytes != 0) {
        memcpy(o->text + o->bytes, data, bytes);
    }
    o->bytes += bytes;
    o->text[o->bytes] = '\0';
}

void out_text(Out *o, const char *text)
{
    out_bytes(o, text, strlen(text));
}

static void out_vprintf(Out *o, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n < 0) {
        abort();
    }
    reserve(o, (size_t)n);
    (void)vsnprintf(o->text + o->bytes, (size_t)n + 1, format, again);
    o->bytes += (size_t)n;
    va_end(again);
}

void out_printf(Out *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    out_vprintf(o, format, args);
    va_end(args);
}

void out_line(Out *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t start = o->bytes;
    for (int32_t i = 0; i < o->indent; i++) {
        out_bytes(o, " ", 1);
    }
    size_t body = o->bytes;
    out_vprintf(o, format, args);
    va_end(args);
    if (o->bytes == body) {
        o->bytes = start; /* an empty line carries no indent */
    }
    out_bytes(o, "\n", 1);
}
