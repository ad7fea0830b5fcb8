/* Layers that run row by row as C text: several in one loop, and those whose input comes row by row or slides.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emitter.h"

/* The rows that a layer of the walk has made: a local variable, or a member of the struct where the input comes row
 * by row and the count must live until the next one. */
static const char *row_text(Emitter *e, const RowWalk *w, int32_t i)
{
    return w->node[0] < 0 ? arena_printf(&e->arena, "m->row[%d]", i) : arena_printf(&e->arena, "row%d", w->node[i] + 1);
}

/* "rows of conv1, 3 of 24 in memory" */
static const char *kept_text(Emitter *e, const RowWalk *w, int32_t i)
{
    const Tensor *t = tensor(e->g, row_walk_output(e->g, w, i));
    if (w->layer[i].gathers) {
        return arena_printf(&e->arena, "rows that %s has taken in", t->cname);
    }
    return t->ring > 0 ? arena_printf(&e->arena, "rows of %s, %d of %d in memory", t->cname, t->ring, t->shape.dim[1])
                       : arena_printf(&e->arena, "rows of %s", t->cname);
}

static void print_row(Emitter *e, Out *out, const CallUse *use, const RowWalk *w, int32_t i)
{
    const Node *n = &e->g->node[w->node[i]];
    const char *name = e->params[use->params].name;
    const char *row = row_text(e, w, i);
    RowText text = {.params = name, .indent = out->indent + 8};
    if (w->layer[i].by_address) {
        text.address = row;
    } else {
        text.params = "p";
        out_line(out, "        %s p = %s;", use->kernel->params_type, name);
        out_line(out, "        p.%s = %s;", row_member(n->calls), row);
    }
    int32_t indent = out->indent;
    out->indent = 0;
    emit_call(e, out, use, n->calls, &text);
    out->indent = indent;
    out_line(out, "        %s++;", row);
}

/* "(row4 * 2) + 2": the rows that layer I of the walk needs for its next one. */
static const char *needed_text(Emitter *e, const RowWalk *w, int32_t i)
{
    const RowLayer *l = &w->layer[i];
    int32_t more = l->reach - l->pad;
    const char *row = row_text(e, w, i);
    const char *text = l->stride == 1 ? row : arena_printf(&e->arena, "(%s * %d)", row, l->stride);
    return more == 0 ? text : arena_printf(&e->arena, "%s %s %d", text, more < 0 ? "-" : "+", more < 0 ? -more : more);
}

/* "((row3 == 24) || (row3 >= (row4 * 2 + 2)))" for each image that it reads: layer I's next row can be made. */
static const char *ready_text(Emitter *e, const RowWalk *w, int32_t i, bool may_end)
{
    const RowLayer *l = &w->layer[i];
    const char *all = may_end ? arena_printf(&e->arena, "(%s < %d)", row_text(e, w, i), l->out_rows) : "";
    int32_t reader = w->reader[i];
    if (reader >= 0) {
        all = arena_printf(&e->arena, "%s%s(%s < (%s))", all, all[0] == '\0' ? "" : " && ", row_text(e, w, i),
                           needed_text(e, w, reader));
    }
    for (int32_t k = 0; k < SEGMENT_INPUTS && w->source[i][k] >= 0; k++) {
        const char *made = row_text(e, w, w->source[i][k]);
        const char *one = arena_printf(&e->arena, "(%s == %d) || (%s >= (%s))", made, l->in_rows, made,
                                       needed_text(e, w, i));
        bool is_alone = all[0] == '\0' && (k + 1 == SEGMENT_INPUTS || w->source[i][k + 1] < 0);
        all = is_alone ? one : arena_printf(&e->arena, "%s%s(%s)", all, all[0] == '\0' ? "" : " && ", one);
    }
    return all;
}

/* The loop body's branches, last layer first; returns the uses behind theirs. */
static const CallUse *print_rows(Emitter *e, Out *out, const CallUse *use, const RowWalk *w)
{
    bool is_pushed = w->node[0] < 0;
    int32_t least = is_pushed ? 1 : 0;
    for (int32_t i = w->count - 1; i >= least; i--) {
        const char *begin = i == w->count - 1 ? "" : "} else ";
        if (i == 0) {
            out_line(out, "    } else {");
        } else {
            /* others are asked for no row beyond their last */
            out_line(out, "    %sif (%s) {", begin, ready_text(e, w, i, is_pushed || i < w->count - 1));
        }
        print_row(e, out, use + (i - least), w, i);
    }
    return use + (w->count - least);
}

const CallUse *emit_segment(Emitter *e, Out *out, const CallUse *use, int32_t first)
{
    RowWalk w = row_walk(e->g, first);
    int32_t last = w.node[w.count - 1];
    out_line(out, "/* Layers %d to %d together: the last one whose input rows are there makes its next row. */",
             first + 1, last + 1);
    out_line(out, "{");
    for (int32_t i = 0; i < w.count; i++) {
        out_line(out, "    int32_t %s = 0; /* %s */", row_text(e, &w, i), kept_text(e, &w, i));
    }
    out_line(out, "    while (%s < %d) {", row_text(e, &w, w.count - 1), w.layer[w.count - 1].out_rows);
    out->indent += 4;
    use = print_rows(e, out, use, &w);
    out_line(out, "    }");
    out->indent -= 4;
    out_line(out, "    }");
    out_line(out, "}");
    emit_trace(e, out, last);
    return use;
}

