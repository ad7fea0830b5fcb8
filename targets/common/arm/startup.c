/* Vector table, reset and faults of the emulated Cortex-M boards. What a real chip refuses is made
 * to fault here too: code memory is read-only, and so is address 0.
 * SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

extern uint32_t __data_load, __data_start, __data_end, __bss_start, __bss_end, __stack_top;
extern uint32_t __vectors_start, __vectors_end, __code_start, __code_end;
int main(void);
void fault_handler(void);
void reset_handler(void);

/* Offsets of the system control space (Arm v6-M, v7-M and v8-M architecture reference manuals). */
enum {
    SCB_CCR = 0xD14,
    SCB_CFSR = 0xD28,
    SCB_MMFAR = 0xD34,
    SCB_BFAR = 0xD38,
    SCB_CPACR = 0xD88,
    MPU_CTRL = 0xD94,
    MPU_RNR = 0xD98,
    MPU_RBAR = 0xD9C,
    MPU_RASR = 0xDA0, /* v7-M */
    MPU_RLAR = 0xDA0, /* v8-M */
    MPU_MAIR0 = 0xDC0
};

enum { CCR_UNALIGN_TRP = 1 << 3, CCR_DIV_0_TRP = 1 << 4, CFSR_MMARVALID = 1 << 7 };

static volatile uint32_t *scs(uint32_t offset)
{
    return (volatile uint32_t *)(uintptr_t)(0xE000E000UL + offset);
}

/* The stack may be what went wrong: start again at its top. */
static __attribute__((noreturn, used)) void report_fault(void)
{
    const uint32_t cause = *scs(SCB_CFSR);

    io_open();
    io_report("fault", cause);
    io_report("fault_address", *scs((cause & CFSR_MMARVALID) != 0 ? SCB_MMFAR : SCB_BFAR));
    io_exit(HARNESS_FAULT);
}

__attribute__((naked)) void fault_handler(void)
{
    __asm__ volatile("ldr r0, =__stack_top\n mov sp, r0\n bl report_fault\n .ltorg");
}

#if defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__)
static void protect(uint32_t region, uintptr_t start, uintptr_t end)
{
    *scs(MPU_RNR) = region;
    *scs(MPU_RBAR) = (uint32_t)start | 3U << 1; /* read-only for all */
    *scs(MPU_RLAR) = ((uint32_t)(end - 1) & ~31UL) | 1U;
}

static void protect_code(void)
{
    *scs(MPU_MAIR0) = 0xFF; /* normal memory */
    protect(0, 0, 0x100000);
    protect(1, (uintptr_t)&__vectors_start, (uintptr_t)&__vectors_end);
    protect(2, (uintptr_t)&__code_start, (uintptr_t)&__code_end);
}
#else
/* Vectors and code lie together from address 0 on; a region's size is a power of two. */
static void protect_code(void)
{
    const uint32_t bytes = (uint32_t)(uintptr_t)&__code_end;
    uint32_t log2 = 0;

    while (1UL << log2 < bytes) {
        log2++;
    }
    *scs(MPU_RNR) = 0;
    *scs(MPU_RBAR) = 0;
    *scs(MPU_RASR) = 6UL << 24 | 1UL << 17 | (log2 - 1) << 1 | 1U; /* read-only, normal memory */
}
#endif

/* ARMv6-M code runs on a v7-M board, which would forgive the unaligned accesses of a bad cast. */
static void set_traps(void)
{
#if defined(__ARM_ARCH_6M__)
    *scs(SCB_CCR) |= CCR_UNALIGN_TRP;
#else
    *scs(SCB_CCR) |= CCR_DIV_0_TRP;
#endif
    protect_code();
    *scs(MPU_CTRL) = 5; /* on, with the default map for everything else */
    __asm__ volatile("dsb\n isb" ::: "memory");
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
    set_traps();
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
