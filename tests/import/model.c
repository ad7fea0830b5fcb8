/* Test side: small models as text, and edits of them. The grammars stand at the top of models.txt and cases.txt.
 * SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include "op/op.h"

#include <ctype.h>
#include <stdlib.h>

static void die(const char *what, const char *detail)
{
    printf("model: %s: %s\n", what, detail);
    exit(2);
}

static const struct TypeName {
    const char *name;
    int number;
    int bytes;
} types[] = {
    {"FLOAT32", 0, 4}, {"FLOAT16", 1, 2}, {"INT32", 2, 4}, {"UINT8", 3, 1}, {"INT64", 4, 8}, {"STRING", 5, 1}, {"BOOL", 6, 1},
    {"INT16", 7, 2}, {"COMPLEX64", 8, 8}, {"INT8", 9, 1}, {"FLOAT64", 10, 8}, {"RESOURCE", 13, 1}, {"VARIANT", 14, 1},
};

static const struct TypeName *find_type(const char *name)
{
    for (size_t i = 0; i < COUNT(types); i++) {
        if (strcmp(types[i].name, name) == 0) {
            return &types[i];
        }
    }
    die("no type", name);
    return NULL;
}

static int find_builtin(const char *name)
{
    for (int i = 0; i < 256; i++) {
        const char *n = tflite_operator_name(i);
        if (n != NULL && strcmp(n, name) == 0) {
            return i;
        }
    }
    return (int)strtol(name, NULL, 10);
}

/* --- models -------------------------------------------------------------------------------------------------- */

/* Next word of a line; "[1,2]" and "{...}" are words too. */
static char *word(char **line)
{
    char *p = *line + strspn(*line, " ");
    if (*p == '\0') {
        return NULL;
    }
    char *end = *p == '{' ? p + strlen(p) : p + strcspn(p, " ");
    *line = *end == '\0' ? end : end + 1;
    *end = '\0';
    return p;
}

