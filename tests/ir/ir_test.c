/* Round trips of the .graph files here, the sentences of the .err files, and what graph_verify refuses.
 * usage: ir_test FILE...   A .graph file must print back as it stands. A .err file holds cases parted by lines of "====";
 * the first line of a case is "// " and the sentence that parsing, verifying or checking attributes must give.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/op.h"

#include <math.h>
#include <stdlib.h>

typedef struct Attr {
    int32_t count, mode;
    float slope;
    bool wide;
    IntList axes, free_list;
} Attr;
static const char *const modes[] = {"first", "", "third", NULL};
static const AttrDesc attrs[] = {
    {"count", ATTR_INT, offsetof(Attr, count), WIRE_I32, 0, 3, 1, 9, NULL, NULL},
    {"mode", ATTR_ENUM, offsetof(Attr, mode), WIRE_I8, 1, 0, 0, 0, modes, NULL},
    {"slope", ATTR_FLOAT, offsetof(Attr, slope), WIRE_F32, 2, 0.25, -1, 1, NULL, NULL},
    {"wide", ATTR_BOOL, offsetof(Attr, wide), WIRE_BOOL, 3, 0, 0, 1, NULL, NULL},
    {"axes", ATTR_INTS, offsetof(Attr, axes), WIRE_INTS, 4, 0, -3, 3, NULL, NULL},
    {"free_list", ATTR_INTS, offsetof(Attr, free_list), WIRE_INTS, 5, 0, 0, 0, NULL, NULL},
};
/* Stands for any operator: floor 2 knows none. */
static const Kind probe = {"probe", attrs, COUNT(attrs), sizeof(Attr)};

static const Kind *find(const char *name)
{
    return strcmp(name, "probe") == 0 ? &probe : NULL;
}

static int32_t passed, failed;

static void report(bool good, const char *file, int32_t number, const char *wanted, const char *seen)
{
    if (good) {
        passed++;
        return;
    }
    failed++;
    printf("FAILED ir:%s:%d\n--- wanted\n%s\n--- seen\n%s\n", path_base(file), number, wanted, seen);
}

/* Bytes for @weights: every word is a float near 1, so that any place may hold scales. */
static Span make_block(Arena *a)
{
    enum { WORDS = 4096 };
    uint32_t *word = NEW(a, uint32_t, WORDS);
    for (uint32_t i = 0; i < WORDS; i++) {
        word[i] = 0x3f800000u + i * 257u;
    }
    return (Span){(const uint8_t *)word, WORDS * sizeof *word};
}

static void round_trip(Arena *a, const char *file, const char *text)
{
    Diag d = {0};
    Graph *g = NULL;
    Span block = make_block(a);
    if (graph_parse(text, block, find, &g, &d) != OK) {
        report(false, file, 0, text, d.text);
        return;
    }
    Out once = {0};
    Out bytes = {0};
    graph_print(g, &once, &bytes);
    report(strcmp(once.text, text) == 0, file, 1, text, once.text);
    bool same_block = bytes.bytes <= block.bytes && (bytes.bytes == 0 || memcmp(bytes.text, block.data, bytes.bytes) == 0);
    report(same_block, file, 2, "the weights in the order of the text", "other bytes");
    bool is_planned = g->arena_bytes > 0; /* a copy leaves the plan behind */
    Graph *copy = graph_copy(g);
    graph_free(g); /* the copy keeps nothing of it */
    Out again = {0};
    graph_print(copy, &again, NULL);
    report(is_planned || strcmp(again.text, text) == 0, file, 3, text, again.text);
    graph_free(copy);
    out_free(&again);
    out_free(&once);
    out_free(&bytes);
}

static void refusal(Arena *a, const char *file, int32_t number, char *text)
{
    char *end = strchr(text, '\n');
    if (strncmp(text, "// ", 3) != 0 || end == NULL) {
        report(false, file, number, "// sentence", text);
        return;
    }
    const char *wanted = arena_strndup(a, text + 3, (size_t)(end - text - 3));
    Diag d = {0};
    Graph *g = NULL;
    Status s = graph_parse(end + 1, make_block(a), find, &g, &d);
    for (int32_t i = 0; s == OK && i < g->node_count; i++) {
        s = attr_check(g, &g->node[i], &d);
    }
    report(s != OK && strcmp(d.text, wanted) == 0, file, number, wanted, s == OK ? "(no failure)" : d.text);
    graph_free(g);
}

