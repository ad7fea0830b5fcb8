/* What a .tflite tells beside the network: description, names of inputs and outputs (signatures),
 * the runtime it needs, and class labels (TFLite metadata). Nothing here changes an answer, so that
 * a damaged part is left out with a warning.
 * Normalisation and notes are in tflite_notes.c. TFLite metadata is a second flatbuffer
 * (metadata_schema.fbs, identifier "M001") in one of the model's buffers. It names files that stand
 * in a zip archive behind the model; a file of type TENSOR_AXIS_LABELS at the first output holds one
 * label a line.
 * SPDX-License-Identifier: Apache-2.0 */
#include "import/tflite.h"

enum { LABELS = 65536, FILE_AXIS_LABELS = 2 };

/* --- signatures --- */

/* Names of one side of a signature, for those tensors that are on the graph's edge. */
static Status read_names(Import *im, const FbTable *signature, int32_t slot, const int32_t *edge,
                         int32_t count, const char **name)
{
    FbVector v;
    TRY(fb_vector(&im->fb, signature, slot, "SignatureDef", 4, &v));
    for (uint32_t i = 0; i < v.count; i++) {
        FbTable t;
        Span text;
        uint32_t index = 0;
        TRY(fb_element(&im->fb, &v, i, "SignatureDef", &t));
        TRY(fb_string(&im->fb, &t, 0, "TensorMap.name", &text));
        TRY(fb_u32(&im->fb, &t, 1, "TensorMap.tensor_index", 0, &index));
        for (int32_t k = 0; k < count && text.bytes > 0; k++) {
            if ((uint32_t)edge[k] == index) {
                name[k] = arena_strdup(&im->g->arena, import_name(im, text, ""));
            }
        }
    }
    return OK;
}

/* Two signatures of one name cannot be told apart. */
static Status check_key(Import *im, Span *key, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++) {
        if (key[i].bytes > 0 && key[k].bytes == key[i].bytes &&
            memcmp(key[k].data, key[i].data, key[i].bytes) == 0) {
            return fail(im->d, ERR_INPUT, "two signatures have the name \"%s\"; export each once",
                        import_name(im, key[i], ""));
        }
    }
    return OK;
}

static Status read_signatures(Import *im)
{
    FbVector v;
    TRY(fb_vector(&im->fb, &im->model, 7, "Model.signature_defs", 4, &v));
    if (v.count > (uint32_t)im->limits->subgraphs) {
        return fail(im->d, ERR_LIMIT, "the model has %u signatures; at most %d are accepted",
                    v.count, im->limits->subgraphs);
    }
    if (v.count == 0) {
        return OK;
    }
    Graph *g = im->g;
    Span *key = NEW(&im->scratch, Span, v.count);
    g->input_name = NEW(&g->arena, const char *, g->input_count);
    g->output_name = NEW(&g->arena, const char *, g->output_count);
    for (uint32_t i = v.count; i-- > 0;) { /* the first one's names hold */
        FbTable t;
        uint32_t subgraph = 0;
        TRY(fb_element(&im->fb, &v, i, "Model.signature_defs", &t));
        TRY(fb_string(&im->fb, &t, 2, "SignatureDef.signature_key", &key[i]));
        TRY(fb_u32(&im->fb, &t, 4, "SignatureDef.subgraph_index", 0, &subgraph));
        if (subgraph == 0) {
            TRY(read_names(im, &t, 0, im->main.input, im->main.input_count, g->input_name));
            TRY(read_names(im, &t, 1, im->main.output, im->main.output_count, g->output_name));
        }
    }
    for (uint32_t i = 1; i < v.count; i++) {
        TRY(check_key(im, key, i));
    }
    return OK;
}

/* --- labels --- */

static uint32_t load_u16(Span s, size_t at)
{
    return (uint32_t)s.data[at] | (uint32_t)s.data[at + 1] << 8;
}

static uint32_t load_u32(Span s, size_t at)
{
    return load_u16(s, at) | load_u16(s, at + 2) << 16;
}

/* The bytes of a stored file of the zip archive at the end of FILE, by its central directory
 * (APPNOTE 4.3). FALSE: there is none, it is compressed, or the archive is damaged. */
static bool zip_find(Span file, Span name, Span *out)
{
    enum { END = 22, ENTRY = 46, LOCAL = 30 };
    size_t least = file.bytes > 65535 + END ? file.bytes - 65535 - END : 0;
    size_t end = file.bytes < END ? 0 : file.bytes - END;
    while (end > least && load_u32(file, end) != 0x06054b50) {
        end--;
    }
    if (end == 0 || load_u32(file, end) != 0x06054b50) {
        return false;
    }
    uint32_t count = load_u16(file, end + 10);
    size_t at = load_u32(file, end + 16);
    for (uint32_t i = 0;
         i < count && at <= end && end - at >= ENTRY && load_u32(file, at) == 0x02014b50; i++) {
        size_t name_bytes = load_u16(file, at + 28);
        size_t entry_bytes = ENTRY + name_bytes + load_u16(file, at + 30) + load_u16(file, at + 32);
        if (entry_bytes > end - at) {
            return false;
        }
        size_t bytes = load_u32(file, at + 20);
        size_t local = load_u32(file, at + 42);
        if (name_bytes == name.bytes &&
            memcmp(file.data + at + ENTRY, name.data, name_bytes) == 0) {
            if (load_u16(file, at + 10) != 0 || local > end || end - local < LOCAL) {
                return false;
            }
            size_t data = local + LOCAL + load_u16(file, local + 26) + load_u16(file, local + 28);
            *out = (Span){file.data + data, bytes};
            return data <= end && bytes <= end - data;
        }
        at += entry_bytes;
    }
    return false;
}

