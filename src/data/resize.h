/* Pictures to another size.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_RESIZE_H
#define SHRINC_RESIZE_H

#include "base/base.h"

/* IN [height][width][channels] to OUT [out_height][out_width][channels], each axis by itself: where it
 * shrinks, the mean over the area that an output pixel covers; where it grows, linear between the centres
 * of pixels (half-pixel centres, edges repeated). Scratch memory in A. */
void resize(Arena *a, const float *in, int32_t height, int32_t width, int32_t channels, float *out,
            int32_t out_height, int32_t out_width);

#endif