static void run_file(const char *path)
{
    Arena a = {0};
    Diag d = {0};
    Span bytes;
    if (file_read(&a, path, 1 << 20, &bytes, &d) != OK) {
        report(false, path, 0, "a readable file", d.text);
        return;
    }
    char *text = arena_strndup(&a, (const char *)bytes.data, bytes.bytes);
    const char *dot = strrchr(path, '.');
    if (dot != NULL && strcmp(dot, ".graph") == 0) {
        round_trip(&a, path, text);
    }
    for (int32_t number = 1; dot != NULL && strcmp(dot, ".err") == 0 && text != NULL; number++) {
        char *next = strstr(text, "\n====\n");
        if (next != NULL) {
            next[1] = '\0';
            next += 6;
        }
        refusal(&a, path, number, text);
        text = next;
    }
    arena_free(&a);
}

/* Faults that the text form cannot express, each put into a sound graph: x, w -> y, z -> out. */
static void read_early(Graph *g) { TensorId *in = g->node[0].in; in[0] = g->node[1].out[0]; }
static void read_missing(Graph *g) { g->node[1].in[0] = g->tensor_count; }
static void read_negative(Graph *g) { g->node[1].in[0] = -1; }
static void write_missing(Graph *g) { g->node[0].out[0] = 0; }
static void write_twice(Graph *g) { g->node[1].out[0] = g->node[0].out[0]; g->node[1].in[0] = g->input[0]; }
static void write_const(Graph *g) { g->node[1].out[0] = g->node[0].in[1]; }
static void write_own_input(Graph *g) { g->node[1].out[0] = g->node[1].in[0]; }
static void write_input(Graph *g) { g->node[1].out[0] = g->input[0]; }
static void short_data(Graph *g) { tensor(g, g->node[0].in[1])->data_bytes--; }
static void no_name(Graph *g) { tensor(g, 1)->name = NULL; }
static void high_rank(Graph *g) { tensor(g, 1)->shape.rank = MAX_RANK + 1; }
static void no_kind(Graph *g) { g->node[0].kind = NULL; }
static void no_attributes(Graph *g) { g->node[0].attr = NULL; }
static void input_is_const(Graph *g) { g->input[0] = g->node[0].in[1]; }
static void input_missing(Graph *g) { g->input[0] = 0; }
static void output_missing(Graph *g) { g->output[0] = g->tensor_count; }
static void output_unwritten(Graph *g) { g->node[1].is_dead = true; }
static void alias_missing(Graph *g) { tensor(g, 1)->alias_of = g->tensor_count; }
static void dead_is_free(Graph *g) { g->node[1].is_dead = true; g->output[0] = g->node[0].out[0]; }
static void untouched(Graph *g) { (void)g; }

static const struct Fault {
    void (*make)(Graph *g);
    const char *sentence; /* "": fine */
} faults[] = {
    {untouched, ""},
    {dead_is_free, ""},
    {read_early, "node 0 \"y\" (PROBE): reads \"z\" before anything has written it"},
    {read_missing, "node 1 \"z\" (PROBE): input 0 is tensor 5, which does not exist"},
    {read_negative, "node 1 \"z\" (PROBE): input 0 is tensor -1, which does not exist"},
    {write_missing, "node 0 \"y\" (PROBE): output 0 is tensor 0, which does not exist"},
    {write_twice, "node 1 \"z\" (PROBE): writes \"y\", which is another operator's output"},
    {write_const, "node 1 \"z\" (PROBE): writes \"w\", which is a constant, a state or an input"},
    {write_input, "node 1 \"z\" (PROBE): writes \"x\", which is a constant, a state or an input"},
    {write_own_input, "node 1 \"z\" (PROBE): \"y\" is both its input and its output"},
    {short_data, "tensor \"w\" of shape [2] and type s8 has 1 bytes of data; it needs 2"},
    {no_name, "tensor 1 has no name or more than 6 dimensions"},
    {high_rank, "tensor 1 has no name or more than 6 dimensions"},
    {no_kind, "operator 0 has no kind, name or attributes"},
    {no_attributes, "operator 0 has no kind, name or attributes"},
    {input_is_const, "input 0 of the graph (tensor 2) does not exist, is a constant or is named twice"},
    {input_missing, "input 0 of the graph (tensor 0) does not exist, is a constant or is named twice"},
    {output_missing, "output 0 of the graph is tensor 5, which does not exist"},
    {output_unwritten, "nothing writes the graph's output \"z\""},
    {alias_missing, "tensor \"x\" shares storage with no tensor, or in a circle"},
};

