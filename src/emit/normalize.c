/* Helpers in NAME.h for a model that knows its normalisation: raw values to what an input takes, and
 * an output's values back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emitter.h"

static void print_table(Out *out, const char *name, const float *v, int32_t count)
{
    out_printf(out, "    static const float %s[%d] = {", name, count);
    size_t column = LINE_COLUMNS;
    for (int32_t i = 0; i < count; i++) {
        char text[48];
        size_t width = strlen(float_text(v[i], text)) + 2;
        if (column + width > LINE_COLUMNS) {
            out_text(out, "\n       ");
            column = 7;
        }
        out_printf(out, " %s,", text);
        column += width;
    }
    out_text(out, "\n    };\n");
}

static void print_one(Emitter *e, Out *out, bool is_input, int32_t i, const Scaling *a)
{
    char port[96];
    char offset[48];
    char gain[48];
    port_text(e, is_input, false, i, port);
    const char *units = a->units == NULL || a->units[0] == '\0'
                            ? ""
                            : arena_printf(&e->arena, " (%s)", text_comment(&e->arena, a->units));
    out_text(out, "\n");
    if (is_input) {
        out_line(out, "/* A raw value%s of element INDEX as the network takes it. */", units);
    } else {
        out_line(out, "/* The real value of output element INDEX as a raw one%s. */", units);
    }
    out_line(out, "static inline float %s_%s_%s(float %s, int32_t index)", e->name,
             is_input ? "normalize" : "denormalize", port + strlen(e->name) + 1,
             is_input ? "raw" : "real");
    out_line(out, "{");
    if (a->count == 1) {
        (void)float_text(a->offset[0], offset);
        (void)float_text(a->gain[0], gain);
        out_line(out, "    (void)index; /* all elements alike */");
        out_line(out, is_input ? "    return (raw - (%s)) * %s;" : "    return (real / %s) + (%s);",
                 is_input ? offset : gain, is_input ? gain : offset);
    } else {
        print_table(out, "offset", a->offset, a->count);
        print_table(out, "gain", a->gain, a->count);
        out_line(out, "    int32_t c = index %% %d;", a->count);
        out_line(out, is_input ? "    return (raw - offset[c]) * gain[c];"
                               : "    return (real / gain[c]) + offset[c];");
    }
    out_line(out, "}");
}

void emit_normalization(Emitter *e, Out *out)
{
    const Graph *g = e->g;
    for (int32_t i = 0; i < g->input_count && g->input_scaling != NULL; i++) {
        if (g->input_scaling[i].count > 0) {
            print_one(e, out, true, i, &g->input_scaling[i]);
        }
    }
    for (int32_t i = 0; i < g->output_count && g->output_scaling != NULL; i++) {
        if (g->output_scaling[i].count > 0) {
            print_one(e, out, false, i, &g->output_scaling[i]);
        }
    }
}
