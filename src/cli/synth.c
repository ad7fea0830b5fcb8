/* synth: data made to try things out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "data/data.h"

static Status make(const CliArgs *a, Out *csv, int64_t *count, Diag *d)
{
    int64_t seed = 0;
    double noise = 0.0;
    TRY(args_number(a, OPT_SAMPLES, 1000, 1, 100000000, count, d));
    TRY(args_number(a, OPT_SEED, 1, 0, INT64_MAX, &seed, d));
    TRY(args_real(a, OPT_NOISE, 0.1, 0.0, 1e6, &noise, d));
    return synthetic_csv(a->operand[0], *count, noise, (uint64_t)seed, a->value[OPT_FAULTS], csv, d);
}

int cli_synth(const CliArgs *a)
{
    Out csv = {0};
    Diag d = {0};
    int64_t count = 0;
    const char *path = a->value[OPT_OUT_FILE];
    Status s = make(a, &csv, &count, &d);
    if (s == OK && path != NULL) {
        s = file_write(path, csv.text, csv.bytes, &d);
    } else if (s == OK && want_json(a)) {
        s = fail(&d, ERR_USAGE, "--json needs --out=FILE: the samples themselves are no JSON");
    } else if (s == OK) {
        (void)fwrite(csv.text, 1, csv.bytes, stdout);
    }
    int code = 0;
    if (s != OK) {
        code = report_failure(a, &d);
    } else if (want_json(a)) {
        print_json(json_pack("{s:s, s:s, s:s, s:I, s:I}", "schema", "shrinc/synth/1", "kind", a->operand[0], "file",
                             path, "samples", (json_int_t)count, "bytes", (json_int_t)csv.bytes));
    }
    out_free(&csv);
    diag_clear(&d);
    return code;
}
