/* NAME.h: the header that a firmware engineer reads. Where the model comes from, what it costs, the
 * struct that holds all of its memory, and how it is called.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emitter.h"

static const Tensor *port(const Emitter *e, bool is_input, int32_t i)
{
    return tensor(e->g, is_input ? e->g->input[i] : e->g->output[i]);
}

static int32_t port_count(const Emitter *e, bool is_input)
{
    return is_input ? e->g->input_count : e->g->output_count;
}

/* Quantised with one scale, in a type that the two conversions serve. */
static bool is_scaled(const Tensor *t)
{
    return t->q.count == 1 && (t->type == TYPE_S8 || t->type == TYPE_U8 || t->type == TYPE_S16);
}

static bool is_small(const Emitter *e)
{
    return e->g->input_count == 1 && e->g->output_count == 1 &&
           tensor_bytes(port(e, true, 0)) + tensor_bytes(port(e, false, 0)) <= 256;
}

/* --- the head comment --- */

static void print_example(Emitter *e, Out *out)
{
    char in[96], in_macro[96], out_name[96], out_macro[96];
    port_text(e, true, false, 0, in);
    port_text(e, true, true, 0, in_macro);
    port_text(e, false, false, 0, out_name);
    port_text(e, false, true, 0, out_macro);
    const Tensor *y = port(e, false, 0);
    const char *out_c = type_c(y->type);
    out_line(out, " * Use:");
    out_line(out, " *     static %s model;", e->name);
    if (emitter_has_state(e->g)) {
        out_line(out, " *     %s_reset(&model);", e->name);
    }
    if (is_small(e)) {
        out_line(out, " *     %s x[%s_SIZE] = { 0 };", type_c(port(e, true, 0)->type), in_macro);
        out_line(out, " *     %s y[%s_SIZE];", out_c, out_macro);
    } else if (is_fed(e->g)) {
        out_line(out, " *     %s x[%s_%s_SIZE] = { 0 };", type_c(port(e, true, 0)->type), in_macro,
                 feed_word(e->g, true));
    } else if (e->g->input_count > 0) {
        out_line(out, " *     %s *x = %s(&model);", type_c(port(e, true, 0)->type), in);
    }
    const Scaling *raw = e->g->input_scaling;
    const char *value = raw == NULL || raw[0].count == 0
                            ? "0.5f"
                            : arena_printf(&e->arena, "%s_normalize_%s(0.5f, 0)", e->name, in + strlen(e->name) + 1);
    if (e->g->input_count > 0 && is_scaled(port(e, true, 0))) {
        out_line(out, " *     x[0] = %s_quantize_%s(%s);", e->name, in + strlen(e->name) + 1, value);
    } else if (e->g->input_count > 0) {
        out_line(out, " *     x[0] = %s;", port(e, true, 0)->type == TYPE_F32 ? value : "1");
    }
    if (is_small(e)) {
        out_line(out, " *     %s_run(&model, x, y);", e->name);
    } else if (is_fed(e->g)) {
        out_line(out, " *     %s_push_%s(&model, x); (for each %s; it returns 1 when an output stands)", e->name,
                 feed_word(e->g, false), feed_word(e->g, false));
        out_line(out, " *     const %s *y = %s(&model);", out_c, out_name);
    } else {
        out_line(out, " *     %s_invoke(&model);", e->name);
        out_line(out, " *     const %s *y = %s(&model);", out_c, out_name);
    }
    if (is_scaled(y)) {
        out_line(out, " *     float result = %s_dequantize_%s(y[0]);", e->name,
                 out_name + strlen(e->name) + 1);
    } else {
        out_line(out, " *     %s result = y[0];", out_c);
    }
}

