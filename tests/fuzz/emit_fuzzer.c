/* libFuzzer target: from the file's bytes through all passes to the emitted C, in memory.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

enum { LARGEST_TENSOR = 1 << 20 }; /* larger ones only cost time */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_small(const Graph *g)
{
    for (TensorId id = 1; id < g->tensor_count; id++) {
        if (tensor_bytes(tensor(g, id)) > LARGEST_TENSOR) {
            return false;
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ImportLimits limits = import_default_limits();
    Session s = {.file_name = "fuzz.tflite"};
    EmitResult r = {0};
    Status status = import_tflite((Span){data, size}, "fuzz.tflite", &limits, &s.g, &s.diag);
    if (status == OK && is_small(s.g) && pipeline_run(&s, ROUNDING_TFLITE, NULL) == OK) {
        EmitOptions e = {.name = "net", .source_name = "fuzz.tflite", .source_sha256 = "", .options_text = ""};
        (void)!emit_model(s.g, &e, &r, &s.diag);
        emit_free(&r);
    }
    diag_clear(&s.diag);
    if (status == OK) {
        graph_free(s.g);
    }
    return 0;
}
