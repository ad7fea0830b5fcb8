/* Reads the text of a network, layer by layer, and has each built. The grammar stands in net.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/net_builder.h"

#include <ctype.h>
#include <stdlib.h>

static const char *const act_words[NET_ACT_COUNT] = {"linear",  "relu", "relu6",  "leakyrelu",
                                                     "sigmoid", "tanh", "softmax"};

/* --- places and words --- */

Status net_fail(const Builder *b, const char *at, const char *format, ...)
{
    char sentence[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    at += strspn(at, " \t");
    int32_t line = 1;
    int32_t column = 1;
    for (const char *p = b->text; p < at; p++) {
        line += *p == '\n';
        column = *p == '\n' ? 1 : column + 1;
    }
    int bytes = (int)strcspn(at, ",\n{}#");
    while (bytes > 0 && isspace((unsigned char)at[bytes - 1])) {
        bytes--;
    }
    bytes = bytes > 40 ? 40 : bytes == 0 && *at != '\0' ? 1 : bytes;
    Arena scratch = {0};
    const char *seen =
        *at == '\0' || *at == '\n'
            ? "its end"
            : arena_printf(&scratch, "'%s'", text_clean(&scratch, at, (size_t)bytes));
    const char *place = line == 1 ? "" : arena_printf(&scratch, "line %d, ", line);
    Status s = fail(b->d, ERR_INPUT, "%s, %scharacter %d, at %s: %s",
                    b->ready != NULL ? b->ready : "the net's text", place, column, seen, sentence);
    arena_free(&scratch);
    return s;
}

static void skip_space(Builder *b)
{
    while (*b->p == ' ' || *b->p == '\t' || *b->p == '\r' || *b->p == '#') {
        b->p += *b->p == '#' ? strcspn(b->p, "\n") : 1;
    }
}

/* Between layers a new line is a comma, and several are one. */
static bool skip_separators(Builder *b)
{
    bool some = false;
    for (skip_space(b); *b->p == ',' || *b->p == '\n'; skip_space(b)) {
        some = true;
        b->p++;
    }
    return some;
}

static size_t word_bytes(const char *p)
{
    size_t n = 0;
    while (isalnum((unsigned char)p[n]) || strchr("_.+-", p[n]) != NULL) {
        if (p[n] == '\0') {
            break;
        }
        n++;
    }
    return n;
}

static bool word_is(const char *p, size_t bytes, const char *word)
{
    return strlen(word) == bytes && memcmp(p, word, bytes) == 0;
}

static bool take_word(Builder *b, const char *word)
{
    skip_space(b);
    size_t bytes = word_bytes(b->p);
    if (!word_is(b->p, bytes, word)) {
        return false;
    }
    b->p += bytes;
    return true;
}

static bool at_layer_end(const Builder *b)
{
    return *b->p == '\0' || strchr(",\n{}", *b->p) != NULL;
}

static Status take_brace(Builder *b, char brace)
{
    while (brace == '{' && (skip_space(b), *b->p == '\n')) {
        b->p++;
    }
    skip_space(b);
    if (*b->p != brace) {
        return net_fail(b, b->p, "expected '%c' here", brace);
    }
    b->p++;
    return OK;
}

/* --- numbers --- */

static Status take_number(Builder *b, const char *what, const char *kind, double min, double max,
                          double *out)
{
    skip_space(b);
    char text[32] = "";
    size_t bytes = word_bytes(b->p);
    memcpy(text, b->p, bytes < sizeof text ? bytes : sizeof text - 1);
    char *end = NULL;
    *out = strtod(text, &end);
    if (bytes == 0 || bytes >= sizeof text || *end != '\0' || !isdigit((unsigned char)end[-1]) ||
        !(*out >= min && *out <= max)) {
        return net_fail(b, b->p, "%s must be a %s from %g to %g", what, kind, min, max);
    }
    b->p += bytes;
    return OK;
}

static Status take_real(Builder *b, const char *what, double min, double max, double *out)
{
    return take_number(b, what, "number", min, max, out);
}

static Status take_int(Builder *b, const char *what, int32_t max, int32_t *out)
{
    const char *at = b->p;
    double value = 0.0;
    TRY(take_number(b, what, "whole number", 1.0, max, &value));
    *out = (int32_t)value;
    return value == *out ? OK
                         : net_fail(b, at, "%s must be a whole number from 1 to %d", what, max);
}

/* "3" or "10x4": W is 0 where one number stands. */
static Status take_pair(Builder *b, const char *what, int32_t *h, int32_t *w)
{
    skip_space(b);
    char text[32] = "";
    size_t bytes = word_bytes(b->p);
    memcpy(text, b->p, bytes < sizeof text ? bytes : sizeof text - 1);
    char *end = text;
    long first = isdigit((unsigned char)text[0]) ? strtol(text, &end, 10) : 0;
    long second = 0;
    bool pair = *end == 'x' && isdigit((unsigned char)end[1]);
    if (pair) {
        second = strtol(end + 1, &end, 10);
    }
    if (end == text || *end != '\0' || first < 1 || first > 4096 || second > 4096 ||
        (pair && second < 1)) {
        return net_fail(b, b->p, "%s must be a whole number such as 3, or two such as 10x4", what);
    }
    b->p += bytes;
    *h = (int32_t)first;
    *w = (int32_t)second;
    return OK;
}

static Status take_square(Builder *b, const char *what, int32_t *h, int32_t *w)
{
    TRY(take_pair(b, what, h, w));
    *w = *w == 0 ? *h : *w;
    return OK;
}

/* --- one layer --- */

static void put_form(const LayerKind *k, Out *out)
{
    out_text(out, k->name);
    for (const char *f = k->numbers; *f != '\0'; f++) {
        char c = (char)tolower((unsigned char)*f);
        const char *name = c == 'k' ? "K" : c == 'r' ? "X" : "N";
        out_printf(out, c == *f ? " %s" : " [%s]", name);
    }
    static const char *const words[] = {"stride S",     "dilation D", "same|valid",
                                        "multiplier M", "batchnorm",  "ACTIVATION",
                                        "relu|relu6",   "bilinear",   "sequences"};
    for (size_t i = 0; i < COUNT(words); i++) {
        if ((k->words & (1u << i)) != 0) {
            out_printf(out, " [%s]", words[i]);
        }
    }
}

static Status take_numbers(Builder *b, Layer *l)
{
    const LayerKind *k = l->kind;
    for (int32_t i = 0; k->numbers[i] != '\0'; i++) {
        skip_space(b);
        char form = (char)tolower((unsigned char)k->numbers[i]);
        bool given = isdigit((unsigned char)*b->p) || *b->p == '.' || *b->p == '-';
        if (form != k->numbers[i] && !given) {
            continue;
        }
        if (form == 'n' && (take_word(b, "classes") || take_word(b, "outputs"))) {
            l->units = b->o->outputs;
            if (l->units < 1) {
                return net_fail(
                    b, l->at,
                    "the data have neither classes nor columns to predict: say how many units");
            }
        } else if (form == 'n') {
            TRY(take_int(b, "the number of units or filters", 16384, &l->units));
        } else if (form == 'k') {
            TRY(take_pair(b, "the kernel's size", &l->kernel_h, &l->kernel_w));
        } else {
            TRY(take_real(b, "the number", 0.0, 1e6, &l->number[0]));
        }
    }
    return OK;
}

static Status wrong_word(Builder *b, const Layer *l)
{
    Out form = {0};
    put_form(l->kind, &form);
    Status s = net_fail(b, b->p, "this cannot stand in a %s layer, which is written: %s",
                        l->kind->name, form.text);
    out_free(&form);
    return s;
}

static Status take_option(Builder *b, Layer *l)
{
    uint32_t may = l->kind->words;
    if ((may & WORD_STRIDE) != 0 && take_word(b, "stride")) {
        return take_square(b, "the stride", &l->stride_h, &l->stride_w);
    }
    if ((may & WORD_DILATION) != 0 && take_word(b, "dilation")) {
        return take_square(b, "the dilation", &l->dilation_h, &l->dilation_w);
    }
    if ((may & WORD_MULTIPLIER) != 0 && take_word(b, "multiplier")) {
        return take_int(b, "the multiplier", 256, &l->multiplier);
    }
    if ((may & WORD_PADDING) != 0 && take_word(b, "same")) {
        l->padding = PAD_SAME;
        return OK;
    }
    if ((may & WORD_PADDING) != 0 && take_word(b, "valid")) {
        l->padding = PAD_VALID;
        return OK;
    }
    if ((may & WORD_BILINEAR) != 0 && take_word(b, "bilinear")) {
        l->bilinear = true;
        return OK;
    }
    if ((may & WORD_SEQUENCES) != 0 && take_word(b, "sequences")) {
        l->sequences = true;
        return OK;
    }
    if ((may & WORD_BATCHNORM) != 0 && (take_word(b, "batchnorm") || take_word(b, "bn"))) {
        l->batchnorm = true;
        return OK;
    }
    for (int32_t a = NET_LINEAR; a < NET_ACT_COUNT; a++) {
        bool allowed =
            (may & WORD_ACT) != 0 || ((may & WORD_RELU) != 0 && (a == NET_RELU || a == NET_RELU6));
        if (allowed && take_word(b, act_words[a])) {
            l->act = (NetAct)a;
            return OK;
        }
    }
    return wrong_word(b, l);
}

static Status take_layer(Builder *b, const LayerKind *kind, const char *at)
{
    Layer l = {.kind = kind,
               .at = at,
               .number = {-1.0},
               .dilation_h = 1,
               .dilation_w = 1,
               .multiplier = 1,
               .padding = -1};
    TRY(take_numbers(b, &l));
    for (skip_space(b); !at_layer_end(b); skip_space(b)) {
        TRY(take_option(b, &l));
    }
    return kind->build(b, &l);
}

/* --- what is no layer: blocks, names, ready nets --- */

static Status take_net(Builder *b);

static Status take_block(Builder *b)
{
    const char *at = b->p;
    if (b->depth >= NET_DEPTH) {
        return net_fail(b, at, "blocks are nested more than %d deep", NET_DEPTH);
    }
    b->depth++;
    TRY(take_brace(b, '{'));
    TRY(take_net(b));
    TRY(take_brace(b, '}'));
    b->depth--;
    return OK;
}

static Status take_repeat(Builder *b)
{
    int32_t times = 0;
    TRY(take_int(b, "the number of repetitions", 100, &times));
    const char *block = b->p;
    for (int32_t i = 0; i < times; i++) {
        b->p = block;
        TRY(take_block(b));
    }
    return OK;
}

static Status take_residual(Builder *b, const char *at)
{
    TensorId x = b->now;
    Shape shape = b->shape;
    TRY(take_block(b));
    NetAct act = take_word(b, "relu") ? NET_RELU : take_word(b, "relu6") ? NET_RELU6 : NET_LINEAR;
    return net_add(b, at, x, shape, act, true);
}

static Status take_save(Builder *b, const char *at)
{
    skip_space(b);
    size_t bytes = word_bytes(b->p);
    if (bytes == 0) {
        return net_fail(b, at, "save needs a name");
    }
    if (b->saved_count == NET_SAVED) {
        return net_fail(b, at, "more than %d names are saved", NET_SAVED);
    }
    b->saved[b->saved_count++] =
        (Saved){arena_strndup(&b->g->arena, b->p, bytes), b->now, b->shape};
    b->p += bytes;
    return OK;
}

static Status take_add(Builder *b, const char *at)
{
    skip_space(b);
    size_t bytes = word_bytes(b->p);
    for (int32_t i = b->saved_count - 1; i >= 0; i--) {
        if (word_is(b->p, bytes, b->saved[i].name)) {
            b->p += bytes;
            NetAct act = take_word(b, "relu")    ? NET_RELU
                         : take_word(b, "relu6") ? NET_RELU6
                                                 : NET_LINEAR;
            return net_add(b, at, b->saved[i].tensor, b->saved[i].shape, act, false);
        }
    }
    return net_fail(
        b, at,
        "nothing was saved under this name before: write 'save NAME' where the shortcut begins");
}

static Status take_arguments(Builder *b, const ReadyNet *r, double *argument, int32_t *count)
{
    *count = 0;
    skip_space(b);
    if (*b->p != '(') {
        return OK;
    }
    b->p++;
    do {
        if (*count == r->max_arguments) {
            return net_fail(b, b->p, "%s%s takes at most %d numbers", r->name, r->numbers,
                            r->max_arguments);
        }
        TRY(take_real(b, "the number", 0.0, 1e6, &argument[(*count)++]));
        skip_space(b);
    } while (*b->p == ',' && b->p++ != NULL);
    if (*b->p != ')') {
        return net_fail(b, b->p, "expected ')' here");
    }
    b->p++;
    return OK;
}

static Status take_ready(Builder *b, const ReadyNet *r, const char *at)
{
    double argument[LAYER_ARGUMENTS] = {0.0};
    int32_t count = 0;
    TRY(take_arguments(b, r, argument, &count));
    if (b->ready != NULL) {
        return net_fail(b, at, "a ready net holds no other");
    }
    Out text = {0};
    Status s = r->write(b->o, argument, count, &text, b->d);
    const char *outer_text = b->text;
    const char *outer = b->p;
    if (s == OK) {
        b->ready = r->name;
        b->text = text.text;
        b->p = text.text;
        s = take_net(b);
    }
    b->ready = NULL;
    b->text = outer_text;
    b->p = outer;
    out_free(&text);
    return s;
}

static Status unknown_layer(const Builder *b, const char *at)
{
    Out list = {0};
    for (const LayerKind *k = layer_kinds; k->name != NULL; k++) {
        out_printf(&list, "%s, ", k->name);
    }
    out_text(&list, "repeat, residual, save, add; ready nets");
    for (const ReadyNet *r = ready_nets; r->name != NULL; r++) {
        out_printf(&list, "%s %s", r == ready_nets ? "" : ",", r->name);
    }
    Status s = net_fail(b, at, "there is no such layer; there are %s", list.text);
    out_free(&list);
    return s;
}

static Status take_any(Builder *b)
{
    skip_space(b);
    const char *at = b->p;
    if (b->g->node_count > 3000) {
        return net_fail(b, at, "the net has become too large (more than 3,000 operators)");
    }
    if (take_word(b, "repeat")) {
        return take_repeat(b);
    }
    if (take_word(b, "residual")) {
        return take_residual(b, at);
    }
    if (take_word(b, "save")) {
        return take_save(b, at);
    }
    if (take_word(b, "add")) {
        return take_add(b, at);
    }
    for (const ReadyNet *r = ready_nets; r->name != NULL; r++) {
        if (take_word(b, r->name)) {
            return take_ready(b, r, at);
        }
    }
    for (const LayerKind *k = layer_kinds; k->name != NULL; k++) {
        if (take_word(b, k->name)) {
            return take_layer(b, k, at);
        }
    }
    return unknown_layer(b, at);
}

static Status take_net(Builder *b)
{
    (void)skip_separators(b);
    if (*b->p == '\0' || *b->p == '}') {
        return net_fail(b, b->p, "a layer is missing here");
    }
    while (*b->p != '\0' && *b->p != '}') {
        TRY(take_any(b));
        if (!skip_separators(b) && *b->p != '\0' && *b->p != '}') {
            return net_fail(b, b->p, "expected a comma before this");
        }
    }
    return OK;
}

/* --- the whole --- */

static Status build(Builder *b)
{
    const NetOptions *o = b->o;
    if (o->input.rank < 1 || o->input.rank > 3) {
        char shape[96];
        return fail(b->d, ERR_INPUT,
                    "samples of shape %s cannot be the input of a net: give them 1 to 3 dimensions",
                    shape_text(&o->input, shape));
    }
    Shape full = {.rank = o->input.rank + 1, .dim = {1}};
    for (int32_t i = 0; i < o->input.rank; i++) {
        full.dim[i + 1] = o->input.dim[i];
    }
    b->now = graph_add_tensor(b->g, "input", TYPE_F32, full);
    b->shape = o->input;
    b->g->input = NEW(&b->g->arena, TensorId, 1);
    b->g->input[0] = b->now;
    b->g->input_count = 1;
    TRY(take_net(b));
    if (*b->p != '\0') {
        return net_fail(b, b->p, "there is no block to close");
    }
    if (b->g->node_count == 0) {
        return net_fail(b, b->text, "a net needs a layer that computes something");
    }
    net_resolve(b, false);
    if (b->shape.rank + 1 != tensor(b->g, b->now)->shape.rank) {
        TRY(net_reshape(b, "output", b->shape.rank, b->shape.dim));
    }
    b->g->output = NEW(&b->g->arena, TensorId, 1);
    b->g->output[0] = b->now;
    b->g->output_count = 1;
    return graph_verify(b->g, b->d);
}

Status net_build(const char *text, const NetOptions *o, Graph **out, Diag *d)
{
    *out = NULL;
    Builder b = {.o = o, .d = d, .g = graph_new(o->name), .text = text, .p = text};
    Status s = build(&b);
    if (s != OK) {
        graph_free(b.g);
        return s;
    }
    *out = b.g;
    return OK;
}

void net_help(Out *out)
{
    for (const LayerKind *k = layer_kinds; k->name != NULL; k++) {
        Out form = {0};
        put_form(k, &form);
        out_printf(out, "  %-62s %s\n", form.text, k->help);
        out_free(&form);
    }
    for (const ReadyNet *r = ready_nets; r->name != NULL; r++) {
        char form[64];
        (void)snprintf(form, sizeof form, "%s%s", r->name, r->numbers);
        out_printf(out, "  %-62s %s\n", form, r->help);
    }
}
