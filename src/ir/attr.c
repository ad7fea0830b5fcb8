/* Attributes by their tables: defaults, text, range checks.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir.h"

#include <errno.h>
#include <stdlib.h>

static void *field(const AttrDesc *a, void *attr)
{
    return (uint8_t *)attr + a->offset;
}

static int32_t get_int(const AttrDesc *a, const void *attr)
{
    int32_t v = 0;
    memcpy(&v, (const uint8_t *)attr + a->offset, sizeof v);
    return v;
}

static float get_float(const AttrDesc *a, const void *attr)
{
    float v = 0.0f;
    memcpy(&v, (const uint8_t *)attr + a->offset, sizeof v);
    return v;
}

static bool get_bool(const AttrDesc *a, const void *attr)
{
    bool v = false;
    memcpy(&v, (const uint8_t *)attr + a->offset, sizeof v);
    return v;
}

static IntList get_ints(const AttrDesc *a, const void *attr)
{
    IntList v = {0};
    memcpy(&v, (const uint8_t *)attr + a->offset, sizeof v);
    return v;
}

void attr_defaults(const Kind *k, void *attr)
{
    for (int32_t i = 0; i < k->attr_count; i++) {
        const AttrDesc *a = &k->attrs[i];
        float real = (float)a->default_value;
        int32_t whole = a->type == ATTR_FLOAT || a->type == ATTR_INTS ? 0 : (int32_t)a->default_value;
        bool yes = whole != 0;
        IntList none = {0};
        switch (a->type) {
        case ATTR_FLOAT: memcpy(field(a, attr), &real, sizeof real); break;
        case ATTR_BOOL: memcpy(field(a, attr), &yes, sizeof yes); break;
        case ATTR_INTS: memcpy(field(a, attr), &none, sizeof none); break;
        default: memcpy(field(a, attr), &whole, sizeof whole); break;
        }
    }
}

static int32_t name_count(const AttrDesc *a)
{
    int32_t count = 0;
    while (a->names[count] != NULL) {
        count++;
    }
    return count;
}

void attr_print(const AttrDesc *a, const void *attr, Out *out)
{
    int32_t whole = a->type == ATTR_INT || a->type == ATTR_ENUM ? get_int(a, attr) : 0;
    switch (a->type) {
    case ATTR_FLOAT: out_printf(out, "%.9g", (double)get_float(a, attr)); break;
    case ATTR_BOOL: out_text(out, get_bool(a, attr) ? "true" : "false"); break;
    case ATTR_INTS: {
        IntList list = get_ints(a, attr);
        out_text(out, "[");
        for (int32_t i = 0; i < list.count; i++) {
            out_printf(out, i == 0 ? "%d" : ",%d", list.value[i]);
        }
        out_text(out, "]");
        break;
    }
    case ATTR_ENUM:
        if (whole >= 0 && whole < name_count(a) && a->names[whole][0] != '\0') {
            out_text(out, a->names[whole]);
            break;
        }
        out_printf(out, "%d", whole);
        break;
    default: out_printf(out, "%d", whole); break;
    }
}

static bool parse_int(const char *text, char **end, int32_t *out)
{
    errno = 0;
    long v = strtol(text, end, 10);
    if (*end == text || errno != 0 || v < INT32_MIN || v > INT32_MAX) {
        return false;
    }
    *out = (int32_t)v;
    return true;
}

static bool parse_ints(const char *text, IntList *list)
{
    *list = (IntList){0};
    if (text[0] != '[') {
        return false;
    }
    const char *p = text + 1;
    while (*p != ']') {
        char *end = NULL;
        if (list->count == MAX_INTS || !parse_int(p, &end, &list->value[list->count])) {
            return false;
        }
        list->count++;
        p = end;
        if (*p == ',' && p[1] != ']') {
            p++;
        } else if (*p != ']') {
            return false;
        }
    }
    return p[1] == '\0';
}

static Status bad_value(const AttrDesc *a, const char *text, const char *wanted, Diag *d)
{
    return fail(d, ERR_INPUT, "attribute %s: \"%s\" is not %s", a->name, text, wanted);
}

static Status parse_enum(const AttrDesc *a, const char *text, void *attr, Diag *d)
{
    for (int32_t i = 0; i < name_count(a); i++) {
        if (strcmp(a->names[i], text) == 0) {
            memcpy(field(a, attr), &i, sizeof i);
            return OK;
        }
    }
    int32_t whole = 0;
    char *end = NULL;
    if (!parse_int(text, &end, &whole) || *end != '\0') {
        return bad_value(a, text, "one of its names", d);
    }
    memcpy(field(a, attr), &whole, sizeof whole);
    return OK;
}

Status attr_parse(const AttrDesc *a, const char *text, void *attr, Diag *d)
{
    char *end = NULL;
    int32_t whole = 0;
    bool yes = strcmp(text, "true") == 0;
    IntList list;
    switch (a->type) {
    case ATTR_FLOAT: {
        float real = strtof(text, &end);
        if (end == text || *end != '\0') {
            return bad_value(a, text, "a number", d);
        }
        memcpy(field(a, attr), &real, sizeof real);
        return OK;
    }
    case ATTR_BOOL:
        if (!yes && strcmp(text, "false") != 0) {
            return bad_value(a, text, "true or false", d);
        }
        memcpy(field(a, attr), &yes, sizeof yes);
        return OK;
    case ATTR_INTS:
        if (!parse_ints(text, &list)) {
            return bad_value(a, text, "a list like [1,2] of at most 8 integers", d);
        }
        memcpy(field(a, attr), &list, sizeof list);
        return OK;
    case ATTR_ENUM: return parse_enum(a, text, attr, d);
    default:
        if (!parse_int(text, &end, &whole) || *end != '\0') {
            return bad_value(a, text, "an integer of 32 bits", d);
        }
        memcpy(field(a, attr), &whole, sizeof whole);
        return OK;
    }
}

const AttrDesc *attr_find(const Kind *k, const char *name)
{
    for (int32_t i = 0; i < k->attr_count; i++) {
        if (strcmp(k->attrs[i].name, name) == 0) {
            return &k->attrs[i];
        }
    }
    return NULL;
}

static bool holds_int(const AttrDesc *a)
{
    return a != NULL && (a->type == ATTR_INT || a->type == ATTR_ENUM);
}

int32_t attr_int(const Node *n, const char *name, int32_t otherwise)
{
    const AttrDesc *a = attr_find(n->kind, name);
    return holds_int(a) ? get_int(a, n->attr) : otherwise;
}

bool attr_set_int(Node *n, const char *name, int32_t value)
{
    const AttrDesc *a = attr_find(n->kind, name);
    if (holds_int(a)) {
        memcpy(field(a, n->attr), &value, sizeof value);
    }
    return holds_int(a);
}

static Status check_range(const Graph *g, const Node *n, const AttrDesc *a, double v, Diag *d)
{
    if (v >= a->min && v <= a->max) { /* false for NaN */
        return OK;
    }
    return fail_node(g, n, d, ERR_INPUT, "attribute %s is %.9g; it must be %.9g to %.9g", a->name, v, a->min, a->max);
}

