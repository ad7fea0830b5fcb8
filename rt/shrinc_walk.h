/* Broadcasting: walking up to three operands row by row, where a row is a run of output elements along which
 * each operand moves by a fixed step (0: it repeats one element, 1: it moves along).
 * LEVEL describes how to get from one row to the next, four numbers a level, innermost level first: how many
 * rows (or blocks of the level below) make one block, and what leads each operand to the next one. The last
 * level has count 0: it never ends. With one row LEVEL is not read and may be NULL.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_WALK_H
#define SHRINC_WALK_H

#include "shrinc_base.h"

typedef struct shrinc_walk {
    int32_t rows;   /* still to do, this one included */
    int32_t at[6];  /* rows or blocks done, by level */
    int32_t a;      /* offset in elements of the row's first element, by operand */
    int32_t b;
    int32_t c;
} shrinc_walk;

static inline shrinc_walk shrinc_walk_start(int32_t rows)
{
    shrinc_walk w;
    (void)memset(&w, 0, sizeof w);
    w.rows = rows;
    return w;
}

static inline void shrinc_walk_next(shrinc_walk *w, const int32_t *SHRINC_ROM level)
{
    w->rows--;
    if (w->rows > 0) {
        const int32_t *SHRINC_ROM l = level;
        int32_t k = 0;
        w->at[0]++;
        while (w->at[k] == shrinc_rom_s32(&l[0])) {
            w->at[k] = 0;
            k++;
            w->at[k]++;
            l += 4;
        }
        w->a += shrinc_rom_s32(&l[1]);
        w->b += shrinc_rom_s32(&l[2]);
        w->c += shrinc_rom_s32(&l[3]);
    }
}

#endif