/* TEXT in as many lines of the head comment as it takes, broken at spaces. */
static void print_words(Emitter *e, Out *out, const char *text)
{
    const size_t room = LINE_COLUMNS - 20;
    while (*text != '\0') {
        size_t bytes = strlen(text);
        if (bytes > room) {
            bytes = room;
            while (bytes > 1 && text[bytes] != ' ') {
                bytes--;
            }
        }
        out_line(out, " *          %s", text_comment(&e->arena, arena_strndup(&e->arena, text, bytes)));
        text += bytes;
        text += *text == ' ';
    }
}

static void print_head(Emitter *e, Out *out)
{
    const Graph *g = e->g;
    file_head(e, out, ".h", "a neural network as plain C99");
    out_line(out, " *");
    out_line(out, " * Source:  %s, sha256 %s", text_comment(&e->arena, e->o->source_name),
             e->o->source_sha256);
    if (g->description != NULL && g->description[0] != '\0') {
        out_line(out, " *          %s", text_comment(&e->arena, g->description));
    }
    if (e->o->options_text != NULL && e->o->options_text[0] != '\0') {
        out_line(out, " * Options: %s", text_comment(&e->arena, e->o->options_text));
    }
    out_line(out, " * Flash:   %lld bytes of weights, and the code", (long long)e->weights_bytes);
    out_line(out, " * RAM:     %lld bytes, all inside struct %s%s",
             (long long)(g->arena_bytes + g->state_bytes), e->name,
             g->state_bytes > 0 ? " (part of it is state that lives from run to run)" : "");
    if (e->o->stack_bytes > 0) {
        out_line(out, " * Stack:   at most %lld bytes; code: %lld bytes; both as made by", (long long)e->o->stack_bytes,
                 (long long)e->o->code_bytes);
        print_words(e, out, e->o->stack_how);
    }
    out_line(out, " * MACs:    %lld in a run", (long long)e->macs);
    out_line(out, " * Needs:   a C99 compiler, <stdint.h>, <string.h>%s; nothing that can fail",
             e->needs_math ? ", <math.h>" : "");
    if (g->output_count > 0) {
        out_line(out, " *");
        print_example(e, out);
    }
    out_line(out, " */");
}

/* --- macros --- */

static void print_dims(Out *out, const char *macro, const Shape *s)
{
    out_printf(out, "#define %s_DIMS { ", macro);
    for (int32_t i = 0; i < s->rank; i++) {
        out_printf(out, "%s%d", i == 0 ? "" : ", ", s->dim[i]);
    }
    out_line(out, "%s }", s->rank == 0 ? "1" : "");
}

static void print_port_macros(Emitter *e, Out *out, bool is_input, int32_t i)
{
    const Tensor *t = port(e, is_input, i);
    char macro[96], shape[96], number[48];
    port_text(e, is_input, true, i, macro);
    out_text(out, "\n");
    out_line(out, "/* %s \"%s\": %s %s */", is_input ? "Input" : "Output",
             text_comment(&e->arena, t->name), type_c(t->type), shape_text(&t->shape, shape));
    out_line(out, "#define %s_SIZE %lld /* values */", macro, (long long)shape_count(&t->shape));
    out_line(out, "#define %s_BYTES %lld", macro, (long long)tensor_bytes(t));
    if (is_input && is_fed(e->g)) {
        long long rows = t->shape.dim[1];
        const char *word = feed_word(e->g, true);
        out_line(out, "#define %s_%sS %lld", macro, word, rows);
        out_line(out, "#define %s_%s_SIZE %lld /* values in each */", macro, word,
                 (long long)shape_count(&t->shape) / rows);
        out_line(out, "#define %s_%s_BYTES %lld", macro, word, (long long)tensor_bytes(t) / rows);
    }
    out_line(out, "#define %s_RANK %d", macro, t->shape.rank == 0 ? 1 : t->shape.rank);
    print_dims(out, macro, &t->shape);
    if (t->q.count == 1) {
        out_line(out, "#define %s_SCALE %s /* real = (value - ZERO_POINT) * SCALE */", macro,
                 float_text(t->q.scale[0], number));
        out_line(out, "#define %s_ZERO_POINT (%d)", macro, t->q.zero[0]);
    }
}

