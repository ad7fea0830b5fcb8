/* NAME_report.txt and .json: what the model costs, layer by layer, and who lies where in memory
 * when.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emitter.h"

enum { PICTURE_COLUMNS = 64 };

/* --- text --- */

static void print_facts(Emitter *e, Out *out)
{
    const Graph *g = e->g;
    out_line(out, "%s, made by shrinc " SHRINC_VERSION, e->name);
    out_text(out, "\n");
    out_line(out, "source        %s", text_comment(&e->arena, e->o->source_name));
    out_line(out, "sha256        %s", e->o->source_sha256);
    out_line(out, "options       %s", text_comment(&e->arena, e->o->options_text));
    out_line(out, "flash         %lld bytes of weights", (long long)e->weights_bytes);
    out_line(out, "RAM           %lld bytes: arena %lld, state %lld",
             (long long)(g->arena_bytes + g->state_bytes), (long long)g->arena_bytes,
             (long long)g->state_bytes);
    if (e->o->stack_bytes > 0) {
        out_line(out, "stack         at most %lld bytes: %s", (long long)e->o->stack_bytes, e->o->stack_path);
        out_line(out, "code          %lld bytes, library functions included", (long long)e->o->code_bytes);
        out_line(out, "both by       %s", e->o->stack_how);
    }
    out_line(out, "MACs          %lld in a run", (long long)e->macs);
    out_line(out,
             "arena plan    %lld bytes%s; no plan can take less than %lld, a greedy one takes %lld",
             (long long)g->arena_bytes, g->plan_is_optimal ? ", proven optimal" : "",
             (long long)g->lower_bound_bytes, (long long)g->greedy_bytes);
}

static void print_layers(Emitter *e, Out *out)
{
    const Graph *g = e->g;
    out_text(out, "\n");
    out_line(out, "%4s  %-31s %-26s %12s %9s  %-16s %8s %8s", "", "layer", "operator", "MACs",
             "weights", "output", "offset", "bytes");
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        const Tensor *y = n->out_count > 0 ? tensor(g, n->out[0]) : NULL;
        char shape[96] = "-", offset[48] = "-";
        if (y != NULL) {
            shape_text(&y->shape, shape);
            if (tensor_offset(g, n->out[0]) >= 0) {
                (void)snprintf(offset, sizeof offset, "%lld",
                               (long long)tensor_offset(g, n->out[0]));
            }
        }
        out_line(out, "%3d.  %-31s %-26s %12lld %9lld  %-16s %8s %8lld", i + 1, n->cname,
                 n->kind->name, (long long)node_macs(g, n), (long long)node_weights_bytes(e, i),
                 shape, offset, (long long)(y == NULL ? 0 : tensor_arena_bytes(y)));
    }
    for (int32_t i = 0, first = 0; i < g->node_count; i++) {
        first = i > 0 && g->node[i].segment == g->node[i - 1].segment ? first : i;
        if (is_segment_end(g, &g->node[i])) {
            out_line(out,
                     "Layers %d to %d run together, row by row: of the images between them only some rows are in "
                     "memory.",
                     first + 1, i + 1);
        }
    }
}

/* One bar per tensor, one column per layer (or per few layers, if there are many). */
static void print_bar(Out *out, int64_t offset, int64_t bytes, const char *name, Life life,
                      int32_t layers_each, int32_t columns)
{
    char bar[PICTURE_COLUMNS + 1];
    for (int32_t c = 0; c < columns; c++) {
        int32_t first = c * layers_each, last = first + layers_each - 1;
        bar[c] = life.first <= last && life.last >= first ? '#' : '.';
    }
    bar[columns] = '\0';
    out_line(out, "%8lld %8lld  %s  %s", (long long)offset, (long long)bytes, bar, name);
}

typedef struct Bar {
    int64_t offset, bytes;
    const char *name;
    Life life;
} Bar;

static int32_t collect_bars(Emitter *e, Bar *bar)
{
    const Graph *g = e->g;
    int32_t count = 0;
    for (TensorId id = 1; id < g->tensor_count; id++) {
        const Tensor *t = tensor(g, id);
        if (tensor_is_activation(t) && tensor_offset(g, id) >= 0) {
            bar[count++] =
                (Bar){tensor_offset(g, id), tensor_arena_bytes(t), t->cname, tensor_life(g, id)};
        }
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        for (const Call *c = g->node[i].calls; c != NULL; c = c->next) {
            for (int32_t j = 0; j < c->arg_count; j++) {
                const Arg *a = &c->arg[j];
                if (a->kind == ARG_SCRATCH) {
                    bar[count++] = (Bar){a->offset,
                                         (int64_t)a->count * type_bytes(a->type),
                                         arena_printf(&e->arena, "scratch of %s", g->node[i].cname),
                                         {i + 1, i + 1}};
                }
            }
        }
    }
    return count;
}

