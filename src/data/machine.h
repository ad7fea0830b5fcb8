/* A made machine with faults, for tests and demonstrations: 1,000 samples a second of three axes and a temperature.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DATA_MACHINE_H
#define SHRINC_DATA_MACHINE_H

#include "base/base.h"

enum { MACHINE_CHANNELS = 4, MACHINE_FAULTS = 8, MACHINE_RATE = 1000 };

typedef enum MachineFaultKind {
    MACHINE_BEARING,
    MACHINE_IMBALANCE,
    MACHINE_LOOSENESS,
    MACHINE_STUCK, /* from here on the sensor's faults */
    MACHINE_CLIPPED,
    MACHINE_MISSING,
    MACHINE_DRIFT,
    MACHINE_FINE
} MachineFaultKind;

typedef struct MachineFault {
    MachineFaultKind kind;
    int64_t start, end; /* samples */
    double size;        /* 1: as strong as such a fault gets, at its end */
} MachineFault;

typedef struct MachineOptions {
    uint64_t seed;
    double rate; /* samples a second */
    int32_t faults;
    MachineFault fault[MACHINE_FAULTS];
} MachineOptions;

typedef struct Machine Machine;

/* Reads "bearing 15h 24h 1, stuck 20h 20.2h" into O, whose rate is set. */
Status machine_faults(MachineOptions *o, const char *text, Diag *d) MUST_CHECK;
const char *machine_fault_name(MachineFaultKind kind); /* MACHINE_FINE: "normal" */
const char *machine_channel_name(int32_t channel);    /* "x", "y", "z", "temperature" */
double machine_value(int32_t channel, int16_t steps); /* in g or degrees Celsius */
Machine *machine_new(Arena *a, const MachineOptions *o);
/* The next sample: x, y, z in thousandths of g, temperature in hundredths of a degree Celsius; INT16_MIN: it did not
 * come. Returns the fault that it shows. The same options give the same samples. */
MachineFaultKind machine_next(Machine *m, int16_t out[MACHINE_CHANNELS]);

#endif