static void print_macros(Emitter *e, Out *out)
{
    const char *n = e->upper;
    out_text(out, "\n");
    out_line(out, "#define %s_VERSION \"shrinc " SHRINC_VERSION "\"", n);
    out_line(out, "#define %s_MODEL_SHA256 \"%s\"", n, e->o->source_sha256);
    out_line(out, "#define %s_ARENA_BYTES %lld /* activations, input and output among them */", n,
             (long long)e->g->arena_bytes);
    out_line(out, "#define %s_STATE_BYTES %lld", n, (long long)e->g->state_bytes);
    out_line(out, "#define %s_WEIGHTS_BYTES %lld", n, (long long)e->weights_bytes);
    if (e->o->stack_bytes > 0) {
        out_line(out, "#define %s_STACK_BYTES %lld /* bound for %s_run and all below it, no interrupts */", n,
                 (long long)e->o->stack_bytes, e->name);
    }
    out_line(out, "#define %s_INPUT_COUNT %d", n, e->g->input_count);
    out_line(out, "#define %s_OUTPUT_COUNT %d", n, e->g->output_count);
    for (int32_t i = 0; i < e->g->input_count; i++) {
        print_port_macros(e, out, true, i);
    }
    for (int32_t i = 0; i < e->g->output_count; i++) {
        print_port_macros(e, out, false, i);
    }
}

/* What an AVR cannot hold: objects of more than 32767 bytes, weights beyond the 64 KB of program
 * memory that pgm_read_byte() reaches. */
static void print_avr_limits(const Emitter *e, Out *out)
{
    int64_t largest = e->g->arena_bytes;
    for (int32_t i = 0; i < e->array_count; i++) {
        int64_t bytes = e->array[i].count * type_bytes(e->array[i].type);
        largest = bytes > largest ? bytes : largest;
    }
    if (largest > 32767 || e->weights_bytes > 65535) {
        out_text(out, "\n");
        out_line(out, "#if defined(__AVR__)");
        out_line(out, "#error \"%s is too large for an AVR\"", e->name);
        out_line(out, "#endif");
    }
}

static void print_placement(Emitter *e, Out *out)
{
    const char *n = e->upper;
    out_text(out, "\n");
    out_line(
        out,
        "/* Where things lie. Define these on the compiler's command line to place them yourself:");
    out_line(out, " *   %s_WEIGHTS_ATTR  constant arrays, e.g. __attribute__((section(\".qspi\")))",
             n);
    out_line(
        out,
        " *   %s_CODE_ATTR     %s_%s and its kernels, e.g. __attribute__((section(\".itcm\")))",
        n, e->name, !is_fed(e->g) ? "invoke" : e->g->feed == FEED_STEPS ? "push_step" : "push_row");
    out_line(out, " * The memory lies where you declare the struct:");
    out_line(out, " *   static %s model __attribute__((section(\".ccm\"))); */", e->name);
    out_line(out, "#if !defined(%s_WEIGHTS_ATTR)", n);
    out_line(out, "#if defined(__AVR__)");
    out_line(out, "#include <avr/pgmspace.h>");
    out_line(out, "#define %s_WEIGHTS_ATTR PROGMEM", n);
    out_line(out, "#else");
    out_line(out, "#define %s_WEIGHTS_ATTR", n);
    out_line(out, "#endif");
    out_line(out, "#endif");
    out_line(out, "#if !defined(%s_CODE_ATTR)", n);
    out_line(out, "#define %s_CODE_ATTR", n);
    out_line(out, "#endif");
}

/* --- the struct --- */

