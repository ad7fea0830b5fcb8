/* What a .tflite says beside the network: names of inputs and outputs (signature), TFLite metadata
 * (metadata_schema.fbs, identifier "M001") with labels and normalisation, and a JSON document
 * "shrinc" with normalisation to the last bit, units and notes, where x = (raw - offset) * gain:
 *   {"schema": "shrinc/model/1",
 *    "inputs": [{"offset": [..], "gain": [..], "units": ".."}], "outputs": [..],
 *    "notes": {"training": ".."}}
 * The label file "labels.txt", one label a line, stands in a zip archive behind the model.
 * SPDX-License-Identifier: Apache-2.0 */
#include "export/tflite_meta.h"

#include <jansson.h>
#include <stdlib.h>

static const char LABEL_FILE[] = "labels.txt";
enum { BUFFER_ALIGN = 16, FILE_AXIS_LABELS = 2, OPTIONS_NORMALIZATION = 1, CONTENT_FEATURES = 1 };

/* --- signature --- */

static BuildRef build_names(Build *b, const Graph *g, const int32_t *index, bool is_input)
{
    int32_t count = is_input ? g->input_count : g->output_count;
    const TensorId *id = is_input ? g->input : g->output;
    const char *const *name = is_input ? g->input_name : g->output_name;
    Arena scratch = {0};
    BuildRef *map = NEW(&scratch, BuildRef, count);
    for (int32_t i = 0; i < count; i++) {
        bool is_said = name != NULL && name[i] != NULL;
        BuildRef text = build_string(b, is_said ? name[i] : tensor(g, id[i])->name);
        uint32_t number = (uint32_t)index[id[i]];
        build_table_start(b);
        build_ref(b, 0, text);
        build_scalar(b, 1, &number, 4);
        map[i] = build_table_end(b);
    }
    BuildRef list = build_ref_vector(b, map, (size_t)count);
    arena_free(&scratch);
    return list;
}

BuildRef export_signatures(Build *b, const Graph *g, const int32_t *index)
{
    if (g->input_name == NULL && g->output_name == NULL) {
        return 0;
    }
    BuildRef key = build_string(b, "serving_default");
    BuildRef outputs = build_names(b, g, index, false);
    BuildRef inputs = build_names(b, g, index, true);
    build_table_start(b);
    build_ref(b, 0, inputs);
    build_ref(b, 1, outputs);
    build_ref(b, 2, key);
    BuildRef signature = build_table_end(b);
    return build_ref_vector(b, &signature, 1);
}

/* --- TFLite metadata --- */

/* NormalizationOptions: (raw - mean) / std, for the whole tensor or per channel. 0: it cannot say this. */
static BuildRef build_normalization(Build *b, const Scaling *a)
{
    Arena scratch = {0};
    float *deviation = NEW(&scratch, float, a->count);
    for (int32_t i = 0; i < a->count; i++) {
        if (a->gain[i] == 0.0f) {
            arena_free(&scratch);
            return 0;
        }
        deviation[i] = 1.0f / a->gain[i];
    }
    BuildRef stds = build_vector(b, deviation, (size_t)a->count, 4, 4);
    BuildRef means = build_vector(b, a->offset, (size_t)a->count, 4, 4);
    arena_free(&scratch);
    build_table_start(b);
    build_ref(b, 0, means);
    build_ref(b, 1, stds);
    BuildRef options = build_table_end(b);
    const uint8_t type = OPTIONS_NORMALIZATION;
    build_table_start(b);
    build_ref(b, 1, options);
    build_scalar(b, 0, &type, 1);
    BuildRef unit = build_table_end(b);
    return build_ref_vector(b, &unit, 1);
}

static BuildRef build_label_files(Build *b)
{
    BuildRef description = build_string(b, "Labels of the classes, one a line.");
    BuildRef name = build_string(b, LABEL_FILE);
    const int8_t type = FILE_AXIS_LABELS;
    build_table_start(b);
    build_ref(b, 0, name);
    build_ref(b, 1, description);
    build_scalar(b, 2, &type, 1);
    BuildRef file = build_table_end(b);
    return build_ref_vector(b, &file, 1);
}

static BuildRef build_content(Build *b)
{
    build_table_start(b);
    BuildRef features = build_table_end(b);
    const uint8_t type = CONTENT_FEATURES;
    build_table_start(b);
    build_ref(b, 1, features);
    build_scalar(b, 0, &type, 1);
    return build_table_end(b);
}

