/* Tensors of a .tflite: buffers, shapes, quantisation, element types.
 * SPDX-License-Identifier: Apache-2.0 */
#include "import/tflite.h"

#include <math.h>

/* --- buffers --- */

/* One Buffer: its bytes lie in the table's vector or, in large files, behind the flatbuffer
 * (offset, size). */
static Status read_buffer(Import *im, const FbTable *t, int32_t number, Span *out)
{
    FbVector v;
    int64_t offset = 0;
    int64_t bytes = 0;
    TRY(fb_vector(&im->fb, t, 0, "Buffer.data", 1, &v));
    TRY(fb_i64(&im->fb, t, 1, "Buffer.offset", 0, &offset));
    TRY(fb_i64(&im->fb, t, 2, "Buffer.size", 0, &bytes));
    if (offset == 0 ||
        offset == 1) { /* 1 stands in files that were never finished with outside data */
        *out = v.count > 0 ? (Span){im->fb.file.data + v.at, v.count} : (Span){NULL, 0};
        return OK;
    }
    uint64_t file_bytes = im->fb.file.bytes;
    if (v.count > 0 || offset < 8 || bytes < 0 || (uint64_t)offset > file_bytes ||
        (uint64_t)bytes > file_bytes - (uint64_t)offset) {
        return fail(
            im->d, ERR_INPUT,
            "byte %u: buffer %d: its data (offset %jd, size %jd) do not lie inside the file "
            "(%zu bytes); the file is damaged or cut off",
            t->at, number, (intmax_t)offset, (intmax_t)bytes, im->fb.file.bytes);
    }
    *out = bytes > 0 ? (Span){im->fb.file.data + offset, (size_t)bytes} : (Span){NULL, 0};
    return OK;
}

Status import_buffers(Import *im)
{
    FbVector v;
    TRY(fb_vector(&im->fb, &im->model, 4, "Model.buffers", 4, &v));
    if (v.at == 0) {
        return fail(im->d, ERR_INPUT, "the model has no list of buffers; the file is damaged");
    }
    if (v.count > (uint32_t)im->limits->buffers) {
        return fail(im->d, ERR_LIMIT, "the model has %u buffers; at most %d are accepted", v.count,
                    im->limits->buffers);
    }
    im->buffer = NEW(&im->scratch, Span, v.count);
    im->buffer_count = (int32_t)v.count;
    for (uint32_t i = 0; i < v.count; i++) {
        FbTable t;
        TRY(fb_element(&im->fb, &v, i, "Model.buffers", &t));
        TRY(read_buffer(im, &t, (int32_t)i, &im->buffer[i]));
    }
    return OK;
}

/* --- element types --- */

static const struct TypeRow {
    const char *name; /* schema.fbs */
    Type type;        /* TYPE_NONE: shrinc has none */
    int32_t bytes;
    int64_t min_zero, max_zero; /* range of a zero point */
} type_rows[] = {
    [0] = {"FLOAT32", TYPE_F32, 4, 0, 0},
    [1] = {"FLOAT16", TYPE_F16, 2, 0, 0},
    [2] = {"INT32", TYPE_S32, 4, INT32_MIN, INT32_MAX},
    [3] = {"UINT8", TYPE_U8, 1, 0, 255},
    [4] = {"INT64", TYPE_S64, 8, INT32_MIN, INT32_MAX},
    [5] = {"STRING", TYPE_NONE, 0, 0, 0},
    [6] = {"BOOL", TYPE_BOOL, 1, 0, 0},
    [7] = {"INT16", TYPE_S16, 2, -32768, 32767},
    [8] = {"COMPLEX64", TYPE_NONE, 8, 0, 0},
    [9] = {"INT8", TYPE_S8, 1, -128, 127},
    [10] = {"FLOAT64", TYPE_NONE, 8, 0, 0},
    [11] = {"COMPLEX128", TYPE_NONE, 16, 0, 0},
    [12] = {"UINT64", TYPE_NONE, 8, 0, 0},
    [13] = {"RESOURCE", TYPE_NONE, 0, 0, 0},
    [14] = {"VARIANT", TYPE_NONE, 0, 0, 0},
    [15] = {"UINT32", TYPE_NONE, 4, 0, 0},
    [16] = {"UINT16", TYPE_NONE, 2, 0, 0},
    [17] = {"INT4", TYPE_S4, 1, -8, 7},
    [18] = {"BFLOAT16", TYPE_NONE, 2, 0, 0},
    [19] = {"INT2", TYPE_S2, 1, -2, 1},
    [20] = {"UINT4", TYPE_NONE, 0, 0, 15},
    [21] = {"FLOAT8_E4M3FN", TYPE_NONE, 1, 0, 0},
    [22] = {"FLOAT8_E5M2", TYPE_NONE, 1, 0, 0},
};

