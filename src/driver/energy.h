/* What a sensor node would take in a day: an estimate from counted instructions and bytes, and constants.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_ENERGY_H
#define SHRINC_DRIVER_ENERGY_H

#include "base/base.h"

typedef enum EnergyConstant {
    ENERGY_SENSOR_UW,
    ENERGY_SLEEP_UW,
    ENERGY_CYCLE_NJ,
    ENERGY_CYCLES,
    ENERGY_BYTE_UJ,
    ENERGY_PACKET_UJ,
    ENERGY_PACKET_BYTES,
    ENERGY_CONSTANTS
} EnergyConstant;

typedef struct EnergyRow {
    const char *name; /* with its unit: "sensor-uw" */
    double usual;
    const char *what; /* what it is, and where the usual value comes from */
} EnergyRow;
extern const EnergyRow energy_rows[ENERGY_CONSTANTS];

typedef struct Energy {
    double value[ENERGY_CONSTANTS];
} Energy;

/* The usual constants, and over them TEXT: "sensor-uw=300,packet-uj=500" (NULL: nothing). */
Status energy_read(const char *text, Energy *out, Diag *d) MUST_CHECK;

/* Joules. */
typedef struct EnergyUse {
    double sensing, sleeping, computing, sending, total;
} EnergyUse;

/* Of SECONDS in which so many instructions run, and BYTES are sent in at least MESSAGES packets. */
EnergyUse energy_use(const Energy *e, double seconds, double instructions, double bytes, double messages);

#endif
