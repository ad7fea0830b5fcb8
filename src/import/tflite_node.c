/* Operators of a .tflite: codes, arguments, options into attribute structs, and what is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "import/tflite.h"

#include <math.h>

/* --- operator codes --- */

/* Old files carry the code in a byte, newer ones in an int and keep the byte at most 127
 * (placeholder): the larger of the two holds. */
static Status read_op_code(Import *im, const FbTable *t, uint32_t number, OpCode *out)
{
    int32_t old_code = 0;
    int32_t new_code = 0;
    Span custom;
    TRY(fb_i8(&im->fb, t, 0, "OperatorCode.deprecated_builtin_code", 0, &old_code));
    TRY(fb_i32(&im->fb, t, 3, "OperatorCode.builtin_code", 0, &new_code));
    TRY(fb_string(&im->fb, t, 1, "OperatorCode.custom_code", &custom));
    out->builtin = old_code > new_code ? old_code : new_code;
    if (old_code < 0 || new_code < 0 ||
        (old_code != new_code && old_code != CODE_PLACEHOLDER && old_code != 0 && new_code != 0)) {
        return fail(
            im->d, ERR_INPUT,
            "byte %u: operator code %u is %d by the old field and %d by the new one; the file is "
            "damaged",
            t->at, number, old_code, new_code);
    }
    if (out->builtin == CODE_CUSTOM) {
        out->custom = import_name(im, custom, "without a name");
    }
    return OK;
}

Status import_op_codes(Import *im)
{
    FbVector v;
    TRY(fb_vector(&im->fb, &im->model, 1, "Model.operator_codes", 4, &v));
    if (v.count > (uint32_t)im->limits->operators) {
        return fail(im->d, ERR_LIMIT, "the model has %u operator codes; at most %d are accepted",
                    v.count, im->limits->operators);
    }
    im->code = NEW(&im->scratch, OpCode, v.count);
    im->code_count = (int32_t)v.count;
    for (uint32_t i = 0; i < v.count; i++) {
        FbTable t;
        TRY(fb_element(&im->fb, &v, i, "Model.operator_codes", &t));
        TRY(read_op_code(im, &t, i, &im->code[i]));
    }
    return OK;
}

/* --- one operator, as the file describes it --- */

static const char *op_name(Import *im, const FileNode *n)
{
    const char *name = tflite_operator_name(n->code);
    return n->custom != NULL ? arena_printf(&im->scratch, "CUSTOM %s", n->custom)
           : name != NULL    ? name
                             : arena_printf(&im->scratch, "operator %d", n->code);
}

/* 'node 12 "conv1" (CONV_2D)'; long names (converters join a dozen with ';') are cut. */
static const char *make_label(Import *im, const SubGraph *s, int32_t number, const FileNode *n)
{
    enum { SHOWN = 64 };
    int32_t shown = SHOWN;
    const char *tail = strlen(n->name) > SHOWN ? "..." : "";
    while (tail[0] != '\0' && shown > 0 &&
           ((uint8_t)n->name[shown] & 0xc0) == 0x80) { /* not inside a character */
        shown--;
    }
    return arena_printf(&im->scratch, "%snode %d \"%.*s%s\" (%s)", s->prefix, number, shown,
                        n->name, tail, op_name(im, n));
}

static Status read_args(Import *im, const FbTable *t, int32_t slot, const char *what,
                        int32_t number, const SubGraph *s, int32_t **list, int32_t *count)
{
    FbVector v;
    int32_t least = slot == 1 ? -1 : 0; /* only inputs may be left out */
    TRY(fb_vector(&im->fb, t, slot, what, 4, &v));
    if (v.count > (uint32_t)im->limits->node_args) {
        return fail(im->d, ERR_LIMIT, "%snode %d: %s has %u entries; at most %d are accepted",
                    s->prefix, number, what, v.count, im->limits->node_args);
    }
    *list = NEW(&im->scratch, int32_t, v.count);
    *count = (int32_t)v.count;
    for (uint32_t i = 0; i < v.count; i++) {
        (*list)[i] = fb_get_i32(&im->fb, &v, i);
        if ((*list)[i] < least || (*list)[i] >= s->tensor_count) {
            return fail(
                im->d, ERR_INPUT,
                "%snode %d: byte %u: %s: entry %u refers to tensor %d of %d; the file is damaged",
                s->prefix, number, v.at + 4 * i, what, i, (*list)[i], s->tensor_count);
        }
    }
    return OK;
}

