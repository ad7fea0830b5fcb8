/* Picks slices by index, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_gather.h"

static void shrinc_gather(const shrinc_gather_params *p, const int8_t *x, const int32_t *index, int8_t *y)
{
    for (int32_t b = 0; b < p->index_batches; b++) {
        for (int32_t o = 0; o < p->outer; o++) {
            for (int32_t i = 0; i < p->count; i++) {
                int32_t k = shrinc_clamp(index[i], 0, p->slices - 1);
                (void)memcpy(y, &x[k * p->bytes], (size_t)p->bytes);
                y += p->bytes;
            }
            x += p->slices * p->bytes;
        }
        index += p->count;
    }
}
