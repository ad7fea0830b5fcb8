/* Resource variables of a .tflite become tensors that keep their value from call to call.
 * VAR_HANDLE names a variable and vanishes: all handles with one container and shared_name are one
 * state tensor. READ_VARIABLE and ASSIGN_VARIABLE become read_variable(state) and
 * assign_variable(x, state). CALL_ONCE names a subgraph that assigns constants: they become the
 * initial values. A variable without one starts with zeros.
 * SPDX-License-Identifier: Apache-2.0 */
#include "import/tflite.h"

/* Finds or adds the variable of that name. */
static Status find_state(Import *im, const char *name, int32_t *out)
{
    for (int32_t i = 0; i < im->state_count; i++) {
        if (strcmp(im->state[i].name, name) == 0) {
            *out = i;
            return OK;
        }
    }
    if (im->state == NULL) { /* one per operator at most */
        im->state_capacity = im->main.node_count;
        im->state = NEW(&im->scratch, State, im->state_capacity);
    }
    if (im->state_count == im->state_capacity) {
        return fail(im->d, ERR_INPUT, "the initialiser has more variables than the model itself");
    }
    im->state[im->state_count] = (State){.name = name};
    *out = im->state_count++;
    return OK;
}

static Status var_handle(Import *im, SubGraph *s, const FileNode *n)
{
    Span container;
    Span shared;
    int32_t state = 0;
    TRY(fb_string(&im->fb, &n->options, 0, "VarHandleOptions.container", &container));
    TRY(fb_string(&im->fb, &n->options, 1, "VarHandleOptions.shared_name", &shared));
    if (n->in_count != 0 || n->out_count != 1) {
        return fail(im->d, ERR_INPUT,
                    "%s: has %d inputs and %d outputs; it takes none and gives one", n->label,
                    n->in_count, n->out_count);
    }
    FileTensor *f = &s->tensor[n->out[0]];
    if (f->type != TFLITE_RESOURCE || f->state != 0 || f->is_written || f->data.data != NULL) {
        return fail(im->d, ERR_INPUT, "%s: tensor %d \"%s\" cannot hold a variable's handle",
                    n->label, n->out[0], f->name);
    }
    const char *name = import_name(im, shared, "variable");
    if (container.bytes > 0) {
        name = arena_printf(&im->scratch, "%s/%s", import_name(im, container, ""), name);
    }
    TRY(find_state(im, name, &state));
    f->state = state + 1;
    f->is_written = true;
    return OK;
}

/* The variable that input 0 of N is a handle of. */
static Status state_of(Import *im, const SubGraph *s, const FileNode *n, State **out)
{
    const FileTensor *f = n->in_count > 0 && n->in[0] >= 0 ? &s->tensor[n->in[0]] : NULL;
    if (f == NULL || f->state == 0) {
        return fail(im->d, ERR_INPUT, "%s: input 0 is not the handle of a variable (VAR_HANDLE)",
                    n->label);
    }
    *out = &im->state[f->state - 1];
    return OK;
}

/* Gives the state its type and shape at first use; later uses must agree. */
static Status fit_state(Import *im, const FileNode *n, State *state, const FileTensor *f, Type type)
{
    if (state->id == 0) {
        state->id = graph_add_tensor(im->g, state->name, type, f->shape);
        tensor(im->g, state->id)->is_state = true;
        tensor(im->g, state->id)->q = f->q;
        return OK;
    }
    const Tensor *t = tensor(im->g, state->id);
    if (t->type != type || !shape_equal(&t->shape, &f->shape)) {
        char was[96];
        char is[96];
        return fail(
            im->d, ERR_UNSUPPORTED,
            "%s: variable \"%s\" changes from %s %s to %s %s; a variable keeps its type and shape",
            n->label, state->name, type_name(t->type), shape_text(&t->shape, was), type_name(type),
            shape_text(&f->shape, is));
    }
    return OK;
}

static Status read_variable(Import *im, const FileNode *n, int32_t index)
{
    State *state = NULL;
    TensorId out = 0;
    const Op *op = op_find_tflite(n->code);
    if (n->in_count != 1 || n->out_count != 1) {
        return fail(im->d, ERR_INPUT,
                    "%s: has %d inputs and %d outputs; it takes one and gives one", n->label,
                    n->in_count, n->out_count);
    }
    TRY(state_of(im, &im->main, n, &state));
    TRY(import_written_id(im, n, n->out[0], &out));
    TRY(fit_state(im, n, state, &im->main.tensor[n->out[0]], tensor(im->g, out)->type));
    Node *node = graph_add_node(im->g, &op->kind, n->name, 1, 1);
    node->index = index;
    node->in[0] = state->id;
    node->out[0] = out;
    im->uses_state = true;
    return OK;
}

