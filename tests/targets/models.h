/* Small models for tests/targets.sh; model_io.h chooses one by defining its name.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TEST_MODELS_H
#define SHRINC_TEST_MODELS_H

#include <stdint.h>

#if !defined(INPUT_BYTES)
#define INPUT_BYTES 4
#endif
#if !defined(OUTPUT_BYTES)
#define OUTPUT_BYTES 4
#endif
#define HARNESS_INPUT_BYTES INPUT_BYTES
#define HARNESS_OUTPUT_BYTES OUTPUT_BYTES

void MODEL(const uint8_t *input, uint8_t *output);

static uint8_t test_output[OUTPUT_BYTES];
static const uint8_t *test_input;

static inline void harness_reset(void)
{
}

static inline void harness_set_input(const uint8_t *input)
{
    test_input = input;
}

static inline void harness_invoke(void)
{
    MODEL(test_input, test_output);
}

static inline void harness_get_output(uint8_t *output)
{
    harness_copy(output, test_output, OUTPUT_BYTES);
}

#endif
