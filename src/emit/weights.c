/* NAME_weights.h: every constant array that the kernels read.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emitter.h"

void emit_weights(Emitter *e, Out *out)
{
    bool needs_math = false;
    for (int32_t i = 0; i < e->array_count; i++) {
        needs_math = needs_math || value_needs_math(e->array[i].type, e->array[i].data, e->array[i].count);
    }
    file_head(e, out, "_weights.h", "weights, biases and tables");
    out_line(out, " *");
    out_line(out, " * %lld bytes in %d arrays. Included by %s.c alone. */", (long long)e->weights_bytes, e->array_count,
             e->name);
    out_line(out, "#ifndef %s_WEIGHTS_H", e->upper);
    out_line(out, "#define %s_WEIGHTS_H", e->upper);
    out_text(out, "\n");
    out_line(out, "#include \"%s.h\"", e->name);
    if (needs_math) {
        out_line(out, "#include <math.h>");
    }
    const char *attr = arena_printf(&e->arena, "%s_WEIGHTS_ATTR", e->upper);
    for (int32_t i = 0; i < e->array_count; i++) {
        const Array *a = &e->array[i];
        out_text(out, "\n");
        out_line(out, "/* %s */", text_comment(&e->arena, a->comment));
        array_print(out, a, a->is_rom ? attr : "");
    }
    out_text(out, "\n");
    out_line(out, "#endif");
}
