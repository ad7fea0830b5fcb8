/* Writes a graph as .tflite, by schema.fbs version 3. Field numbers are those of the schema's
 * tables.
 * SPDX-License-Identifier: Apache-2.0 */
#include "export/export.h"
#include "export/flatbuffer_build.h"
#include "export/tflite_meta.h"

enum {
    SCHEMA_VERSION = 3,
    BUFFER_ALIGN = 16,
    CODE_READ_VARIABLE = 143,
    CODE_ASSIGN_VARIABLE = 144
};

/* Only tensors that something names go into the file: passes leave others behind. */
typedef struct Writer {
    Build b;
    Arena scratch;
    const Graph *g;
    int32_t *index; /* by TensorId: number in the file, -1: not in it */
    uint32_t *code; /* by node: operator code */
    BuildRef *buffer;
    uint32_t buffer_count;
    int32_t tensor_count;
} Writer;

/* TensorType of the schema. */
static int8_t tensor_type(Type t)
{
    static const int8_t numbers[TYPE_COUNT] = {
        [TYPE_F32] = 0,  [TYPE_S32] = 2, [TYPE_U8] = 3, [TYPE_S64] = 4,
        [TYPE_BOOL] = 6, [TYPE_S16] = 7, [TYPE_S8] = 9, [TYPE_F16] = 1,
        [TYPE_S4] = 17,  [TYPE_S2] = 19,
    };
    return numbers[t];
}

/* An empty table, like buffer 0, which every tensor without data names. */
static BuildRef empty_table(Build *b)
{
    build_table_start(b);
    return build_table_end(b);
}

static BuildRef build_buffer(Build *b, Arena *scratch, const Tensor *t)
{
    if (!tensor_is_const(t)) {
        return empty_table(b);
    }
    const uint8_t *bytes = t->data;
    int64_t count = tensor_file_bytes(t);
    if (count != tensor_bytes(t)) {
        uint8_t *packed = NEW(scratch, uint8_t, count);
        type_pack(t->type, (const int8_t *)t->data, shape_count(&t->shape), packed);
        bytes = packed;
    }
    BuildRef data = build_vector(b, bytes, (size_t)count, 1, BUFFER_ALIGN);
    build_table_start(b);
    build_ref(b, 0, data);
    return build_table_end(b);
}

static BuildRef build_quant(Build *b, Arena *scratch, const Quant *q)
{
    if (q->count == 0) {
        return 0;
    }
    int64_t *zero = NEW(scratch, int64_t, q->count);
    for (int32_t i = 0; i < q->count; i++) {
        zero[i] = q->zero[i];
    }
    BuildRef zeros = build_vector(b, zero, (size_t)q->count, 8, 8);
    BuildRef scales = build_vector(b, q->scale, (size_t)q->count, 4, 4);
    build_table_start(b);
    build_ref(b, 2, scales);
    build_ref(b, 3, zeros);
    if (q->axis != 0) {
        build_scalar(b, 6, &q->axis, 4);
    }
    return build_table_end(b);
}

static BuildRef build_tensor(Build *b, Arena *scratch, const Tensor *t, uint32_t buffer)
{
    BuildRef quant = build_quant(b, scratch, &t->q);
    BuildRef name = build_string(b, t->name);
    BuildRef shape = build_vector(b, t->shape.dim, (size_t)t->shape.rank, 4, 4);
    int8_t type = tensor_type(t->type);
    build_table_start(b);
    build_ref(b, 0, shape);
    if (buffer != 0) {
        build_scalar(b, 2, &buffer, 4);
    }
    build_ref(b, 3, name);
    build_ref(b, 4, quant);
    if (type != 0) {
        build_scalar(b, 1, &type, 1);
    }
    if (t->is_state) {
        const uint8_t yes = 1;
        build_scalar(b, 5, &yes, 1);
    }
    return build_table_end(b);
}

static void build_attr(Build *b, const AttrDesc *a, const char *attr, BuildRef list)
{
    int32_t whole = 0;
    if (a->type == ATTR_INT || a->type == ATTR_ENUM) {
        memcpy(&whole, attr + a->offset, sizeof whole);
    }
    int8_t byte = (int8_t)whole;
    int64_t wide = whole;
    float real = 0.0f;
    bool yes = false;
    if (a->type == ATTR_FLOAT) {
        memcpy(&real, attr + a->offset, sizeof real);
    }
    if (a->type == ATTR_BOOL) {
        memcpy(&yes, attr + a->offset, sizeof yes);
    }
    double value = a->type == ATTR_FLOAT  ? (double)real
                   : a->type == ATTR_BOOL ? (double)yes
                                          : (double)whole;
    if (a->type != ATTR_INTS && value == a->default_value) {
        return; /* what a reader takes for a field that is left out */
    }
    switch (a->wire) {
    case WIRE_I8: build_scalar(b, a->slot, &byte, 1); break;
    case WIRE_I32: build_scalar(b, a->slot, &whole, 4); break;
    case WIRE_I64: build_scalar(b, a->slot, &wide, 8); break;
    case WIRE_F32: build_scalar(b, a->slot, attr + a->offset, 4); break;
    case WIRE_BOOL: build_scalar(b, a->slot, attr + a->offset, 1); break;
    case WIRE_INTS: build_ref(b, a->slot, list); break;
    case WIRE_NONE: break;
    }
}

