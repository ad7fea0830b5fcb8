/* Throws damaged copies of small data files at the readers. Usage: mutate_data COUNT SEED, or --save FOLDER: the undamaged ones
 * First each file is cut at every length and each of its bytes set to four values; then COUNT random mutations.
 * Built with sanitizers; a hang is stopped after 20 s. The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/data.h"
#include "make.h"

#include <math.h>
#include <stdlib.h>

#include "../fuzz/hang.h"

enum { HANG_SECONDS = 20, LIMIT_BYTES = 1 << 22 };

static const struct Base {
    const char *spec;
    DataOptions o;
} bases[] = {
    {"a,b,label\n1,2.5e3,x\n-3,.4,y\n5,6,\"z \"\"q\"\"\"\n", {0}},
    {"t;a;b\n2020-01-01 10:00;1,5;2\n2020-01-01 10:01;3;4,25\n", {.window = 2}},
    {"1\t2\n3\t4\n", {.target_columns = "2", .skip_columns = "", .shape = {1, {1}}}},
    {"npy <f4 C 2,3: 1 2 3 4 5 6", {0}},
    {"npy <i8 F 2,2,2: 1 2 3 4 5 6 7 8", {.window = 1}},
    {"npy |u1 C 2,2,2: 1 2 3 4 5 6 7 8", {.target_columns = "x"}},
    {"npz x=npy <f8 C 3,1: 1 2 3; y=npy <i4 C 3,: 0 1 0", {0}},
    {"npz a=npy <f4 C 3,1: 1 2 3; b=npy <f4 C 3,1: 4 5 6", {.array = "b", .labels = "a"}},
    {"idx 8 2,2,2: 1 2 3 4 5 6 7 8", {0}},
    {"idx 14 2,2: 1 2 3 4", {0}},
    {"gz idx 11 4,2: 1 2 3 4 5 6 7 8", {0}},
    {"wav 8000 2 16: 0.1 0.2 0.3 0.4 -0.5 -0.6 -0.7 -0.8", {0}},
    {"wav 8000 1 8: 0.1 0.2 0.3 0.4 -0.5 -0.6 -0.7 -0.8 0 0 0 0 0.3 0.4 0.9 0.1",
     {.window = 8, .stride = 4, .features = "mfcc frame=4 hop=2 bands=1 coefficients=1", .channels = 1}},
    {"png 5 4 3: 1 200 3 40 5 60", {.width = 3, .height = 7}},
    {"png 3 3 2: 1 200 3 40 5 60", {.channels = 3}},
    {"png 4 4 1: 1 200 3 40 5 60", {0}},
    {"jpg 9 7 3: 1 200 3 40 5 60", {.channels = 1}},
    {"jpg 8 8 1: 1 200 3 40 5 60", {.width = 4, .height = 4}},
};

static int64_t files, accepted, bad;

/* What is accepted holds together and holds numbers. */
static bool is_sound(const Data *data)
{
    double sum = 0.0;
    for (int64_t i = 0; i < data->count * data->x_count; i++) {
        sum += fabs((double)data->x[i]);
    }
    for (int64_t i = 0; i < data->count * data->y_count; i++) {
        sum += fabs((double)data->y[i]);
    }
    for (int64_t i = 0; i < data->count; i++) {
        if (data->label != NULL && (data->label[i] < 0 || data->label[i] >= data->class_count)) {
            return false;
        }
    }
    return isfinite(sum) && data->count >= 1 && shape_count(&data->shape) == data->x_count && data->group != NULL;
}

/* The bytes are copied to a block of their exact size, so that any read beyond them is seen. */
static void one(const struct Base *base, const uint8_t *data, size_t bytes)
{
    uint8_t *exact = malloc(bytes == 0 ? 1 : bytes);
    Diag d = {0};
    Data *read = NULL;
    DataOptions o = base->o;
    o.path = "m";
    o.limit_bytes = LIMIT_BYTES;
    if (exact == NULL) {
        abort();
    }
    memcpy(exact, data, bytes);
    (void)alarm(HANG_SECONDS);
    Status status = data_read_bytes(&o, (Span){exact, bytes}, &read, &d);
    (void)alarm(0);
    files++;
    accepted += status == OK;
    if (status == OK ? !is_sound(read) : d.text[0] == '\0' || read != NULL) {
        printf("FAIL %s: %s\n", status == OK ? "unsound data" : "no sentence", current);
        bad++;
    }
    data_free(read);
    diag_clear(&d);
    free(exact);
}

