/* Square root of an integer.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_ROOT_H
#define SHRINC_ROOT_H

#include "shrinc_base.h"

/* The largest r with r * r <= x, bit by bit. */
static inline uint32_t shrinc_root(uint64_t x)
{
    uint64_t rest = x;
    uint64_t root = 0;
    uint64_t bit = (uint64_t)1 << 62;
    while (bit > rest) {
        bit >>= 2;
    }
    while (bit != 0U) {
        if (rest >= (root + bit)) {
            rest -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
        bit >>= 2;
    }
    return (uint32_t)root;
}

#endif
