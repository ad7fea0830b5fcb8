/* eval: how good a model is on a whole data set.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "driver/evaluate.h"

#include <math.h>

static void print_metric(const char *name, double value)
{
    if (isnan(value)) {
        return;
    }
    printf("  %-18s %.5g\n", name, value);
}

static void print_result(const Session *s, const EvaluateResult *r)
{
    const Metrics *m = &r->metrics;
    printf("%s on %jd samples of %s\n", s->file_name, (intmax_t)r->samples, r->data_name);
    if (r->kind == SCORE_CLASSES) {
        char top[32];
        (void)snprintf(top, sizeof top, "top %d", m->top_k);
        print_metric("accuracy", m->accuracy);
        if (m->top_k < m->class_count) {
            print_metric(top, m->top_k_accuracy);
        }
        print_metric("precision", m->precision);
        print_metric("recall", m->recall);
        print_metric("F1", m->f1);
        print_metric("AUC", m->auc);
    } else {
        print_metric("MAE", m->mae);
        print_metric("MSE", m->mse);
        print_metric("RMSE", sqrt(m->mse));
        print_metric("R2", m->r2);
        print_metric("AUC", m->auc);
    }
    printf("  %-18s %.1f us, on %d %s with the %s kernels\n", "time a sample", 1e6 * r->seconds / (double)r->samples,
           r->threads, r->threads == 1 ? "thread" : "threads", kernel_used());
    print_confusion(m, r->class_name, m->class_count, "class");
}

static Status eval(const CliArgs *a, Arena *texts, Session *s, EvaluateResult *r)
{
    TrainSettings t;
    bool shared = false;
    CompileOptions o;
    TRY(args_compile(a, &o, &s->diag));
    TRY(args_samples(a, texts, &t, &shared, &s->diag));
    if (a->operand_count > 1) {
        if (a->setting[0] != NULL && strcmp(a->setting[0], a->operand[1]) != 0) {
            return fail(&s->diag, ERR_USAGE, "samples are named twice: '%s' and --data=%s", a->operand[1],
                        a->setting[0]);
        }
        t.data = a->operand[1];
    }
    TRY(session_open(s, a->operand[0]));
    return evaluate(s, o.rounding, &t, shared, r);
}

int cli_eval(const CliArgs *a)
{
    Session s = {0};
    EvaluateResult r = {0};
    Arena texts = {0}; /* of a recipe */
    stop_on_signals();
    Status status = eval(a, &texts, &s, &r);
    int code = 0;
    if (target_stop != 0) {
        code = 130;
    } else if (status != OK) {
        code = report_failure(a, &s.diag);
    } else {
        print_warnings(&s.diag);
        if (want_json(a)) {
            print_json(evaluate_json(&s, &r));
        } else {
            print_result(&s, &r);
        }
    }
    evaluate_free(&r);
    session_close(&s);
    arena_free(&texts);
    return code;
}
