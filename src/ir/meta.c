/* Notes, normalisation and names that travel with a model.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir.h"

void graph_set_meta(Graph *g, const char *key, const char *text)
{
    for (int32_t i = 0; i < g->meta_count; i++) {
        if (strcmp(g->meta[i].key, key) == 0) {
            g->meta[i].text = arena_strdup(&g->arena, text);
            return;
        }
    }
    Meta *more = NEW(&g->arena, Meta, g->meta_count + 1);
    for (int32_t i = 0; i < g->meta_count; i++) {
        more[i] = g->meta[i];
    }
    more[g->meta_count] = (Meta){arena_strdup(&g->arena, key), arena_strdup(&g->arena, text)};
    g->meta = more;
    g->meta_count++;
}

const char *graph_meta(const Graph *g, const char *key)
{
    for (int32_t i = 0; i < g->meta_count; i++) {
        if (strcmp(g->meta[i].key, key) == 0) {
            return g->meta[i].text;
        }
    }
    return NULL;
}

bool graph_gives_events(const Graph *g)
{
    bool has_state = false;
    for (TensorId id = 1; id < g->tensor_count; id++) {
        has_state = has_state || g->tensor[id].is_state;
    }
    if (!has_state || graph_meta(g, "sensor") == NULL || g->input_count != 1 || g->output_count < 1) {
        return false;
    }
    const Tensor *x = tensor(g, g->input[0]);
    const Tensor *y = tensor(g, g->output[0]);
    return x->type == TYPE_S16 && x->shape.rank == 3 && x->shape.dim[0] == 1 && y->type == TYPE_S8 &&
           shape_count(&y->shape) == 1;
}

Scaling *graph_scaling(Graph *g, bool is_input, int32_t i)
{
    Scaling **list = is_input ? &g->input_scaling : &g->output_scaling;
    if (*list == NULL) {
        *list = NEW(&g->arena, Scaling, is_input ? g->input_count : g->output_count);
    }
    return &(*list)[i];
}

bool scaling_fits(const Shape *s, int32_t count)
{
    return count == 1 || (s->rank > 0 && count == s->dim[s->rank - 1]) || count == shape_count(s);
}

static const char *copy_text(Arena *a, const char *text)
{
    return text == NULL ? NULL : arena_strdup(a, text);
}

static const char **copy_texts(Arena *a, const char **text, int32_t count)
{
    if (text == NULL) {
        return NULL;
    }
    const char **copy = NEW(a, const char *, count);
    for (int32_t i = 0; i < count; i++) {
        copy[i] = copy_text(a, text[i]);
    }
    return copy;
}

static Scaling *copy_scaling(Arena *a, const Scaling *from, int32_t count)
{
    if (from == NULL) {
        return NULL;
    }
    Scaling *copy = arena_memdup(a, from, sizeof(Scaling) * (size_t)count);
    for (int32_t i = 0; i < count; i++) {
        size_t bytes = sizeof(float) * (size_t)copy[i].count;
        copy[i].units = copy_text(a, copy[i].units);
        if (bytes > 0) {
            copy[i].offset = arena_memdup(a, copy[i].offset, bytes);
            copy[i].gain = arena_memdup(a, copy[i].gain, bytes);
        }
    }
    return copy;
}

void graph_copy_meta(Graph *to, const Graph *from)
{
    Arena *a = &to->arena;
    to->description = copy_text(a, from->description);
    to->min_runtime_version = copy_text(a, from->min_runtime_version);
    to->label_count = from->label_count;
    to->label = copy_texts(a, from->label, from->label_count);
    to->input_name = copy_texts(a, from->input_name, from->input_count);
    to->output_name = copy_texts(a, from->output_name, from->output_count);
    to->input_scaling = copy_scaling(a, from->input_scaling, from->input_count);
    to->output_scaling = copy_scaling(a, from->output_scaling, from->output_count);
    for (int32_t i = 0; i < from->meta_count; i++) {
        graph_set_meta(to, from->meta[i].key, from->meta[i].text);
    }
}
