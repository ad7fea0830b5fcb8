/* From the bytes of a .tflite to a graph: the container, its lists, the order of work. Tensors,
 * operators, variables and metadata have their own files.
 * The file is believed in steps: structure first (flatbuffer.c), then each list against the limits,
 * then the sense of each tensor that is used, then each operator's attributes against its table.
 * What shrinc lacks is collected and refused in one sentence before the graph is built.
 * SPDX-License-Identifier: Apache-2.0 */
#include "import/tflite.h"

#include <stdlib.h>

ImportLimits import_default_limits(void)
{
    return (ImportLimits){
        .file_bytes = (size_t)64 << 20,
        .subgraphs = 64,
        .tensors = 4096,
        .operators = 4096,
        .buffers = 8192,
        .dim = 1 << 24,
        .elements = (int64_t)1 << 28,
        .node_args = 64,
        .name_bytes = 1024,
    };
}

/* --- small services --- */

void import_tolerate(Import *im, Tolerated kind, const char *format, ...)
{
    if (im->tolerated[kind]++ > 0) {
        return;
    }
    char text[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    im->tolerated_text[kind] = arena_strdup(&im->scratch, text);
}

static void give_warnings(Import *im)
{
    for (int32_t i = 0; i < TOLERATED_COUNT; i++) {
        if (im->tolerated[i] == 1) {
            warn(im->d, "W%02d: %s", i + 1, im->tolerated_text[i]);
        } else if (im->tolerated[i] > 1) {
            warn(im->d, "W%02d: %s (and %d more like it)", i + 1, im->tolerated_text[i],
                 im->tolerated[i] - 1);
        }
    }
}

const char *import_name(Import *im, Span text, const char *fallback)
{
    if (text.data == NULL || text.bytes == 0) {
        return fallback;
    }
    size_t room = im->limits->name_bytes;
    size_t keep = text.bytes <= room ? text.bytes : room - 9;
    const char *name = text_clean(&im->scratch, (const char *)text.data, keep);
    if (keep < text.bytes) { /* FNV-1a of the whole, so that long names stay different */
        uint32_t hash = 2166136261U;
        for (size_t i = 0; i < text.bytes; i++) {
            hash = (hash ^ text.data[i]) * 16777619U;
        }
        name = arena_printf(&im->scratch, "%s_%08x", name, hash);
    }
    return name;
}

/* --- the container --- */

/* Says by name what people hand in by mistake; the general sentence is last. */
static Status check_magic(Span bytes, Diag *d)
{
    static const char lfs[] = "version https://git-lfs";
    static const struct {
        const char *magic;
        size_t bytes;
        const char *sentence;
    } known[] = {
        {lfs, sizeof lfs - 1,
         "this is a Git LFS pointer, not the model itself; fetch it with \"git lfs pull\""},
        {"PK\x03\x04", 4, "this is a zip archive; unpack it and give the .tflite inside"},
        {"\x1f\x8b", 2, "this is a gzip file; unpack it first"},
        {"\x89HDF", 4, "this is an HDF5 (Keras .h5) file; convert it with TFLiteConverter first"},
        {"<", 1, "this is an HTML or XML text, perhaps a failed download, not a .tflite file"},
        {"\x00\x05\x16\x07", 4, "this is a macOS resource fork (._ file), not a .tflite file"},
    };
    if (bytes.bytes == 0) {
        return fail(d, ERR_INPUT, "the file is empty");
    }
    if (bytes.bytes >= 8 && memcmp(bytes.data + 4, "TFL3", 4) == 0) {
        return OK;
    }
    for (size_t i = 0; i < COUNT(known); i++) {
        if (bytes.bytes >= known[i].bytes &&
            memcmp(bytes.data, known[i].magic, known[i].bytes) == 0) {
            return fail(d, ERR_INPUT, "%s", known[i].sentence);
        }
    }
    bool is_text = true;
    for (size_t i = 0; i < bytes.bytes && i < 256; i++) {
        is_text = is_text && ((bytes.data[i] >= 32 && bytes.data[i] < 127) ||
                              (bytes.data[i] >= 9 && bytes.data[i] <= 13));
    }
    if (is_text) {
        return fail(
            d, ERR_INPUT,
            "this is a text file, not a .tflite file (a symbolic link checked out as text?)");
    }
    if (bytes.bytes < 8) {
        return fail(d, ERR_INPUT, "%zu bytes are too few for a .tflite file; it is cut off",
                    bytes.bytes);
    }
    return fail(d, ERR_INPUT, "byte 4: this is not a .tflite file (no identifier \"TFL3\")");
}

static Status read_index_list(Import *im, const FbTable *t, int32_t slot, const char *what,
                              int32_t tensor_count, int32_t **list, int32_t *count)
{
    FbVector v;
    TRY(fb_vector(&im->fb, t, slot, what, 4, &v));
    if (v.count > (uint32_t)im->limits->node_args) {
        return fail(im->d, ERR_LIMIT, "byte %u: %s has %u entries; at most %d are accepted", v.at,
                    what, v.count, im->limits->node_args);
    }
    *list = NEW(&im->scratch, int32_t, v.count);
    *count = (int32_t)v.count;
    for (uint32_t i = 0; i < v.count; i++) {
        (*list)[i] = fb_get_i32(&im->fb, &v, i);
        if ((*list)[i] < 0 || (*list)[i] >= tensor_count) {
            return fail(im->d, ERR_INPUT,
                        "byte %u: %s: entry %u refers to tensor %d of %d; the file is damaged",
                        v.at + 4 * i, what, i, (*list)[i], tensor_count);
        }
    }
    return OK;
}

Status import_subgraph(Import *im, int32_t index, SubGraph *out)
{
    FbTable t;
    TRY(fb_element(&im->fb, &im->subgraphs, (uint32_t)index, "Model.subgraphs", &t));
    out->prefix = index == 0 ? "" : arena_printf(&im->scratch, "subgraph %d, ", index);
    TRY(import_tensors(im, &t, out));
    TRY(read_index_list(im, &t, 1, "SubGraph.inputs", out->tensor_count, &out->input,
                        &out->input_count));
    TRY(read_index_list(im, &t, 2, "SubGraph.outputs", out->tensor_count, &out->output,
                        &out->output_count));
    return import_nodes(im, &t, out);
}

/* Only initialisers that CALL_ONCE runs may stand beside the main subgraph. */
static Status check_subgraphs(Import *im)
{
    for (uint32_t i = 1; i < im->subgraphs.count; i++) {
        bool is_called = false;
        for (int32_t k = 0; k < im->main.node_count && !is_called; k++) {
            const FileNode *n = &im->main.node[k];
            int32_t callee = 0;
            if (n->code == CODE_CALL_ONCE) {
                TRY(import_callee(im, n, &callee));
                is_called = callee == (int32_t)i;
            }
        }
        if (!is_called) {
            FbTable t;
            Span name;
            TRY(fb_element(&im->fb, &im->subgraphs, i, "Model.subgraphs", &t));
            TRY(fb_string(&im->fb, &t, 4, "SubGraph.name", &name));
            return fail(
                im->d, ERR_UNSUPPORTED,
                "the model has %u subgraphs; subgraph %u \"%s\" is neither the first one nor an "
                "initialiser (CALL_ONCE); export the model with one signature and without control "
                "flow",
                im->subgraphs.count, i, import_name(im, name, ""));
        }
    }
    return OK;
}

static Status read_container(Import *im)
{
    uint32_t version = 0;
    TRY(fb_root(&im->fb, "TFL3", "Model", &im->model));
    TRY(fb_u32(&im->fb, &im->model, 0, "Model.version", 0, &version));
    if (version != 3) {
        return fail(im->d, ERR_UNSUPPORTED,
                    "schema version %u is not supported, only 3; convert the model with a newer "
                    "TensorFlow",
                    version);
    }
    TRY(fb_vector(&im->fb, &im->model, 2, "Model.subgraphs", 4, &im->subgraphs));
    if (im->subgraphs.count == 0) {
        return fail(im->d, ERR_INPUT, "the model has no subgraph; the file is damaged");
    }
    if (im->subgraphs.count > (uint32_t)im->limits->subgraphs) {
        return fail(im->d, ERR_LIMIT, "the model has %u subgraphs; at most %d are accepted",
                    im->subgraphs.count, im->limits->subgraphs);
    }
    TRY(import_buffers(im));
    return import_op_codes(im);
}

/* --- edges of the graph --- */

static Status add_edges(Import *im, const int32_t *list, int32_t count, const char *role,
                        TensorId **out)
{
    *out = NEW(&im->g->arena, TensorId, count);
    for (int32_t i = 0; i < count; i++) {
        char who[32];
        (void)snprintf(who, sizeof who, "graph %s %d", role, i);
        const FileTensor *f = &im->main.tensor[list[i]];
        for (int32_t k = 0; k < i; k++) {
            if (list[k] == list[i]) {
                return fail(im->d, ERR_UNSUPPORTED,
                            "%s: tensor %d \"%s\" is listed twice; export it once", who, list[i],
                            f->name);
            }
        }
        TRY(import_tensor_id(im, &im->main, list[i], who, &(*out)[i]));
    }
    return OK;
}

static Status add_inputs(Import *im)
{
    SubGraph *s = &im->main;
    for (int32_t i = 0; i < s->input_count; i++) {
        FileTensor *f = &s->tensor[s->input[i]];
        if (f->data.data != NULL || f->is_variable) {
            return fail(im->d, ERR_INPUT,
                        "graph input %d: tensor %d \"%s\" is a %s as well; the file is damaged", i,
                        s->input[i], f->name, f->is_variable ? "variable" : "constant");
        }
        f->is_written = true;
    }
    im->g->input_count = s->input_count;
    return add_edges(im, s->input, s->input_count, "input", &im->g->input);
}

static Status add_outputs(Import *im)
{
    SubGraph *s = &im->main;
    if (s->output_count == 0) {
        return fail(im->d, ERR_INPUT, "the model has no outputs");
    }
    for (int32_t i = 0; i < s->output_count; i++) {
        const FileTensor *f = &s->tensor[s->output[i]];
        if (f->is_variable) {
            return fail(im->d, ERR_UNSUPPORTED,
                        "graph output %d: tensor %d \"%s\" is a variable; export a copy of it", i,
                        s->output[i], f->name);
        }
        if (!f->is_written && f->data.data == NULL) {
            return fail(im->d, ERR_INPUT, "graph output %d: no operator writes tensor %d \"%s\"", i,
                        s->output[i], f->name);
        }
    }
    im->g->output_count = s->output_count;
    return add_edges(im, s->output, s->output_count, "output", &im->g->output);
}

static Status build(Import *im)
{
    TRY(read_container(im));
    TRY(import_subgraph(im, 0, &im->main));
    TRY(import_check_supported(im));
    TRY(check_subgraphs(im));
    TRY(add_inputs(im));
    TRY(import_build_nodes(im));
    TRY(add_outputs(im));
    TRY(import_meta(im));
    return graph_verify(im->g, im->d);
}

static char *stem(Arena *a, const char *file_name)
{
    const char *base = path_base(file_name);
    const char *dot = strrchr(base, '.');
    return arena_strndup(a, base, dot != NULL && dot > base ? (size_t)(dot - base) : strlen(base));
}

Status import_tflite(Span bytes, const char *file_name, const ImportLimits *limits, Graph **out,
                     Diag *d)
{
    *out = NULL;
    ImportLimits usual = import_default_limits();
    Import im = {.fb = {.file = bytes, .d = d}, .d = d, .limits = limits == NULL ? &usual : limits};
    if (bytes.bytes > im.limits->file_bytes) {
        return fail(d, ERR_LIMIT, "the file has %zu bytes; at most %zu are accepted", bytes.bytes,
                    im.limits->file_bytes);
    }
    TRY(check_magic(bytes, d));
    im.g = graph_new(stem(&im.scratch, file_name));
    Status status = build(&im);
    if (status == OK) {
        give_warnings(&im);
        *out = im.g;
    } else {
        graph_free(im.g);
    }
    arena_free(&im.scratch);
    return status;
}