static BuildRef build_tensor_metadata(Build *b, const Graph *g, bool is_input, int32_t i)
{
    const Scaling *a = is_input ? g->input_scaling : g->output_scaling;
    const Tensor *t = tensor(g, is_input ? g->input[i] : g->output[i]);
    const char *const *names = is_input ? g->input_name : g->output_name;
    bool is_said = a != NULL && a[i].count > 0;
    bool is_channel = is_said && (a[i].count == 1 || a[i].count == t->shape.dim[t->shape.rank - 1]);
    BuildRef files = !is_input && i == 0 && g->label_count > 0 ? build_label_files(b) : 0;
    BuildRef units = is_input && is_channel ? build_normalization(b, &a[i]) : 0;
    BuildRef content = build_content(b);
    BuildRef description = a != NULL && a[i].units != NULL ? build_string(b, a[i].units) : 0;
    BuildRef name = build_string(b, names != NULL && names[i] != NULL ? names[i] : t->name);
    build_table_start(b);
    build_ref(b, 0, name);
    build_ref(b, 1, description);
    build_ref(b, 3, content);
    build_ref(b, 4, units);
    build_ref(b, 6, files);
    return build_table_end(b);
}

static BuildRef build_side(Build *b, const Graph *g, bool is_input)
{
    int32_t count = is_input ? g->input_count : g->output_count;
    Arena scratch = {0};
    BuildRef *one = NEW(&scratch, BuildRef, count);
    for (int32_t i = 0; i < count; i++) {
        one[i] = build_tensor_metadata(b, g, is_input, i);
    }
    BuildRef list = build_ref_vector(b, one, (size_t)count);
    arena_free(&scratch);
    return list;
}

static void tflite_metadata(const Graph *g, Out *out)
{
    Build b = {0};
    BuildRef outputs = build_side(&b, g, false);
    BuildRef inputs = build_side(&b, g, true);
    build_table_start(&b);
    build_ref(&b, 2, inputs);
    build_ref(&b, 3, outputs);
    BuildRef subgraph = build_table_end(&b);
    BuildRef subgraphs = build_ref_vector(&b, &subgraph, 1);
    BuildRef parser = build_string(&b, "1.0.0"); /* the oldest reader that knows all of it */
    BuildRef description = g->description == NULL ? 0 : build_string(&b, g->description);
    BuildRef name = build_string(&b, g->name);
    build_table_start(&b);
    build_ref(&b, 0, name);
    build_ref(&b, 1, description);
    build_ref(&b, 3, subgraphs);
    build_ref(&b, 7, parser);
    BuildRef model = build_table_end(&b);
    build_finish(&b, model, "M001", out);
    build_free(&b);
}

/* --- the document "shrinc" --- */

static json_t *numbers(const float *v, int32_t count)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < count; i++) {
        json_array_append_new(list, json_real((double)v[i]));
    }
    return list;
}

static json_t *scaling_json(const Scaling *list, int32_t count)
{
    json_t *all = json_array();
    for (int32_t i = 0; i < count; i++) {
        json_t *one = json_object();
        if (list != NULL && list[i].count > 0) {
            json_object_set_new(one, "offset", numbers(list[i].offset, list[i].count));
            json_object_set_new(one, "gain", numbers(list[i].gain, list[i].count));
        }
        if (list != NULL && list[i].units != NULL) {
            json_object_set_new(one, "units", json_string(list[i].units));
        }
        json_array_append_new(all, one);
    }
    return all;
}

static char *document(const Graph *g)
{
    json_t *o = json_pack("{s:s}", "schema", "shrinc/model/1");
    if (g->input_scaling != NULL) {
        json_object_set_new(o, "inputs", scaling_json(g->input_scaling, g->input_count));
    }
    if (g->output_scaling != NULL) {
        json_object_set_new(o, "outputs", scaling_json(g->output_scaling, g->output_count));
    }
    if (g->meta_count > 0) {
        json_t *notes = json_object();
        for (int32_t i = 0; i < g->meta_count; i++) {
            json_object_set_new(notes, g->meta[i].key, json_string(g->meta[i].text));
        }
        json_object_set_new(o, "notes", notes);
    }
    char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(o);
    return text;
}

/* --- Model.metadata --- */

typedef struct Entries {
    Build *b;
    BuildRef entry[EXPORT_META];
    int32_t count;
    BuildRef *buffers;
    uint32_t *buffer_count;
} Entries;

