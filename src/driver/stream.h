/* stream: a recording replayed as the device would hear it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_STREAM_H
#define SHRINC_DRIVER_STREAM_H

#include "data/data.h"
#include "driver/driver.h"

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

typedef struct StreamResult {
    Arena arena;
    int64_t samples, run_count;
    int32_t channels, hop, window, features;
    double rate_hz;       /* 0: unknown */
    double threshold;
    StreamRun *run;
    int64_t event_count, event_bytes, anomalies, false_anomalies;
    bool has_labels;
    StreamFault *fault;
    int64_t fault_count, missed;
} StreamResult;

/* S holds a model that gives events (graph_gives_events); it is run through all passes. NORMAL: the usual class of the
 * recording, NULL: that of the training. */
Status stream_run(Session *s, Rounding rounding, const DataOptions *o, const char *normal, StreamResult *r,
                  Diag *d) MUST_CHECK;
void stream_free(StreamResult *r);
const char *stream_event_name(int32_t event);
/* BYTES of the recording as bytes a day; NAN where the rate is unknown. */
double stream_per_day(const StreamResult *r, double bytes);
json_t *stream_json(const Session *s, const StreamResult *r);
/* time,score,threshold,event,faults,labelled: a row a run. */
void stream_csv(const StreamResult *r, Out *csv);

#endif
