/* Charts of the columns of CSV files: training logs, predictions, measurements.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_CHART_H
#define SHRINC_DRIVER_CHART_H

#include "data/files.h"
#include "plot/plot.h"

typedef struct ChartOptions {
    const char *const *path; /* CSV files with a line of column names */
    int32_t path_count;
    const char *x; /* column; NULL: the first of each file */
    /* Columns to draw: "loss,val_loss:dashed/mae" is two charts side by side. Behind the colon: line, dashed, points,
     * steps, bars; grey makes it a reference. A column that several files have is drawn from each. NULL: all columns;
     * where there are columns val_NAME, each NAME gets a chart with its val_NAME: a training log needs no more. */
    const char *y;
    const char *title;             /* NULL: the first file's name */
    const char *x_label, *y_label; /* NULL: the column's name */
    bool log_x, log_y;
    int32_t width, height; /* of one chart, 0: as usual */
} ChartOptions;

/* Reads the files and lays the charts out; everything lives in A. A cell that is empty or no finite number is a gap;
 * text elsewhere than in the x column fails with file and line. */
Status chart_csv(const ChartOptions *o, Arena *a, PlotPage *page, Diag *d) MUST_CHECK;

#endif
