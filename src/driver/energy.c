/* What a sensor node would take in a day: an estimate from counted instructions and bytes, and constants.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/energy.h"

#include <math.h>
#include <stdlib.h>

/* The usual values are round numbers of the size that data sheets of such parts name; nothing here was measured. */
const EnergyRow energy_rows[ENERGY_CONSTANTS] = {
    [ENERGY_SENSOR_UW] = {"sensor-uw", 450.0,
                          "uW, the sensor while it samples (three-axis MEMS accelerometer, 150 uA at 3 V)"},
    [ENERGY_SLEEP_UW] = {"sleep-uw", 6.0, "uW, processor and board asleep with RAM kept (2 uA at 3 V)"},
    [ENERGY_CYCLE_NJ] = {"cycle-nj", 0.3, "nJ a cycle of the processor (Cortex-M4 class, 100 uA/MHz at 3 V)"},
    [ENERGY_CYCLES] = {"cycles", 1.5, "cycles an instruction (assumed: loads, multiplications and branches mixed)"},
    [ENERGY_BYTE_UJ] = {"byte-uj", 0.12, "uJ a byte on air (1 Mbit/s radio, 5 mA at 3 V while it sends)"},
    [ENERGY_PACKET_UJ] = {"packet-uj", 40.0,
                          "uJ a packet besides: start, header, waiting for the answer (3 ms at some 13 mW)"},
    [ENERGY_PACKET_BYTES] = {"packet-bytes", 244.0, "bytes in a packet at most (Bluetooth LE with long packets)"},
};

static Status fail_names(const char *text, Diag *d)
{
    char names[256] = "";
    for (int32_t i = 0; i < ENERGY_CONSTANTS; i++) {
        size_t n = strlen(names);
        (void)snprintf(names + n, sizeof names - n, "%s%s", i == 0 ? "" : ", ", energy_rows[i].name);
    }
    return fail(d, ERR_USAGE, "--energy: '%s' is no NAME=NUMBER; there are %s, numbers from 0 to 1e9, bytes from 1",
                text, names);
}

Status energy_read(const char *text, Energy *out, Diag *d)
{
    for (int32_t i = 0; i < ENERGY_CONSTANTS; i++) {
        out->value[i] = energy_rows[i].usual;
    }
    while (text != NULL && *text != '\0') {
        size_t n = strcspn(text, "=");
        int32_t i = 0;
        while (i < ENERGY_CONSTANTS &&
               (strlen(energy_rows[i].name) != n || strncmp(energy_rows[i].name, text, n) != 0)) {
            i++;
        }
        char *end = NULL;
        double v = text[n] == '=' && i < ENERGY_CONSTANTS ? strtod(text + n + 1, &end) : -1.0;
        if (end == NULL || end == text + n + 1 || (*end != ',' && *end != '\0') || !(v >= 0.0 && v <= 1e9) ||
            (i == ENERGY_PACKET_BYTES && v < 1.0)) {
            return fail_names(text, d);
        }
        out->value[i] = v;
        text = end + (*end == ',');
    }
    return OK;
}

EnergyUse energy_use(const Energy *e, double seconds, double instructions, double bytes, double messages)
{
    const double *v = e->value;
    double packets = fmax(messages, ceil(bytes / v[ENERGY_PACKET_BYTES]));
    EnergyUse u = {.sensing = seconds * v[ENERGY_SENSOR_UW] * 1e-6,
                   .sleeping = seconds * v[ENERGY_SLEEP_UW] * 1e-6,
                   .computing = instructions * v[ENERGY_CYCLES] * v[ENERGY_CYCLE_NJ] * 1e-9,
                   .sending = (bytes * v[ENERGY_BYTE_UJ] + packets * v[ENERGY_PACKET_UJ]) * 1e-6};
    u.total = u.sensing + u.sleeping + u.computing + u.sending;
    return u;
}
