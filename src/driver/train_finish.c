/* train: the trained graph becomes a .tflite of built-in operators, float or, after training with rounding, int8.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/compare.h"
#include "driver/quantize.h"
#include "driver/train_job.h"
#include "export/export.h"

/* Built-in operators alone: batch norm into the layers, dropout gone, activations into what they follow. */
static Status plain(Job *j)
{
    TRY(pass_fold_batchnorm(j->g, j->d));
    TRY(pass_strip_training(j->g, j->d));
    TRY(pass_infer(j->g, j->d));
    TRY(pass_fuse_activation(j->g, j->d));
    TRY(pass_drop_dead(j->g, j->d));
    return graph_verify(j->g, j->d);
}

Status job_finish(Job *j)
{
    TRY(plain(j));
    j->r->macs = graph_macs(j->g);
    return export_tflite(j->g, &j->r->file, j->d);
}

/* --- int8 --- */

enum { CALIBRATION_SAMPLES = 1024 };

/* The loss wants to see softmax and sigmoid at the end; what they give has a fixed range, so training loses nothing. */
static void round_before_probabilities(Graph *g)
{
    int32_t last = graph_producer(g, g->output[0]);
    int32_t before = last < 0 ? -1 : graph_producer(g, g->node[last].in[0]);
    if (before < 0 || (op_of(&g->node[last])->traits & TRAIT_TRAIN_ONLY) == 0) {
        return;
    }
    const char *kind = g->node[before].kind->name;
    if (strcmp(kind, "softmax") == 0 || strcmp(kind, "logistic") == 0) {
        g->output[0] = g->node[last].in[0];
        g->node[last].is_dead = true;
        graph_sweep(g);
    }
}

/* What a choice of --qat ends as. */
static const QuantizeTo qat_to[] = {[QAT_INT8] = TO_INT8, [QAT_INT4] = TO_INT4, [QAT_TERNARY] = TO_TERNARY};

/* Widths of the weights of each node of G, which is folded and fused, as --qat and --widths say. */
static Status weight_types(const Job *j, const Graph *g, Type *type)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        type[i] = quantize_weight_type(qat_to[j->s->qat]);
    }
    return j->s->widths != NULL ? widths_read(j->s->widths, g, type, j->d) : OK;
}

Status job_check_widths(Job *j)
{
    if (j->s->widths == NULL) {
        return OK;
    }
    if (j->s->qat == QAT_NONE) {
        return fail(j->d, ERR_USAGE, "widths are those of rounded weights: they need --qat");
    }
    Arena scratch = {0};
    Graph *own = j->g;
    j->g = graph_copy(own);
    Status s = plain(j);
    s = s != OK ? s : weight_types(j, j->g, NEW(&scratch, Type, j->g->node_count));
    graph_free(j->g);
    j->g = own;
    arena_free(&scratch);
    return s;
}

/* Rounding in the graph, with ranges that some samples of the training part show. */
static Status insert_rounding(Job *j)
{
    FitSet set = job_set(j, PART_TRAIN);
    int64_t runs = set.count < CALIBRATION_SAMPLES ? set.count : CALIBRATION_SAMPLES;
    Arena scratch = {0};
    Calibration seen = {0};
    float *inputs = NEW(&scratch, float, runs *set.x_count);
    for (int64_t i = 0; i < runs; i++) {
        memcpy(inputs + i * set.x_count, set.x + set.index[i * set.count / runs] * set.x_count,
               sizeof(float) * (size_t)set.x_count);
    }
    Graph *f = graph_copy(j->g);
    Status s = pass_infer(f, j->d);
    s = s != OK ? s : pass_lower(f, j->d);
    s = s != OK ? s : calibrate(f, (const uint8_t *)inputs, runs, false, &seen, j->d);
    if (s == OK) {
        Range *range = NEW(&scratch, Range, j->g->tensor_count);
        for (TensorId id = 1; id < j->g->tensor_count; id++) {
            range[id] = seen.seen[id].count > 0
                            ? calibration_range(&seen.seen[id], CALIBRATE_MINMAX, 100.0, 8)
                            : (Range){0.0, 0.0};
        }
        Type *weights = NEW(&scratch, Type, j->g->node_count);
        s = weight_types(j, j->g, weights);
        insert_fake_quant(j->g, range, TYPE_S8, weights);
        round_before_probabilities(j->g);
        s = s != OK ? s : pass_infer(j->g, j->d);
    }
    calibration_free(&seen);
    graph_free(f);
    arena_free(&scratch);
    return s;
}

/* The very file, run by the device's kernels. */
static Status judge_file(Job *j, const Graph *g, Part part)
{
    FitSet set = job_set(j, part);
    if (set.count == 0) {
        return OK;
    }
    Arena scratch = {0};
    float *y = NULL;
    int64_t outputs = 0;
    const Data *data = part == PART_TEST && j->test != NULL ? j->test : j->data;
    Status s = score_run(g, false, data, set.index, set.count, 1, &scratch, &y, &outputs, j->d);
    if (s == OK) {
        job_metrics(j, &set, y, (int32_t)outputs, &j->r->part[part].quantized);
    }
    arena_free(&scratch);
    return s;
}

static Status judge_files(Job *j)
{
    ImportLimits limits = import_default_limits();
    Graph *g = NULL;
    Span file = {(const uint8_t *)j->r->file.text, j->r->file.bytes};
    TRY(import_tflite(file, "the trained model", &limits, &g, j->d));
    Status s = pass_infer(g, j->d);
    s = s != OK ? s : pass_fold_constants(g, j->d);
    s = s != OK ? s : pass_lower(g, j->d);
    s = s != OK ? s : judge_file(j, g, PART_VALIDATION);
    s = s != OK ? s : judge_file(j, g, PART_TEST);
    graph_free(g);
    return s;
}

Status job_quantize(Job *j, int32_t epochs, int32_t rounded)
{
    job_end_fit(j);
    TRY(plain(j));
    j->r->macs = graph_macs(j->g);
    TRY(insert_rounding(j));
    Stage stage = {.epochs = j->r->stopped ? 0 : rounded,
                   .first_epoch = epochs,
                   .rate_gain = 0.1,
                   .rounding = true,
                   .checkpoint = j->s->checkpoint == NULL
                                     ? NULL
                                     : arena_printf(&j->arena, "%s.int8", j->s->checkpoint)};
    TRY(job_fit(j, &stage));
    trainer_store(j->trainer, j->g);
    QuantizeOptions o = {.to = qat_to[j->s->qat], .widths = j->s->widths};
    QuantizeResult q = {0};
    Status s = quantize_floats(j->g, &o, NULL, 0, &q, j->d);
    if (s == OK) {
        j->r->file = q.file;
        q.file = (Out){0};
    }
    quantize_free(&q);
    TRY(s);
    return judge_files(j);
}
