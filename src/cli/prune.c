/* prune: a float model to a narrower one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "driver/prune.h"

static Status read_options(const CliArgs *a, PruneSettings *o, Diag *d)
{
    int64_t multiple = 0;
    *o = (PruneSettings){0};
    TRY(args_real(a, OPT_KEEP, 1.0, 0.001, 1.0, &o->channels.keep, d));
    TRY(args_real(a, OPT_ZEROS, 0.0, 0.0, 0.999, &o->zeros, d));
    TRY(args_number(a, OPT_MULTIPLE, 4, 1, 1024, &multiple, d));
    o->channels.multiple = (int32_t)multiple;
    if (a->value[OPT_KEEP] == NULL && a->value[OPT_ZEROS] == NULL) {
        return fail(d, ERR_USAGE, "say what goes: --keep 0.5 (channels), --zeros 0.5 (single weights)");
    }
    if (a->value[OPT_OUT_FILE] == NULL && !want_json(a)) {
        return fail(d, ERR_USAGE, "prune needs a file for the result: -o OUT.tflite");
    }
    return OK;
}

static double part(int64_t of, int64_t all)
{
    return all > 0 ? 100.0 * (double)of / (double)all : 0.0;
}

static void print_report(const CliArgs *a, const PruneSettings *o, const PruneResult *r)
{
    if (r->layer_count > 0) {
        printf("  %-40s %10s\n", "layer", "channels");
    }
    for (int32_t i = 0; i < r->layer_count; i++) {
        const PruneLayer *l = &r->layer[i];
        printf("  %-40s %4d of %d%s\n", l->name, l->after, l->before,
               l->is_bound ? "  bound: outputs, or read by an operator that needs all" : "");
    }
    printf("\n  parameters %jd, before %jd (%.1f %%)\n", (intmax_t)r->weights_after, (intmax_t)r->weights_before,
           part(r->weights_after, r->weights_before));
    printf("  multiply-accumulates %jd, before %jd (%.1f %%)\n", (intmax_t)r->macs_after, (intmax_t)r->macs_before,
           part(r->macs_after, r->macs_before));
    if (o->zeros > 0) {
        printf("  zeros      %jd of %jd weights (%.1f %%)\n", (intmax_t)r->zero_count, (intmax_t)r->all_count,
               part(r->zero_count, r->all_count));
        printf("  as int8    zlib makes %jd bytes of the weights, before %jd; in the C files and on chip they take\n"
               "             what they took, and no instruction less: take channels out (--keep) for that\n",
               (intmax_t)r->zip_after, (intmax_t)r->zip_before);
    }
    if (a->value[OPT_OUT_FILE] != NULL) {
        printf("  file       %zu bytes: %s\n\nnext: shrinc train --model %s%s .. -o OUT.tflite, and the same samples\n",
               r->file.bytes, a->value[OPT_OUT_FILE], a->value[OPT_OUT_FILE], o->zeros > 0 ? " --keep-zeros" : "");
    }
}

static Status prune(const CliArgs *a, Session *s, PruneSettings *o, PruneResult *r)
{
    TRY(read_options(a, o, &s->diag));
    TRY(session_open(s, a->operand[0]));
    TRY(prune_model(s, o, r));
    if (a->value[OPT_OUT_FILE] == NULL) {
        return OK;
    }
    s->diag.where = NULL;
    return file_write(a->value[OPT_OUT_FILE], r->file.text, r->file.bytes, &s->diag);
}

int cli_prune(const CliArgs *a)
{
    Session s = {0};
    PruneSettings o;
    PruneResult r = {0};
    int code = 0;
    if (prune(a, &s, &o, &r) != OK) {
        code = report_failure(a, &s.diag);
    } else {
        print_warnings(&s.diag);
        if (want_json(a)) {
            print_json(prune_json(&s, &r));
        } else {
            print_report(a, &o, &r);
        }
    }
    prune_free(&r);
    session_close(&s);
    return code;
}
