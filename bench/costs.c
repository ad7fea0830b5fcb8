/* Measures what emitted models cost. Usage: costs TARGETS MODES VECTORS MODEL.tflite...
 * Prints CSV: model,mode,target,equal,instructions,code_bytes,weights_bytes,arena_bytes,state_bytes,stack_bytes,
 * greedy_bytes,lower_bound_bytes,macs,macs_live. Golden files beside the model (NAME.in.bin, NAME.out.bin) are what it
 * must equal, otherwise made vectors.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

#include <stdlib.h>

static const char *const modes[] = {"size", "balanced", "speed"};

static bool is_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f != NULL) {
        (void)fclose(f);
    }
    return f != NULL;
}

/* The golden inputs cut to VECTORS runs would need the outputs cut too; whole files are used as they are. */
static int measure(const char *model, const char *targets, Optimize mode, int64_t vectors)
{
    Session s = {0};
    VerifyResult r = {0};
    Arena a = {0};
    char *stem = arena_strdup(&a, model);
    char *dot = strrchr(stem, '.');
    if (dot != NULL) {
        *dot = '\0';
    }
    VerifyOptions o = {
        .compile = {.target = "generic", .optimize = mode},
        .targets = targets,
        .vectors = vectors,
        .seed = 1,
        .inputs_path = arena_printf(&a, "%s.in.bin", stem),
        .expect_path = arena_printf(&a, "%s.out.bin", stem),
        .command = "make bench",
    };
    if (!is_file(o.inputs_path) || !is_file(o.expect_path)) {
        o.inputs_path = NULL;
        o.expect_path = NULL;
    }
    Status status = session_open(&s, model);
    if (status == OK) {
        status = verify_session(&s, &o, &r, NULL, NULL);
    }
    if (status != OK && status != ERR_DIFFERS) {
        fprintf(stderr, "costs: %s\n", s.diag.text);
    }
    for (int32_t i = 0; i < r.row_count && (status == OK || status == ERR_DIFFERS); i++) {
        const VerifyRow *v = &r.row[i];
        int64_t work = v->instructions >= 0 ? v->instructions : v->cycles;
        printf("%s,%s,%s,%d,%jd,%jd,%jd,%jd,%jd,%jd,%jd,%jd,%jd,%jd\n", path_base(stem), modes[mode], v->target,
               v->equal == v->vectors, (intmax_t)work,
               (intmax_t)(v->text_bytes + v->rodata_bytes + v->data_bytes - r.weights_bytes), (intmax_t)r.weights_bytes,
               (intmax_t)s.g->arena_bytes, (intmax_t)s.g->state_bytes, (intmax_t)v->stack_bytes,
               (intmax_t)s.g->greedy_bytes, (intmax_t)s.g->lower_bound_bytes, (intmax_t)s.macs,
               (intmax_t)graph_macs(s.g));
        fflush(stdout);
    }
    verify_free(&r);
    session_close(&s);
    arena_free(&a);
    return status == OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: costs TARGETS MODES VECTORS MODEL.tflite...\n");
        return 2;
    }
    int worst = 0;
    for (int i = 4; i < argc; i++) {
        for (int32_t m = OPTIMIZE_SIZE; m <= OPTIMIZE_SPEED; m++) {
            if (strstr(argv[2], modes[m]) != NULL) {
                worst |= measure(argv[i], argv[1], (Optimize)m, strtoll(argv[3], NULL, 10));
            }
        }
    }
    return worst;
}
