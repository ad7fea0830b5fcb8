/* A model file as a C array, as `xxd -i` writes it, but constant, aligned and named.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emitter.h"

#include <ctype.h>

enum { ALIGN = 16, BYTES_A_LINE = 12 };

static const char *upper(Arena *a, const char *name)
{
    char *text = arena_strdup(a, name);
    for (char *c = text; *c != '\0'; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
    return text;
}

/* What aligns an object in C++11, C11 and with older compilers of the GNU kind. */
static void print_align(Out *out, const char *macro)
{
    out_line(out, "#if defined(__cplusplus) && (__cplusplus >= 201103L)");
    out_line(out, "#define %s alignas(%d)", macro, ALIGN);
    out_line(out, "#elif !defined(__cplusplus) && defined(__STDC_VERSION__) && (__STDC_VERSION__ "
                  ">= 201112L)");
    out_line(out, "#define %s _Alignas(%d)", macro, ALIGN);
    out_line(out, "#else");
    out_line(out, "#define %s __attribute__((aligned(%d)))", macro, ALIGN);
    out_line(out, "#endif");
}

static void print_bytes(Out *out, Span bytes)
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.bytes; i++) {
        char text[] = "0x00,";
        text[2] = digit[bytes.data[i] >> 4];
        text[3] = digit[bytes.data[i] & 15];
        bool is_last = i + 1 == bytes.bytes || i % BYTES_A_LINE == BYTES_A_LINE - 1;
        out_text(out, i % BYTES_A_LINE == 0 ? "    " : " ");
        out_text(out, text);
        out_text(out, is_last ? "\n" : "");
    }
}

void model_array(Span bytes, const char *file_name, const char *name, bool is_header, Out *out)
{
    Arena a = {0};
    char sha256[65];
    const char *macro = upper(&a, name);
    const char *storage = is_header ? "static const" : "const";
    sha256_hex(bytes, sha256);
    out_line(out, "/* The model file %s as a C array: %zu bytes.", text_comment(&a, file_name),
             bytes.bytes);
    out_line(out, " * Made by shrinc " SHRINC_VERSION "; sha256 %s */", sha256);
    if (is_header) {
        out_line(out, "#ifndef %s_ARRAY_H", macro);
        out_line(out, "#define %s_ARRAY_H", macro);
    }
    out_text(out, "\n");
    const char *align = arena_printf(&a, "%s_ALIGN", macro);
    print_align(out, align);
    out_text(out, "\n");
    if (!is_header) {
        out_line(out, "#if defined(__cplusplus)");
        out_line(out, "extern \"C\" const unsigned char %s[];", name);
        out_line(out, "extern \"C\" const unsigned int %s_len;", name);
        out_line(out, "#endif");
        out_text(out, "\n");
    }
    out_line(out, "%s %s unsigned char %s[%zu] = {", align, storage, name, bytes.bytes);
    print_bytes(out, bytes);
    out_line(out, "};");
    out_line(out, "%s unsigned int %s_len = %zu;", storage, name, bytes.bytes);
    if (is_header) {
        out_text(out, "\n");
        out_line(out, "#endif");
    }
    arena_free(&a);
}
