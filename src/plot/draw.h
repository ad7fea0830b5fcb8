/* Drawing a page on any cairo surface. Private to src/plot.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_PLOT_DRAW_H
#define SHRINC_PLOT_DRAW_H

#include "plot/plot.h"

#include <cairo.h>

/* The whole card in points, and how many charts stand side by side. */
void page_size(const PlotPage *page, int32_t *width, int32_t *height, int32_t *columns);
/* PAGE is checked. One unit of CR's space is a point. */
void page_draw(const PlotPage *page, cairo_t *cr);

#endif
