/* Windows over an input with padding, by rows: which taps lie inside, and where a row lies in a ring of rows.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_WINDOW_H
#define SHRINC_WINDOW_H

#include "shrinc_base.h"

/* Of COUNT taps at AT, AT + STEP, ...: the first that is not negative (COUNT if all are). */
static inline int32_t shrinc_tap_first(int32_t at, int32_t step, int32_t count)
{
    int32_t tap = 0;
    while ((at < 0) && (tap < count)) {
        at += step;
        tap++;
    }
    return tap;
}

/* Of COUNT taps at AT, AT + STEP, ...: how many are below SIZE. */
static inline int32_t shrinc_tap_end(int32_t at, int32_t step, int32_t count, int32_t size)
{
    int32_t last = at + ((count - 1) * step);
    while ((last >= size) && (count > 0)) {
        last -= step;
        count--;
    }
    return count;
}

/* Where row ROW lies in memory that holds the last RING rows: ROW mod RING. */
static inline int32_t shrinc_ring_slot(int32_t row, int32_t ring)
{
    while (row >= ring) {
        row -= ring;
    }
    return row;
}

#endif
