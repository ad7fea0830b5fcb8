/* libFuzzer target: the .tflite reader alone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "import/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ImportLimits limits = import_default_limits();
    Diag d = {0};
    Graph *g = NULL;
    if (import_tflite((Span){data, size}, "fuzz.tflite", &limits, &g, &d) == OK) {
        graph_free(g);
    }
    diag_clear(&d);
    return 0;
}
