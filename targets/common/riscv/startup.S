# Reset and traps of the emulated RISC-V board (QEMU virt, machine mode, one hart).
# SPDX-License-Identifier: Apache-2.0
    .option arch, +zicsr
    .section .vectors, "ax", @progbits
    .global reset_handler
    .type reset_handler, @function
reset_handler:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, __stack_top
    la t0, fault_handler
    csrw mtvec, t0
    # Everything up to the end of the code is read-only, address 0 included: PMP entry 0, top of
    # range, locked so that it binds machine mode.
    la t0, __code_end
    srli t0, t0, 2
    csrw pmpaddr0, t0
    li t0, 0x8d
    csrw pmpcfg0, t0
    la t0, __data_load
    la t1, __data_start
    la t2, __data_end
    j 2f
1:
    lw t3, 0(t0)
    sw t3, 0(t1)
    addi t0, t0, 4
    addi t1, t1, 4
2:
    bltu t1, t2, 1b
    la t1, __bss_start
    la t2, __bss_end
    j 4f
3:
    sw zero, 0(t1)
    addi t1, t1, 4
4:
    bltu t1, t2, 3b
    call main
    j fault_handler
    .size reset_handler, .-reset_handler

# The stack may be what went wrong: start again at its top, report the cause and the address.
    .balign 4
    .global fault_handler
    .type fault_handler, @function
fault_handler:
    la sp, __stack_top
    csrr s0, mcause
    csrr s1, mepc
    call io_open
    la a0, fault_name
    mv a1, s0
    call io_report
    la a0, fault_address_name
    mv a1, s1
    call io_report
    li a0, 99
    call io_exit
    .size fault_handler, .-fault_handler
fault_name:
    .asciz "fault"
fault_address_name:
    .asciz "fault_address"