static void split_labels(Import *im, Span text)
{
    Graph *g = im->g;
    int32_t lines = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        lines += text.data[i] == '\n' || i + 1 == text.bytes;
    }
    if (lines == 0 || lines > LABELS) {
        return;
    }
    g->label = NEW(&g->arena, const char *, lines);
    for (size_t at = 0; at < text.bytes;) {
        size_t n = 0;
        while (at + n < text.bytes && text.data[at + n] != '\n') {
            n++;
        }
        size_t kept = n > 0 && text.data[at + n - 1] == '\r' ? n - 1 : n;
        g->label[g->label_count++] =
            arena_strdup(&g->arena, import_name(im, (Span){text.data + at, kept}, ""));
        at += n + 1;
    }
}

Status import_port_metadata(Fb *fb, bool of_inputs, FbVector *out)
{
    FbTable t;
    *out = (FbVector){0};
    TRY(fb_root(fb, "M001", "ModelMetadata", &t));
    TRY(fb_vector(fb, &t, 3, "ModelMetadata.subgraph_metadata", 4, out));
    if (out->count == 0) {
        return OK;
    }
    TRY(fb_element(fb, out, 0, "ModelMetadata.subgraph_metadata", &t));
    return of_inputs ? fb_vector(fb, &t, 2, "SubGraphMetadata.input_tensor_metadata", 4, out)
                     : fb_vector(fb, &t, 3, "SubGraphMetadata.output_tensor_metadata", 4, out);
}

/* The first file of type TENSOR_AXIS_LABELS of the first output. */
static Status find_label_file(Fb *fb, Span *name)
{
    FbTable t;
    FbVector v;
    TRY(import_port_metadata(fb, false, &v));
    if (v.count == 0) {
        return OK;
    }
    TRY(fb_element(fb, &v, 0, "SubGraphMetadata.output_tensor_metadata", &t));
    TRY(fb_vector(fb, &t, 6, "TensorMetadata.associated_files", 4, &v));
    for (uint32_t i = 0; i < v.count && name->bytes == 0; i++) {
        int32_t type = 0;
        TRY(fb_element(fb, &v, i, "TensorMetadata.associated_files", &t));
        TRY(fb_i8(fb, &t, 2, "AssociatedFile.type", 0, &type));
        if (type == FILE_AXIS_LABELS) {
            TRY(fb_string(fb, &t, 0, "AssociatedFile.name", name));
        }
    }
    return OK;
}

static void read_labels(Import *im, Span metadata)
{
    Diag d = {0};
    Fb fb = {.file = metadata, .d = &d};
    Span name = {NULL, 0};
    Span text;
    if (find_label_file(&fb, &name) != OK || import_normalization(im, &fb) != OK) {
        import_tolerate(im, TOLERATED_METADATA,
                        "the model's metadata are damaged (%s); the labels are left out", d.text);
    } else if (name.bytes > 0 && zip_find(im->fb.file, name, &text)) {
        split_labels(im, text);
    } else if (name.bytes > 0) {
        import_tolerate(
            im, TOLERATED_METADATA,
            "the label file \"%s\" is not in the model, or not stored uncompressed; the "
            "labels are left out",
            import_name(im, name, ""));
    }
    diag_clear(&d);
}

/* --- the list --- */

static bool is_called(Span name, const char *text)
{
    return name.bytes == strlen(text) && memcmp(name.data, text, name.bytes) == 0;
}

static Status read_metadata(Import *im)
{
    FbVector v;
    Span notes = {NULL, 0};
    bool has_metadata = false;
    TRY(fb_vector(&im->fb, &im->model, 6, "Model.metadata", 4, &v));
    for (uint32_t i = 0; i < v.count; i++) {
        FbTable t;
        Span name;
        uint32_t buffer = 0;
        TRY(fb_element(&im->fb, &v, i, "Model.metadata", &t));
        TRY(fb_string(&im->fb, &t, 0, "Metadata.name", &name));
        TRY(fb_u32(&im->fb, &t, 1, "Metadata.buffer", 0, &buffer));
        if (buffer >= (uint32_t)im->buffer_count) {
            return fail(im->d, ERR_INPUT,
                        "byte %u: metadata %u refers to buffer %u of %d; the file is damaged", t.at,
                        i, buffer, im->buffer_count);
        }
        Span data = im->buffer[buffer];
        if (data.data == NULL) {
            continue;
        }
        if (is_called(name, "min_runtime_version")) {
            const uint8_t *nul = memchr(data.data, 0, data.bytes);
            data.bytes = nul == NULL ? data.bytes : (size_t)(nul - data.data);
            im->g->min_runtime_version = arena_strdup(&im->g->arena, import_name(im, data, ""));
        } else if (is_called(name, "TFLITE_METADATA") && !has_metadata) {
            read_labels(im, data);
            has_metadata = true;
        } else if (is_called(name, "shrinc") && notes.data == NULL) {
            notes = data;
        }
    }
    if (notes.data != NULL) { /* last: more exact than TFLite's own metadata */
        import_notes(im, notes);
    }
    return OK;
}

Status import_meta(Import *im)
{
    Span text;
    TRY(fb_string(&im->fb, &im->model, 3, "Model.description", &text));
    if (text.data != NULL) {
        im->g->description = arena_strdup(&im->g->arena, import_name(im, text, ""));
    }
    TRY(read_signatures(im));
    return read_metadata(im);
}
