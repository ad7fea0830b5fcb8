/* Input from flash, output as lines of text through simavr's console register, for AVR.
 * A line is "D" and hexadecimal bytes, "R name value" or "X code".
 * SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <avr/io.h>
#include <avr/pgmspace.h>
#include <avr/sleep.h>

/* What simavr reads from section .mmcu (tags of its avr_mcu_section.h): the frequency, the register
 * whose writes are console output, and a register whose writes are dated in trace.vcd. At 100 MHz a
 * cycle takes 10 ns, which simavr 1.6 counts in and later versions can express. */
enum { TAG_FREQUENCY = 2, TAG_CONSOLE = 11, TAG_VCD_FILE = 12, TAG_VCD_TRACE = 14 };

struct mmcu {
    uint8_t frequency_tag, frequency_bytes;
    uint32_t frequency;
    uint8_t console_tag, console_bytes;
    volatile uint8_t *console;
    uint8_t file_tag, file_bytes;
    char file[16];
    uint8_t trace_tag, trace_bytes, trace_mask;
    volatile uint8_t *trace;
    char trace_name[16];
} __attribute__((packed));

__attribute__((section(".mmcu"), used)) static const struct mmcu mmcu = {
    TAG_FREQUENCY, 4, 100000000UL,
    TAG_CONSOLE, 2, &GPIOR1,
    TAG_VCD_FILE, 16, "trace.vcd",
    TAG_VCD_TRACE, 19, 0, &GPIOR0, "window",
};

extern const uint8_t __input_start[], __input_end[];
static uint32_t position;

/* Addresses above 64 KB need three bytes, which a C pointer has not. */
#if defined(__AVR_HAVE_ELPM__)
#define FLASH_ADDRESS(symbol) pgm_get_far_address(symbol)
#define FLASH_BYTE(address) pgm_read_byte_far(address)
#else
#define FLASH_ADDRESS(symbol) ((uint32_t)(uint16_t)(symbol))
#define FLASH_BYTE(address) pgm_read_byte((uint16_t)(address))
#endif

void io_open(void)
{
    position = FLASH_ADDRESS(__input_start);
}

uint32_t io_read(uint8_t *data, uint32_t bytes)
{
    const uint32_t left = FLASH_ADDRESS(__input_end) - position;

    if (bytes > left) {
        bytes = left;
    }
    for (uint32_t i = 0; i < bytes; i++) {
        data[i] = FLASH_BYTE(position + i);
    }
    position += bytes;
    return bytes;
}

static void put_hex(uint8_t nibble)
{
    GPIOR1 = (uint8_t)(nibble < 10 ? '0' + nibble : 'a' - 10 + nibble);
}

void io_write(const uint8_t *data, uint32_t bytes)
{
    uint8_t column = 0;

    for (uint32_t i = 0; i < bytes; i++) {
        if (column == 0) {
            GPIOR1 = 'D';
        }
        put_hex(data[i] >> 4);
        put_hex(data[i] & 15);
        column++;
        if (column == 64 || i + 1 == bytes) {
            GPIOR1 = '\r';
            column = 0;
        }
    }
}

static void put_decimal(uint32_t value)
{
    if (value >= 10) {
        put_decimal(value / 10);
    }
    GPIOR1 = (uint8_t)('0' + value % 10);
}

void io_report(const char *name, uint32_t value)
{
    GPIOR1 = 'R';
    GPIOR1 = ' ';
    for (; *name != '\0'; name++) {
        GPIOR1 = (uint8_t)*name;
    }
    GPIOR1 = ' ';
    put_decimal(value);
    GPIOR1 = '\r';
}

/* simavr ends when the chip sleeps with interrupts off. */
void io_exit(int code)
{
    GPIOR1 = 'X';
    GPIOR1 = ' ';
    put_decimal((uint32_t)code);
    GPIOR1 = '\r';
    __asm__ volatile("cli");
    for (;;) {
        sleep_enable();
        sleep_cpu();
    }
}
