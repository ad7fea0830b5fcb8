/* profile: where the instructions go, layer by layer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/profile.h"
#include "cli/cli.h"

enum { NAME_COLUMNS = 20, BAR_COLUMNS = 20 };

static void print_cycles(int64_t cycles)
{
    if (cycles < 0) {
        printf(" %12s", "-");
    } else {
        printf(" %12jd", (intmax_t)cycles);
    }
}

static void print_row(const ProfileRow *row, int64_t all)
{
    char number[24], name[NAME_COLUMNS + 1];
    double share = all > 0 ? (double)row->instructions / (double)all : 0.0;
    (void)snprintf(number, sizeof number, row->first < row->last ? "%d-%d" : "%d", row->first, row->last);
    (void)snprintf(name, sizeof name, "%s", row->op);
    printf("%-7s %-*s %12jd %5.1f%%", number, NAME_COLUMNS, name, (intmax_t)row->instructions, 100.0 * share);
    print_cycles(row->cycles);
    printf(" %12jd", (intmax_t)row->macs);
    if (row->macs > 0) {
        printf(" %8.2f", (double)row->instructions / (double)row->macs);
    } else {
        printf(" %8s", "-");
    }
    printf(" %10jd", (intmax_t)row->weights_bytes);
    if (row->code_bytes > 0) {
        printf(" %8jd%c ", (intmax_t)row->code_bytes, row->shared_bytes > 0 ? '*' : ' ');
    } else {
        printf(" %8s  ", "-");
    }
    for (int32_t i = 0; i < (int32_t)(share * BAR_COLUMNS + 0.5); i++) {
        putchar('#');
    }
    putchar('\n');
}

static void print_rows(const ProfileResult *r)
{
    printf("%-7s %-*s %12s %6s %12s %12s %8s %10s %9s\n", "layer", NAME_COLUMNS, "operator", "instructions", "share",
           "cycles ~", "MACs", "per MAC", "weights B", "code B ");
    for (int32_t i = 0; i < r->row_count; i++) {
        print_row(&r->row[i], r->instructions);
    }
    printf("%-7s %-*s %12jd %6s", "", NAME_COLUMNS, "call and return", (intmax_t)r->rest.instructions, "");
    print_cycles(r->rest.cycles);
    printf("%42jd\n%-7s %-*s %12jd %6s", (intmax_t)r->invoke_bytes, "all", NAME_COLUMNS, "",
           (intmax_t)r->instructions, "");
    print_cycles(r->cycles);
    printf("%42jd\n\nfunctions that several layers run (*):\n", (intmax_t)r->code_bytes);
    for (int32_t i = 0; i < r->function_count; i++) {
        if (r->function[i].layer_count > 1) {
            printf("  %-44s %6jd bytes, %d layers\n", r->function[i].name, (intmax_t)r->function[i].bytes,
                   r->function[i].layer_count);
        }
    }
    printf("\ninstructions are exact, of the run that took most; all outputs equal; a layer's code is all functions\n"
           "that it runs, - where the compiler put its kernel into NAME_invoke (call and return)\n%s\n",
           r->cycles_text);
}

int cli_profile(const CliArgs *a)
{
    Session s = {0};
    VerifyOptions o = {0};
    ProfileResult r = {0};
    stop_on_signals();
    Status status = args_verify(a, "cortex-m4", &o, &s.diag);
    if (status == OK) {
        status = session_open(&s, a->operand[0]);
    }
    if (status == OK) {
        status = profile_session(&s, &o, &r);
    }
    int code = 0;
    if (status != OK || target_stop != 0) {
        code = target_stop != 0 ? 130 : report_failure(a, &s.diag);
    } else {
        print_warnings(&s.diag);
        if (want_json(a)) {
            print_json(profile_json(&s, &o, &r));
        } else {
            print_rows(&r);
        }
    }
    profile_free(&r);
    session_close(&s);
    return code;
}