static void print_struct(Emitter *e, Out *out)
{
    int64_t arena = e->g->arena_bytes > 0 ? e->g->arena_bytes : 1;
    out_text(out, "\n");
    out_line(out, "/* All memory of one instance. Nothing is hidden elsewhere, so several may run "
                  "side by side. */");
    out_line(out, "typedef struct %s {", e->name);
    out->indent = 4;
    out_line(out, "union {");
    out->indent = 8;
    for (int32_t t = 1; t < TYPE_COUNT; t++) {
        int32_t bytes = type_bytes((Type)t);
        if (e->view[t]) {
            out_line(out, "%s %s[%lld];", type_c((Type)t), type_name((Type)t),
                     (long long)((arena + bytes - 1) / bytes));
        }
    }
    out->indent = 4;
    out_line(out, "} arena;");
    for (TensorId id = 1; id < e->g->tensor_count; id++) {
        const Tensor *t = tensor(e->g, id);
        if (t->is_state) {
            out_line(out, "%s %s[%lld]; /* state \"%s\" */", type_c(t->type), e->state_name[id],
                     (long long)shape_count(&t->shape), text_comment(&e->arena, t->name));
        }
    }
    if (graph_gives_events(e->g)) {
        out_line(out, "int32_t filled; /* samples of the next run that are there: see %s_push */", e->name);
    }
    if (is_fed(e->g) && e->g->feed == FEED_STEPS) {
        out_line(out, "int32_t step; /* how many came; from the first whole window on counted in circles */");
    } else if (is_fed(e->g)) {
        RowWalk w = row_walk(e->g, 0);
        out_line(out, "int32_t row[%d]; /* of the image that comes: rows brought, rows made by layers 1 to %d */",
                 w.count, w.count - 1);
    }
    out->indent = 0;
    out_line(out, "} %s;", e->name);
}

/* --- functions --- */

static void print_accessor(Emitter *e, Out *out, bool is_input, int32_t i)
{
    char name[96], place[96];
    const Tensor *t = port(e, is_input, i);
    port_text(e, is_input, false, i, name);
    place_text(e, is_input ? e->g->input[i] : e->g->output[i], 0, t->type, place);
    out_text(out, "\n");
    if (is_input && i == 0) {
        out_line(
            out,
            "/* Where to write an input. Running overwrites it: write it anew before each run. */");
    } else if (!is_input && i == 0) {
        out_line(out, "/* Where an output stands after a run, until the next input is written. */");
    }
    out_line(out, "static inline %s *%s(%s *m)", type_c(t->type), name, e->name);
    out_line(out, "{");
    out_line(out, "    return &m->%s;", place);
    out_line(out, "}");
}

static void print_run(Emitter *e, Out *out)
{
    char name[96];
    out_text(out, "\n");
    out_line(out, "/* Copies the input in, runs, copies the output out. */");
    out_printf(out, "static inline void %s_run(%s *m", e->name, e->name);
    for (int32_t is_output = 0; is_output < 2; is_output++) {
        int32_t count = port_count(e, is_output == 0);
        for (int32_t i = 0; i < count; i++) {
            out_printf(out, ", %s%s *%s", is_output == 0 ? "const " : "",
                       type_c(port(e, is_output == 0, i)->type),
                       port_variable(e, is_output == 0, i, name));
        }
    }
    out_line(out, ")");
    out_line(out, "{");
    out->indent = 4;
    if (is_fed(e->g)) {
        char macro[96];
        port_text(e, true, true, 0, macro);
        const char *word = feed_word(e->g, true);
        out_line(out, "for (int32_t i = 0; i < %s_%sS; i++) {", macro, word);
        out_line(out, "    (void)%s_push_%s(m, &%s[i * %s_%s_SIZE]);", e->name, feed_word(e->g, false),
                 port_variable(e, true, 0, name), macro, word);
        out_line(out, "}");
    } else {
        for (int32_t i = 0; i < e->g->input_count; i++) {
            char function[96], macro[96];
            out_line(out, "(void)memcpy(%s(m), %s, %s_BYTES);", port_text(e, true, false, i, function),
                     port_variable(e, true, i, name), port_text(e, true, true, i, macro));
        }
        out_line(out, "%s_invoke(m);", e->name);
    }
    for (int32_t i = 0; i < e->g->output_count; i++) {
        char function[96], macro[96];
        out_line(out, "(void)memcpy(%s, %s(m), %s_BYTES);", port_variable(e, false, i, name),
                 port_text(e, false, false, i, function), port_text(e, false, true, i, macro));
    }
    out->indent = 0;
    out_line(out, "}");
}