static BuildRef build_options(Build *b, const Node *n)
{
    const Kind *k = n->kind;
    const char *attr = n->attr;
    BuildRef list[BUILD_FIELDS] = {0};
    for (int32_t i = 0; i < k->attr_count; i++) {
        if (k->attrs[i].wire == WIRE_INTS) {
            const IntList *ints = (const IntList *)(const void *)(attr + k->attrs[i].offset);
            list[i] = build_vector(b, ints->value, (size_t)ints->count, 4, 4);
        }
    }
    build_table_start(b);
    for (int32_t i = 0; i < k->attr_count; i++) {
        build_attr(b, &k->attrs[i], attr, list[i]);
    }
    return build_table_end(b);
}

static BuildRef build_custom_options(Build *b, const Node *n)
{
    Out bytes = {0};
    options_write(n->kind, n->attr, &bytes);
    BuildRef ref = build_vector(b, bytes.text, bytes.bytes, 1, 4);
    out_free(&bytes);
    return ref;
}

static BuildRef build_ids(Writer *w, const TensorId *id, int32_t count)
{
    int32_t *index = NEW(&w->scratch, int32_t, count);
    for (int32_t i = 0; i < count; i++) {
        index[i] = id[i] == 0 ? -1 : w->index[id[i]];
    }
    return build_vector(&w->b, index, (size_t)count, 4, 4);
}

/* In convolutions LiteRT counts a bias by the number of inputs; FULLY_CONNECTED may leave it out. */
static int32_t input_count(const Node *n)
{
    enum { FULLY_CONNECTED = 9 };
    const Op *op = op_of(n);
    bool is_conv = op->quant.rule == QUANT_MAC && op->tflite_code != FULLY_CONNECTED;
    bool no_bias = is_conv && n->in_count > op->min_in && n->in[n->in_count - 1] == 0;
    return no_bias ? n->in_count - 1 : n->in_count;
}

static BuildRef build_node(Writer *w, int32_t i)
{
    Build *b = &w->b;
    const Node *n = &w->g->node[i];
    const Op *op = op_of(n);
    BuildRef in = build_ids(w, n->in, input_count(n));
    BuildRef out = build_ids(w, n->out, n->out_count);
    bool is_custom = op->tflite_code == TFLITE_CUSTOM;
    BuildRef options = op->tflite_options != 0 ? build_options(b, n) : 0;
    BuildRef custom = is_custom ? build_custom_options(b, n) : 0;
    uint8_t type = (uint8_t)op->tflite_options;
    build_table_start(b);
    build_scalar(b, 0, &w->code[i], 4);
    build_ref(b, 1, in);
    build_ref(b, 2, out);
    build_ref(b, 4, options);
    build_ref(b, 5, custom);
    if (options != 0) {
        build_scalar(b, 3, &type, 1);
    }
    return build_table_end(b);
}

static BuildRef build_code(Build *b, const Op *op)
{
    enum { BROADCAST_TO = 130 };
    /* Runtimes have no first version of it; of all others they take any up to their own. */
    int32_t version = op->tflite_code == BROADCAST_TO ? 2 : 1;
    int8_t old = op->tflite_code > 127 ? 127 : (int8_t)op->tflite_code;
    BuildRef custom = op->tflite_code == TFLITE_CUSTOM ? build_string(b, op->tflite_name) : 0;
    build_table_start(b);
    build_ref(b, 1, custom);
    build_scalar(b, 2, &version, 4);
    build_scalar(b, 3, &op->tflite_code, 4);
    build_scalar(b, 0, &old, 1);
    return build_table_end(b);
}

static Status check_node(const Graph *g, const Node *n, Diag *d)
{
    const Op *op = op_of(n);
    if (op->tflite_name == NULL) {
        return fail_node(g, n, d, ERR_UNSUPPORTED, "TFLite has no such operator");
    }
    if (op->tflite_code == CODE_READ_VARIABLE || op->tflite_code == CODE_ASSIGN_VARIABLE) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "variables are read from .tflite files but cannot be written to them");
    }
    for (int32_t i = 0; i < n->kind->attr_count; i++) {
        const AttrDesc *a = &n->kind->attrs[i];
        int32_t value = 0;
        if (a->type == ATTR_ENUM && a->names == pad_names) {
            memcpy(&value, (const char *)n->attr + a->offset, sizeof value);
        }
        if (value == PAD_EXPLICIT) {
            return fail_node(g, n, d, ERR_UNSUPPORTED,
                             "TFLite has no explicit padding; write the graph before fuse_pad");
        }
    }
    return OK;
}