static const Op *op_for(const FileNode *n)
{
    return n->custom != NULL ? op_find_custom(n->custom) : op_find_tflite(n->code);
}

static bool is_supported(const FileNode *n)
{
    return op_for(n) != NULL ||
           (n->custom == NULL && (n->code == CODE_VAR_HANDLE || n->code == CODE_CALL_ONCE));
}

static Status read_custom_options(Import *im, const FbTable *t, FileNode *n, bool is_large)
{
    FbVector v;
    if (is_large) {
        return fail(im->d, ERR_UNSUPPORTED, "%s: its options stand outside the model's tables", n->label);
    }
    TRY(fb_vector(&im->fb, t, 5, "Operator.custom_options", 1, &v));
    n->custom_options = (Span){v.count > 0 ? im->fb.file.data + v.at : NULL, v.count};
    return OK;
}

/* Finds the options table; refuses one of another operator, whose fields would mean something else.
 */
static Status read_options(Import *im, const FbTable *t, FileNode *n)
{
    int32_t type = 0;
    int32_t second_type = 0;
    int64_t offset = 0;
    int64_t bytes = 0;
    TRY(fb_u8(&im->fb, t, 3, "Operator.builtin_options_type", 0, &type));
    TRY(fb_table(&im->fb, t, 4, "Operator.builtin_options", &n->options));
    TRY(fb_u8(&im->fb, t, 11, "Operator.builtin_options_2_type", 0, &second_type));
    TRY(fb_i64(&im->fb, t, 9, "Operator.large_custom_options_offset", 0, &offset));
    TRY(fb_i64(&im->fb, t, 10, "Operator.large_custom_options_size", 0, &bytes));
    int64_t file_bytes = (int64_t)im->fb.file.bytes;
    if (offset < 0 || bytes < 0 || offset > file_bytes || bytes > file_bytes - offset) {
        return fail(im->d, ERR_INPUT,
                    "%s: its large custom options (offset %jd, size %jd) do not lie inside the "
                    "file; the file is damaged or cut off",
                    n->label, (intmax_t)offset, (intmax_t)bytes);
    }
    if (!is_supported(n)) {
        return OK;
    }
    if (n->custom != NULL) {
        return read_custom_options(im, t, n, bytes > 0);
    }
    int32_t expected = tflite_operator_options(n->code);
    if (second_type != 0) {
        return fail(im->d, ERR_INPUT,
                    "%s: has options of a StableHLO operator (type %d); the file is damaged",
                    n->label, second_type);
    }
    if (type != 0 && type != expected) {
        return fail(
            im->d, ERR_INPUT,
            "%s: has options of another operator (type %d instead of %d); the file is damaged",
            n->label, type, expected);
    }
    if (type == 0) {
        n->options = (FbTable){0};
    }
    return OK;
}

static Status read_node(Import *im, const FbTable *t, int32_t number, const SubGraph *s,
                        FileNode *out)
{
    uint32_t opcode = 0;
    TRY(fb_u32(&im->fb, t, 0, "Operator.opcode_index", 0, &opcode));
    if (opcode >= (uint32_t)im->code_count) {
        return fail(
            im->d, ERR_INPUT,
            "%snode %d: byte %u: opcode_index %u, but the model lists %d operator codes; the file "
            "is damaged",
            s->prefix, number, t->at, opcode, im->code_count);
    }
    out->code = im->code[opcode].builtin;
    out->custom = im->code[opcode].custom;
    TRY(read_args(im, t, 1, "Operator.inputs", number, s, &out->in, &out->in_count));
    TRY(read_args(im, t, 2, "Operator.outputs", number, s, &out->out, &out->out_count));
    int32_t shown = out->out_count > 0 ? out->out[0] : out->in_count > 0 ? out->in[0] : -1;
    out->name = shown >= 0 ? s->tensor[shown].name : op_name(im, out);
    out->label = make_label(im, s, number, out);
    return read_options(im, t, out);
}