static void print_quantize(Emitter *e, Out *out, int32_t i)
{
    const Tensor *t = port(e, true, i);
    if (!is_scaled(t)) {
        return;
    }
    char name[96], macro[96];
    const char *c = type_c(t->type);
    port_text(e, true, false, i, name);
    port_text(e, true, true, i, macro);
    int32_t low = (t->type == TYPE_U8 ? 0 : (t->type == TYPE_S8 ? -128 : -32768)) - t->q.zero[0];
    int32_t high = (t->type == TYPE_U8 ? 255 : (t->type == TYPE_S8 ? 127 : 32767)) - t->q.zero[0];
    out_text(out, "\n");
    out_line(out, "/* A real value as the input wants it: rounded half away from zero, saturated; "
                  "NaN counts as 0.0. */");
    out_line(out, "static inline %s %s_quantize_%s(float real)", c, e->name,
             name + strlen(e->name) + 1);
    out_line(out, "{");
    out->indent = 4;
    out_line(out, "float steps = real / %s_SCALE;", macro);
    out_line(out, "int32_t value = 0;");
    out_line(out, "if ((steps > %d.0f) && (steps < %d.0f)) {", low, high);
    out_line(out, "    value = (int32_t)steps;");
    out_line(out, "    if ((steps - (float)value) >= 0.5f) {");
    out_line(out, "        value++;");
    if (low < 0) { /* else the branch could never be taken */
        out_line(out, "    } else if ((steps - (float)value) <= -0.5f) {");
        out_line(out, "        value--;");
        out_line(out, "    } else {");
        out_line(out, "        /* nearer to zero */");
    }
    out_line(out, "    }");
    out_line(out, "} else if (steps >= %d.0f) {", high);
    out_line(out, "    value = %d;", high);
    out_line(out, "} else if (steps <= %d.0f) {", low);
    out_line(out, "    value = %d;", low);
    out_line(out, "} else {");
    out_line(out, "    value = 0; /* NaN */");
    out_line(out, "}");
    out_line(out, "return (%s)(value + %s_ZERO_POINT);", c, macro);
    out->indent = 0;
    out_line(out, "}");
}

static void print_dequantize(Emitter *e, Out *out, int32_t i)
{
    const Tensor *t = port(e, false, i);
    if (!is_scaled(t)) {
        return;
    }
    char name[96], macro[96];
    port_text(e, false, false, i, name);
    port_text(e, false, true, i, macro);
    out_text(out, "\n");
    out_line(out, "/* An output value as a real number. */");
    out_line(out, "static inline float %s_dequantize_%s(%s value)", e->name,
             name + strlen(e->name) + 1, type_c(t->type));
    out_line(out, "{");
    out_line(out, "    int32_t steps = (int32_t)value - %s_ZERO_POINT;", macro);
    out_line(out, "    return (float)steps * %s_SCALE;", macro);
    out_line(out, "}");
}