static Status assign_variable(Import *im, const FileNode *n, int32_t index)
{
    State *state = NULL;
    TensorId value = 0;
    const Op *op = op_find_tflite(n->code);
    if (n->in_count != 2 || n->out_count != 0 || n->in[1] < 0) {
        return fail(im->d, ERR_INPUT,
                    "%s: has %d inputs and %d outputs; it takes two and gives none", n->label,
                    n->in_count, n->out_count);
    }
    TRY(state_of(im, &im->main, n, &state));
    TRY(import_read_id(im, n, n->in[1], &value));
    TRY(fit_state(im, n, state, &im->main.tensor[n->in[1]], tensor(im->g, value)->type));
    Node *node = graph_add_node(im->g, &op->kind, state->name, 2, 0);
    node->index = index;
    node->in[0] = value;
    node->in[1] = state->id;
    im->uses_state = true;
    return OK;
}

/* One assignment of the initialiser: a constant becomes the state's initial value. */
static Status initial_value(Import *im, SubGraph *s, const FileNode *n)
{
    State *state = NULL;
    TensorId value = 0;
    if (n->in_count != 2 || n->out_count != 0 || n->in[1] < 0) {
        return fail(im->d, ERR_INPUT,
                    "%s: has %d inputs and %d outputs; it takes two and gives none", n->label,
                    n->in_count, n->out_count);
    }
    TRY(state_of(im, s, n, &state));
    const FileTensor *f = &s->tensor[n->in[1]];
    if (f->data.data == NULL) {
        return fail(im->d, ERR_UNSUPPORTED,
                    "%s: the initialiser assigns \"%s\", which is not a constant", n->label,
                    f->name);
    }
    TRY(import_tensor_id(im, s, n->in[1], n->label, &value));
    TRY(fit_state(im, n, state, f, tensor(im->g, value)->type));
    Tensor *t = tensor(im->g, state->id);
    t->data = tensor(im->g, value)->data;
    t->data_bytes = tensor(im->g, value)->data_bytes;
    return OK;
}

Status import_callee(Import *im, const FileNode *n, int32_t *callee)
{
    TRY(fb_i32(&im->fb, &n->options, 0, "CallOnceOptions.init_subgraph_index", 0, callee));
    if (*callee >= 1 && *callee < (int32_t)im->subgraphs.count) {
        return OK;
    }
    return fail(im->d, ERR_INPUT,
                "%s: calls subgraph %d of %u; the initialiser must be another one than the first",
                n->label, *callee, im->subgraphs.count);
}

static Status call_once(Import *im, const FileNode *n)
{
    int32_t callee = 0;
    SubGraph s = {0};
    TRY(import_callee(im, n, &callee));
    if (im->uses_state) {
        return fail(im->d, ERR_UNSUPPORTED,
                    "%s: must come before the first READ_VARIABLE and ASSIGN_VARIABLE", n->label);
    }
    if (n->in_count != 0 || n->out_count != 0) {
        return fail(im->d, ERR_INPUT, "%s: has %d inputs and %d outputs; it has none", n->label,
                    n->in_count, n->out_count);
    }
    TRY(import_subgraph(im, callee, &s));
    for (int32_t i = 0; i < s.node_count; i++) {
        const FileNode *k = &s.node[i];
        if (k->code == CODE_VAR_HANDLE) {
            TRY(var_handle(im, &s, k));
        } else if (k->code == CODE_ASSIGN_VARIABLE) {
            TRY(initial_value(im, &s, k));
        } else {
            return fail(
                im->d, ERR_UNSUPPORTED,
                "%s: its initialiser, subgraph %d, has %s; only VAR_HANDLE and ASSIGN_VARIABLE of "
                "constants may stand there",
                n->label, callee, k->label);
        }
    }
    return OK;
}

Status import_state_node(Import *im, const FileNode *n, int32_t index, bool *done)
{
    *done = true;
    switch (n->code) {
    case CODE_VAR_HANDLE: return var_handle(im, &im->main, n);
    case CODE_READ_VARIABLE: return read_variable(im, n, index);
    case CODE_ASSIGN_VARIABLE: return assign_variable(im, n, index);
    case CODE_CALL_ONCE: return call_once(im, n);
    default: *done = false; return OK;
    }
}
