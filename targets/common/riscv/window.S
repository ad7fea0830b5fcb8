# The counted window and the semihosting trap for RV32.
# SPDX-License-Identifier: Apache-2.0
    .text

# uint32_t window_run(void): fills the stack below its frame with a pattern, runs glue_invoke once
# between the markers and returns the depth of the deepest word that no longer holds the pattern,
# or 0xffffffff if that is the very last word of the stack.
# The window counts the calls of glue_invoke and harness_end; the driver takes these two off. Both
# are written as plain `jal`, so that each is one instruction.
    .global window_run
    .type window_run, @function
window_run:
    addi sp, sp, -16
    sw ra, 12(sp)
    la t0, __stack_limit
    li t1, 0xa5c3e197
    mv t2, sp
1:
    addi t2, t2, -4
    sw t1, 0(t2)
    bgtu t2, t0, 1b
    jal ra, harness_begin
    jal ra, glue_invoke
    jal ra, harness_end
    la t0, __stack_limit
    li t1, 0xa5c3e197
    lw t2, 0(t0)
    bne t2, t1, 4f
2:
    lw t2, 0(t0)
    bne t2, t1, 3f
    addi t0, t0, 4
    bltu t0, sp, 2b
3:
    sub a0, sp, t0
    j 5f
4:
    li a0, -1
5:
    lw ra, 12(sp)
    addi sp, sp, 16
    ret
    .size window_run, .-window_run

    .global harness_begin
    .type harness_begin, @function
harness_begin:
    ret
    .size harness_begin, .-harness_begin

    .global harness_end
    .type harness_end, @function
harness_end:
    ret
    .size harness_end, .-harness_end

# uintptr_t semihost_call(uintptr_t operation, const void *argument): the three instructions must be
# uncompressed and lie in one page.
    .balign 16
    .global semihost_call
    .type semihost_call, @function
semihost_call:
    .option push
    .option norvc
    slli x0, x0, 0x1f
    ebreak
    srai x0, x0, 7
    .option pop
    ret
    .size semihost_call, .-semihost_call
