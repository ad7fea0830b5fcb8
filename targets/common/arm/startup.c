/* Vector table, reset and faults of the emulated Cortex-M boards.
 * SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

extern uint32_t __data_load, __data_start, __data_end, __bss_start, __bss_end, __stack_top;
int main(void);
void fault_handler(void);
void reset_handler(void);

/* Offsets of the system control space. */
enum { SCB_CFSR = 0xD28, SCB_BFAR = 0xD38, SCB_CPACR = 0xD88 };

static volatile uint32_t *scs(uint32_t offset)
{
    return (volatile uint32_t *)(uintptr_t)(0xE000E000UL + offset);
}

/* The stack may be what went wrong: start again at its top. ARMv6-M has no fault registers. */
static __attribute__((noreturn, used)) void report_fault(void)
{
    io_open();
#if !defined(__ARM_ARCH_6M__)
    io_report("fault", *scs(SCB_CFSR));
    io_report("fault_address", *scs(SCB_BFAR));
#else
    io_report("fault", 0);
#endif
    io_exit(HARNESS_FAULT);
}

__attribute__((naked)) void fault_handler(void)
{
    __asm__ volatile("ldr r0, =__stack_top\n mov sp, r0\n bl report_fault\n .ltorg");
}

void reset_handler(void)
{
    const uint32_t *load = &__data_load;

#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    *scs(SCB_CPACR) |= 0xFU << 20; /* the FPU and MVE are off after reset */
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
    for (uint32_t *data = &__data_start; data < &__data_end;) {
        *data++ = *load++;
    }
    for (uint32_t *bss = &__bss_start; bss < &__bss_end;) {
        *bss++ = 0;
    }
    main();
    io_exit(HARNESS_FAULT);
}

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)&__stack_top,  (uintptr_t)reset_handler, (uintptr_t)fault_handler,
    (uintptr_t)fault_handler, (uintptr_t)fault_handler, (uintptr_t)fault_handler,
    (uintptr_t)fault_handler, (uintptr_t)fault_handler, 0, 0, 0,
    (uintptr_t)fault_handler, (uintptr_t)fault_handler, 0,
    (uintptr_t)fault_handler, (uintptr_t)fault_handler,
};
