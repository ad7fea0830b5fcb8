/* What the parts of the verification harness offer each other: I/O, the model's glue, the window.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_HARNESS_H
#define SHRINC_HARNESS_H

#include <stdint.h>

enum {
    HARNESS_DONE = 0,
    HARNESS_NO_FILE = 10,     /* input.bin or output.bin could not be opened */
    HARNESS_SHORT_INPUT = 11, /* the input's length is no multiple of one run's bytes */
    HARNESS_NO_WRITE = 12,    /* the output could not be written */
    HARNESS_STACK_FULL = 13,  /* the stack reached its limit */
    HARNESS_FAULT = 99        /* the processor raised an exception */
};

/* For model_io.h: memcpy would be linked in and weighed as the model's. */
static inline void harness_copy(void *to, const void *from, uint32_t bytes)
{
    uint8_t *target = (uint8_t *)to;
    const uint8_t *source = (const uint8_t *)from;

    for (uint32_t i = 0; i < bytes; i++) {
        target[i] = source[i];
    }
}

/* glue.c: the model behind names that the harness knows. */
extern const uint32_t glue_input_bytes;
extern const uint32_t glue_output_bytes;
extern uint8_t glue_buffer[]; /* one run's input, later its output */
void glue_reset(void);
void glue_set_input(void);  /* reads glue_buffer, which stays as it is until the run is over */
void glue_invoke(void);     /* the only part that is counted */
void glue_get_output(void); /* writes glue_buffer */

/* window.S of the architecture: paints the stack, runs glue_invoke once between two markers and
 * returns how many bytes of stack it used (0 where the target cannot tell, WINDOW_FULL where the
 * stack was used up to its limit). */
#define WINDOW_FULL 0xFFFFFFFFUL
uint32_t window_run(void);

/* io_*.c of the target. */
void io_open(void);
uint32_t io_read(uint8_t *data, uint32_t bytes); /* bytes read; fewer only at the end */
void io_write(const uint8_t *data, uint32_t bytes);
void io_report(const char *name, uint32_t value); /* one line "name value" for the driver */
void io_exit(int code) __attribute__((noreturn));

/* harness.c: called by a model built with HARNESS_TRACE after each layer. Writes a record of
 * int32 layer, uint32 bytes, data; the output of a run is then a record too, of layer -1. */
void harness_trace(int layer, const void *data, uint32_t bytes);

/* Between these two marks nothing is counted (the counting plugin watches for them). */
void harness_pause(void);
void harness_resume(void);

/* Ends a part of the window: what ran so far in it is noted. Not counted itself. */
void harness_mark(void);

#endif
