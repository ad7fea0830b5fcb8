/* NAME_selftest.c: known inputs and the outputs they must give, on the device itself.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emitter.h"

#include <math.h>

static const Tensor *port(const Emitter *e, bool is_input, int32_t i)
{
    return tensor(e->g, is_input ? e->g->input[i] : e->g->output[i]);
}

static int64_t run_bytes(const Emitter *e, bool is_input)
{
    int64_t bytes = 0;
    for (int32_t i = 0; i < (is_input ? e->g->input_count : e->g->output_count); i++) {
        bytes += tensor_bytes(port(e, is_input, i));
    }
    return bytes;
}

/* All runs' values of one input or output, one run after another. */
static uint8_t *gather(Emitter *e, bool is_input, int32_t i)
{
    int64_t stride = run_bytes(e, is_input), start = 0, bytes = tensor_bytes(port(e, is_input, i));
    for (int32_t j = 0; j < i; j++) {
        start += tensor_bytes(port(e, is_input, j));
    }
    const uint8_t *from = is_input ? e->o->selftest_inputs : e->o->selftest_outputs;
    uint8_t *all = NEW(&e->arena, uint8_t, bytes * e->o->selftest_runs);
    for (int32_t r = 0; r < e->o->selftest_runs; r++) {
        memcpy(all + r * bytes, from + r * stride + start, (size_t)bytes);
    }
    return all;
}

static bool print_vectors(Emitter *e, Out *out, bool is_input, int32_t i, const char *attr)
{
    const Tensor *t = port(e, is_input, i);
    char name[96];
    int64_t count = shape_count(&t->shape);
    Array a = {
        .name = arena_printf(&e->arena, "vectors_%s", port_variable(e, is_input, i, name)),
        .type = t->type,
        .data = gather(e, is_input, i),
        .count = count * e->o->selftest_runs,
        .rows = e->o->selftest_runs,
    };
    out_text(out, "\n");
    array_print(out, &a, attr);
    return value_needs_math(a.type, a.data, a.count);
}

/* How far a float output may be off: 1e-5 of its largest value in that run. */
static void print_tolerances(Emitter *e, Out *out, int32_t i, const char *attr)
{
    const Tensor *t = port(e, false, i);
    if (t->type != TYPE_F32) {
        return;
    }
    int64_t count = shape_count(&t->shape);
    const uint8_t *want = gather(e, false, i);
    float *tolerance = NEW(&e->arena, float, e->o->selftest_runs);
    for (int32_t r = 0; r < e->o->selftest_runs; r++) {
        float largest = 0;
        for (int64_t j = 0; j < count; j++) {
            float v;
            memcpy(&v, want + (r * count + j) * 4, sizeof v);
            largest = isfinite(v) && fabsf(v) > largest ? fabsf(v) : largest;
        }
        tolerance[r] = largest * 1e-5f;
    }
    char name[96];
    Array a = {
        .name = arena_printf(&e->arena, "tolerance_%s", port_variable(e, false, i, name)),
        .type = TYPE_F32,
        .data = tolerance,
        .count = e->o->selftest_runs,
    };
    out_text(out, "\n");
    out_line(out, "/* %s: 1e-5 of the largest value of each run */", port_variable(e, false, i, name));
    array_print(out, &a, attr);
}

static bool has_nan(Emitter *e, int32_t output)
{
    const uint8_t *want = gather(e, false, output);
    int64_t count = shape_count(&port(e, false, output)->shape) * e->o->selftest_runs;
    for (int64_t i = 0; i < count; i++) {
        float v;
        memcpy(&v, want + 4 * i, sizeof v);
        if (isnan(v)) {
            return true;
        }
    }
    return false;
}

static const char *rom_name(Type t)
{
    return type_name(t == TYPE_BOOL ? TYPE_U8 : t);
}

/* The input row by row. */
static void print_push(Emitter *e, Out *out)
{
    char name[96], macro[96];
    const Tensor *x = port(e, true, 0);
    port_variable(e, true, 0, name);
    port_text(e, true, true, 0, macro);
    const char *word = feed_word(e->g, true);
    out_line(out, "for (int32_t i = 0; i < %s_%sS; i++) {", macro, word);
    out_line(out, "    %s row[%s_%s_SIZE];", type_c(x->type), macro, word);
    out_line(out, "    for (int32_t j = 0; j < %s_%s_SIZE; j++) {", macro, word);
    out_line(out, "        row[j] = shrinc_rom_%s(&vectors_%s[run][(i * %s_%s_SIZE) + j]);", rom_name(x->type), name,
             macro, word);
    out_line(out, "    }");
    out_line(out, "    (void)%s_push_%s(m, row);", e->name, feed_word(e->g, false));
    out_line(out, "}");
}

