/* Fill, bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_fill_s8.h"

static void shrinc_fill_s8(const shrinc_fill_s8_params *p, int8_t *y)
{
    (void)memset(y, p->value, (size_t)p->count);
}
