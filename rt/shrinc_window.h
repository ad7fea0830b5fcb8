/* Windows over an input with padding, by rows: which taps lie inside, and where a row lies in a ring of rows.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_WINDOW_H
#define SHRINC_WINDOW_H

#include "shrinc_base.h"

/* The taps of one output pixel that lie inside the input: rows row_first .. row_end - 1 of the kernel, columns
 * col_first .. col_end - 1. Offsets and sizes count elements. */
typedef struct shrinc_window {
    int32_t row_first;
    int32_t row_end;
    int32_t col_first;
    int32_t col_end;
    int32_t offset;    /* of the first of these taps in the input */
    int32_t row_size;  /* one row of the input */
    int32_t ring_size; /* all rows of the input in memory */
} shrinc_window;

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
