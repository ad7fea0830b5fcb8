/* stream: a recording replayed as the device would hear it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_STREAM_H
#define SHRINC_DRIVER_STREAM_H

#include "data/data.h"
#include "data/machine.h"
#include "driver/driver.h"
#include "driver/energy.h"

typedef struct StreamRun {
    int64_t end;     /* samples heard when it ran */
    int32_t event;   /* as rt/shrinc_decide_s16.h numbers them */
    int32_t faults;
    double score;    /* real value */
    int32_t frame_bytes; /* of the event as the link sends it, 0: none */
    bool is_labelled;    /* one of its samples belongs to a class other than the usual one */
    bool is_false;   /* an anomaly where no sample of its window is labelled */
} StreamRun;

/* A stretch of labelled samples. */
typedef struct StreamFault {
    int64_t begin, end; /* samples */
    int64_t found;      /* samples heard at the first anomaly or fault of the sensor in it, or while one goes on at its
                         * start; -1: missed */
} StreamFault;

/* What the samples were, in so many columns of a chart: the least and the most of each. NAN: none. */
enum { STREAM_COLUMNS = 1400 };
typedef struct StreamTrace {
    float *low, *high; /* [channels][STREAM_COLUMNS], or NULL: not asked for */
} StreamTrace;

typedef struct StreamResult {
    Arena arena;
    int64_t samples, run_count;
    int32_t channels, hop, window, features;
    const char *source;        /* file, or "machine" */
    const char **channel_name; /* [channels] */
    double rate_hz;       /* 0: unknown */
    double threshold;
    StreamRun *run;
    int64_t event_count, event_bytes, anomalies, false_anomalies;
    bool has_labels;
    StreamFault *fault;
    int64_t fault_count, missed;
    StreamTrace trace;
    Out frames;         /* the events as the device sends them at its first start */
    int64_t clip_count; /* files in CLIPS */
} StreamResult;

/* Where the samples come from, and what is kept beside the runs. */
typedef struct StreamOptions {
    DataOptions data;      /* a recording; its path NULL: */
    MachineOptions machine; /* MACHINE_SAMPLES samples of a made machine, its first channels as many as the model's */
    int64_t machine_samples;
    const char *normal; /* usual class of the recording, NULL: that of the training */
    bool trace;         /* for a chart */
    const char *clips;  /* folder for CLIP_SECONDS of samples around anomalies and faults of the sensor; NULL: none */
} StreamOptions;

enum { STREAM_CLIP_SECONDS = 60 };

/* S holds a model that gives events (graph_gives_events); it is run through all passes. CLIPS/anomaly_N.npy and
 * fault_N.npy hold float32 [samples, channels] in the recording's units from sample N on, a run's first one, with the
 * event in the middle; an event inside the last clip gets none of its own. */
Status stream_run(Session *s, Rounding rounding, const StreamOptions *o, StreamResult *r, Diag *d) MUST_CHECK;
void stream_free(StreamResult *r);
const char *stream_event_name(int32_t event);
/* BYTES of the recording as bytes a day; NAN where the rate is unknown. */
double stream_per_day(const StreamResult *r, double bytes);
json_t *stream_json(const Session *s, const StreamResult *r);
/* time,score,threshold,event,faults,labelled: a row a run. */
void stream_csv(const StreamResult *r, Out *csv);
/* A strip chart, the trace, score, threshold, events and labelled stretches over time; PATH ends in .svg or .png. */
Status stream_plot(const Session *s, const StreamResult *r, const char *path, Diag *d) MUST_CHECK;

/* --- stream_energy.c: a day of each way to report --- */

typedef struct StreamEnergy {
    Energy constants;
    const char *target;       /* where the instructions were counted */
    int64_t run_instructions; /* the most of made vectors */
    EnergyUse samples, features, events;
} StreamEnergy;

/* Counts the instructions of a run of the model at PATH on TARGET. Fails where the sampling rate is not known. */
Status stream_energy(const char *path, const char *target, const CompileOptions *o, const Energy *constants,
                     const StreamResult *r, StreamEnergy *out, Diag *d) MUST_CHECK;
json_t *stream_energy_json(const StreamEnergy *e);

/* --- stream_source.c: one block of samples after another --- */

typedef struct StreamSource {
    const char *name;
    int64_t samples;
    int32_t channels;
    double rate_hz; /* 0: unknown */
    bool has_labels;
    const char **channel_name; /* [channels] */
    double gain;               /* what the file's numbers were multiplied by */
    /* private */
    Data *data;
    int32_t usual;
    Machine *machine;
    int64_t at;
} StreamSource;

/* Of samples of CHANNELS numbers; it lives in A until source_close. */
Status source_open(Arena *a, const StreamOptions *o, int32_t channels, const char *normal, StreamSource *out,
                   Diag *d) MUST_CHECK;
/* The next COUNT samples, X [COUNT][channels]; LABELLED [COUNT]: of a class other than the usual one. */
void source_take(StreamSource *s, int64_t count, float *x, uint8_t *labelled);
void source_close(StreamSource *s);

#endif
