/* Runs every model of tests/vectors/ through the tool and compares with what TFLite gave: once plainly, once through all
 * passes in the planned arena. Usage: vectors DIR [OP[/CASE]]. The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

#include <stdlib.h>

/* 16x8 is promised for these; for others a polite refusal is fine, a wrong answer never. */
static const char *const int16_ops[] = {
    "conv_2d", "depthwise_conv_2d", "fully_connected", "add", "sub", "mul", "average_pool_2d", "max_pool_2d",
    "leaky_relu", "pad", "strided_slice", "transpose_conv", "quantize", "tanh", "logistic", "softmax",
    "unidirectional_sequence_lstm",
};

typedef struct Tally {
    int32_t passed, failed, refused;
    int64_t x_values, x_limits; /* against XNNPACK, see single() */
} Tally;

static bool is_promised(const char *op, const char *type)
{
    if (strcmp(type, "int8") == 0 || strcmp(type, "int4") == 0 || strcmp(type, "float32") == 0) {
        return true;
    }
    for (size_t i = 0; strcmp(type, "int16") == 0 && i < COUNT(int16_ops); i++) {
        if (strcmp(op, int16_ops[i]) == 0) {
            return true;
        }
    }
    return false;
}

typedef struct Case {
    const char *dir, *op, *name, *type;
} Case;

static Status read_part(Arena *a, const Case *c, const char *ending, Span *out, Diag *d)
{
    return file_read(a, arena_printf(a, "%s/%s/%s%s", c->dir, c->op, c->name, ending), 1 << 24, out, d);
}

static Status compare(Session *s, const Graph *g, bool planned, const char *how, Span in, Span want)
{
    int64_t in_bytes = graph_input_bytes(g);
    int64_t out_bytes = graph_output_bytes(g);
    int64_t runs = in_bytes > 0 ? (int64_t)in.bytes / in_bytes : (int64_t)want.bytes / (out_bytes > 0 ? out_bytes : 1);
    if (runs * out_bytes != (int64_t)want.bytes || runs * in_bytes != (int64_t)in.bytes || runs == 0) {
        return fail(&s->diag, ERR_DIFFERS, "%s: sizes differ: %jd bytes in, %jd out a run, files %zu and %zu", how,
                    (intmax_t)in_bytes, (intmax_t)out_bytes, in.bytes, want.bytes);
    }
    uint8_t *got = NEW(&s->arena, uint8_t, want.bytes + 1);
    rehearse(g, planned, in.data, runs, got);
    for (int64_t r = 0; r < runs; r++) {
        Difference first;
        if (!outputs_equal(g, want.data + r * out_bytes, got + r * out_bytes, &first)) {
            return fail(&s->diag, ERR_DIFFERS, "%s: run %jd output %d element %jd: expected %.9g, got %.9g", how, (intmax_t)r,
                        first.output, (intmax_t)first.element, first.expected, first.got);
        }
    }
    return OK;
}

static Status run_case(Session *s, const Case *c)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s/%s.tflite", c->dir, c->op, c->name);
    TRY(session_open(s, path));
    Span in;
    Span want;
    s->diag.where = NULL;
    TRY(read_part(&s->arena, c, ".in.bin", &in, &s->diag));
    TRY(read_part(&s->arena, c, ".out.bin", &want, &s->diag));
    Graph *plain = NULL;
    TRY(session_plain(s, ROUNDING_TFLITE, &plain));
    Status status = compare(s, plain, false, "plain", in, want);
    graph_free(plain);
    TRY(status);
    TRY(pipeline_run(s, ROUNDING_TFLITE, NULL));
    status = compare(s, s->g, true, "planned", in, want);
    return status;
}

/* Family X: where NAME.x.out.bin holds what LiteRT gives with XNNPACK, single rounding must give the same bytes. One thing is not
 * rounding: where the limit 6 of a RELU6 falls between two steps, XNNPACK takes the lower one and TFLite the upper one. */
static Status single(Session *s, const Case *c, Tally *t)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s/%s.x.out.bin", c->dir, c->op, c->name);
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return OK;
    }
    (void)fclose(f);
    Span in;
    Span want;
    Graph *g = NULL;
    TRY(read_part(&s->arena, c, ".in.bin", &in, &s->diag));
    TRY(read_part(&s->arena, c, ".x.out.bin", &want, &s->diag));
    TRY(session_plain(s, ROUNDING_SINGLE, &g));
    int8_t *got = NEW(&s->arena, int8_t, want.bytes);
    rehearse(g, false, in.data, (int64_t)want.bytes / graph_output_bytes(g), (uint8_t *)got);
    graph_free(g);
    int8_t largest = INT8_MIN;
    for (size_t i = 0; i < want.bytes; i++) {
        largest = got[i] > largest ? got[i] : largest;
    }
    for (size_t i = 0; i < want.bytes; i++) {
        int8_t x = ((const int8_t *)want.data)[i];
        bool at_limit = strstr(c->name, "relu6") != NULL && got[i] == largest && x == largest - 1;
        t->x_values++;
        t->x_limits += at_limit;
        if (x != got[i] && !at_limit) {
            return fail(&s->diag, ERR_DIFFERS, "single rounding: value %zu is %d, XNNPACK gives %d", i, got[i], x);
        }
    }
    return OK;
}

static void one(const Case *c, Tally *t)
{
    Session s = {0};
    Status status = run_case(&s, c);
    if (status == OK) {
        status = single(&s, c, t);
    }
    if (status == OK) {
        t->passed++;
    } else if (status == ERR_UNSUPPORTED && !is_promised(c->op, c->type)) {
        t->refused++;
    } else {
        t->failed++;
        printf("FAIL op:%s/%s: %s\n", c->op, c->name, s.diag.text);
    }
    session_close(&s);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: vectors DIR [OP[/CASE]]\n");
        return 2;
    }
    Arena a = {0};
    Span index;
    Diag d = {0};
    if (file_read(&a, path_join(&a, argv[1], "INDEX.csv"), 1 << 24, &index, &d) != OK) {
        printf("FAIL %s\n0 passed, 1 failed\n", d.text);
        return 1;
    }
    Tally total = {0};
    char *save = NULL;
    char *line = strtok_r((char *)(uintptr_t)index.data, "\n", &save); /* the header */
    while (line != NULL && (line = strtok_r(NULL, "\n", &save)) != NULL) {
        char *field_save = NULL;
        Case c = {.dir = argv[1]};
        c.op = strtok_r(line, ",", &field_save);
        c.name = strtok_r(NULL, ",", &field_save);
        c.type = strtok_r(NULL, ",", &field_save);
        if (c.type == NULL) {
            continue;
        }
        const char *id = arena_printf(&a, "%s/%s", c.op, c.name);
        if (argc > 2 && strcmp(argv[2], c.op) != 0 && strcmp(argv[2], id) != 0) {
            continue;
        }
        one(&c, &total);
    }
    arena_free(&a);
    printf("single rounding: %jd values as XNNPACK has them, but for %jd at the limit of a RELU6\n", (intmax_t)total.x_values,
           (intmax_t)total.x_limits);
    if (argc == 2 && total.x_values == 0) {
        printf("FAIL op: no vectors of single rounding\n");
        total.failed++;
    }
    printf("refused politely, not promised: %d\n", total.refused);
    printf("%d passed, %d failed\n", total.passed, total.failed);
    return total.failed == 0 ? 0 : 1;
}
