/* Binds one model (model_io.h, written for it) to the names that the harness knows. With
 * HARNESS_EMPTY it binds a model that does nothing, for the sizes of everything else.
 * SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#if defined(HARNESS_EMPTY)
#include "model_empty.h"
#else
#include "model_io.h"
#endif

const uint32_t glue_input_bytes = HARNESS_INPUT_BYTES;
const uint32_t glue_output_bytes = HARNESS_OUTPUT_BYTES;

/* Not .bss: it belongs to the harness, not to the model whose RAM is reported. */
__attribute__((section(".noinit"), aligned(16))) uint8_t
    glue_buffer[1 + (HARNESS_INPUT_BYTES > HARNESS_OUTPUT_BYTES ? HARNESS_INPUT_BYTES
                                                                : HARNESS_OUTPUT_BYTES)];

void glue_reset(void)
{
    harness_reset();
}

void glue_set_input(void)
{
    harness_set_input(glue_buffer);
}

void glue_invoke(void)
{
    harness_invoke();
}

void glue_get_output(void)
{
    harness_get_output(glue_buffer);
}
