/* Writes a graph as .tflite, by schema.fbs version 3. Field numbers are those of the schema's
 * tables.
 * SPDX-License-Identifier: Apache-2.0 */
#include "export/export.h"
#include "export/flatbuffer_build.h"

enum { SCHEMA_VERSION = 3, BUFFER_ALIGN = 16 };

/* TensorType of the schema. */
static int8_t tensor_type(Type t)
{
    static const int8_t numbers[TYPE_COUNT] = {
        [TYPE_F32] = 0,  [TYPE_S32] = 2, [TYPE_U8] = 3, [TYPE_S64] = 4,
        [TYPE_BOOL] = 6, [TYPE_S16] = 7, [TYPE_S8] = 9,
        [TYPE_F16] = 1,
    };
    return numbers[t];
}

/* An empty table, like buffer 0, which every tensor without data names. */
static BuildRef empty_table(Build *b)
{
    build_table_start(b);
    return build_table_end(b);
}

static BuildRef build_buffer(Build *b, const Tensor *t)
{
    if (!tensor_is_const(t)) {
        return empty_table(b);
    }
    BuildRef data = build_vector(b, t->data, (size_t)t->data_bytes, 1, BUFFER_ALIGN);
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
    build_scalar(b, 6, &q->axis, 4);
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
    build_scalar(b, 2, &buffer, 4);
    build_ref(b, 3, name);
    build_ref(b, 4, quant);
    build_scalar(b, 1, &type, 1);
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

static BuildRef build_ids(Build *b, Arena *scratch, const TensorId *id, int32_t count)
{
    int32_t *index = NEW(scratch, int32_t, count);
    for (int32_t i = 0; i < count; i++) {
        index[i] = id[i] - 1; /* no tensor is -1 in the file too */
    }
    return build_vector(b, index, (size_t)count, 4, 4);
}

static BuildRef build_node(Build *b, Arena *scratch, const Node *n, uint32_t code)
{
    const Op *op = op_of(n);
    int32_t in_count = n->in_count;
    if (op->quant.rule == QUANT_MAC && in_count > op->min_in && n->in[in_count - 1] == 0) {
        in_count--; /* LiteRT counts a bias by the number of inputs */
    }
    BuildRef in = build_ids(b, scratch, n->in, in_count);
    BuildRef out = build_ids(b, scratch, n->out, n->out_count);
    BuildRef options = op->tflite_options != 0 ? build_options(b, n) : 0;
    uint8_t type = (uint8_t)op->tflite_options;
    build_table_start(b);
    build_scalar(b, 0, &code, 4);
    build_ref(b, 1, in);
    build_ref(b, 2, out);
    build_ref(b, 4, options);
    if (options != 0) {
        build_scalar(b, 3, &type, 1);
    }
    return build_table_end(b);
}

static BuildRef build_code(Build *b, const Op *op)
{
    int32_t version = 1;
    int8_t old = op->tflite_code > 127 ? 127 : (int8_t)op->tflite_code;
    build_table_start(b);
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

static BuildRef build_subgraph(Build *b, Arena *scratch, const Graph *g, const uint32_t *code)
{
    BuildRef *tensors = NEW(scratch, BuildRef, g->tensor_count);
    for (int32_t i = 1; i < g->tensor_count; i++) {
        tensors[i - 1] = build_tensor(b, scratch, &g->tensor[i],
                                      tensor_is_const(&g->tensor[i]) ? (uint32_t)i : 0);
    }
    BuildRef *nodes = NEW(scratch, BuildRef, g->node_count);
    for (int32_t i = 0; i < g->node_count; i++) {
        nodes[i] = build_node(b, scratch, &g->node[i], code[i]);
    }
    BuildRef name = build_string(b, "main");
    BuildRef node_list = build_ref_vector(b, nodes, (size_t)g->node_count);
    BuildRef outputs = build_ids(b, scratch, g->output, g->output_count);
    BuildRef inputs = build_ids(b, scratch, g->input, g->input_count);
    BuildRef tensor_list = build_ref_vector(b, tensors, (size_t)g->tensor_count - 1);
    build_table_start(b);
    build_ref(b, 0, tensor_list);
    build_ref(b, 1, inputs);
    build_ref(b, 2, outputs);
    build_ref(b, 3, node_list);
    build_ref(b, 4, name);
    return build_table_end(b);
}

/* Operator codes without repeats; CODE[i] is node i's. */
static BuildRef build_codes(Build *b, Arena *scratch, const Graph *g, uint32_t *code)
{
    BuildRef *refs = NEW(scratch, BuildRef, g->node_count + 1);
    uint32_t count = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        int32_t same = 0;
        while (g->node[same].kind != g->node[i].kind) {
            same++;
        }
        if (same < i) {
            code[i] = code[same];
            continue;
        }
        code[i] = count;
        refs[count++] = build_code(b, op_of(&g->node[i]));
    }
    return build_ref_vector(b, refs, count);
}

Status export_tflite(const Graph *g, Out *out, Diag *d)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        TRY(check_node(g, &g->node[i], d));
    }
    Build b = {0};
    Arena scratch = {0};
    uint32_t *code = NEW(&scratch, uint32_t, g->node_count + 1);
    BuildRef *buffers = NEW(&scratch, BuildRef, g->tensor_count);
    buffers[0] = empty_table(&b);
    for (int32_t i = 1; i < g->tensor_count; i++) {
        buffers[i] = build_buffer(&b, &g->tensor[i]);
    }
    BuildRef buffer_list = build_ref_vector(&b, buffers, (size_t)g->tensor_count);
    BuildRef description = build_string(&b, g->description != NULL ? g->description : "shrinc");
    BuildRef codes = build_codes(&b, &scratch, g, code);
    BuildRef subgraph = build_subgraph(&b, &scratch, g, code);
    BuildRef subgraphs = build_ref_vector(&b, &subgraph, 1);
    uint32_t version = SCHEMA_VERSION;
    build_table_start(&b);
    build_scalar(&b, 0, &version, 4);
    build_ref(&b, 1, codes);
    build_ref(&b, 2, subgraphs);
    build_ref(&b, 3, description);
    build_ref(&b, 4, buffer_list);
    BuildRef model = build_table_end(&b);
    build_finish(&b, model, "TFL3", out);
    build_free(&b);
    arena_free(&scratch);
    return OK;
}
