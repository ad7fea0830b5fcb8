/* The window on the host: nothing is counted there, the outputs are what matters.
 * SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

uint32_t window_run(void)
{
    glue_invoke();
    return 0;
}
