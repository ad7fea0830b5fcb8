/* What the readers of arrays share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_ARRAY_H
#define SHRINC_ARRAY_H

#include "data/files.h"

/* Sets rank, dims and count; refuses products beyond any file. ARRAY->name is set. */
Status array_set_shape(Array *array, const int64_t *dim, int32_t rank, Diag *d) MUST_CHECK;
/* All elements are among the BYTES_PRESENT. */
Status array_check(const Array *array, size_t bytes_present, Diag *d) MUST_CHECK;

#endif