static const struct TypeRow *type_row(int32_t type)
{
    static const struct TypeRow unknown = {"of an unknown type", TYPE_NONE, 0, 0, 0};
    return type >= 0 && type < (int32_t)COUNT(type_rows) ? &type_rows[type] : &unknown;
}

const char *import_type_name(int32_t type)
{
    return type_row(type)->name;
}

/* --- one tensor, as the file describes it --- */

static Status read_shape(Import *im, const FbTable *t, int32_t number, FileTensor *out)
{
    FbVector v;
    TRY(fb_vector(&im->fb, t, 0, "Tensor.shape", 4, &v));
    if (v.count > MAX_RANK) {
        return fail(im->d, ERR_UNSUPPORTED,
                    "tensor %d \"%s\" has %u dimensions; at most %d are supported", number,
                    out->name, v.count, MAX_RANK);
    }
    out->shape.rank = (int32_t)v.count;
    int64_t count = 1;
    for (uint32_t i = 0; i < v.count; i++) {
        int32_t dim = fb_get_i32(&im->fb, &v, i);
        out->shape.dim[i] = dim;
        if (dim < 0) {
            return fail(im->d, ERR_INPUT,
                        "tensor %d \"%s\": dimension %u is %d; export the model with fixed shapes",
                        number, out->name, i, dim);
        }
        if (dim > im->limits->dim) {
            return fail(im->d, ERR_LIMIT,
                        "tensor %d \"%s\": dimension %u is %d; at most %d is accepted", number,
                        out->name, i, dim, im->limits->dim);
        }
        if (dim != 0 && count > im->limits->elements / dim) {
            return fail(im->d, ERR_LIMIT, "tensor %d \"%s\" has more than %jd elements", number,
                        out->name, (intmax_t)im->limits->elements);
        }
        count *= dim;
    }
    return OK;
}

/* Scales and zero points of an integer tensor, already known to be COUNT each (or one zero point
 * for all). */
static Status read_scales(Import *im, int32_t number, FileTensor *out, const FbVector *scales,
                          const FbVector *zeros)
{
    const struct TypeRow *row = type_row(out->type);
    Quant *q = &out->q;
    q->count = (int32_t)scales->count;
    q->scale = NEW(&im->g->arena, float, q->count);
    q->zero = NEW(&im->g->arena, int32_t, q->count);
    for (uint32_t i = 0; i < scales->count; i++) {
        q->scale[i] = fb_get_f32(&im->fb, scales, i);
        if (!isfinite(q->scale[i]) || q->scale[i] <= 0.0f) {
            return fail(
                im->d, ERR_INPUT,
                "tensor %d \"%s\": scale %u is %g; scales must be finite and above 0; quantise the "
                "model again",
                number, out->name, i, (double)q->scale[i]);
        }
        int64_t zero = fb_get_i64(&im->fb, zeros, zeros->count == 1 ? 0 : i);
        if (zero < row->min_zero || zero > row->max_zero) {
            return fail(im->d, ERR_INPUT, "tensor %d \"%s\": zero point %jd is outside %s", number,
                        out->name, (intmax_t)zero, row->name);
        }
        q->zero[i] = (int32_t)zero;
    }
    if (zeros->count != scales->count) {
        import_tolerate(im, TOLERATED_ZERO_POINT,
                        "tensor %d \"%s\" has %u scales but one zero point, used for all", number,
                        out->name, scales->count);
    }
    return OK;
}

/* The axis along which several scales lie. */
static Status check_quant_axis(Import *im, int32_t number, FileTensor *out)
{
    Quant *q = &out->q;
    if (q->count <= 1) {
        q->axis = 0;
        return OK;
    }
    if (out->shape.rank == 1 && q->axis != 0 && q->count == out->shape.dim[0]) {
        import_tolerate(im, TOLERATED_AXIS,
                        "tensor %d \"%s\" has one dimension but quantized_dimension %d, taken as 0",
                        number, out->name, q->axis);
        q->axis = 0;
    }
    if (q->axis < 0 || q->axis >= out->shape.rank) {
        return fail(im->d, ERR_INPUT,
                    "tensor %d \"%s\": quantized_dimension %d is outside its %d dimensions", number,
                    out->name, q->axis, out->shape.rank);
    }
    if (q->count != out->shape.dim[q->axis]) {
        return fail(
            im->d, ERR_INPUT,
            "tensor %d \"%s\" has %d scales but dimension %d is %d; quantise the model again",
            number, out->name, q->count, q->axis, out->shape.dim[q->axis]);
    }
    return OK;
}