Status import_nodes(Import *im, const FbTable *subgraph, SubGraph *out)
{
    FbVector v;
    TRY(fb_vector(&im->fb, subgraph, 3, "SubGraph.operators", 4, &v));
    if (v.count > (uint32_t)im->limits->operators) {
        return fail(im->d, ERR_LIMIT, "the model has %u operators; at most %d are accepted",
                    v.count, im->limits->operators);
    }
    out->node = NEW(&im->scratch, FileNode, v.count);
    out->node_count = (int32_t)v.count;
    for (uint32_t i = 0; i < v.count; i++) {
        FbTable t;
        TRY(fb_element(&im->fb, &v, i, "SubGraph.operators", &t));
        TRY(read_node(im, &t, (int32_t)i, out, &out->node[i]));
    }
    return OK;
}

/* --- what shrinc lacks, all at once --- */

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* What the user can do about an operator that is not supported. */
static const char *advice(const FileNode *n)
{
    static const struct {
        const char *prefix; /* of the operator's name */
        const char *text;
    } rows[] = {
        {"Flex", "convert without SELECT_TF_OPS, so that only builtin operators are left"},
        {"ethos-u",
         "this model was compiled for an NPU by Vela; give the .tflite from before that"},
        {"edgetpu-custom-op",
         "this model was compiled for the Edge TPU; give the .tflite from before that"},
        {"TFLite_Detection_PostProcess",
         "cut the model before it and decode boxes in the application"},
        {"NON_MAX_SUPPRESSION", "cut the model before it and decode boxes in the application"},
        {"WHILE", "unroll the loop at export (Keras: unroll=True)"},
        {"IF", "export one branch"},
        {"CALL", "inline the called subgraph at export"},
        {"LSTM",
         "export a UNIDIRECTIONAL_SEQUENCE_LSTM (Keras LSTM layer, TensorFlow 2 converter)"},
        {"BIDIRECTIONAL_SEQUENCE_LSTM", "use two one-directional LSTM layers"},
        {"STABLEHLO_", "convert to TFLite's builtin operators"},
        {"HASHTABLE", "look strings and ids up in the application"},
        {"FAKE_QUANT", "finish quantisation-aware training by converting to int8"},
        {"DELEGATE", "give the model from before it was handed to a delegate"},
    };
    const char *name = n->custom != NULL ? n->custom : tflite_operator_name(n->code);
    for (size_t i = 0; i < COUNT(rows) && name != NULL; i++) {
        if (has_prefix(name, rows[i].prefix)) {
            return rows[i].text;
        }
    }
    return n->custom != NULL ? "custom operators are unknown to shrinc; cut the model before it"
           : name == NULL    ? "the model is newer than this shrinc"
                             : "replace it by supported operators, or cut the model there";
}

static Status check_operators(Import *im)
{
    enum { SHOWN = 24 };
    Out list = {0};
    int32_t count = 0;
    for (int32_t i = 0; i < im->main.node_count; i++) {
        const FileNode *n = &im->main.node[i];
        if (!is_supported(n) && count++ < SHOWN) {
            const FileTensor *t = n->out_count > 0 ? &im->main.tensor[n->out[0]] : NULL;
            char shape[96];
            out_printf(&list, "%s%s", count > 1 ? "; " : "", n->label);
            if (t != NULL) {
                out_printf(&list, " giving %s %s", import_type_name(t->type),
                           shape_text(&t->shape, shape));
            }
            out_printf(&list, ": %s", advice(n));
        }
    }
    if (count == 0) {
        return OK;
    }
    if (count > SHOWN) {
        out_printf(&list, "; and %d more", count - SHOWN);
    }
    Status s = fail(im->d, ERR_UNSUPPORTED, "%d operator%s not supported: %s", count,
                    count == 1 ? " is" : "s are", list.text);
    out_free(&list);
    return s;
}

