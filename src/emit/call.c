/* Calls of kernels as C text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emitter.h"

static const char *const_text(Emitter *e, const CallUse *use, const Arg *arg, int32_t i)
{
    const Array *a = &e->array[use->array[i]];
    Type view = arg_view(use->kernel, i, a->type);
    const char *cast = view == a->type || (view == TYPE_U8 && a->type == TYPE_BOOL)
                           ? ""
                           : arena_printf(&e->arena, "(const %s *)", type_c(view));
    int64_t offset = 0;
    if (arg->kind == ARG_TENSOR) {
        (void)tensor_root(e->g, arg->tensor, &offset);
        offset += arg->offset;
    }
    return offset == 0 ? arena_printf(&e->arena, "%s%s", cast, a->name)
                       : arena_printf(&e->arena, "%s&%s[%lld]", cast, a->name,
                                      (long long)(offset / type_bytes(a->type)));
}

static const char *arg_text(Emitter *e, const CallUse *use, const Arg *arg, int32_t i)
{
    if (arg->kind == ARG_NONE) {
        return "NULL";
    }
    if (use->array[i] >= 0) {
        return const_text(e, use, arg, i);
    }
    Type view = arg_view(use->kernel, i,
                         arg->kind == ARG_SCRATCH ? arg->type : tensor(e->g, arg->tensor)->type);
    if (arg->kind == ARG_SCRATCH) {
        return arena_printf(&e->arena, "&m->arena.%s[%lld]", type_name(view),
                            (long long)(arg->offset / type_bytes(view)));
    }
    const Tensor *root = tensor(e->g, tensor_root(e->g, arg->tensor, NULL));
    char place[96];
    place_text(e, arg->tensor, arg->offset, view, place);
    bool mismatch = root->is_state && strcmp(type_c(root->type), type_c(view)) != 0;
    return mismatch ? arena_printf(&e->arena, "(%s *)&m->%s", type_c(view), place)
                    : arena_printf(&e->arena, "&m->%s", place);
}

const char *add_index(Emitter *e, const char *text, const char *add)
{
    const char *end = strrchr(text, ']');
    return end == NULL ? text : arena_printf(&e->arena, "%.*s + (%s)%s", (int)(end - text), text, add, end);
}

const char *row_offset(Emitter *e, const Tensor *t, const char *row)
{
    if (t->ring == 1) {
        return NULL;
    }
    long long elements = (long long)(shape_count(&t->shape) / t->shape.dim[1]);
    return t->ring > 0 ? arena_printf(&e->arena, "(%s %% %d) * %lld", row, t->ring, elements)
                       : arena_printf(&e->arena, "%s * %lld", row, elements);
}

static const char *row_arg_text(Emitter *e, const CallUse *use, const Arg *arg, int32_t i, const RowText *row)
{
    const char *text = arg_text(e, use, arg, i);
    if (row != NULL && arg->kind == ARG_TENSOR && row->slid == arg->tensor) {
        const Tensor *t = tensor(e->g, arg->tensor);
        int32_t before = t->shape.dim[1] - 1;
        long long elements = (long long)(shape_count(&t->shape) / t->shape.dim[1]);
        return before == 0 ? text : add_index(e, text, arena_printf(&e->arena, "%d * %lld", before, elements));
    }
    if (row == NULL || row->address == NULL || arg->kind != ARG_TENSOR || use->array[i] >= 0) {
        return text;
    }
    const char *add = row_offset(e, tensor(e->g, arg->tensor), row->address);
    return add == NULL ? text : add_index(e, text, add);
}

void emit_call(Emitter *e, Out *out, const CallUse *use, const Call *c, const RowText *row)
{
    int32_t indent = row == NULL ? 4 : row->indent;
    out_printf(out, "%*s%s(", indent, "", use->kernel->name);
    size_t column = (size_t)indent + 1 + strlen(use->kernel->name);
    for (int32_t i = -1; i < c->arg_count; i++) {
        if (i < 0 && use->params < 0) {
            continue;
        }
        const char *params = row != NULL ? row->params : use->params >= 0 ? e->params[use->params].name : "";
        const char *text = i < 0 ? arena_printf(&e->arena, "&%s", params)
                                 : row_arg_text(e, use, &c->arg[i], i, row);
        bool is_first = i < 0 || (i == 0 && use->params < 0);
        if (!is_first && column + strlen(text) + 3 > LINE_COLUMNS) {
            out_printf(out, ",\n%*s", indent + 4, "");
            column = (size_t)indent + 4;
        } else if (!is_first) {
            out_text(out, ", ");
            column += 2;
        }
        out_text(out, text);
        column += strlen(text);
    }
    out_text(out, ");\n");
}

/* "25x5x64, 25x5x64 -> 25x5x64" */
static const char *shapes_text(Emitter *e, const Node *n)
{
    Out text = {0};
    const char *separator = "";
    for (int32_t pass = 0; pass < 2; pass++) {
        for (int32_t i = 0; i < (pass == 0 ? n->in_count : n->out_count); i++) {
            TensorId id = pass == 0 ? n->in[i] : n->out[i];
            char shape[96];
            if (id != 0 && !tensor_is_const(tensor(e->g, id))) {
                out_printf(&text, "%s%s", separator, shape_short(&tensor(e->g, id)->shape, shape));
                separator = ", ";
            }
        }
        separator = " -> ";
    }
    const char *kept = arena_strdup(&e->arena, text.text == NULL ? "" : text.text);
    out_free(&text);
    return kept;
}

void emit_trace(Emitter *e, Out *out, int32_t node)
{
    const Node *n = &e->g->node[node];
    for (int32_t i = 0; i < n->out_count; i++) {
        const Tensor *t = tensor(e->g, n->out[i]);
        char place[96];
        if (!tensor_is_const(tensor(e->g, tensor_root(e->g, n->out[i], NULL)))) {
            out_line(out, "%s_TRACE(%d, &m->%s, %lld);", e->upper, node + 1,
                     place_text(e, n->out[i], 0, t->type, place), (long long)tensor_bytes(t));
        }
    }
}

void emit_title(Emitter *e, Out *out, int32_t i)
{
    const Node *n = &e->g->node[i];
    out_line(out, "/* %d. %s \"%s\": %s%s */", i + 1, n->kind->name,
                 text_comment_short(&e->arena, n->name, 48), shapes_text(e, n),
                 n->calls == NULL ? " (nothing to do)" : "");
}
