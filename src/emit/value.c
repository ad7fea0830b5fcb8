/* Constants as C text: numbers and whole arrays.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emitter.h"

#include <math.h>

enum { SHORT_ROW = 4 }; /* rows of fewer elements are printed side by side */

const char *float_text(float value, char text[48])
{
    if (isnan(value)) {
        return strcpy(text, "NAN");
    }
    if (isinf(value)) {
        return strcpy(text, value > 0 ? "INFINITY" : "-INFINITY");
    }
    (void)snprintf(text, 48, "%.9g", (double)value);
    bool is_integer = strpbrk(text, ".e") == NULL;
    return strcat(text, is_integer ? ".0f" : "f");
}

static const char *integer_text(int64_t value, char text[48])
{
    if (value == INT64_MIN) {
        return strcpy(text, "INT64_MIN");
    }
    if (value == INT32_MIN) {
        return strcpy(text, "INT32_MIN");
    }
    (void)snprintf(text, 48, "%lld", (long long)value);
    return text;
}

static int64_t integer_at(Type type, const uint8_t *p)
{
    switch (type) {
    case TYPE_S8:
    case TYPE_S4:
    case TYPE_S2:
        return (int8_t)*p;
    case TYPE_S16: {
        int16_t v;
        memcpy(&v, p, sizeof v);
        return v;
    }
    case TYPE_S32: {
        int32_t v;
        memcpy(&v, p, sizeof v);
        return v;
    }
    case TYPE_S64: {
        int64_t v;
        memcpy(&v, p, sizeof v);
        return v;
    }
    case TYPE_F16: {
        uint16_t v;
        memcpy(&v, p, sizeof v);
        return v;
    }
    default: /* U8, BOOL */
        return *p;
    }
}

static float float_at(const uint8_t *p)
{
    float v;
    memcpy(&v, p, sizeof v);
    return v;
}

const char *value_text(Type type, const void *data, int64_t i, char text[48])
{
    const uint8_t *p = (const uint8_t *)data + i * type_bytes(type);
    return type == TYPE_F32 ? float_text(float_at(p), text) : integer_text(integer_at(type, p), text);
}

bool value_needs_math(Type type, const void *data, int64_t count)
{
    for (int64_t i = 0; type == TYPE_F32 && i < count; i++) {
        if (!isfinite(float_at((const uint8_t *)data + i * 4))) {
            return true;
        }
    }
    return false;
}

/* The elements in lines of at most LINE_COLUMNS, rows on lines of their own unless they are short. */
static void print_elements(Out *out, const Array *a)
{
    int64_t column = 0;
    int64_t row = a->rows > 0 ? a->count / a->rows : a->per_row;
    for (int64_t i = 0; i < a->count; i++) {
        char text[48];
        int64_t width = (int64_t)strlen(value_text(a->type, a->data, i, text)) + 2;
        bool row_ends = (a->rows > 0 || row >= SHORT_ROW) && i % row == 0;
        if (column > 0 && (row_ends || column + width > LINE_COLUMNS)) {
            out_text(out, "\n");
            column = 0;
        }
        if (column == 0) {
            out_text(out, "    ");
            column = 4;
        } else {
            out_text(out, " ");
        }
        if (a->rows > 0) {
            out_text(out, i % row == 0 ? "{ " : "");
            out_printf(out, i % row == row - 1 ? "%s }," : "%s,", text);
        } else {
            out_printf(out, "%s,", text);
        }
        column += width;
    }
    out_text(out, "\n");
}

void array_print(Out *out, const Array *a, const char *attr)
{
    int64_t row = a->rows > 0 ? a->count / a->rows : a->count;
    out_printf(out, "static const %s %s", type_c(a->type), a->name);
    if (a->rows > 0) {
        out_printf(out, "[%lld]", (long long)a->rows);
    }
    out_printf(out, "[%lld]%s%s = {\n", (long long)row, attr[0] == '\0' ? "" : " ", attr);
    print_elements(out, a);
    out_text(out, "};\n");
}