static void print_picture(Emitter *e, Out *out)
{
    const Graph *g = e->g;
    int32_t columns_needed = g->node_count + 2; /* before, the layers, after */
    int32_t layers_each = (columns_needed + PICTURE_COLUMNS - 1) / PICTURE_COLUMNS;
    int32_t columns = (columns_needed + layers_each - 1) / layers_each;
    int32_t room = g->tensor_count;
    for (int32_t i = 0; i < e->use_count; i++) {
        room += MAX_ARGS;
    }
    Bar *bar = NEW(&e->arena, Bar, room);
    int32_t count = collect_bars(e, bar);
    out_text(out, "\n");
    out_line(out,
             "Who lies where: offset and bytes in the arena; a column for %s, the first is the "
             "input, the last the",
             layers_each == 1 ? "each layer"
                              : arena_printf(&e->arena, "every %d layers", layers_each));
    out_line(out, "output.");
    out_text(out, "\n");
    for (int32_t done = 0; done < count;
         done++) { /* by offset, then in order of birth: few rows, so by selection */
        int32_t best = -1;
        for (int32_t i = 0; i < count; i++) {
            if (bar[i].name != NULL &&
                (best < 0 || bar[i].offset < bar[best].offset ||
                 (bar[i].offset == bar[best].offset && bar[i].life.first < bar[best].life.first))) {
                best = i;
            }
        }
        print_bar(out, bar[best].offset, bar[best].bytes, bar[best].name, bar[best].life,
                  layers_each, columns);
        bar[best].name = NULL;
    }
}

void emit_report(Emitter *e, Out *out)
{
    print_facts(e, out);
    print_layers(e, out);
    print_picture(e, out);
}

/* --- JSON --- */

/* Names come from model files: bytes that are no UTF-8 would be refused, so what is not ASCII is
 * replaced. */
static json_t *json_text(Emitter *e, const char *text)
{
    json_t *s = json_string(text == NULL ? "" : text);
    return s != NULL ? s : json_string(text_comment(&e->arena, text));
}

static int64_t io_bytes(const Graph *g)
{
    int64_t bytes = 0;
    for (int32_t i = 0; i < g->input_count; i++) {
        bytes += tensor_bytes(tensor(g, g->input[i]));
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        bytes += tensor_bytes(tensor(g, g->output[i]));
    }
    return bytes;
}

static json_t *layer_json(Emitter *e, int32_t i)
{
    const Graph *g = e->g;
    const Node *n = &g->node[i];
    json_t *shape = json_array();
    json_t *offset = json_null();
    int64_t bytes = 0;
    if (n->out_count > 0) {
        const Tensor *y = tensor(g, n->out[0]);
        for (int32_t j = 0; j < y->shape.rank; j++) {
            json_array_append_new(shape, json_integer(y->shape.dim[j]));
        }
        if (tensor_offset(g, n->out[0]) >= 0) {
            offset = json_integer(tensor_offset(g, n->out[0]));
        }
        bytes = tensor_bytes(y);
    }
    json_t *layer = json_pack("{s:o, s:s, s:s, s:I, s:I, s:o, s:o, s:I}", "name", json_text(e, n->name),
                     "cname", n->cname, "op", n->kind->name, "macs", (json_int_t)node_macs(g, n),
                     "weights_bytes", (json_int_t)node_weights_bytes(e, i), "output_shape", shape,
                     "offset_bytes", offset, "output_bytes", (json_int_t)bytes);
    if (n->segment > 0) {
        json_object_set_new(layer, "segment", json_integer(n->segment));
        json_object_set_new(layer, "arena_bytes", json_integer(tensor_arena_bytes(tensor(g, n->out[0]))));
    }
    return layer;
}

json_t *report_document(Emitter *e, const EmitResult *result)
{
    const Graph *g = e->g;
    json_t *layers = json_array();
    for (int32_t i = 0; i < g->node_count; i++) {
        json_array_append_new(layers, layer_json(e, i));
    }
    json_t *files = json_array();
    for (int32_t i = 0; i < result->file_count; i++) {
        json_array_append_new(files, json_string(result->file[i].name));
    }
    int64_t macs = e->o->model_macs > 0 ? e->o->model_macs : e->macs;
    json_t *model = json_pack("{s:o, s:o, s:s, s:I, s:I}", "name", json_text(e, e->name), "source",
                              json_text(e, e->o->source_name), "sha256", e->o->source_sha256,
                              "macs", (json_int_t)macs, "macs_live", (json_int_t)e->macs);
    json_t *memory =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:b}", "arena_bytes", (json_int_t)g->arena_bytes,
                  "io_bytes", (json_int_t)io_bytes(g), "state_bytes", (json_int_t)g->state_bytes,
                  "lower_bound_bytes", (json_int_t)g->lower_bound_bytes, "greedy_bytes",
                  (json_int_t)g->greedy_bytes, "plan_is_optimal", g->plan_is_optimal);
    if (e->o->stack_bytes > 0) {
        json_object_set_new(memory, "stack_bytes", json_integer(e->o->stack_bytes));
        json_object_set_new(memory, "stack_path", json_text(e, e->o->stack_path));
        json_object_set_new(memory, "stack_compiler", json_text(e, e->o->stack_how));
    }
    json_t *flash = json_pack("{s:I}", "weights_bytes", (json_int_t)e->weights_bytes);
    if (e->o->stack_bytes > 0) {
        json_object_set_new(flash, "code_bytes", json_integer(e->o->code_bytes));
    }
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "schema", "shrinc-report-1",
                     "shrinc", SHRINC_VERSION, "model", model, "memory", memory, "flash",
                     flash, "layers", layers, "files", files);
}
