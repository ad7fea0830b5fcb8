/* Requantisation by a straight line, proven for the sums that a channel can reach.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_LINE_H
#define SHRINC_OP_UTIL_LINE_H

#include "op/op.h"

enum { LINE_SHIFT = 3 };

/* One channel: sums from LEAST to MOST become zero + sum * multiplier * 2^(-31-right), rounded and
 * clamped to int8. */
typedef struct LineProblem {
    Rounding rounding;
    int32_t multiplier, right;
    int32_t zero;
    int32_t least, most;
} LineProblem;

/* y = saturate8((high32((sum + add) * slope) + offset) >> LINE_SHIFT) */
typedef struct Line {
    int32_t add, slope, offset;
} Line;

/* Finds a line that gives the reference's output for every sum from LEAST to MOST; false if there
 * is none nearby. An output takes at most 256 values and grows with the sum, so that it is enough
 * to look at the sums where it changes: each puts a bound on add * slope + offset * 2^32. */
bool line_find(const LineProblem *p, Line *out);

#endif
