/* A loop of known length: 4003 instructions on Arm and RISC-V; 1250 cycles and the return on AVR.
 * SPDX-License-Identifier: Apache-2.0 */
    .global loop
#if defined(__arm__)
    .syntax unified
    .thumb
    .type loop, %function
    .thumb_func
loop:
    ldr r0, =1000
    movs r1, #0
1:
    adds r1, r1, #3
    nop
    subs r0, r0, #1
    bne 1b
    bx lr
    .ltorg
#elif defined(__riscv)
    .type loop, @function
loop:
    li a0, 1000
    li a1, 0
1:
    addi a1, a1, 3
    nop
    addi a0, a0, -1
    bnez a0, 1b
    ret
#elif defined(__AVR__)
    .type loop, @function
loop:
    ldi r24, 250
1:
    nop
    nop
    dec r24
    brne 1b
    ret
#endif
    .size loop, .-loop
