/* Bits of the weights of each layer, as a text that travels with the model and can be typed: "dense_1=4,conv_2=8".
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/quantize.h"

const Type width_types[WIDTH_COUNT] = {TYPE_S8, TYPE_S4, TYPE_S2};
static const char *const width_words[WIDTH_COUNT] = {"8", "4", "ternary"};

bool has_width(const Graph *f, int32_t node)
{
    const Node *n = &f->node[node];
    const QuantSpec *spec = &op_of(n)->quant;
    if (spec->rule != QUANT_MAC || spec->weights >= n->in_count || n->in[spec->weights] == 0) {
        return false;
    }
    const Tensor *w = tensor(f, n->in[spec->weights]);
    return tensor_is_const(w) && w->type == TYPE_F32;
}

static Status find_layer(const Graph *f, const char *name, size_t bytes, int32_t *node, Diag *d)
{
    Out list = {0};
    for (int32_t i = 0; i < f->node_count; i++) {
        if (!has_width(f, i)) {
            continue;
        }
        if (strlen(f->node[i].name) == bytes && memcmp(f->node[i].name, name, bytes) == 0) {
            *node = i;
            out_free(&list);
            return OK;
        }
        out_printf(&list, "%s%s", list.bytes > 0 ? ", " : "", f->node[i].name);
    }
    Status s = fail(d, ERR_USAGE, "widths: there is no layer '%.*s' with weights; there are %s",
                    (int)bytes, name, list.bytes > 0 ? list.text : "none");
    out_free(&list);
    return s;
}

static Status find_width(const char *word, size_t bytes, Type *type, Diag *d)
{
    for (int32_t i = 0; i < WIDTH_COUNT; i++) {
        if (strlen(width_words[i]) == bytes && memcmp(width_words[i], word, bytes) == 0) {
            *type = width_types[i];
            return OK;
        }
    }
    return fail(d, ERR_USAGE,
                "widths: '%.*s' is no width; choose 8, 4 or ternary, as in dense_1=4,dense_2=8",
                (int)bytes, word);
}

/* The note that quantize left in a model file. */
static Status from_model(const char *path, const Graph *f, Type *type, Diag *d)
{
    Session s;
    Status status = session_open(&s, path);
    const char *text = status == OK ? graph_meta(s.g, "widths") : NULL;
    if (status != OK) {
        (void)fail(d, status, "%s", s.diag.text);
    } else if (text == NULL) {
        status =
            fail(d, ERR_INPUT,
                 "widths: '%s' has no note of widths; quantize --flash writes such models", path);
    } else {
        status = widths_read(text, f, type, d);
    }
    session_close(&s);
    return status;
}

Status widths_read(const char *text, const Graph *f, Type *type, Diag *d)
{
    size_t length = strlen(text);
    size_t ending = strlen(".tflite");
    if (length > ending && strcmp(text + length - ending, ".tflite") == 0) {
        return from_model(text, f, type, d);
    }
    for (const char *p = text; *p != '\0';) {
        size_t n = strcspn(p, ",");
        size_t name = n;
        while (name > 0 && p[name - 1] != '=') { /* names may hold '=' */
            name--;
        }
        if (name == 0) {
            return fail(d, ERR_USAGE, "widths: '%.*s' is no LAYER=BITS", (int)n, p);
        }
        int32_t node = 0;
        TRY(find_layer(f, p, name - 1, &node, d));
        TRY(find_width(p + name, n - name, &type[node], d));
        p += n + (p[n] == ',');
    }
    return OK;
}

const char *widths_text(Arena *a, const Graph *f, const Type *type)
{
    const char *text = "";
    for (int32_t i = 0; i < f->node_count; i++) {
        for (int32_t k = 0; k < WIDTH_COUNT && has_width(f, i); k++) {
            if (type[i] == width_types[k]) {
                text = arena_printf(a, "%s%s%s=%s", text, text[0] != '\0' ? "," : "",
                                    f->node[i].name, width_words[k]);
            }
        }
    }
    return text;
}
