/* Cuts a pooling window at the edges of the image.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_POOL_SPAN_H
#define SHRINC_POOL_SPAN_H

#include "shrinc_base.h"

/* The part of a window of SIZE taps that lies on LENGTH elements: taps first .. end - 1 of the
 * input. */
typedef struct shrinc_pool_span {
    int32_t first;
    int32_t end;
} shrinc_pool_span;

static inline shrinc_pool_span shrinc_pool_clip(int32_t start, int32_t size, int32_t length)
{
    shrinc_pool_span s;
    s.first = (start < 0) ? 0 : start;
    s.end = ((start + size) > length) ? length : (start + size);
    return s;
}

#endif
