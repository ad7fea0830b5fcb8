; The counted window for AVR: cycles are the difference of two writes to GPIOR0 that simavr dates.
; SPDX-License-Identifier: Apache-2.0
#include <avr/io.h>

    .section .text.window_run, "ax", @progbits
; uint32_t window_run(void): fills the stack below its frame with a pattern, runs glue_invoke once
; between the marks 1 and 2 and returns the depth of the deepest byte that no longer holds the
; pattern, or 0xffffffff if that is the very last byte of the stack.
; Between the two writes lie one `out` and one `call`; the driver takes these off.
    .global window_run
    .type window_run, @function
window_run:
    push r16
    push r17
    push r28
    push r29
    in r28, _SFR_IO_ADDR(SPL)
    in r29, _SFR_IO_ADDR(SPH)
    ldi r30, lo8(__stack_limit)
    ldi r31, hi8(__stack_limit)
    ldi r24, 0xA5
1:
    st Z+, r24
    cp r28, r30
    cpc r29, r31
    brsh 1b
    ldi r16, 1
    ldi r17, 2
    out _SFR_IO_ADDR(GPIOR0), r16
    call glue_invoke
    out _SFR_IO_ADDR(GPIOR0), r17
    ldi r30, lo8(__stack_limit)
    ldi r31, hi8(__stack_limit)
    ld r24, Z
    cpi r24, 0xA5
    brne 4f
2:
    ld r24, Z+
    cpi r24, 0xA5
    brne 3f
    cp r28, r30
    cpc r29, r31
    brsh 2b
    adiw r30, 1
3:                      ; Z is one past the deepest byte used: depth = Y + 2 - Z
    adiw r28, 2
    sub r28, r30
    sbc r29, r31
    movw r22, r28
    ldi r24, 0
    ldi r25, 0
    rjmp 5f
4:
    ldi r22, 0xFF
    ldi r23, 0xFF
    ldi r24, 0xFF
    ldi r25, 0xFF
5:
    pop r29
    pop r28
    pop r17
    pop r16
    ret
    .size window_run, .-window_run

; The input of all runs lies in flash, behind everything else.
    .section .input, "a", @progbits
    .global __input_start
__input_start:
    .incbin "input.bin"
    .global __input_end
__input_end:
