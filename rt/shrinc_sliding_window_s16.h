/* The last samples of a stream: those before, which are state, and the new ones behind them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_SLIDING_WINDOW_S16_H
#define SHRINC_SLIDING_WINDOW_S16_H

#include "shrinc_base.h"

typedef struct shrinc_sliding_window_s16_params {
    int32_t new_count; /* numbers of x */
    int32_t old_count; /* of the state; y has as many as both */
} shrinc_sliding_window_s16_params;

#endif
