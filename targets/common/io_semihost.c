/* Files by semihosting: the emulator carries out the calls in its working folder.
 * Call numbers and argument blocks: Arm's "Semihosting for AArch32 and AArch64", which RISC-V
 * shares (its own trap sequence: "RISC-V Semihosting").
 * SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

enum {
    SYS_OPEN = 0x01,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_EXIT_EXTENDED = 0x20,
    OPEN_READ_BINARY = 1,
    OPEN_WRITE = 4,
    OPEN_WRITE_BINARY = 5,
    STOPPED_APPLICATION_EXIT = 0x20026
};

uintptr_t semihost_call(uintptr_t operation, const void *argument); /* semihost.S */

static uintptr_t input_file;
static uintptr_t output_file;
static uintptr_t report_file;

static uintptr_t open_file(const char *path, uintptr_t mode)
{
    uintptr_t length = 0;

    while (path[length] != '\0') {
        length++;
    }
    const uintptr_t block[3] = { (uintptr_t)path, mode, length };
    const uintptr_t file = semihost_call(SYS_OPEN, block);
    if ((intptr_t)file < 0) {
        io_exit(HARNESS_NO_FILE);
    }
    return file;
}

void io_open(void)
{
    if (report_file == 0) {
        report_file = open_file("report.txt", OPEN_WRITE);
        input_file = open_file("input.bin", OPEN_READ_BINARY);
        output_file = open_file("output.bin", OPEN_WRITE_BINARY);
    }
}

uint32_t io_read(uint8_t *data, uint32_t bytes)
{
    const uintptr_t block[3] = { input_file, (uintptr_t)data, bytes };

    return bytes - (uint32_t)semihost_call(SYS_READ, block);
}

static void write_file(uintptr_t file, const void *data, uint32_t bytes)
{
    const uintptr_t block[3] = { file, (uintptr_t)data, bytes };

    if (semihost_call(SYS_WRITE, block) != 0) {
        io_exit(HARNESS_NO_WRITE);
    }
}

void io_write(const uint8_t *data, uint32_t bytes)
{
    write_file(output_file, data, bytes);
}

void io_report(const char *name, uint32_t value)
{
    char line[48];
    char digits[10];
    uint32_t fill = 0;
    int count = 0;

    for (; *name != '\0' && fill < 32; name++) {
        line[fill++] = *name;
    }
    line[fill++] = ' ';
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        line[fill++] = digits[--count];
    }
    line[fill++] = '\n';
    write_file(report_file, line, fill);
}

void io_exit(int code)
{
    const uintptr_t block[2] = { STOPPED_APPLICATION_EXIT, (uintptr_t)code };

    for (;;) {
        semihost_call(SYS_EXIT_EXTENDED, block);
    }
}