static bool is_legacy_uint8(const Import *im, const FileNode *n)
{
    const Op *op = op_for(n);
    bool may_stay = n->code == CODE_QUANTIZE || n->code == CODE_DEQUANTIZE ||
                    n->code == CODE_CAST ||
                    (op != NULL && (op->traits & (TRAIT_VIEW | TRAIT_MOVES_DATA)) != 0);
    bool has_uint8 = false;
    for (int32_t i = 0; i < n->in_count; i++) {
        const FileTensor *t = n->in[i] < 0 ? NULL : &im->main.tensor[n->in[i]];
        has_uint8 = has_uint8 || (t != NULL && t->type == TFLITE_U8 && t->q.count > 0);
    }
    return has_uint8 && !may_stay;
}

/* Float activations beside integer weights, other than int8 in the layers that have kernels for it. */
static bool is_unknown_hybrid(const Import *im, const FileNode *n)
{
    if (n->in_count == 0 || n->in[0] < 0 || im->main.tensor[n->in[0]].type != TFLITE_F32 ||
        n->out_count == 0 || im->main.tensor[n->out[0]].type != TFLITE_F32) {
        return false;
    }
    for (int32_t i = 1; i < n->in_count; i++) {
        const FileTensor *t = n->in[i] < 0 ? NULL : &im->main.tensor[n->in[i]];
        bool is_narrow =
            t != NULL && (t->type == TFLITE_S8 || t->type == TFLITE_U8 || t->type == TFLITE_INT4);
        bool has_kernel = i == 1 && t != NULL && t->type == TFLITE_S8 &&
                          (n->code == CODE_FULLY_CONNECTED || n->code == CODE_CONV_2D ||
                           n->code == CODE_DEPTHWISE_CONV_2D);
        if (is_narrow && !has_kernel && t->data.data != NULL && t->q.count > 0) {
            return true;
        }
    }
    return false;
}

/* Refuses a number system as a whole: names the first operator that has it and says how many do. */
static Status check_number_system(Import *im, bool (*has)(const Import *im, const FileNode *n),
                                  const char *what, const char *todo)
{
    const FileNode *first = NULL;
    int32_t count = 0;
    for (int32_t i = 0; i < im->main.node_count; i++) {
        if (has(im, &im->main.node[i])) {
            first = first == NULL ? &im->main.node[i] : first;
            count++;
        }
    }
    if (count == 0) {
        return OK;
    }
    return fail(im->d, ERR_UNSUPPORTED, "%s: %s (%d of %d operators); %s", first->label, what,
                count, im->main.node_count, todo);
}

Status import_check_supported(Import *im)
{
    TRY(check_operators(im));
    TRY(check_number_system(im, is_legacy_uint8,
                            "legacy uint8 quantisation is not supported inside a model",
                            "convert the model again with int8"));
    return check_number_system(
        im, is_unknown_hybrid,
        "hybrid operator: float activations with integer weights are supported only as int8 in "
        "FULLY_CONNECTED, CONV_2D and DEPTHWISE_CONV_2D",
        "convert again with a representative data set (full int8), or without optimisations "
        "(float)");
}

/* --- attributes --- */

static Status read_ints(Import *im, const FileNode *n, const AttrDesc *a, const char *what,
                        IntList *out)
{
    FbVector v;
    TRY(fb_vector(&im->fb, &n->options, a->slot, what, 4, &v));
    if (v.count > MAX_INTS) {
        return fail(im->d, ERR_INPUT, "%s: %s has %u values; at most %d make sense", n->label,
                    a->name, v.count, MAX_INTS);
    }
    out->count = (int32_t)v.count;
    for (uint32_t i = 0; i < v.count; i++) {
        out->value[i] = fb_get_i32(&im->fb, &v, i);
    }
    return OK;
}

static Status read_float(Import *im, const FileNode *n, const AttrDesc *a, const char *what,
                         float *out)
{
    TRY(fb_f32(&im->fb, &n->options, a->slot, what, *out, out));
    if (!isfinite(*out)) {
        return fail(im->d, ERR_INPUT, "%s: %s is %g; it must be a finite number", n->label, a->name,
                    (double)*out);
    }
    return OK;
}

