/* What there is to learn from: samples as training would read and share them, described.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_DATA_REPORT_H
#define SHRINC_DRIVER_DATA_REPORT_H

#include "driver/train.h"

typedef struct DataReport {
    struct Job *job;
    const Data *data;
    const Data *test;          /* of a file of its own, or NULL */
    int64_t count[PART_COUNT]; /* samples of each part */
    const char *split_by;      /* "hash", "count" or "files" */
    int64_t seed;
    const char *normalization; /* applied before describing; "none" */
    Description x; /* of DATA; class sizes with those of TEST */
} DataReport;

/* R is freed by data_report_free also after a failure. Warns of constant columns. */
Status data_report(const TrainSettings *s, DataReport *r, Diag *d) MUST_CHECK;
void data_report_free(DataReport *r);
json_t *data_report_json(const DataReport *r, const Diag *d);

#endif
