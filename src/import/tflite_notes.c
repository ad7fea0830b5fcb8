/* Normalisation and notes of a .tflite: the JSON document "shrinc" among the model's metadata
 * (src/export/tflite_meta.c has its form), and what TFLite's own metadata say of the inputs'
 * normalisation. Nothing here changes an answer: what is damaged is left out with a warning.
 * SPDX-License-Identifier: Apache-2.0 */
#include "import/tflite.h"

#include <jansson.h>
#include <math.h>

enum { NOTES = 256 };

static void leave_out(Import *im, const char *what)
{
    import_tolerate(im, TOLERATED_METADATA, "the model's metadata: %s; it is left out", what);
}

/* A normalisation that may be used, else one without numbers. */
static void set_scaling(Import *im, bool is_input, int32_t i, const Scaling *a)
{
    Graph *g = im->g;
    const Tensor *t = tensor(g, is_input ? g->input[i] : g->output[i]);
    bool is_good = scaling_fits(&t->shape, a->count);
    for (int32_t k = 0; k < a->count; k++) {
        is_good = is_good && isfinite(a->offset[k]) && isfinite(a->gain[k]) &&
                  (is_input || a->gain[k] != 0.0f);
    }
    Scaling *to = graph_scaling(g, is_input, i);
    to->units = a->units != NULL ? a->units : to->units;
    if (is_good) {
        *to = (Scaling){a->count, a->offset, a->gain, to->units};
    } else if (a->count > 0) {
        leave_out(im, is_input ? "the normalisation of an input does not fit it"
                               : "the normalisation of an output does not fit it");
    }
}

/* --- the document "shrinc" --- */

static float *read_numbers(Import *im, const json_t *list, int32_t *count)
{
    size_t n = json_array_size(list);
    if (n == 0 || n > (size_t)INT32_MAX) {
        *count = 0;
        return NULL;
    }
    float *v = NEW(&im->g->arena, float, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);
        v[i] = json_is_number(one) ? (float)json_number_value(one) : NAN;
    }
    *count = (int32_t)n;
    return v;
}

static void read_side(Import *im, const json_t *list, bool is_input)
{
    size_t edges = (size_t)(is_input ? im->g->input_count : im->g->output_count);
    if (list == NULL) {
        return;
    }
    if (json_array_size(list) != edges) {
        leave_out(im, "normalisation for another number of inputs or outputs");
        return;
    }
    for (size_t i = 0; i < edges; i++) {
        const json_t *one = json_array_get(list, i);
        const char *units = json_string_value(json_object_get(one, "units"));
        Scaling a = {0};
        int32_t gains = 0;
        a.offset = read_numbers(im, json_object_get(one, "offset"), &a.count);
        a.gain = read_numbers(im, json_object_get(one, "gain"), &gains);
        if (units != NULL) {
            a.units = arena_strdup(
                &im->g->arena, import_name(im, (Span){(const uint8_t *)units, strlen(units)}, ""));
        }
        if (gains != a.count) {
            leave_out(im, "a normalisation has not as many gains as offsets");
            a.count = 0;
        }
        set_scaling(im, is_input, (int32_t)i, &a);
    }
}

void import_notes(Import *im, Span document)
{
    json_error_t error;
    json_t *o =
        json_loadb((const char *)document.data, document.bytes, JSON_REJECT_DUPLICATES, &error);
    const char *schema = json_string_value(json_object_get(o, "schema"));
    if (schema == NULL || strcmp(schema, "shrinc/model/1") != 0) {
        leave_out(im, "the entry \"shrinc\" is no document of schema shrinc/model/1");
        json_decref(o);
        return;
    }
    read_side(im, json_object_get(o, "inputs"), true);
    read_side(im, json_object_get(o, "outputs"), false);
    json_t *notes = json_object_get(o, "notes");
    const char *key = NULL;
    json_t *text = NULL;
    if (json_object_size(notes) > NOTES) {
        leave_out(im, "more than 256 notes");
        notes = NULL;
    }
    json_object_foreach(notes, key, text)
    {
        if (json_is_string(text)) {
            graph_set_meta(im->g, key, json_string_value(text));
        }
    }
    json_decref(o);
}

/* --- TFLite metadata: ProcessUnit with NormalizationOptions --- */

static Status read_process_unit(Import *im, Fb *fb, const FbTable *metadata, int32_t i)
{
    FbVector units;
    TRY(fb_vector(fb, metadata, 4, "TensorMetadata.process_units", 4, &units));
    for (uint32_t k = 0; k < units.count; k++) {
        FbTable t;
        int32_t type = 0;
        TRY(fb_element(fb, &units, k, "TensorMetadata.process_units", &t));
        TRY(fb_u8(fb, &t, 0, "ProcessUnit.options_type", 0, &type));
        if (type != 1) { /* NormalizationOptions */
            continue;
        }
        FbTable options;
        FbVector mean;
        FbVector deviation;
        TRY(fb_table(fb, &t, 1, "ProcessUnit.options", &options));
        TRY(fb_vector(fb, &options, 0, "NormalizationOptions.mean", 4, &mean));
        TRY(fb_vector(fb, &options, 1, "NormalizationOptions.std", 4, &deviation));
        Scaling a = {.count = (int32_t)mean.count};
        if (mean.count == 0 || mean.count != deviation.count) {
            return OK;
        }
        a.offset = NEW(&im->g->arena, float, mean.count);
        a.gain = NEW(&im->g->arena, float, mean.count);
        for (uint32_t c = 0; c < mean.count; c++) {
            a.offset[c] = fb_get_f32(fb, &mean, c);
            a.gain[c] = 1.0f / fb_get_f32(fb, &deviation, c);
        }
        set_scaling(im, true, i, &a);
        return OK;
    }
    return OK;
}

Status import_normalization(Import *im, Fb *fb)
{
    FbTable t;
    FbVector v;
    TRY(import_port_metadata(fb, true, &v));
    for (uint32_t i = 0; i < v.count && v.count == (uint32_t)im->g->input_count; i++) {
        TRY(fb_element(fb, &v, i, "SubGraphMetadata.input_tensor_metadata", &t));
        TRY(read_process_unit(im, fb, &t, (int32_t)i));
    }
    return OK;
}
