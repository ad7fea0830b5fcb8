/* Surfaces: a page as SVG or PNG, in memory and in a file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "plot/axis.h"
#include "plot/draw.h"

#include <cairo-svg.h>
#include <math.h>

static cairo_status_t append(void *context, const unsigned char *data, unsigned int bytes)
{
    out_bytes(context, data, bytes);
    return CAIRO_STATUS_SUCCESS;
}

static Status check_page(const PlotPage *page, Diag *d)
{
    if (page->plot_count < 1 || page->plot == NULL || page->columns < 0) {
        return fail(d, ERR_INPUT, "a picture needs at least one chart");
    }
    int32_t side[] = {page->width, page->height};
    for (size_t i = 0; i < COUNT(side); i++) {
        if (side[i] != 0 && (side[i] < PLOT_MIN || side[i] > PLOT_MAX)) {
            return fail(d, ERR_INPUT, "a chart cannot be %d points %s; give %d to %d", side[i],
                        i == 0 ? "wide" : "high", PLOT_MIN, PLOT_MAX);
        }
    }
    if (page->plot_count > 64) {
        return fail(d, ERR_INPUT, "%d charts are too many for one picture; it holds 64",
                    page->plot_count);
    }
    for (int32_t i = 0; i < page->plot_count; i++) {
        TRY(plot_check(&page->plot[i], d));
    }
    return OK;
}

static Status drawn(cairo_status_t status, Diag *d)
{
    return status == CAIRO_STATUS_SUCCESS
               ? OK
               : fail(d, ERR_TOOL, "cairo could not draw the picture: %s",
                      cairo_status_to_string(status));
}

static Status draw_on(cairo_surface_t *surface, const PlotPage *page, double scale, Diag *d)
{
    cairo_t *cr = cairo_create(surface);
    cairo_scale(cr, scale, scale);
    page_draw(page, cr);
    Status s = drawn(cairo_status(cr), d);
    cairo_destroy(cr);
    return s;
}

Status plot_svg(const PlotPage *page, Out *out, Diag *d)
{
    int32_t width = 0;
    int32_t height = 0;
    int32_t columns = 0;
    TRY(check_page(page, d));
    page_size(page, &width, &height, &columns);
    cairo_surface_t *surface = cairo_svg_surface_create_for_stream(append, out, width, height);
    Status s = draw_on(surface, page, 1, d);
    cairo_surface_finish(surface);
    if (s == OK) {
        s = drawn(cairo_surface_status(surface), d);
    }
    cairo_surface_destroy(surface);
    return s;
}

Status plot_png(const PlotPage *page, double scale, Out *out, Diag *d)
{
    int32_t width = 0;
    int32_t height = 0;
    int32_t columns = 0;
    TRY(check_page(page, d));
    if (!(scale >= 1 && scale <= 4)) {
        return fail(d, ERR_INPUT, "%g pixels a point; give 1 to 4", scale);
    }
    page_size(page, &width, &height, &columns);
    if (width * scale > 32767 || height * scale > 32767) {
        return fail(
            d, ERR_LIMIT,
            "a picture of %d x %d points is larger than cairo's 32,767 pixels at %g a point", width,
            height, scale);
    }
    cairo_surface_t *surface = cairo_image_surface_create(
        CAIRO_FORMAT_ARGB32, (int)lround(width * scale), (int)lround(height * scale));
    Status s = draw_on(surface, page, scale, d);
    if (s == OK) {
        s = drawn(cairo_surface_write_to_png_stream(surface, append, out), d);
    }
    cairo_surface_destroy(surface);
    return s;
}

static bool ends_in(const char *path, const char *ending)
{
    size_t n = strlen(path);
    size_t e = strlen(ending);
    return n > e && strcmp(path + n - e, ending) == 0;
}

Status plot_check_path(const char *path, Diag *d)
{
    if (!ends_in(path, ".svg") && !ends_in(path, ".png")) {
        return fail(d, ERR_USAGE, "'%s': give a picture's file the ending .svg or .png", path);
    }
    return OK;
}

Status plot_write(const PlotPage *page, const char *path, Diag *d)
{
    TRY(plot_check_path(path, d));
    Out out = {0};
    Status s = ends_in(path, ".svg") ? plot_svg(page, &out, d) : plot_png(page, 2, &out, d);
    if (s == OK) {
        s = file_write(path, out.text, out.bytes, d);
    }
    out_free(&out);
    return s;
}
