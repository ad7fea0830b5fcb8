/* Where the range of weights of few bits ends: some are clipped so that the others have finer steps.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_CLIP_H
#define SHRINC_OP_UTIL_CLIP_H

#include <stdint.h>

/* The clipping point of |x| with the least expected squared error of symmetric BITS-bit numbers: OCTAV's
 * fixed-point iteration (Sakr et al., arXiv 2206.06501) over COUNT values at distance STEP. 0 if all are 0. */
double octav_clip(const float *x, int64_t count, int64_t step, int32_t bits);
/* The same for weights of BITS < 8: OCTAV's; of two bits (-1, 0, 1) the one value A of which 0 and A are the nearest
 * (ternary weight networks, Li et al., arXiv 1605.04711, solved exactly instead of by their estimate 0.7 mean |w|). */
double narrow_clip(const float *x, int64_t count, int64_t step, int32_t bits);

#endif