static Status read_int(Import *im, const FileNode *n, const AttrDesc *a, const char *what,
                       int32_t *out)
{
    int64_t wide = *out;
    switch (a->wire) {
    case WIRE_I8: return fb_i8(&im->fb, &n->options, a->slot, what, *out, out);
    case WIRE_BOOL: return fb_u8(&im->fb, &n->options, a->slot, what, *out, out);
    case WIRE_I32: return fb_i32(&im->fb, &n->options, a->slot, what, *out, out);
    default: break;
    }
    TRY(fb_i64(&im->fb, &n->options, a->slot, what, wide, &wide));
    if (wide < INT32_MIN || wide > INT32_MAX) {
        return fail(im->d, ERR_INPUT, "%s: %s is %jd; that is out of range", n->label, a->name,
                    (intmax_t)wide);
    }
    *out = (int32_t)wide;
    return OK;
}

/* Option fields that change nothing here: how float models quantise on the fly, the type of a bias
 * that the tensor itself tells, a hint for other runtimes. */
static bool is_harmless_option(int32_t code, int32_t slot)
{
    static const uint8_t rows[][2] = {
        {CODE_CONV_2D, 6},         {CODE_TRANSPOSE_CONV, 4}, {CODE_FULLY_CONNECTED, 4},
        {0, 1} /* ADD */,         {41, 1} /* SUB */,
        {27, 2} /* SVDF */,        {44, 4} /* LSTM */,       {126, 2} /* BATCH_MATMUL */,
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i][0] == code && rows[i][1] == slot) {
            return true;
        }
    }
    return false;
}

/* Refuses options that the operator's table does not know, unless they are zero: ignoring one could
 * change the answer. */
static Status check_unknown_options(Import *im, const FileNode *n, const Kind *kind)
{
    int32_t slots = fb_slots(&n->options);
    for (int32_t slot = 0; slot < slots; slot++) {
        bool is_known_slot =
            is_harmless_option(n->code, slot) || fb_is_zero(&im->fb, &n->options, slot);
        for (int32_t i = 0; i < kind->attr_count && !is_known_slot; i++) {
            is_known_slot = kind->attrs[i].wire != WIRE_NONE && kind->attrs[i].slot == slot;
        }
        if (!is_known_slot) {
            return fail(im->d, ERR_UNSUPPORTED, "%s: sets option field %d, which is not supported",
                        n->label, slot);
        }
    }
    return OK;
}

/* Fills the attribute struct row by row from the operator's table. */
static Status read_attributes(Import *im, const FileNode *n, const Kind *kind, void *attr)
{
    for (int32_t i = 0; i < kind->attr_count; i++) {
        const AttrDesc *a = &kind->attrs[i];
        void *at = (unsigned char *)attr + a->offset;
        if (a->wire == WIRE_NONE || !fb_has(&im->fb, &n->options, a->slot)) {
            continue;
        }
        char what[96];
        (void)snprintf(what, sizeof what, "%s.%s", kind->name, a->name);
        if (a->type == ATTR_INTS) {
            TRY(read_ints(im, n, a, what, at));
        } else if (a->type == ATTR_FLOAT) {
            TRY(read_float(im, n, a, what, at));
        } else if (a->type == ATTR_BOOL) {
            int32_t v = 0;
            TRY(fb_u8(&im->fb, &n->options, a->slot, what, 0, &v));
            *(bool *)at = v != 0;
        } else {
            TRY(read_int(im, n, a, what, at));
        }
    }
    return OK;
}

/* --- building --- */

static Status check_counts(Import *im, const FileNode *n, const Op *op)
{
    if (n->in_count < op->min_in || n->in_count > op->max_in || n->in_count > MAX_ARGS) {
        return fail(im->d, ERR_INPUT, "%s: has %d inputs; it takes %d to %d", n->label, n->in_count,
                    op->min_in, op->max_in);
    }
    if (n->out_count < op->min_out || n->out_count > op->max_out) {
        return fail(im->d, ERR_INPUT, "%s: has %d outputs; it gives %d to %d", n->label,
                    n->out_count, op->min_out, op->max_out);
    }
    return OK;
}