static void verify_faults(void)
{
    const char *text = "input x s8[1]\nconst w s8[2] {1, 2}\ny = probe(x, w) : s8[1]\nz = probe(y) : s8[1]\noutput z\n";
    for (size_t i = 0; i < COUNT(faults); i++) {
        Diag d = {0};
        Graph *g = NULL;
        Status s = graph_parse(text, (Span){0}, find, &g, &d);
        if (s == OK) {
            faults[i].make(g);
            s = graph_verify(g, &d);
        }
        report(strcmp(d.text, faults[i].sentence) == 0 && (s == OK) == (d.text[0] == '\0'), "verify", (int32_t)i,
               faults[i].sentence, d.text);
        graph_free(g);
    }
}

/* --- float16: every number by its definition, the kernel too; and numbers between two --- */

static double half_value(uint32_t half)
{
    int exponent = (int)(half >> 10 & 31);
    double magnitude = exponent == 0 ? ldexp(half & 1023, -24) : ldexp(1024 + (half & 1023), exponent - 25);
    return half >> 15 != 0 ? -magnitude : magnitude;
}

static bool same_half(uint16_t half, float v)
{
    if ((half >> 10 & 31) == 31) {
        return (half & 1023) != 0 ? isnan(v) : isinf(v) && (v < 0) == (half >> 15 != 0);
    }
    return (double)v == half_value(half) && (signbit(v) != 0) == (half >> 15 != 0);
}

static void check_halves(void)
{
    enum { ALL = 65536 };
    static uint16_t half[ALL];
    static float wide[ALL];
    for (int32_t i = 0; i < ALL; i++) {
        half[i] = (uint16_t)i;
    }
    const int32_t count = ALL; /* the kernel's parameters are one number */
    kernel_run(kernel_find("shrinc_widen_f16_f32"), ROUNDING_TFLITE, &count, (void *[]){half, wide});
    int32_t wrong = 0;
    for (int32_t i = 0; i < ALL; i++) {
        wrong += !same_half(half[i], wide[i]) || !same_half(half[i], half_to_float(half[i])) ||
                 half_from_float(half_to_float(half[i])) != half[i];
    }
    report(wrong == 0, "float16", 0, "no wrong number", "wrong numbers");
    static const struct {
        float value;
        uint16_t half;
    } row[] = {
        {65519.99f, 0x7BFF}, {65520.0f, 0x7C00}, {-1e9f, 0xFC00},         {1.00048828f, 0x3C00}, {1.00048840f, 0x3C01},
        {1.00146484f, 0x3C02}, {2.98023224e-8f, 0x0000}, {2.9802326e-8f, 0x0001}, {8.94069672e-8f, 0x0002},
        {-1e-9f, 0x8000}, {6.1030e-5f, 0x0400}, {1e-45f, 0x0000}, {2047.5f, 0x6800},
    };
    for (int32_t i = 0; i < (int32_t)COUNT(row); i++) {
        char wanted[16];
        char seen[16];
        (void)snprintf(wanted, sizeof wanted, "0x%04x", row[i].half);
        (void)snprintf(seen, sizeof seen, "0x%04x", half_from_float(row[i].value));
        report(strcmp(wanted, seen) == 0, "float16", i + 1, wanted, seen);
    }
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        run_file(argv[i]);
    }
    verify_faults();
    check_halves();
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