static Status check_enum(const Graph *g, const Node *n, const AttrDesc *a, int32_t v, Diag *d)
{
    int32_t count = name_count(a);
    if (v >= 0 && v < count && a->names[v][0] != '\0') {
        return OK;
    }
    char list[256] = "";
    for (int32_t i = 0; i < count; i++) {
        if (a->names[i][0] != '\0') {
            size_t used = strlen(list);
            (void)snprintf(list + used, sizeof list - used, "%s%s", used == 0 ? "" : ", ", a->names[i]);
        }
    }
    return fail_node(g, n, d, ERR_UNSUPPORTED, "attribute %s has the value %d; supported: %s", a->name, v, list);
}

Status attr_check(const Graph *g, const Node *n, Diag *d)
{
    for (int32_t i = 0; i < n->kind->attr_count; i++) {
        const AttrDesc *a = &n->kind->attrs[i];
        switch (a->type) {
        case ATTR_INT: TRY(check_range(g, n, a, (double)get_int(a, n->attr), d)); break;
        case ATTR_FLOAT: TRY(check_range(g, n, a, (double)get_float(a, n->attr), d)); break;
        case ATTR_ENUM: TRY(check_enum(g, n, a, get_int(a, n->attr), d)); break;
        case ATTR_INTS: {
            IntList list = get_ints(a, n->attr);
            for (int32_t k = 0; k < list.count && (a->min != 0 || a->max != 0); k++) {
                TRY(check_range(g, n, a, (double)list.value[k], d));
            }
            break;
        }
        default: break;
        }
    }
    return OK;
}