static void print_feed(Emitter *e, Out *out, int32_t i)
{
    char name[96], function[96], macro[96];
    port_variable(e, true, i, name);
    port_text(e, true, false, i, function);
    port_text(e, true, true, i, macro);
    out_line(out, "for (int32_t i = 0; i < %s_SIZE; i++) {", macro);
    out_line(out, "    %s(m)[i] = shrinc_rom_%s(&vectors_%s[run][i]);", function,
             rom_name(port(e, true, i)->type), name);
    out_line(out, "}");
}

static void print_compare(Emitter *e, Out *out, int32_t i)
{
    char name[96], function[96], macro[96];
    const Tensor *t = port(e, false, i);
    const char *rom = rom_name(t->type);
    port_variable(e, false, i, name);
    port_text(e, false, false, i, function);
    port_text(e, false, true, i, macro);
    out_line(out, "for (int32_t i = 0; i < %s_SIZE; i++) {", macro);
    out_line(out, "    const %s got = %s(m)[i];", type_c(t->type), function);
    out_line(out, "    const %s want = shrinc_rom_%s(&vectors_%s[run][i]);", type_c(t->type), rom, name);
    if (t->type == TYPE_F32) {
        out_line(out, "    const float off = shrinc_rom_f32(&tolerance_%s[run]);", name);
        out_line(out, "    if (!((got == want) || (((got - want) <= off) && ((want - got) <= off))%s)) {",
                 has_nan(e, i) ? " || ((got != got) && (want != want))" : "");
    } else {
        out_line(out, "    if (got != want) {");
    }
    out_line(out, "        failed = (int)run + 1;");
    out_line(out, "    }");
    out_line(out, "}");
}

static void print_roots(Emitter *e, Out *out)
{
    bool used[TYPE_COUNT] = {false};
    for (int32_t i = 0; i < e->g->input_count; i++) {
        used[port(e, true, i)->type] = true;
    }
    for (int32_t i = 0; i < e->g->output_count; i++) {
        used[port(e, false, i)->type] = true;
    }
    const char *root[TYPE_COUNT];
    int32_t count = 0;
    for (int32_t t = 1; t < TYPE_COUNT; t++) {
        if (used[t]) {
            root[count++] = arena_printf(&e->arena, "shrinc_rom_%s", rom_name((Type)t));
        }
    }
    static const char *const base = "rt/shrinc_base.h";
    rt_print(out, root, count, &base, 1, e->g->rounding, false, "");
}

static void print_function(Emitter *e, Out *out)
{
    out_text(out, "\n");
    out_line(out, "int %s_selftest(%s *m)", e->name, e->name);
    out_line(out, "{");
    out->indent = 4;
    out_line(out, "int failed = 0;");
    if (emitter_has_state(e->g)) {
        out_line(out, "%s_reset(m);", e->name);
    }
    out_line(out, "for (int32_t run = 0; (run < %d) && (failed == 0); run++) {", e->o->selftest_runs);
    out->indent = 8;
    if (is_fed(e->g)) {
        print_push(e, out);
    } else {
        for (int32_t i = 0; i < e->g->input_count; i++) {
            print_feed(e, out, i);
        }
        out_line(out, "%s_invoke(m);", e->name);
    }
    for (int32_t i = 0; i < e->g->output_count; i++) {
        print_compare(e, out, i);
    }
    out->indent = 4;
    out_line(out, "}");
    out_line(out, "return failed;");
    out->indent = 0;
    out_line(out, "}");
}

void emit_selftest(Emitter *e, Out *out)
{
    const char *attr = arena_printf(&e->arena, "%s_WEIGHTS_ATTR", e->upper);
    Out vectors = {0};
    bool needs_math = false;
    for (int32_t i = 0; i < e->g->input_count; i++) {
        needs_math |= print_vectors(e, &vectors, true, i, attr);
    }
    for (int32_t i = 0; i < e->g->output_count; i++) {
        needs_math |= print_vectors(e, &vectors, false, i, attr);
        print_tolerances(e, &vectors, i, attr);
    }
    file_head(e, out, "_selftest.c", "known inputs and the outputs they must give");
    out_line(out, " *");
    out_line(out, " * Compile it only where you want it: the vectors take flash, nothing else refers to them. */");
    out_line(out, "#include \"%s.h\"", e->name);
    out_text(out, "\n");
    if (needs_math) {
        out_line(out, "#include <math.h>");
    }
    print_roots(e, out);
    if (vectors.bytes > 0) {
        out_bytes(out, vectors.text, vectors.bytes);
    }
    out_free(&vectors);
    print_function(e, out);
}
