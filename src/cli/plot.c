/* plot: columns of CSV files as pictures or in the terminal.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "driver/chart.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int32_t terminal_columns(void)
{
    struct winsize size = {0};
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
        size.ws_col < 40) {
        return 72;
    }
    return size.ws_col > 120 ? 120 : size.ws_col;
}

static bool is_utf8(void)
{
    const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL ||
                   strstr(value, "UTF8") != NULL;
        }
    }
    return false;
}

static Status print_charts(const PlotPage *page, Diag *d)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    PlotText how = {.columns = terminal_columns(), .unicode = is_utf8()};
    how.color = isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') &&
                term != NULL && strcmp(term, "dumb") != 0;
    Out text = {0};
    Status s = OK;
    for (int32_t i = 0; i < page->plot_count && s == OK; i++) {
        out_text(&text, i > 0 ? "\n" : "");
        s = plot_text(&page->plot[i], &how, &text, d);
    }
    if (s == OK) {
        (void)fwrite(text.text, 1, text.bytes, stdout);
    }
    out_free(&text);
    return s;
}

/* "xy", "x", "y" or NULL. */
static Status read_log(const CliArgs *a, ChartOptions *o, Diag *d)
{
    const char *log = a->value[OPT_LOG];
    if (log != NULL && strspn(log, "xy") != strlen(log)) {
        return fail(d, ERR_USAGE, "--log=%s: say which axes: x, y or xy", log);
    }
    o->log_x = log != NULL && strchr(log, 'x') != NULL;
    o->log_y = log != NULL && strchr(log, 'y') != NULL;
    return OK;
}

static Status draw(const CliArgs *a, Arena *arena, Diag *d)
{
    ChartOptions o = {
        .path = a->operand,
        .path_count = a->operand_count,
        .x = a->value[OPT_X],
        .y = a->value[OPT_Y],
        .title = a->value[OPT_TITLE],
        .x_label = a->value[OPT_X_LABEL],
        .y_label = a->value[OPT_Y_LABEL],
    };
    PlotPage page;
    TRY(read_log(a, &o, d));
    TRY(args_pictures(a, d));
    TRY(chart_csv(&o, arena, &page, d));
    TRY(a->value[OPT_SVG] != NULL ? plot_write(&page, a->value[OPT_SVG], d) : OK);
    TRY(a->value[OPT_PNG] != NULL ? plot_write(&page, a->value[OPT_PNG], d) : OK);
    if (want_json(a)) {
        print_json(json_pack("{s:s, s:i, s:s?, s:s?}", "schema", "shrinc/plot/1", "charts",
                             page.plot_count, "svg", a->value[OPT_SVG], "png", a->value[OPT_PNG]));
    } else if (a->value[OPT_SVG] == NULL && a->value[OPT_PNG] == NULL) {
        return print_charts(&page, d);
    }
    return OK;
}

int cli_plot(const CliArgs *a)
{
    Diag d = {0};
    Arena arena = {0};
    Status s = draw(a, &arena, &d);
    int code = s == OK ? 0 : report_failure(a, &d);
    diag_clear(&d);
    arena_free(&arena);
    return code;
}
