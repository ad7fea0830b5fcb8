/* libFuzzer target: the readers of samples.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DataOptions o = {.path = "fuzz", .limit_bytes = 1 << 24};
    Diag d = {0};
    Data *read = NULL;
    if (data_read_bytes(&o, (Span){data, size}, &read, &d) == OK) {
        data_free(read);
    }
    diag_clear(&d);
    return 0;
}
