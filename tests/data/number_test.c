/* Numbers in text against strtod, bit by bit: a table, random ones, and again where the locale's decimal mark is a comma.
 * The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/files.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

enum { RANDOM_COUNT = 100000, TEXT_BYTES = 400 };
static int64_t passed, failed;

/* What number_parse makes of TEXT, and how many characters it takes. */
static const struct Row {
    const char *text;
    char point;
    int32_t taken; /* 0: no number */
} rows[] = {
    {"0", '.', 1},        {"-0", '.', 2},          {"+1.5", '.', 4},      {" 2", '.', 2},
    {"1.", '.', 2},       {".5", '.', 2},          {".", '.', 0},         {"", '.', 0},
    {"-", '.', 0},        {"e5", '.', 0},          {"1e", '.', 1},        {"1e+", '.', 1},
    {"1e5x", '.', 3},     {"1.2.3", '.', 3},       {"1,5", '.', 1},       {"1,5", ',', 3},
    {"1.5", ',', 1},      {"0x10", '.', 1},        {"nan", '.', 3},       {"NaN", '.', 3},
    {"-inf", '.', 4},     {"Infinity", '.', 8},    {"na", '.', 0},        {"1e400", '.', 5},
    {"1e-400", '.', 6},   {"4.9e-324", '.', 8},    {"2.2250738585072011e-308", '.', 23},
    {"9007199254740993", '.', 16},                 {"1e22", '.', 4},      {"1e23", '.', 4},
    {"123456789012345678901234567890", '.', 30},   {"0.1e-22", '.', 7},   {"8.5e-23", '.', 7},
    {"0000000000000000000000000001", '.', 28},     {"0.00000000000000000000000000000001", '.', 34},
    {"1e99999999999999", '.', 16},                 {"0e99999999999999", '.', 16},
    {"179769313486231580793e289", '.', 25},        {"5e-325", '.', 6},    {"--1", '.', 0},
};

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static bool check(const char *text, char point, int32_t taken, double want)
{
    const char *p = text;
    double got = 0.0;
    bool found = number_parse(&p, text + strlen(text), point, &got);
    bool good = found == (taken > 0) && p - text == taken && (!found || same(got, want));
    if (!good) {
        printf("FAIL number '%s': took %d, %a, wanted %d, %a\n", text, (int)(p - text), got, taken, want);
    }
    return good;
}

static void count(bool good)
{
    passed += good;
    failed += !good;
}

/* The wanted values are made in the C locale; READ may be another. */
static void run(const char *read)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        char plain[TEXT_BYTES];
        (void)snprintf(plain, sizeof plain, "%.*s", rows[i].taken, rows[i].text);
        char *mark = strchr(plain, ',');
        if (mark != NULL) {
            *mark = '.';
        }
        (void)setlocale(LC_ALL, "C");
        double want = strtod(plain, NULL);
        (void)setlocale(LC_ALL, read);
        count(check(rows[i].text, rows[i].point, rows[i].taken, want));
    }
    static const char *const formats[] = {"%.17g", "%.9g", "%.6f", "%.3e", "%.0f"};
    Random random = random_stream(1, 0);
    bool good = true;
    for (int32_t i = 0; i < RANDOM_COUNT && good; i++) {
        char text[TEXT_BYTES];
        uint64_t bits = random_bits(&random);
        double v = 0.0;
        memcpy(&v, &bits, sizeof v);
        if (i % 2 == 0 || !isfinite(v)) {
            v = (random_unit(&random) - 0.5) * pow(10.0, (double)random_below(&random, 12) - 4.0);
        }
        (void)setlocale(LC_ALL, "C");
        (void)snprintf(text, sizeof text, formats[i % 5], v);
        double want = strtod(text, NULL);
        (void)setlocale(LC_ALL, read);
        good = check(text, '.', (int32_t)strlen(text), want);
    }
    count(good); /* all the random ones are one test */
}

int main(void)
{
    run("C");
    const char *comma = setlocale(LC_ALL, "de_DE.UTF-8");
    if (comma != NULL) {
        run("de_DE.UTF-8");
    } else {
        printf("SKIPPED: numbers in a locale with decimal commas: no localedef sources\n");
    }
    printf("%jd passed, %jd failed\n", (intmax_t)passed, (intmax_t)failed);
    return failed > 0;
}
