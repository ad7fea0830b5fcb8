/* Decimal numbers in text, whatever the locale says about decimal marks.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/files.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

enum { NUMBER_BYTES = 1024, EXACT_POWER = 22, MANTISSA_DIGITS = 19 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What stands at a number's text. */
typedef struct Digits {
    uint64_t mantissa; /* its first MANTISSA_DIGITS digits */
    int32_t exponent;  /* value = mantissa * 10^exponent, unless digits were dropped */
    int32_t used;
    bool dropped, any;
} Digits;

static const char *take_digits(const char *p, const char *end, bool fraction, Digits *n)
{
    for (; p < end && is_digit(*p); p++) {
        n->any = true;
        if (n->used == 0 && *p == '0') {
            n->exponent -= fraction; /* a leading zero */
        } else if (n->used < MANTISSA_DIGITS) {
            n->mantissa = n->mantissa * 10 + (uint64_t)(*p - '0');
            n->used++;
            n->exponent -= fraction;
        } else {
            n->dropped = true;
        }
    }
    return p;
}

/* An exponent of any length is read; beyond +-9999 its size no longer matters. */
static const char *take_exponent(const char *p, const char *end, Digits *n)
{
    if (p >= end || (*p != 'e' && *p != 'E')) {
        return p;
    }
    const char *q = p + 1;
    bool negative = q < end && *q == '-';
    q += q < end && (*q == '-' || *q == '+');
    if (q >= end || !is_digit(*q)) {
        return p;
    }
    int32_t e = 0;
    for (; q < end && is_digit(*q); q++) {
        e = e < 9999 ? e * 10 + (*q - '0') : e;
    }
    n->exponent += negative ? -e : e;
    return q;
}

/* The C library rounds what the short way cannot, in its C locale. */
static bool slow_value(const char *p, const char *end, char point, double *value)
{
    char text[NUMBER_BYTES];
    size_t bytes = (size_t)(end - p);
    if (bytes >= sizeof text) {
        return false;
    }
    memcpy(text, p, bytes);
    text[bytes] = '\0';
    char *mark = strchr(text, point);
    if (mark != NULL) {
        *mark = '.';
    }
    locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (plain == (locale_t)0) {
        return false;
    }
    locale_t before = uselocale(plain);
    *value = strtod(text, NULL);
    (void)uselocale(before);
    freelocale(plain);
    return true;
}

static bool word_at(const char *p, const char *end, const char *word)
{
    for (; *word != '\0'; word++, p++) {
        if (p >= end || (*p | 0x20) != *word) {
            return false;
        }
    }
    return true;
}

static bool special_value(const char **text, const char *p, const char *end, bool negative,
                          double *value)
{
    bool is_inf = word_at(p, end, "inf");
    if (!is_inf && !word_at(p, end, "nan")) {
        return false;
    }
    *value = !is_inf ? (double)NAN : negative ? -(double)INFINITY : (double)INFINITY;
    *text = word_at(p, end, "infinity") ? p + 8 : p + 3;
    return true;
}

bool number_parse(const char **text, const char *end, char point, double *value)
{
    static const double power[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *start = *text;
    while (start < end && (*start == ' ' || *start == '\t')) {
        start++;
    }
    const char *p = start;
    bool negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    Digits n = {0};
    const char *stop = take_digits(p, end, false, &n);
    if (stop < end && *stop == point) {
        stop = take_digits(stop + 1, end, true, &n);
    }
    if (!n.any) {
        return special_value(text, p, end, negative, value);
    }
    stop = take_exponent(stop, end, &n);
    bool exact = !n.dropped && n.mantissa <= (UINT64_C(1) << 53) && n.exponent >= -EXACT_POWER &&
                 n.exponent <= EXACT_POWER; /* then one multiplication or division rounds once */
    if (exact || n.mantissa == 0) {
        double v = (double)n.mantissa;
        v = n.mantissa == 0 ? 0.0 : n.exponent < 0 ? v / power[-n.exponent] : v * power[n.exponent];
        *value = negative ? -v : v;
    } else if (!slow_value(start, stop, point, value)) {
        return false;
    }
    *text = stop;
    return true;
}