static void print_labels(Emitter *e, Out *out)
{
    const Graph *g = e->g;
    if (g->label_count == 0) {
        return;
    }
    out_text(out, "\n");
    out_line(out, "#define %s_LABEL_COUNT %d", e->upper, g->label_count);
    out_text(out, "\n");
    out_line(out, "/* The name of class INDEX, \"\" if there is none. */");
    out_line(out, "static inline const char *%s_label(int32_t index)", e->name);
    out_line(out, "{");
    out_line(out, "    static const char *const label[%s_LABEL_COUNT] = {", e->upper);
    for (int32_t i = 0; i < g->label_count; i++) {
        out_line(out, "        %s,", text_literal(&e->arena, g->label[i]));
    }
    out_line(out, "    };");
    out_line(out, "    return ((index >= 0) && (index < %s_LABEL_COUNT)) ? label[index] : \"\";",
             e->upper);
    out_line(out, "}");
}

static void print_functions(Emitter *e, Out *out)
{
    if (emitter_has_state(e->g)) {
        out_text(out, "\n");
        out_line(out, "/* %s Call it before the first run. */",
                 is_fed(e->g) ? "Forgets what was brought so far, and all state."
                              : "Sets the state to its initial values.");
        out_line(out, "void %s_reset(%s *m);", e->name, e->name);
    }
    out_text(out, "\n");
    if (is_fed(e->g) && e->g->feed == FEED_STEPS) {
        out_line(out,
                 "/* Slides the window on by one step and computes what is new. Returns 1 once the window is full,");
        out_line(out, " * and from then on: the output is that of the last %d steps; else 0. */",
                 port(e, true, 0)->shape.dim[1]);
        out_line(out, "int %s_push_step(%s *m, const %s *step);", e->name, e->name, type_c(port(e, true, 0)->type));
    } else if (is_fed(e->g)) {
        out_line(out, "/* Takes the next row of the image, from the top, and computes what can be computed. Returns");
        out_line(out, " * 1 with the last row: the output stands until the next one is brought; else 0. */");
        out_line(out, "int %s_push_row(%s *m, const %s *row);", e->name, e->name, type_c(port(e, true, 0)->type));
    } else {
        out_line(out, "/* Runs on the buffers inside the struct. Always succeeds. */");
        out_line(out, "void %s_invoke(%s *m);", e->name, e->name);
    }
    if (e->o->selftest_runs > 0) {
        out_text(out, "\n");
        out_line(out,
                 "/* Runs %d known inputs (%s_selftest.c, compile it only where you want it%s). 0: "
                 "all outputs are",
                 e->o->selftest_runs, e->name,
                 emitter_has_state(e->g) ? "; it resets the state" : "");
        out_line(out, " * right; else the number of the first that is wrong. */");
        out_line(out, "int %s_selftest(%s *m);", e->name, e->name);
    }
    for (int32_t i = 0; i < e->g->input_count && !is_fed(e->g); i++) {
        print_accessor(e, out, true, i);
    }
    for (int32_t i = 0; i < e->g->output_count; i++) {
        print_accessor(e, out, false, i);
    }
    print_run(e, out);
    for (int32_t i = 0; i < e->g->input_count; i++) {
        print_quantize(e, out, i);
    }
    for (int32_t i = 0; i < e->g->output_count; i++) {
        print_dequantize(e, out, i);
    }
    emit_normalization(e, out);
    emit_push(e, out);
}

void emit_header(Emitter *e, Out *out)
{
    print_head(e, out);
    out_line(out, "#ifndef %s_H", e->upper);
    out_line(out, "#define %s_H", e->upper);
    out_text(out, "\n");
    out_line(out, "#include <stdint.h>");
    out_line(out, "#include <string.h>");
    print_avr_limits(e, out);
    print_placement(e, out);
    print_macros(e, out);
    out_text(out, "\n");
    out_line(out, "#if defined(__cplusplus)");
    out_line(out, "extern \"C\" {");
    out_line(out, "#endif");
    print_struct(e, out);
    print_functions(e, out);
    print_labels(e, out);
    out_text(out, "\n");
    out_line(out, "#if defined(__cplusplus)");
    out_line(out, "}");
    out_line(out, "#endif");
    out_text(out, "\n");
    out_line(out, "#endif");
}