Status import_read_id(Import *im, const FileNode *n, int32_t index, TensorId *id)
{
    const FileTensor *f = &im->main.tensor[index];
    TRY(import_tensor_id(im, &im->main, index, n->label, id));
    if (!f->is_written && !f->is_variable && tensor(im->g, *id)->data == NULL) {
        return fail(im->d, ERR_INPUT, "%s: reads tensor %d \"%s\" before any operator writes it",
                    n->label, index, f->name);
    }
    return OK;
}

Status import_written_id(Import *im, const FileNode *n, int32_t index, TensorId *id)
{
    FileTensor *f = &im->main.tensor[index];
    if (f->data.data != NULL || f->is_variable) {
        return fail(im->d, ERR_INPUT, "%s: writes tensor %d \"%s\", which is a %s", n->label, index,
                    f->name, f->is_variable ? "variable" : "constant");
    }
    if (f->is_written) {
        return fail(im->d, ERR_INPUT, "%s: writes tensor %d \"%s\", which already has a value",
                    n->label, index, f->name);
    }
    f->is_written = true;
    return import_tensor_id(im, &im->main, index, n->label, id);
}

/* TFLite's own rule for biases is scale(bias) = scale(x) * scale(w); some converters miss it a
 * little. Their zero point is always 0. */
static Status check_bias(Import *im, const FileNode *n)
{
    int32_t at = n->code == CODE_TRANSPOSE_CONV ? 3 : 2;
    if ((n->code != CODE_CONV_2D && n->code != CODE_DEPTHWISE_CONV_2D &&
         n->code != CODE_FULLY_CONNECTED && n->code != CODE_TRANSPOSE_CONV) ||
        n->in_count <= at || n->in[at] < 0) {
        return OK;
    }
    const FileTensor *x = &im->main.tensor[n->in[n->code == CODE_TRANSPOSE_CONV ? 2 : 0]];
    const FileTensor *w = &im->main.tensor[n->in[1]];
    const FileTensor *b = &im->main.tensor[n->in[at]];
    for (int32_t i = 0; i < b->q.count; i++) {
        if (b->q.zero[i] != 0) {
            return fail(im->d, ERR_INPUT,
                        "%s: bias \"%s\" has zero point %d; it must be 0; quantise the model again",
                        n->label, b->name, b->q.zero[i]);
        }
    }
    for (int32_t i = 0; i < b->q.count && x->q.count == 1 && b->q.count == w->q.count; i++) {
        double want = (double)x->q.scale[0] * (double)w->q.scale[i];
        if (fabs((double)b->q.scale[i] - want) > 0.02 * want) {
            import_tolerate(
                im, TOLERATED_BIAS_SCALE,
                "%s: bias scale %g is not input scale * weight scale = %g; the bias is taken "
                "as it stands",
                n->label, (double)b->q.scale[i], want);
            return OK;
        }
    }
    return OK;
}

static Status build_node(Import *im, int32_t index)
{
    const FileNode *n = &im->main.node[index];
    bool done = false;
    TRY(import_state_node(im, n, index, &done));
    if (done) {
        return OK;
    }
    const Op *op = op_for(n);
    TRY(check_counts(im, n, op));
    Node *node = graph_add_node(im->g, &op->kind, n->name, n->in_count, n->out_count);
    node->index = index;
    TRY(check_unknown_options(im, n, &op->kind));
    if (node->attr != NULL) {
        TRY(n->custom != NULL ? options_read(&op->kind, n->custom_options, n->label, node->attr, im->d)
                              : read_attributes(im, n, &op->kind, node->attr));
        TRY(attr_check(im->g, node, im->d));
    }
    for (int32_t i = 0; i < n->in_count; i++) {
        if (n->in[i] >= 0) {
            TRY(import_read_id(im, n, n->in[i], &node->in[i]));
        } else if (i < op->min_in) {
            return fail(im->d, ERR_INPUT, "%s: input %d is left out but needed", n->label, i);
        }
    }
    for (int32_t i = 0; i < n->out_count; i++) {
        TRY(import_written_id(im, n, n->out[i], &node->out[i]));
    }
    return check_bias(im, n);
}

Status import_build_nodes(Import *im)
{
    for (int32_t i = 0; i < im->main.node_count; i++) {
        TRY(build_node(im, i));
    }
    return OK;
}