static void systematic(const struct Base *base, int32_t number, const Out *file)
{
    static const uint8_t values[] = {0, 0x7f, 0x80, 0xff};
    uint8_t *copy = malloc(file->bytes);
    for (size_t n = 0; n < file->bytes; n++) {
        (void)snprintf(current, sizeof current, "file %d cut at %zu", number, n);
        one(base, (const uint8_t *)file->text, n);
    }
    for (size_t at = 0; at < file->bytes; at++) {
        for (size_t k = 0; k < COUNT(values); k++) {
            memcpy(copy, file->text, file->bytes);
            copy[at] = values[k];
            (void)snprintf(current, sizeof current, "file %d byte %zu = %d", number, at, values[k]);
            one(base, copy, file->bytes);
        }
    }
    free(copy);
}

/* One to four edits: a bit, a byte, a byte of another place, a block moved, the end cut off. */
static size_t mutate(uint8_t *data, size_t bytes, Random *random)
{
    int64_t edits = 1 + random_below(random, 4);
    for (int64_t i = 0; i < edits && bytes > 4; i++) {
        size_t at = (size_t)random_below(random, (int64_t)bytes);
        size_t other = (size_t)random_below(random, (int64_t)bytes);
        size_t room = bytes - (at > other ? at : other);
        switch (random_below(random, 5)) {
        case 0: data[at] ^= (uint8_t)(1U << random_below(random, 8)); break;
        case 1: data[at] = (uint8_t)random_below(random, 256); break;
        case 2: data[at] = data[other]; break;
        case 3: memmove(data + at, data + other, 1 + (size_t)random_below(random, (int64_t)room)); break;
        default: bytes = random_below(random, 4) == 0 ? at + 1 : bytes; break;
        }
    }
    return bytes;
}

/* A start for other fuzzers. */
static int save(const char *folder)
{
    Diag d = {0};
    Arena a = {0};
    Status s = dir_make(folder, &d);
    for (size_t i = 0; i < COUNT(bases) && s == OK; i++) {
        Out file = {0};
        make_file(bases[i].spec, &file);
        s = file_write(arena_printf(&a, "%s/%zu", folder, i), file.text, file.bytes, &d);
        out_free(&file);
    }
    printf("%s%s", d.text, s == OK ? "" : "\n");
    arena_free(&a);
    return s != OK;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        printf("usage: mutate_data COUNT SEED | --save FOLDER\n");
        return 2;
    }
    if (strcmp(argv[1], "--save") == 0) {
        return save(argv[2]);
    }
    struct sigaction action = {.sa_handler = on_alarm};
    (void)sigaction(SIGALRM, &action, NULL);
    Out file[COUNT(bases)] = {{0}};
    for (size_t i = 0; i < COUNT(bases); i++) {
        make_file(bases[i].spec, &file[i]);
        one(&bases[i], (const uint8_t *)file[i].text, file[i].bytes);
        if (accepted != files) {
            printf("FAIL file %zu is not accepted undamaged\n0 passed, 1 failed\n", i);
            return 1;
        }
    }
    for (size_t i = 0; i < COUNT(bases); i++) {
        systematic(&bases[i], (int32_t)i, &file[i]);
    }
    int64_t count = strtoll(argv[1], NULL, 10);
    for (int64_t i = 0; i < count; i++) {
        Random random = random_stream(strtoull(argv[2], NULL, 10), (uint64_t)i);
        size_t which = (size_t)random_below(&random, (int64_t)COUNT(bases));
        uint8_t *copy = malloc(file[which].bytes);
        memcpy(copy, file[which].text, file[which].bytes);
        size_t bytes = mutate(copy, file[which].bytes, &random);
        (void)snprintf(current, sizeof current, "file %zu, mutation %jd of seed %s", which, (intmax_t)i, argv[2]);
        one(&bases[which], copy, bytes);
        free(copy);
    }
    for (size_t i = 0; i < COUNT(bases); i++) {
        out_free(&file[i]);
    }
    printf("%jd files, %jd of them accepted, no crash, no hang\n", (intmax_t)files, (intmax_t)accepted);
    printf("%jd passed, %jd failed\n", (intmax_t)(files - bad), (intmax_t)bad);
    return bad > 0;
}
