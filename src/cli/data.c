/* data: what there is to learn from, as training would read and share it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "driver/data_report.h"

#include <math.h>

enum { SHOWN_CLASSES = 40, NAME_WIDTH = 28 };

static void print_spreads(const char *head, const Spread *list, int64_t count)
{
    if (count == 0) {
        return;
    }
    int width = (int)strlen(head);
    for (int64_t i = 0; i < count; i++) {
        int n = (int)strlen(list[i].name);
        width = n > width ? n : width;
    }
    width = width > NAME_WIDTH ? NAME_WIDTH : width;
    printf("\n  %-*s %12s %12s %12s %12s\n", width, head, "min", "mean", "max", "deviation");
    for (int64_t i = 0; i < count; i++) {
        const Spread *s = &list[i];
        printf("  %-*.*s %12.6g %12.6g %12.6g %12.6g%s\n", width, width, s->name, s->min, s->mean,
               s->max, s->deviation, s->is_constant ? "  never changes" : "");
    }
}

static void print_classes(const DataReport *r)
{
    int width = 5;
    for (int32_t c = 0; c < r->data->class_count; c++) {
        int n = (int)strlen(r->data->class_name[c]);
        width = n > width ? n : width;
    }
    width = width > NAME_WIDTH ? NAME_WIDTH : width;
    printf("\n  %-*s %10s %10s %10s %10s\n", width, "class", "samples", "training", "validation",
           "test");
    for (int32_t c = 0; c < r->data->class_count && c < SHOWN_CLASSES; c++) {
        const int64_t *n = &r->x.class_size[c * PART_COUNT];
        printf("  %-*.*s %10jd %10jd %10jd %10jd\n", width, width, r->data->class_name[c],
               (intmax_t)(n[0] + n[1] + n[2]), (intmax_t)n[PART_TRAIN],
               (intmax_t)n[PART_VALIDATION], (intmax_t)n[PART_TEST]);
    }
    if (r->data->class_count > SHOWN_CLASSES) {
        printf("  and %d more\n", r->data->class_count - SHOWN_CLASSES);
    }
}

static void print_gain(double gain)
{
    if (gain < 1.0) {
        printf(", bytes divided by %.0f", round(1.0 / gain));
    }
}

static void print_report(const DataReport *r)
{
    const Data *data = r->data;
    char shape[96];
    printf("%s: %s, %jd samples of %s", data->name, data->format, (intmax_t)data->count,
           shape_text(&data->shape, shape));
    print_gain(data->x_gain);
    if (data->rate_hz > 0.0) {
        printf(", %g Hz", data->rate_hz);
    }
    if (data->source_count > 1) {
        printf(", from %d files", data->source_count);
    }
    printf("\n  to predict: ");
    if (data->label != NULL) {
        printf("%d classes\n", data->class_count);
    } else if (data->y != NULL && data->y == data->x) {
        printf("the input itself\n");
    } else if (data->y != NULL) {
        printf("%d number%s\n", data->y_count, data->y_count == 1 ? "" : "s");
    } else {
        printf("nothing (--label-column, --labels, --target-columns say what)\n");
    }
    if (r->test != NULL) {
        printf("  test samples: %jd of %s\n", (intmax_t)r->test->count, r->test->name);
    }
    printf("  split by %s, seed %jd: %jd training, %jd validation, %jd test\n", r->split_by,
           (intmax_t)r->seed, (intmax_t)r->count[PART_TRAIN], (intmax_t)r->count[PART_VALIDATION],
           (intmax_t)r->count[PART_TEST]);
    if (strcmp(r->normalization, "none") != 0) {
        printf("  normalised: %s, fitted on the training part\n", r->normalization);
    }
    if (r->x.copies > 0) {
        printf("  %jd samples are copies of others; a split keeps copies together\n",
               (intmax_t)r->x.copies);
    }
    print_spreads(r->x.per, r->x.x, r->x.x_count);
    print_spreads("to predict", r->x.y, r->x.y_count);
    if (data->class_count > 0) {
        print_classes(r);
    }
}

int cli_data(const CliArgs *a)
{
    Arena arena = {0};
    Diag d = {0};
    DataReport r = {0};
    TrainSettings s;
    Status status = args_samples(a, &arena, &s, NULL, &d);
    if (status == OK) {
        s.data = a->operand_count > 0 ? a->operand[0] : s.data;
        status = data_report(&s, &r, &d);
    }
    int code = 0;
    if (status != OK) {
        code = report_failure(a, &d);
    } else if (want_json(a)) {
        print_json(data_report_json(&r, &d));
    } else {
        print_report(&r);
        print_warnings(&d);
    }
    data_report_free(&r);
    diag_clear(&d);
    arena_free(&arena);
    return code;
}
