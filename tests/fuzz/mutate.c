/* Throws damaged copies of small models at the importer and, where one is accepted, at all passes and the emitter.
 * Usage: mutate COUNT SEED MODEL...  First each model is cut at every length and each of its aligned words set to eight values;
 * then COUNT random mutations. Built with sanitizers; a hang is stopped after 20 s. The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

#include <stdlib.h>

#include "hang.h"

enum { HANG_SECONDS = 20, ACCEPTED_BYTES = 1 << 22 };

typedef struct Tally {
    int64_t files, accepted, silent;
} Tally;

static Status through(Span bytes, Diag *d)
{
    ImportLimits limits = import_default_limits();
    Session s = {.file_name = "m.tflite"};
    TRY(import_tflite(bytes, "m.tflite", &limits, &s.g, d));
    EmitResult r = {0};
    int64_t most = 0;
    for (TensorId id = 1; id < s.g->tensor_count; id++) {
        int64_t b = tensor_bytes(tensor(s.g, id));
        most = b > most ? b : most;
    }
    Status status = most < ACCEPTED_BYTES ? pipeline_run(&s, ROUNDING_TFLITE, NULL) : pass_infer(s.g, &s.diag);
    if (status == OK && most < ACCEPTED_BYTES) {
        EmitOptions e = {.name = "net", .source_name = "m.tflite", .source_sha256 = "", .options_text = ""};
        status = emit_model(s.g, &e, &r, &s.diag);
        emit_free(&r);
    }
    if (status != OK) {
        (void)fail(d, status, "%s", s.diag.text);
    }
    diag_clear(&s.diag);
    graph_free(s.g);
    return status;
}

/* The bytes are copied to a block of their exact size, so that any read beyond them is seen. */
static void one(const uint8_t *data, size_t bytes, Tally *t)
{
    uint8_t *exact = malloc(bytes == 0 ? 1 : bytes);
    if (exact == NULL) {
        abort();
    }
    memcpy(exact, data, bytes);
    Diag d = {0};
    (void)alarm(HANG_SECONDS);
    Status status = through((Span){exact, bytes}, &d);
    (void)alarm(0);
    t->files++;
    t->accepted += status == OK;
    if (status != OK && d.text[0] == '\0') {
        printf("FAIL no sentence: %s\n", current);
        t->silent++;
    }
    diag_clear(&d);
    free(exact);
}

static void systematic(Span base, const char *name, Tally *t)
{
    static const uint32_t words[] = {0, 1, 2, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    for (size_t n = 0; n < base.bytes; n++) {
        (void)snprintf(current, sizeof current, "%s cut at %zu", name, n);
        one(base.data, n, t);
    }
    uint8_t *copy = malloc(base.bytes);
    if (copy == NULL) {
        abort();
    }
    for (size_t at = 0; at + 4 <= base.bytes; at += 4) {
        for (size_t k = 0; k < COUNT(words); k++) {
            memcpy(copy, base.data, base.bytes);
            memcpy(copy + at, &words[k], 4);
            (void)snprintf(current, sizeof current, "%s word at %zu = 0x%x", name, at, words[k]);
            one(copy, base.bytes, t);
        }
    }
    free(copy);
}

static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* One to four edits: a bit, a byte, a small step of a word, a word of another place, a block moved, the end cut off. */
static size_t mutate(uint8_t *data, size_t bytes, uint64_t *state)
{
    int edits = 1 + (int)(next(state) % 4);
    for (int i = 0; i < edits; i++) {
        size_t at = next(state) % bytes;
        size_t word = at / 4 * 4 + 4 <= bytes ? at / 4 * 4 : 0;
        size_t other = next(state) % (bytes / 4) * 4;
        uint32_t v = 0;
        memcpy(&v, data + word, 4);
        switch (next(state) % 6) {
        case 0: data[at] ^= (uint8_t)(1u << (next(state) % 8)); break;
        case 1: data[at] = (uint8_t)next(state); break;
        case 2: v += (uint32_t)(next(state) % 33) - 16; memcpy(data + word, &v, 4); break;
        case 3: memmove(data + word, data + other, 4); break;
        case 4: {
            size_t block = 1 + next(state) % 64;
            size_t room = bytes - (at > other ? at : other);
            memmove(data + at, data + other, block < room ? block : room);
            break;
        }
        default: bytes = i == 0 && bytes > 16 && next(state) % 8 == 0 ? at + 1 : bytes; break;
        }
        if (bytes < 8) {
            break;
        }
    }
    return bytes;
}

int main(int argc, char **argv)
{
    Arena a = {0};
    Diag d = {0};
    Tally t = {0};
    if (argc < 4) {
        printf("usage: mutate COUNT SEED MODEL...\n");
        return 2;
    }
    struct sigaction action = {.sa_handler = on_alarm};
    (void)sigaction(SIGALRM, &action, NULL);
    int64_t count = strtoll(argv[1], NULL, 10);
    uint64_t seed = strtoull(argv[2], NULL, 10);
    int bases = argc - 3;
    Span *base = NEW(&a, Span, bases);
    for (int i = 0; i < bases; i++) {
        if (file_read(&a, argv[3 + i], 1 << 20, &base[i], &d) != OK) {
            printf("FAIL %s\n0 passed, 1 failed\n", d.text);
            return 1;
        }
        if (i == 0) {
            systematic(base[i], path_base(argv[3]), &t);
        }
    }
    for (int64_t i = 0; i < count; i++) {
        uint64_t state = seed + (uint64_t)i;
        const Span *b = &base[next(&state) % (uint64_t)bases];
        uint8_t *copy = malloc(b->bytes);
        if (copy == NULL) {
            abort();
        }
        memcpy(copy, b->data, b->bytes);
        size_t bytes = mutate(copy, b->bytes, &state);
        (void)snprintf(current, sizeof current, "mutation with seed %ju", (uintmax_t)(seed + (uint64_t)i));
        one(copy, bytes, &t);
        free(copy);
    }
    arena_free(&a);
    printf("%jd files, %jd of them accepted, no crash, no hang\n", (intmax_t)t.files, (intmax_t)t.accepted);
    if (t.accepted == 0) { /* then passes and emission saw none */
        printf("FAIL none was accepted\n");
        t.silent++;
    }
    printf("%jd passed, %jd failed\n", (intmax_t)(t.files - t.silent), (intmax_t)t.silent);
    return t.silent > 0;
}
