/* Functions that count, crash, nest, weigh or never end, for tests/targets.sh.
 * SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef void Model(const uint8_t *input, uint8_t *output);
Model model_count, model_stack, model_deep, model_null, model_cast, model_endless, model_weigh;
Model model_nothing, model_huge, model_overrun, model_overflow, model_trace, model_work;
void harness_trace(int layer, const void *data, uint32_t bytes);

static volatile uint8_t *volatile escape;

void model_nothing(const uint8_t *input, uint8_t *output)
{
    (void)input;
    (void)output;
}

/* State over runs: the output counts the runs. */
void model_count(const uint8_t *input, uint8_t *output)
{
    static uint8_t runs;

    runs++;
    for (int i = 0; i < 4; i++) {
        output[i] = (uint8_t)(input[i] + runs);
    }
}

__attribute__((noinline)) static void fill(volatile uint8_t *data, int count, uint8_t value)
{
    for (int i = 0; i < count; i++) {
        data[i] = value;
    }
}

/* Just over 1000 bytes of stack. */
void model_stack(const uint8_t *input, uint8_t *output)
{
    volatile uint8_t frame[1000];

    fill(frame, 1000, input[0]);
    output[0] = frame[999];
}

__attribute__((noinline)) static uint8_t nest(uint16_t depth, uint8_t value)
{
    volatile uint8_t frame[100];

    fill(frame, 100, value);
    escape = frame;
    return depth == 0 ? value : (uint8_t)(nest((uint16_t)(depth - 1), value) + frame[99]);
}

void model_deep(const uint8_t *input, uint8_t *output)
{
    output[0] = nest(9000, input[0]);
}

void model_null(const uint8_t *input, uint8_t *output)
{
    volatile uint32_t *volatile nowhere = NULL;

    *nowhere = input[0];
    output[0] = 0;
}

/* An access that ARMv6-M refuses. */
void model_cast(const uint8_t *input, uint8_t *output)
{
    static uint32_t words[2];
    volatile uint32_t *word;

    escape = (uint8_t *)words;
    word = (volatile uint32_t *)(volatile void *)(escape + 1);
    *word = input[0];
    output[0] = escape[1];
}

void model_endless(const uint8_t *input, uint8_t *output)
{
    volatile uint8_t *one = output;

    one[0] = input[0];
    for (;;) {
        one[0] = 1;
    }
}

/* 400 bytes of constants, 40 of data, 80 of bss. */
void model_weigh(const uint8_t *input, uint8_t *output)
{
    static const uint8_t constants[400] = {1};
    static volatile uint8_t data[40] = {1};
    static volatile uint8_t zeros[80];

    output[0] = (uint8_t)(constants[input[0]] + data[input[0] % 40] + zeros[input[0] % 80]);
}

#if defined(HUGE_BYTES)
void model_huge(const uint8_t *input, uint8_t *output)
{
    static volatile uint8_t bytes[HUGE_BYTES];

    bytes[input[0]] = 1;
    output[0] = bytes[input[1]];
}
#endif

void model_overrun(const uint8_t *input, uint8_t *output)
{
    static uint8_t bytes[4];
    volatile uint8_t *first = bytes;

    output[0] = first[5 + (input[0] & 1)];
}

void model_overflow(const uint8_t *input, uint8_t *output)
{
    volatile int most = INT_MAX;
    volatile int sum = most + input[0];

    output[0] = sum > 0;
}

#if defined(HARNESS_TRACE)
void model_trace(const uint8_t *input, uint8_t *output)
{
    harness_trace(0, input, 2);
    memcpy(output, input, 4);
    harness_trace(7, output, 4);
}
#endif

__attribute__((noinline)) static uint32_t gcd(uint32_t a, uint32_t b)
{
    while (b != 0) {
        const uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Division, memory, calls, conditions and 64-bit products. */
__attribute__((noinline)) static uint32_t work(void)
{
    static uint8_t bytes[4096];
    uint32_t x = 1, sum = 0;

    for (uint32_t i = 0; i < 20000; i++) {
        x = x * 1664525U + 1013904223U;
        bytes[x >> 20] = (uint8_t)(bytes[x >> 20] + i);
        sum += gcd(x, i + 1);
        sum ^= (uint32_t)(((uint64_t)x * sum) >> 33);
        if ((sum & 4U) != 0) {
            sum = sum > 1000 ? sum - 3 : sum + 5;
        }
        if ((i & 1023U) == 0) {
            memmove(bytes + 1, bytes, 4000);
        }
    }
    return sum + bytes[77];
}

/* A second count, by the chip's own counter where QEMU runs with -icount shift=0: there the virtual
 * clock advances 1 ns per instruction, and SysTick at 25 MHz once in 40; RISC-V counts itself. */
void model_work(const uint8_t *input, uint8_t *output)
{
    uint32_t count = 0, result;

    (void)input;
#if defined(__arm__)
    volatile uint32_t *const control = (volatile uint32_t *)0xE000E010;
    volatile uint32_t *const reload = (volatile uint32_t *)0xE000E014;
    volatile uint32_t *const now = (volatile uint32_t *)0xE000E018;
    *reload = 0xFFFFFF;
    *now = 0;
    *control = 5;
    for (volatile int i = 0; i < 15; i++) { /* the counter starts with its first tick */
    }
    count = *now;
    result = work();
    count = ((count - *now) & 0xFFFFFF) * 40;
#elif defined(__riscv)
    uint32_t end;
    __asm__ volatile(".option push\n .option arch, +zicsr\n csrr %0, minstret\n .option pop"
                     : "=r"(count));
    result = work();
    __asm__ volatile(".option push\n .option arch, +zicsr\n csrr %0, minstret\n .option pop"
                     : "=r"(end));
    count = end - count;
#else
    result = work();
#endif
    memcpy(output, &count, 4);
    memcpy(output + 4, &result, 4);
}