static void add_entry(Entries *e, const char *name, const void *data, size_t bytes)
{
    BuildRef vector = build_vector(e->b, data, bytes, 1, BUFFER_ALIGN);
    build_table_start(e->b);
    build_ref(e->b, 0, vector);
    e->buffers[*e->buffer_count] = build_table_end(e->b);
    BuildRef text = build_string(e->b, name);
    build_table_start(e->b);
    build_ref(e->b, 0, text);
    build_scalar(e->b, 1, e->buffer_count, 4);
    e->entry[e->count++] = build_table_end(e->b);
    ++*e->buffer_count;
}

BuildRef export_metadata(Build *b, const Graph *g, BuildRef *buffers, uint32_t *buffer_count)
{
    Entries e = {.b = b, .buffers = buffers, .buffer_count = buffer_count};
    bool has_scaling = g->input_scaling != NULL || g->output_scaling != NULL;
    if (g->min_runtime_version != NULL) {
        char text[16] = {0}; /* 16 bytes, filled with NULs, as the converter writes it */
        (void)snprintf(text, sizeof text, "%s", g->min_runtime_version);
        add_entry(&e, "min_runtime_version", text, sizeof text);
    }
    if (g->label_count > 0 || has_scaling) {
        Out nested = {0};
        tflite_metadata(g, &nested);
        add_entry(&e, "TFLITE_METADATA", nested.text, nested.bytes);
        out_free(&nested);
    }
    char *text = g->meta_count > 0 || has_scaling ? document(g) : NULL;
    if (text != NULL) {
        add_entry(&e, "shrinc", text, strlen(text));
        free(text);
    }
    return e.count == 0 ? 0 : build_ref_vector(b, e.entry, (size_t)e.count);
}

/* --- zip archive (APPNOTE.TXT 6.3), one file, stored --- */

static uint32_t crc32_of(const char *data, size_t bytes)
{
    uint32_t crc = 0xFFFFFFFFU;
    for (size_t i = 0; i < bytes; i++) {
        crc ^= (uint8_t)data[i];
        for (int32_t bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0);
        }
    }
    return ~crc;
}

static void put_u16(Out *o, uint32_t v)
{
    const uint8_t bytes[] = {(uint8_t)v, (uint8_t)(v >> 8)};
    out_bytes(o, bytes, sizeof bytes);
}

static void put_u32(Out *o, size_t v)
{
    put_u16(o, (uint32_t)v & 0xFFFFU);
    put_u16(o, (uint32_t)(v >> 16) & 0xFFFFU);
}

/* What the local and the central header share: version 1.0, flags (UTF-8), stored, 1 January 1980. */
static void put_entry(Out *o, const Out *text)
{
    enum { VERSION = 10, UTF8 = 1 << 11, DATE = 0x0021 };
    put_u16(o, VERSION);
    put_u16(o, UTF8);
    put_u16(o, 0);
    put_u16(o, 0);
    put_u16(o, DATE);
    put_u32(o, crc32_of(text->text, text->bytes));
    put_u32(o, text->bytes);
    put_u32(o, text->bytes);
    put_u16(o, sizeof LABEL_FILE - 1);
    put_u16(o, 0); /* no extra field */
}

void export_label_archive(const Graph *g, Out *file)
{
    if (g->label_count == 0) {
        return;
    }
    Out text = {0};
    for (int32_t i = 0; i < g->label_count; i++) {
        for (const char *c = g->label[i]; *c != '\0'; c++) {
            out_bytes(&text, *c == '\n' || *c == '\r' ? " " : c, 1); /* one label a line */
        }
        out_text(&text, "\n");
    }
    size_t local = file->bytes;
    put_u32(file, 0x04034B50);
    put_entry(file, &text);
    out_bytes(file, LABEL_FILE, sizeof LABEL_FILE - 1);
    out_bytes(file, text.text, text.bytes);
    size_t central = file->bytes;
    put_u32(file, 0x02014B50);
    put_u16(file, 10);
    put_entry(file, &text);
    put_u16(file, 0); /* no comment */
    put_u16(file, 0); /* disk */
    put_u16(file, 0); /* attributes */
    put_u32(file, 0);
    put_u32(file, local);
    out_bytes(file, LABEL_FILE, sizeof LABEL_FILE - 1);
    size_t end = file->bytes;
    put_u32(file, 0x06054B50);
    put_u16(file, 0);
    put_u16(file, 0);
    put_u16(file, 1);
    put_u16(file, 1);
    put_u32(file, end - central);
    put_u32(file, central);
    put_u16(file, 0);
    out_free(&text);
}
