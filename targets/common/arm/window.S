@ The counted window and the semihosting trap, in ARMv6-M instructions (every Cortex-M runs them).
@ SPDX-License-Identifier: Apache-2.0
    .syntax unified
    .thumb
    .text

@ uint32_t window_run(void): fills the stack below its frame with a pattern, runs glue_invoke once
@ between the markers and returns the depth of the deepest word that no longer holds the pattern,
@ or 0xffffffff if that is the very last word of the stack.
@ The window counts `bl glue_invoke` and `bl harness_end`; the driver takes these two off.
    .global window_run
    .type window_run, %function
    .thumb_func
window_run:
    push {r4, r5, r6, lr}
    mov r5, sp
    mov r3, r5
    ldr r1, =__stack_limit
    ldr r2, =0xa5c3e197
paint:
    subs r3, #4
    str r2, [r3]
    cmp r3, r1
    bhi paint
    bl harness_begin
    bl glue_invoke
    bl harness_end
    ldr r1, =__stack_limit
    ldr r2, =0xa5c3e197
    ldr r3, [r1]
    cmp r3, r2
    bne full
search:
    ldr r3, [r1]
    cmp r3, r2
    bne found
    adds r1, #4
    cmp r1, r5
    blo search
found:
    subs r0, r5, r1
    pop {r4, r5, r6, pc}
full:
    movs r0, #0
    mvns r0, r0
    pop {r4, r5, r6, pc}
    .ltorg
    .size window_run, .-window_run

    .global harness_begin
    .type harness_begin, %function
    .thumb_func
harness_begin:
    bx lr
    .size harness_begin, .-harness_begin

    .global harness_end
    .type harness_end, %function
    .thumb_func
harness_end:
    bx lr
    .size harness_end, .-harness_end

@ uintptr_t semihost_call(uintptr_t operation, const void *argument)
    .global semihost_call
    .type semihost_call, %function
    .thumb_func
semihost_call:
    bkpt 0xab
    bx lr
    .size semihost_call, .-semihost_call
