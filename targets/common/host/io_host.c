/* Files of the host, in the working folder, for the harness as an ordinary program.
 * SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

static FILE *input_file;
static FILE *output_file;
static FILE *report_file;

static FILE *open_file(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);

    if (file == NULL) {
        io_exit(HARNESS_NO_FILE);
    }
    return file;
}

void io_open(void)
{
    report_file = open_file("report.txt", "w");
    input_file = open_file("input.bin", "rb");
    output_file = open_file("output.bin", "wb");
}

uint32_t io_read(uint8_t *data, uint32_t bytes)
{
    return (uint32_t)fread(data, 1, bytes, input_file);
}

void io_write(const uint8_t *data, uint32_t bytes)
{
    if (fwrite(data, 1, bytes, output_file) != bytes) {
        io_exit(HARNESS_NO_WRITE);
    }
}

void io_report(const char *name, uint32_t value)
{
    fprintf(report_file, "%s %lu\n", name, (unsigned long)value);
}

void io_exit(int code)
{
    if (output_file != NULL && fclose(output_file) != 0 && code == HARNESS_DONE) {
        code = HARNESS_NO_WRITE;
    }
    if (report_file != NULL) {
        fclose(report_file);
    }
    exit(code);
}