/* Numbers the tensors that are named, in the order of their ids. */
static void number_tensors(Writer *w)
{
    const Graph *g = w->g;
    bool *is_named = NEW(&w->scratch, bool, g->tensor_count);
    for (int32_t i = 0; i < g->node_count; i++) {
        for (int32_t k = 0; k < g->node[i].in_count; k++) {
            is_named[g->node[i].in[k]] = true;
        }
        for (int32_t k = 0; k < g->node[i].out_count; k++) {
            is_named[g->node[i].out[k]] = true;
        }
    }
    for (int32_t i = 0; i < g->input_count; i++) {
        is_named[g->input[i]] = true;
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        is_named[g->output[i]] = true;
    }
    for (TensorId id = 1; id < g->tensor_count; id++) {
        w->index[id] = is_named[id] ? w->tensor_count++ : -1;
    }
}

static BuildRef build_tensors(Writer *w)
{
    BuildRef *tensors = NEW(&w->scratch, BuildRef, w->tensor_count);
    uint32_t buffer = 1;
    for (TensorId id = 1; id < w->g->tensor_count; id++) {
        const Tensor *t = &w->g->tensor[id];
        if (w->index[id] >= 0) {
            tensors[w->index[id]] =
                build_tensor(&w->b, &w->scratch, t, tensor_is_const(t) ? buffer++ : 0);
        }
    }
    return build_ref_vector(&w->b, tensors, (size_t)w->tensor_count);
}

static BuildRef build_subgraph(Writer *w)
{
    Build *b = &w->b;
    const Graph *g = w->g;
    BuildRef tensor_list = build_tensors(w);
    BuildRef *nodes = NEW(&w->scratch, BuildRef, g->node_count);
    for (int32_t i = 0; i < g->node_count; i++) {
        nodes[i] = build_node(w, i);
    }
    BuildRef name = build_string(b, "main");
    BuildRef node_list = build_ref_vector(b, nodes, (size_t)g->node_count);
    BuildRef outputs = build_ids(w, g->output, g->output_count);
    BuildRef inputs = build_ids(w, g->input, g->input_count);
    build_table_start(b);
    build_ref(b, 0, tensor_list);
    build_ref(b, 1, inputs);
    build_ref(b, 2, outputs);
    build_ref(b, 3, node_list);
    build_ref(b, 4, name);
    return build_table_end(b);
}

/* Operator codes without repeats. */
static BuildRef build_codes(Writer *w)
{
    const Graph *g = w->g;
    BuildRef *refs = NEW(&w->scratch, BuildRef, g->node_count + 1);
    uint32_t count = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        int32_t same = 0;
        while (g->node[same].kind != g->node[i].kind) {
            same++;
        }
        if (same < i) {
            w->code[i] = w->code[same];
            continue;
        }
        w->code[i] = count;
        refs[count++] = build_code(&w->b, op_of(&g->node[i]));
    }
    return build_ref_vector(&w->b, refs, count);
}

static void write_model(Writer *w, Out *file)
{
    Build *b = &w->b;
    const Graph *g = w->g;
    w->buffer[w->buffer_count++] = empty_table(b);
    for (TensorId id = 1; id < g->tensor_count; id++) {
        if (w->index[id] >= 0 && tensor_is_const(&g->tensor[id])) {
            w->buffer[w->buffer_count++] = build_buffer(b, &w->scratch, &g->tensor[id]);
        }
    }
    BuildRef metadata = export_metadata(b, g, w->buffer, &w->buffer_count);
    BuildRef signatures = export_signatures(b, g, w->index);
    BuildRef buffer_list = build_ref_vector(b, w->buffer, w->buffer_count);
    BuildRef description = build_string(b, g->description != NULL ? g->description : "shrinc");
    BuildRef codes = build_codes(w);
    BuildRef subgraph = build_subgraph(w);
    BuildRef subgraphs = build_ref_vector(b, &subgraph, 1);
    uint32_t version = SCHEMA_VERSION;
    build_table_start(b);
    build_scalar(b, 0, &version, 4);
    build_ref(b, 1, codes);
    build_ref(b, 2, subgraphs);
    build_ref(b, 3, description);
    build_ref(b, 4, buffer_list);
    build_ref(b, 6, metadata);
    build_ref(b, 7, signatures);
    BuildRef model = build_table_end(b);
    build_finish(b, model, "TFL3", file);
    export_label_archive(g, file);
}

Status export_tflite(const Graph *g, Out *out, Diag *d)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        TRY(check_node(g, &g->node[i], d));
    }
    Writer w = {.g = g};
    w.index = NEW(&w.scratch, int32_t, g->tensor_count);
    w.code = NEW(&w.scratch, uint32_t, g->node_count + 1);
    w.buffer = NEW(&w.scratch, BuildRef, g->tensor_count + EXPORT_META);
    number_tensors(&w);
    Out whole = {0};
    write_model(&w, &whole);
    out_bytes(out, whole.text, whole.bytes);
    out_free(&whole);
    build_free(&w.b);
    arena_free(&w.scratch);
    return OK;
}
