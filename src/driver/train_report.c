/* train: the log and the JSON document.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/train_job.h"

#include <math.h>

static void put(Out *o, double v)
{
    if (isnan(v)) {
        out_text(o, ",");
    } else {
        out_printf(o, ",%.9g", v);
    }
}

Status job_write_log(const Job *j)
{
    if (j->s->log == NULL) {
        return OK;
    }
    const char *name = j->data->label != NULL ? "accuracy" : "mae";
    Out o = {0};
    out_printf(&o, "epoch,rate,loss,%s,val_loss,val_%s\n", name, name);
    for (int64_t i = 0; i < j->r->row_count; i++) {
        const EpochRow *row = &j->r->row[i];
        out_printf(&o, "%jd", (intmax_t)row->epoch);
        put(&o, row->rate);
        put(&o, row->loss);
        put(&o, row->metric);
        put(&o, row->val_loss);
        put(&o, row->val_metric);
        out_text(&o, "\n");
    }
    Status s = file_write(j->s->log, o.text, o.bytes, j->d);
    out_free(&o);
    return s;
}

/* null where there is no number */
static json_t *real(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static json_t *class_json(const Metrics *m, const char *const *class_name, int32_t class_count, int32_t c)
{
    const ClassMetric *k = &m->of_class[c];
    json_t *o = json_pack("{s:I, s:o, s:o, s:o, s:o}", "count", (json_int_t)k->count, "precision",
                          real(k->precision), "recall", real(k->recall), "f1", real(k->f1), "auc",
                          real(k->auc));
    json_object_set_new(o, "class",
                        class_name != NULL && c < class_count ? json_string(class_name[c]) : json_integer(c));
    json_t *said = json_array();
    for (int32_t i = 0; i < m->class_count; i++) {
        json_array_append_new(said, json_integer(m->confusion[(int64_t)c * m->class_count + i]));
    }
    json_object_set_new(o, "said", said);
    return o;
}

json_t *metrics_json(const Metrics *m, const char *const *class_name, int32_t class_count)
{
    if (m->class_count == 0) {
        return json_pack("{s:I, s:o, s:o, s:o, s:o}", "count", (json_int_t)m->count, "loss",
                         real(m->loss), "mae", real(m->mae), "mse", real(m->mse), "r2",
                         real(m->r2));
    }
    json_t *o =
        json_pack("{s:I, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o}", "count", (json_int_t)m->count,
                  "loss", real(m->loss), "accuracy", real(m->accuracy), "top_k_accuracy",
                  real(m->top_k_accuracy), "top_k", m->top_k, "precision", real(m->precision),
                  "recall", real(m->recall), "f1", real(m->f1), "auc", real(m->auc));
    json_t *classes = json_array();
    for (int32_t c = 0; c < m->class_count; c++) {
        json_array_append_new(classes, class_json(m, class_name, class_count, c));
    }
    json_object_set_new(o, "classes", classes);
    return o;
}

static json_t *rows_json(const TrainResult *r)
{
    json_t *rows = json_array();
    for (int64_t i = 0; i < r->row_count; i++) {
        const EpochRow *row = &r->row[i];
        json_array_append_new(rows,
                              json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "epoch",
                                        (json_int_t)row->epoch, "rate", real(row->rate), "loss",
                                        real(row->loss), "metric", real(row->metric), "val_loss",
                                        real(row->val_loss), "val_metric", real(row->val_metric)));
    }
    return rows;
}

static json_t *sensor_json(const SensorReport *r)
{
    static const char *const names[PART_COUNT] = {"train", "validation", "test"};
    json_t *parts = json_object();
    for (int32_t i = 0; i < PART_COUNT; i++) {
        const SensorPart *p = &r->part[i];
        json_object_set_new(parts, names[i],
                            json_pack("{s:I, s:I, s:I, s:I, s:o}", "usual", (json_int_t)p->usual, "unusual",
                                      (json_int_t)p->unusual, "false_alarms", (json_int_t)p->false_alarms, "found",
                                      (json_int_t)p->found, "auc", real(p->auc)));
    }
    return json_pack("{s:s, s:i, s:i, s:i, s:i, s:f, s:f, s:o}", "detector", r->detector, "features", r->features,
                     "window", r->window, "hop", r->hop, "channels", r->channels, "scale", r->scale, "threshold",
                     r->threshold, "parts", parts);
}

json_t *train_json(const TrainSettings *s, const TrainResult *r)
{
    json_t *parts = json_object();
    for (int32_t i = 0; i < PART_COUNT; i++) {
        const TrainPart *p = &r->part[i];
        if (p->metrics.count > 0) {
            json_object_set_new(parts, p->name, metrics_json(&p->metrics, r->class_name, r->class_count));
        }
        if (p->quantized.count > 0) {
            json_t *o = json_object_get(parts, p->name);
            json_object_set_new(o, "int8", metrics_json(&p->quantized, r->class_name, r->class_count));
        }
    }
    json_t *o =
        json_pack("{s:s, s:s, s:s*, s:I, s:I, s:I, s:s, s:s, s:s, s:i, s:I, s:i, s:b, s:b, s:b, "
                  "s:f, s:I, s:o, s:o}",
                  "schema", "shrinc/train/1", "data", r->data_name, "file", s->out, "file_bytes",
                  (json_int_t)r->file.bytes, "parameters", (json_int_t)r->parameters, "macs",
                  (json_int_t)r->macs, "loss", r->loss_name, "optimizer", r->optimizer_name,
                  "metric", r->metric_name, "epochs", r->epochs, "epochs_done",
                  (json_int_t)r->row_count, "best_epoch", r->best_epoch, "kept_best", r->kept_best,
                  "stopped", r->stopped, "ended_early", r->ended_early, "seconds", r->seconds,
                  "seed", (json_int_t)s->seed, "parts", parts, "history", rows_json(r));
    if (r->sensor != NULL) {
        json_object_set_new(o, "sensor", sensor_json(r->sensor));
    }
    return o;
}