static Status read_quant(Import *im, const FbTable *t, int32_t number, FileTensor *out)
{
    FbTable q;
    FbVector scales;
    FbVector zeros;
    int32_t details = 0;
    TRY(fb_table(&im->fb, t, 4, "Tensor.quantization", &q));
    TRY(fb_vector(&im->fb, &q, 2, "QuantizationParameters.scale", 4, &scales));
    TRY(fb_vector(&im->fb, &q, 3, "QuantizationParameters.zero_point", 8, &zeros));
    TRY(fb_u8(&im->fb, &q, 4, "QuantizationParameters.details_type", 0, &details));
    TRY(fb_i32(&im->fb, &q, 6, "QuantizationParameters.quantized_dimension", 0, &out->q.axis));
    if (details != 0) {
        out->refused =
            details == 1   ? "has custom quantisation; quantise it per tensor or per channel"
            : details == 2 ? "is quantised in blocks; quantise it per tensor or per channel"
            : details == 3
                ? "is quantised along several axes; quantise it per tensor or per channel"
                : "has an unknown kind of quantisation; quantise it per tensor or per channel";
        return OK;
    }
    const struct TypeRow *row = type_row(out->type);
    if (scales.count == 0 ||
        row->min_zero == row->max_zero) { /* floats may carry left-overs of training */
        return OK;
    }
    if (zeros.count != scales.count && zeros.count != 1) {
        return fail(im->d, ERR_INPUT,
                    "tensor %d \"%s\" has %u scales but %u zero points; quantise the model again",
                    number, out->name, scales.count, zeros.count);
    }
    TRY(read_scales(im, number, out, &scales, &zeros));
    return check_quant_axis(im, number, out);
}

static Status read_tensor(Import *im, const FbTable *t, int32_t number, FileTensor *out)
{
    Span name;
    FbTable sparsity;
    uint32_t buffer = 0;
    uint32_t external = 0;
    int32_t is_variable = 0;
    TRY(fb_string(&im->fb, t, 3, "Tensor.name", &name));
    out->name = import_name(im, name, arena_printf(&im->scratch, "tensor_%d", number));
    TRY(fb_i8(&im->fb, t, 1, "Tensor.type", 0, &out->type));
    TRY(read_shape(im, t, number, out));
    TRY(fb_u32(&im->fb, t, 2, "Tensor.buffer", 0, &buffer));
    if (buffer >= (uint32_t)im->buffer_count) {
        return fail(im->d, ERR_INPUT,
                    "tensor %d \"%s\" refers to buffer %u of %d; the file is damaged", number,
                    out->name, buffer, im->buffer_count);
    }
    out->data = im->buffer[buffer];
    TRY(fb_u8(&im->fb, t, 5, "Tensor.is_variable", 0, &is_variable));
    out->is_variable = is_variable != 0;
    TRY(read_quant(im, t, number, out));
    TRY(fb_table(&im->fb, t, 6, "Tensor.sparsity", &sparsity));
    TRY(fb_u32(&im->fb, t, 10, "Tensor.external_buffer", 0, &external));
    if (sparsity.at != 0) {
        out->refused = "is stored sparse; convert the model again without sparsity";
    }
    if (external != 0) {
        out->refused = "has its data in another file; store all weights in the .tflite itself";
    }
    return OK;
}

Status import_tensors(Import *im, const FbTable *subgraph, SubGraph *out)
{
    FbVector v;
    TRY(fb_vector(&im->fb, subgraph, 0, "SubGraph.tensors", 4, &v));
    if (v.count > (uint32_t)im->limits->tensors) {
        return fail(im->d, ERR_LIMIT, "the model has %u tensors; at most %d are accepted", v.count,
                    im->limits->tensors);
    }
    out->tensor = NEW(&im->scratch, FileTensor, v.count);
    out->tensor_count = (int32_t)v.count;
    for (uint32_t i = 0; i < v.count; i++) {
        FbTable t;
        TRY(fb_element(&im->fb, &v, i, "SubGraph.tensors", &t));
        TRY(read_tensor(im, &t, (int32_t)i, &out->tensor[i]));
    }
    return OK;
}