static json_t *parse(const char *text, const char *prefix, const char *suffix)
{
    Arena a = {0};
    json_error_t error;
    json_t *v = json_loads(arena_printf(&a, "%s%s%s", prefix, text, suffix), JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (v == NULL) {
        die(error.text, text);
    }
    arena_free(&a);
    return v;
}

static int tensor_index(const json_t *subgraph, const char *name)
{
    const json_t *list = json_object_get(subgraph, "tensors");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *n = json_string_value(json_object_get(json_array_get(list, i), "name"));
        if (n != NULL && strcmp(n, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* The bytes of constants given by value, as a JSON list. */
static json_t *value_bytes(const json_t *values, int bytes, bool is_float)
{
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(values); i++) {
        int64_t v = (int64_t)json_number_value(json_array_get(values, i));
        float real = (float)json_number_value(json_array_get(values, i));
        uint32_t bits;
        memcpy(&bits, &real, sizeof bits);
        for (int k = 0; k < bytes; k++) {
            (void)json_array_append_new(list, json_integer((is_float ? (int64_t)bits : v) >> (8 * k) & 255));
        }
    }
    return list;
}

static json_t *add_buffer(json_t *model, json_t *data)
{
    json_t *buffers = json_object_get(model, "buffers");
    json_t *b = json_object();
    if (data != NULL) {
        (void)json_object_set_new(b, "data", data);
    }
    (void)json_array_append_new(buffers, b);
    return json_integer((json_int_t)json_array_size(buffers) - 1);
}

static void add_tensor(json_t *model, json_t *subgraph, const char *name, char *rest)
{
    const struct TypeName *type = find_type(word(&rest));
    json_t *t = json_object();
    json_t *shape = parse(word(&rest), "", "");
    (void)json_object_set_new(t, "name", json_string(name));
    (void)json_object_set_new(t, "type", json_integer(type->number));
    (void)json_object_set_new(t, "shape", shape);
    json_int_t elements = 1;
    for (size_t i = 0; i < json_array_size(shape); i++) {
        elements *= json_integer_value(json_array_get(shape, i));
    }
    json_t *data = NULL;
    for (char *w = word(&rest); w != NULL; w = word(&rest)) {
        if (strcmp(w, "q") == 0) {
            json_t *q = json_object();
            (void)json_object_set_new(q, "scale", parse(word(&rest), "[", "]"));
            (void)json_object_set_new(q, "zero_point", parse(word(&rest), "[", "]"));
            (void)json_object_set_new(t, "quantization", q);
        } else if (strcmp(w, "axis") == 0) {
            (void)json_object_set_new(json_object_get(t, "quantization"), "quantized_dimension", parse(word(&rest), "", ""));
        } else if (strcmp(w, "variable") == 0) {
            (void)json_object_set_new(t, "is_variable", json_integer(1));
        } else if (strcmp(w, "const") == 0) {
            data = json_integer(elements * type->bytes);
        } else if (strcmp(w, "=") == 0) {
            const char *list = word(&rest);
            json_t *values = parse(list == NULL ? "" : list, "[", "]");
            data = value_bytes(values, type->bytes, type->number == 0);
            json_decref(values);
        } else {
            die("what is", w);
        }
    }
    json_t *buffer = data == NULL ? json_integer(0) : add_buffer(model, data);
    (void)json_object_set_new(t, "buffer", buffer);
    (void)json_array_append_new(json_object_get(subgraph, "tensors"), t);
}

static void add_operator(json_t *model, json_t *subgraph, char *rest)
{
    char *name = word(&rest);
    int code = find_builtin(name);
    json_t *codes = json_object_get(model, "operator_codes");
    json_t *op = json_object();
    json_t *in = json_array();
    json_t *out = json_array();
    json_t *list = in;
    (void)json_object_set_new(op, "opcode_index", json_integer((json_int_t)json_array_size(codes)));
    (void)json_array_append_new(codes, parse("", "{", "}"));
    json_t *last = json_array_get(codes, json_array_size(codes) - 1);
    (void)json_object_set_new(last, "deprecated_builtin_code", json_integer(code > 127 ? 127 : code));
    (void)json_object_set_new(last, "builtin_code", json_integer(code));
    (void)json_object_set_new(op, "inputs", in);
    (void)json_object_set_new(op, "outputs", out);
    for (char *w = word(&rest); w != NULL; w = word(&rest)) {
        if (strcmp(w, "->") == 0) {
            list = out;
        } else if (w[0] == '{') {
            (void)json_object_set_new(op, "builtin_options_type", json_integer(tflite_operator_options(code)));
            (void)json_object_set_new(op, "builtin_options", parse(w, "", ""));
        } else {
            (void)json_array_append_new(list, json_integer(strcmp(w, "-") == 0 ? -1 : tensor_index(subgraph, w)));
        }
    }
    (void)json_array_append_new(json_object_get(subgraph, "operators"), op);
}

static json_t *new_subgraph(json_t *model)
{
    json_t *s = parse("{\"tensors\":[],\"inputs\":[],\"outputs\":[],\"operators\":[],\"name\":\"main\"}", "", "");
    (void)json_array_append_new(json_object_get(model, "subgraphs"), s);
    return s;
}

static json_t *new_model(void)
{
    return parse("{\"version\":3,\"operator_codes\":[],\"subgraphs\":[],\"description\":\"test\",\"buffers\":[{}]}", "", "");
}

json_t *models_read(const char *text)
{
    Arena a = {0};
    json_t *all = json_object();
    json_t *model = NULL;
    json_t *subgraph = NULL;
    char *copy = arena_strdup(&a, text);
    char *save = NULL;
    for (char *line = strtok_r(copy, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        char *w = line[0] == '#' ? NULL : word(&line);
        if (w == NULL) {
            continue;
        }
        if (strcmp(w, "model") == 0) {
            model = new_model();
            subgraph = new_subgraph(model);
            (void)json_object_set_new(all, word(&line), model);
        } else if (strcmp(w, "subgraph") == 0) {
            subgraph = new_subgraph(model);
        } else if (strcmp(w, "op") == 0) {
            add_operator(model, subgraph, line);
        } else if (strcmp(w, "in") == 0 || strcmp(w, "out") == 0) {
            json_t *list = json_object_get(subgraph, w[0] == 'i' ? "inputs" : "outputs");
            for (char *t = word(&line); t != NULL; t = word(&line)) {
                (void)json_array_append_new(list, json_integer(tensor_index(subgraph, t)));
            }
        } else {
            add_tensor(model, subgraph, w, line);
        }
    }
    arena_free(&a);
    return all;
}

/* --- edits ------------------------------------------------------------------------------------------------------ */

/* T/x/shape -> /subgraphs/0/tensors/3/shape, O/1 -> /subgraphs/0/operators/1, B/x -> the buffer of x, S, C. */
static char *full_path(Arena *a, const json_t *model, const char *path)
{
    const json_t *main = json_array_get(json_object_get(model, "subgraphs"), 0);
    const char *rest = path + 1 + strcspn(path + 1, "/#+");
    if ((path[0] == 'T' || path[0] == 'B') && path[1] == '/') {
        rest = path + 2 + strcspn(path + 2, "/#+");
        char *name = arena_strndup(a, path + 2, (size_t)(rest - path - 2));
        int i = tensor_index(main, name);
        i = i < 0 ? (int)strtol(name, NULL, 10) : i;
        if (path[0] == 'T') {
            return arena_printf(a, "/subgraphs/0/tensors/%d%s", i, rest);
        }
        const json_t *t = json_array_get(json_object_get(main, "tensors"), (size_t)i);
        return arena_printf(a, "/buffers/%d%s", (int)json_integer_value(json_object_get(t, "buffer")), rest);
    }
    const char *head = path[0] == 'O'   ? "/subgraphs/0/operators"
                       : path[0] == 'S' ? "/subgraphs/0"
                       : path[0] == 'C' ? "/operator_codes"
                       : path[0] == 'R' ? ""
                                        : NULL;
    if (head == NULL) {
        die("bad path", path);
    }
    return arena_printf(a, "%s%s", head, path + 1);
}

/* The JSON value that holds PATH, and PATH's last part. */
static json_t *parent(json_t *model, char *path, char **last)
{
    *last = strrchr(path, '/') + 1;
    (*last)[-1] = '\0';
    json_t *at = model;
    char *save = NULL;
    for (char *part = strtok_r(path, "/", &save); part != NULL; part = strtok_r(NULL, "/", &save)) {
        json_t *next = json_is_array(at) ? json_array_get(at, (size_t)strtoul(part, NULL, 10)) : json_object_get(at, part);
        if (next == NULL) {
            next = json_object();
            (void)json_object_set_new(at, part, next);
        }
        at = next;
    }
    return at;
}

/* $x in a value stands for the number of tensor x; @x for its buffer's. */
static char *substitute(Arena *a, const json_t *model, const char *value)
{
    const json_t *main = json_array_get(json_object_get(model, "subgraphs"), 0);
    Out o = {0};
    for (const char *p = value; *p != '\0';) {
        if (*p != '$') {
            out_bytes(&o, p++, 1);
            continue;
        }
        size_t n = 1;
        while (isalnum((unsigned char)p[n]) || p[n] == '_') {
            n++;
        }
        out_printf(&o, "%d", tensor_index(main, arena_strndup(a, p + 1, n - 1)));
        p += n;
    }
    char *text = arena_strdup(a, o.text == NULL ? "" : o.text);
    out_free(&o);
    return text;
}

static void edit_json(Arena *a, json_t *model, const char *target, const char *value)
{
    char *last;
    json_t *at = parent(model, full_path(a, model, target), &last);
    json_t *v = value == NULL ? NULL : parse(substitute(a, model, value), "", "");
    size_t index = (size_t)strtoul(last, NULL, 10);
    if (json_is_array(at)) {
        if (v == NULL) {
            (void)json_array_remove(at, index);
        } else if (index >= json_array_size(at)) {
            (void)json_array_append_new(at, v);
        } else {
            (void)json_array_set_new(at, index, v);
        }
    } else if (v == NULL) {
        (void)json_object_del(at, last);
    } else {
        (void)json_object_set_new(at, last, v);
    }
}

/* "\x00" and "\n" in TEXT become bytes; returns how many. */
static size_t unescape(const char *text, uint8_t *out)
{
    size_t n = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (p[0] == '\\' && p[1] == 'x') {
            char hex[3] = {p[2], p[3], '\0'};
            out[n++] = (uint8_t)strtoul(hex, NULL, 16);
            p += 3;
        } else {
            out[n++] = (uint8_t)*p;
        }
    }
    return n;
}

/* Appends a zip archive of one stored file, as TFLite's metadata writer does. The checksum is left 0: nobody checks it. */
static void append_zip(FbBuild *b, const char *name, const char *text)
{
    uint8_t data[1024];
    size_t n = unescape(text, data);
    size_t name_bytes = strlen(name);
    uint8_t local[30] = {'P', 'K', 3, 4, 10};
    uint8_t entry[46] = {'P', 'K', 1, 2, 20, 0, 10};
    uint8_t end[22] = {'P', 'K', 5, 6};
    uint32_t start = (uint32_t)b->count;
    uint32_t directory = start + 30 + (uint32_t)(name_bytes + n);
    local[18] = local[22] = entry[20] = entry[24] = (uint8_t)n;
    local[19] = local[23] = entry[21] = entry[25] = (uint8_t)(n >> 8);
    local[26] = entry[28] = (uint8_t)name_bytes;
    end[8] = end[10] = 1;
    end[12] = (uint8_t)(46 + name_bytes);
    for (int i = 0; i < 4; i++) {
        entry[42 + i] = (uint8_t)(start >> (8 * i));
        end[16 + i] = (uint8_t)(directory >> (8 * i));
    }
    fb_append(b, local, sizeof local);
    fb_append(b, name, name_bytes);
    fb_append(b, data, n);
    fb_append(b, entry, sizeof entry);
    fb_append(b, name, name_bytes);
    fb_append(b, end, sizeof end);
}

static void edit_bytes(Arena *a, const json_t *model, FbBuild *b, char *edit)
{
    char *rest = edit;
    char *verb = word(&rest);
    if (strcmp(verb, "cut") == 0) {
        b->count = strtoul(rest, NULL, 10);
    } else if (strcmp(verb, "limit") == 0) {
        return; /* for the caller */
    } else if (strcmp(verb, "zip") == 0) {
        char *name = word(&rest);
        append_zip(b, name, rest);
    } else if (strcmp(verb, "file") == 0 || strcmp(verb, "tail") == 0 || strcmp(verb, "head") == 0) {
        size_t at = verb[0] == 't' ? b->count : 0;
        b->bytes = realloc(b->bytes, b->capacity + strlen(rest) + 64);
        size_t n = unescape(rest, b->bytes + at);
        b->count = verb[0] == 'h' ? b->count : at + n;
    } else {
        char *target = word(&rest);
        char *plus = strchr(target, '+');
        size_t offset = plus == NULL ? 0 : strtoul(plus + 1, NULL, 0);
        if (plus != NULL) {
            *plus = '\0';
        }
        size_t at = strcmp(target, "0") == 0     ? 0
                    : strcmp(target, "end") == 0 ? b->count
                                                 : fb_place(b, full_path(a, model, target));
        (void)word(&rest);
        fb_store(b, verb + 1, target[0] == 'e' ? at - offset : at + offset, rest);
    }
}

void model_edit(const json_t *model, const char *edits, FbBuild *out)
{
    Arena a = {0};
    json_t *copy = json_deep_copy(model);
    char *late[16];
    size_t late_count = 0;
    for (const char *p = edits; p != NULL && *p != '\0';) {
        const char *end = strstr(p, " ; ");
        char *edit = end == NULL ? arena_strdup(&a, p) : arena_strndup(&a, p, (size_t)(end - p));
        p = end == NULL ? NULL : end + 3;
        char *equals = strstr(edit, " = ");
        if (edit[0] == '@' || (equals == NULL && strstr(edit, " !") == NULL)) {
            late[late_count++] = edit;
        } else if (equals != NULL) {
            *equals = '\0';
            edit_json(&a, copy, edit, equals + 3);
        } else {
            *strstr(edit, " !") = '\0';
            edit_json(&a, copy, edit, NULL);
        }
    }
    fb_build(out, copy);
    for (size_t i = 0; i < late_count; i++) {
        edit_bytes(&a, copy, out, late[i]);
    }
    json_decref(copy);
    arena_free(&a);
}
