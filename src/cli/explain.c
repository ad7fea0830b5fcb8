/* compile --explain: why the plan is what it is, for a person.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

enum { OP_COLUMNS = 20, KERNEL_COLUMNS = 34 };

static void print_known(int64_t value, int width)
{
    if (value < 0) {
        printf(" %*s", width, "-");
    } else {
        printf(" %*jd", width, (intmax_t)value);
    }
}

static void print_modes(const Explain *x)
{
    printf("modes%s%s\n\n   %-9s %9s %10s %8s %13s %9s   %s\n", x->target == NULL ? "" : ", counted on ",
           x->target == NULL ? "" : x->target, "", "RAM B", "weights B", "code B", "instructions", "segments",
           "against size: bytes of flash more, for each instruction saved");
    for (int32_t i = 0; i < EXPLAIN_MODES; i++) {
        const ExplainMode *m = &x->mode[i];
        const ExplainMode *size = &x->mode[0];
        double each = 0.0;
        if (m->note != NULL) {
            printf(" %c %-9s %s\n", m->is_chosen ? '>' : ' ', optimize_names[m->optimize], m->note);
            continue;
        }
        printf(" %c %-9s %9jd %10jd", m->is_chosen ? '>' : ' ', optimize_names[m->optimize], (intmax_t)m->ram_bytes,
               (intmax_t)m->weights_bytes);
        print_known(m->code_bytes, 8);
        print_known(m->instructions, 13);
        printf(" %9d", m->segments);
        if (i > 0 && explain_trade(size, m, &each)) {
            printf("   %jd B, %.4f B each; RAM %+jd B",
                   (intmax_t)(m->weights_bytes + m->code_bytes - size->weights_bytes - size->code_bytes), each,
                   (intmax_t)(m->ram_bytes - size->ram_bytes));
        }
        printf("\n");
    }
    if (x->not_counted != NULL) {
        printf("   code and instructions are not known: %s\n", x->not_counted);
    }
}

static void print_memory(const Explain *x)
{
    printf("\nmemory\n\n");
    printf("   %9jd B arena, %s; no plan of these layers takes less than %jd\n", (intmax_t)x->arena_bytes,
           x->is_optimal ? "proven optimal" : "the best found", (intmax_t)x->bound_bytes);
    printf("   %9jd B if outputs never lay across inputs that die\n", (intmax_t)x->greedy_bytes);
    if (x->unfused_bytes != x->arena_bytes) {
        printf("   %9jd B if no layers ran together row by row\n", (intmax_t)x->unfused_bytes);
    }
    if (x->state_bytes > 0) {
        printf("   %9jd B of state beside the arena\n", (intmax_t)x->state_bytes);
    }
    if (x->ram_budget > 0) {
        printf("   %9jd B of the RAM budget, %jd, are free\n",
               (intmax_t)(x->ram_budget - x->arena_bytes - x->state_bytes), (intmax_t)x->ram_budget);
    }
}

static void print_layers(const Explain *x)
{
    printf("\nlayers\n\n   %3s  %-*s %-*s %8s %8s %9s  %s\n", "", OP_COLUMNS, "operator", KERNEL_COLUMNS, "kernel",
           "output B", "offset", "arena to", "what the planner did");
    for (int32_t i = 0; i < x->layer_count; i++) {
        const ExplainLayer *l = &x->layer[i];
        printf("   %3d. %-*s %-*s %8jd", i + 1, OP_COLUMNS, l->op, KERNEL_COLUMNS,
               l->kernel[0] == '\0' ? "(nothing to do)" : l->kernel, (intmax_t)l->bytes);
        print_known(l->offset, 8);
        printf(" %9jd%c ", (intmax_t)l->live_bytes, l->live_bytes == x->arena_bytes ? '*' : ' ');
        if (l->segment > 0) {
            printf(" segment %d", l->segment);
        }
        if (l->ring > 0) {
            printf(" keeps %d of %d rows", l->ring, l->rows);
        }
        if (l->shared_bytes > 0) {
            printf(" covers %jd B of its input", (intmax_t)l->shared_bytes);
        }
        if (l->runs_back) {
            printf(" last pixel first");
        }
        printf("\n");
    }
    printf("\n   * these layers need the whole arena\n");
}

void print_explain(const Explain *x)
{
    printf("\n");
    print_modes(x);
    print_memory(x);
    print_layers(x);
}