/* --- from the file to the graph --- */

static Status check_type_known(Import *im, const FileTensor *f, int32_t index, const char *who)
{
    const struct TypeRow *row = type_row(f->type);
    if (f->refused != NULL) {
        return fail(im->d, ERR_UNSUPPORTED, "%s: tensor %d \"%s\" %s", who, index, f->name,
                    f->refused);
    }
    bool is_stored_only = f->type == TFLITE_F16 || f->type == TFLITE_INT4 || f->type == TFLITE_INT2;
    if (row->type != TYPE_NONE && (!is_stored_only || f->data.data != NULL)) {
        return OK;
    }
    if (row->name[0] == 'o') {
        return fail(im->d, ERR_UNSUPPORTED, "%s: tensor %d \"%s\" is of the unknown type %d", who,
                    index, f->name, f->type);
    }
    const char *advice = f->type == TFLITE_F16    ? "store only the weights as float16"
                         : is_stored_only         ? "only weights may be so narrow"
                         : f->type == TFLITE_RESOURCE
                             ? "only VAR_HANDLE, READ_VARIABLE and ASSIGN_VARIABLE may use it"
                             : "convert the model with float32 or int8 tensors";
    return fail(im->d, ERR_UNSUPPORTED,
                "%s: tensor %d \"%s\" has type %s, which is not supported; %s", who, index, f->name,
                row->name, advice);
}

static Status check_data(Import *im, const FileTensor *f, int32_t index, const char *who)
{
    const struct TypeRow *row = type_row(f->type);
    int64_t want = (shape_count(&f->shape) * type_bits(row->type) + 7) / 8;
    if (f->data.data != NULL && f->is_variable) {
        return fail(im->d, ERR_INPUT, "%s: tensor %d \"%s\" is a variable but has constant data",
                    who, index, f->name);
    }
    if (f->data.data != NULL && (int64_t)f->data.bytes != want) {
        char shape[96];
        return fail(im->d, ERR_INPUT,
                    "%s: tensor %d \"%s\" %s of type %s needs %jd bytes but its buffer has %zu",
                    who, index, f->name, shape_text(&f->shape, shape), import_type_name(f->type),
                    (intmax_t)want, f->data.bytes);
    }
    bool is_list = (f->type == TFLITE_S32 || f->type == TFLITE_S64) && f->shape.rank == 1;
    if (want == 0 && !(is_list && !f->is_variable &&
                       !f->is_written)) { /* an empty list of axes or dimensions is fine */
        char shape[96];
        return fail(
            im->d, ERR_UNSUPPORTED,
            "%s: tensor %d \"%s\" has shape %s without any elements; remove it from the model", who,
            index, f->name, shape_text(&f->shape, shape));
    }
    if (f->data.data == NULL && f->q.count > 1) {
        return fail(
            im->d, ERR_UNSUPPORTED,
            "%s: tensor %d \"%s\" is computed but has %d scales; only constants may be quantised "
            "per channel",
            who, index, f->name, f->q.count);
    }
    return OK;
}

Status import_tensor_id(Import *im, SubGraph *s, int32_t index, const char *who, TensorId *id)
{
    static const uint8_t nothing[1] = {0}; /* what constants without elements point to */
    FileTensor *f = &s->tensor[index];
    if (f->id != 0) {
        *id = f->id;
        return OK;
    }
    TRY(check_type_known(im, f, index, who));
    TRY(check_data(im, f, index, who));
    *id = graph_add_tensor(im->g, f->name, type_row(f->type)->type, f->shape);
    f->id = *id;
    Tensor *t = tensor(im->g, *id);
    t->q = f->q;
    t->is_state = f->is_variable;
    if (f->data.data != NULL && tensor_file_bytes(t) != tensor_bytes(t)) {
        int8_t *numbers = NEW(&im->g->arena, int8_t, tensor_bytes(t));
        type_unpack(t->type, f->data.data, tensor_bytes(t), numbers);
        t->data = (const uint8_t *)numbers;
        t->data_bytes = tensor_bytes(t);
    } else if (f->data.data != NULL) {
        t->data = f->data.data;
        t->data_bytes = (int64_t)f->data.bytes;
    } else if (shape_count(&f->shape) == 0) {
        t->data = nothing;
    }
    return OK;
}
