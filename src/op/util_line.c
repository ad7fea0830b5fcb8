/* Searches the line of util_line.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_line.h"

#include "op/util_elementwise.h"

enum { SLOPES = 17, MOST_ADD = 1 << 20 };

static int32_t output(const LineProblem *p, int64_t sum)
{
    int32_t y = fixed_requantize(p->rounding, (int32_t)sum, p->multiplier, -p->right) + p->zero;
    return y < -128 ? -128 : y > 127 ? 127 : y;
}

/* Smallest sum above LOW whose output is at least Y; HIGH's is. */
static int64_t threshold(const LineProblem *p, int64_t low, int64_t high, int32_t y)
{
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (output(p, middle) >= y) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}

/* The sums where the output becomes larger: sum[i] is the first one of output first + 1 + i. */
typedef struct Steps {
    int32_t first, last; /* outputs of LEAST and MOST */
    int64_t sum[255];
} Steps;

static void find_steps(const LineProblem *p, Steps *s)
{
    s->first = output(p, p->least);
    s->last = output(p, p->most);
    int64_t low = p->least;
    for (int32_t y = s->first + 1; y <= s->last; y++) {
        int64_t at = threshold(p, low, p->most, y);
        s->sum[y - s->first - 1] = at;
        low = at - 1;
    }
}

static int64_t reach_y(int32_t y)
{
    return (int64_t)y * (INT64_C(1) << (32 + LINE_SHIFT));
}

/* Bounds of add * slope + offset * 2^32: FROM <= it < BELOW. */
static void bounds(const LineProblem *p, const Steps *s, int64_t slope, int64_t *from,
                   int64_t *below)
{
    *from = INT64_MIN;
    *below = INT64_MAX;
    if (s->first > -128) {
        *from = reach_y(s->first) - slope * p->least;
    }
    if (s->last < 127) {
        *below = reach_y(s->last + 1) - slope * p->most;
    }
    for (int32_t y = s->first + 1; y <= s->last; y++) {
        int64_t sum = s->sum[y - s->first - 1];
        int64_t low = reach_y(y) - slope * sum;
        int64_t high = reach_y(y) - slope * (sum - 1);
        *from = low > *from ? low : *from;
        *below = high < *below ? high : *below;
    }
}

static bool try_slope(const LineProblem *p, const Steps *s, int64_t slope, Line *out)
{
    int64_t from = 0;
    int64_t below = 0;
    bounds(p, s, slope, &from, &below);
    if (from == INT64_MIN) { /* no sum leaves -128 */
        from = below - (INT64_C(1) << 33);
    }
    for (int64_t add = 0; add < MOST_ADD && from < below; add++) {
        int64_t rest = from - add * slope;
        int64_t offset = (rest + (INT64_C(1) << 32) - 1) >> 32; /* rounded upward */
        if (offset * (INT64_C(1) << 32) + add * slope < below && offset <= INT32_MAX &&
            offset >= INT32_MIN) {
            *out = (Line){(int32_t)add, (int32_t)slope, (int32_t)offset};
            return true;
        }
    }
    return false;
}

bool line_find(const LineProblem *p, Line *out)
{
    Steps s;
    find_steps(p, &s);
    if (s.first == s.last) {
        *out = (Line){0, 0, s.first * (1 << LINE_SHIFT)};
        return true;
    }
    int32_t down = p->right - 1 - LINE_SHIFT;
    if (down < 0 || down > 30) {
        return false;
    }
    int64_t middle = ((int64_t)p->multiplier + ((INT64_C(1) << down) >> 1)) >> down;
    for (int32_t i = 0; i < SLOPES; i++) {
        int64_t slope = middle + (i % 2 == 0 ? i / 2 : -(i + 1) / 2);
        if (slope > 0 && slope <= INT32_MAX && try_slope(p, &s, slope, out)) {
            return true;
        }
    }
    return false;
}
