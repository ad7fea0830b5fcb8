/* Which input positions a transposed window spreads onto an output position, along one axis.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_SCATTER_H
#define SHRINC_SCATTER_H

#include "shrinc_window.h"

/* Taps tap, tap + stride, ... (COUNT of them) of the kernel meet input positions at, at - 1, ... */
typedef struct shrinc_scatter {
    int32_t tap;
    int32_t at;
    int32_t count;
} shrinc_scatter;

/* Moves S on by BY output positions (padding counts as such) over SIZE input positions; starts from zeros. */
static inline void shrinc_scatter_move(shrinc_scatter *s, int32_t by, int32_t stride, int32_t kernel, int32_t size)
{
    s->tap += by;
    while ((s->tap >= stride) && (s->at < (size - 1))) {
        s->tap -= stride;
        s->at++;
    }
    s->count = 0;
    for (int32_t tap = s->tap; (tap < kernel) && (s->count <= s->at); tap += stride) {
        s->count++;
    }
}

#endif