/* The block in which the layers behind the walk run, and what the caller is told. */
static void print_end(Emitter *e, Out *out, const RowWalk *w, const char *told)
{
    out->indent += 4;
    emit_trace(e, out, w->node[w->count - 1]);
    out->indent -= 4;
    out_line(out, "    %s_rest(m);", e->name);
    out_line(out, "}");
    out_line(out, "return %s;", told);
}

const CallUse *emit_step(Emitter *e, Out *out)
{
    RowWalk w = row_walk(e->g, 0);
    StepPlan p = step_plan(&w);
    const Tensor *x = tensor(e->g, e->g->input[0]);
    const CallUse *use = e->use;
    char place[96], macro[96];
    port_text(e, true, true, 0, macro);
    place_text(e, e->g->input[0], 0, x->type, place);
    const char *slot = row_offset(e, x, "m->step");
    out_line(out, "int is_full = (m->step >= %d) ? 1 : 0;", p.window - 1);
    out_line(out, "/* %s */", kept_text(e, &w, 0));
    out_line(out, "(void)memcpy(&m->%s, step, %s_STEP_BYTES);", slot == NULL ? place : add_index(e, place, slot),
             macro);
    for (int32_t i = 1; i < w.count; i++, use++) {
        const Node *n = &e->g->node[w.node[i]];
        const Tensor *y = tensor(e->g, n->out[0]);
        const char *row = p.delay[i] == 0 ? "m->step" : arena_printf(&e->arena, "(m->step - %d)", p.delay[i]);
        const char *name = e->params[use->params].name;
        RowText text = {.params = name, .indent = 8, .slid = i + 1 == w.count ? n->out[0] : 0};
        emit_title(e, out, w.node[i]);
        out_line(out, "if (m->step >= %d) { /* %s */", p.delay[i], kept_text(e, &w, i));
        if (text.slid != 0 && y->shape.dim[1] > 1) {
            long long row_bytes = (long long)(tensor_bytes(y) / y->shape.dim[1]);
            const char *start = place_text(e, n->out[0], 0, y->type, place);
            out_line(out, "    (void)memmove(&m->%s, &m->%s, %lld);", start,
                     add_index(e, start, arena_printf(&e->arena, "%lld", row_bytes / type_bytes(y->type))),
                     row_bytes * (y->shape.dim[1] - 1));
        }
        if (w.layer[i].by_address) {
            text.address = row;
        } else {
            text.params = "p";
            out_line(out, "    %s p = %s;", use->kernel->params_type, name);
            out_line(out, "    p.%s = %s;", row_member(n->calls), row);
        }
        emit_call(e, out, use, n->calls, &text);
        out_line(out, "}");
    }
    out_line(out, "m->step++;");
    out_line(out, "if (m->step == %d) {", p.window + p.cycle);
    out_line(out, "    m->step = %d; /* the same place in all rings */", p.window);
    out_line(out, "}");
    out_line(out, "if (is_full != 0) {");
    print_end(e, out, &w, "is_full");
    return use;
}

const CallUse *emit_pushed_rows(Emitter *e, Out *out)
{
    RowWalk w = row_walk(e->g, 0);
    const Tensor *x = tensor(e->g, e->g->input[0]);
    char place[96], macro[96];
    port_text(e, true, true, 0, macro);
    place_text(e, e->g->input[0], 0, x->type, place);
    const char *slot = row_offset(e, x, row_text(e, &w, 0));
    out_line(out, "int is_last;");
    out_line(out, "int goes_on = 1;");
    for (int32_t i = 0; i < w.count; i++) {
        if (i > 0) {
            emit_title(e, out, w.node[i]);
        }
        out_line(out, "/*    %s: %s */", row_text(e, &w, i), kept_text(e, &w, i));
    }
    out_line(out, "(void)memcpy(&m->%s, row, %s_ROW_BYTES);", slot == NULL ? place : add_index(e, place, slot), macro);
    out_line(out, "m->row[0]++;");
    out_line(out, "/* The last one of these layers whose input rows are there makes its next row, until none can. */");
    out_line(out, "while (goes_on != 0) {");
    const CallUse *use = print_rows(e, out, e->use, &w);
    out_line(out, "    } else {");
    out_line(out, "        goes_on = 0;");
    out_line(out, "    }");
    out_line(out, "}");
    out_line(out, "is_last = (m->row[0] == %s_ROWS) ? 1 : 0;", macro);
    out_line(out, "if (is_last != 0) {");
    out_line(out, "    for (int32_t i = 0; i < %d; i++) {", w.count);
    out_line(out, "        m->row[i] = 0;");
    out_line(out, "    }");
    print_end(e, out, &w, "is_last");
    return use;
}
