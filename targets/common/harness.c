/* Feeds a model one input after another and writes down its outputs, on the host and on a chip.
 * All runs are one sequence: the model's state is reset once, before the first.
 * SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

__attribute__((noinline)) void harness_pause(void)
{
    __asm__ volatile("");
}

__attribute__((noinline)) void harness_resume(void)
{
    __asm__ volatile("");
}

__attribute__((noinline)) void harness_mark(void)
{
    __asm__ volatile("");
}

#if defined(HARNESS_TRACE)
static void write_record(int layer, const void *data, uint32_t bytes)
{
    const uint32_t head[2] = { (uint32_t)(int32_t)layer, bytes };
    uint8_t little[8];

    for (int i = 0; i < 8; i++) {
        little[i] = (uint8_t)(head[i / 4] >> (8 * (i % 4)));
    }
    io_write(little, 8);
    io_write((const uint8_t *)data, bytes);
}

void harness_trace(int layer, const void *data, uint32_t bytes)
{
    harness_pause();
    write_record(layer, data, bytes);
    harness_resume();
}
#endif

static void write_output(void)
{
#if defined(HARNESS_TRACE)
    write_record(-1, glue_buffer, glue_output_bytes);
#else
    io_write(glue_buffer, glue_output_bytes);
#endif
}

/* Reads one run's input; false at the end of the file. A model without input runs once. */
static int next_input(uint32_t run)
{
    uint32_t got;

    if (glue_input_bytes == 0) {
        return run == 0;
    }
    got = io_read(glue_buffer, glue_input_bytes);
    if (got != 0 && got != glue_input_bytes) {
        io_exit(HARNESS_SHORT_INPUT);
    }
    return got != 0;
}

int main(void)
{
    uint32_t runs = 0;
    uint32_t deepest = 0;

    io_open();
    glue_reset();
    while (next_input(runs)) {
        uint32_t depth;

        glue_set_input();
        depth = window_run();
        if (depth == WINDOW_FULL) {
            io_exit(HARNESS_STACK_FULL);
        }
        if (depth > deepest) {
            deepest = depth;
        }
        glue_get_output();
        write_output();
        runs++;
    }
    io_report("runs", runs);
    io_report("stack", deepest);
    io_exit(HARNESS_DONE);
}
