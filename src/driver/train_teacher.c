/* train: a teacher whose outputs the net learns besides the labels (Hinton et al., arXiv 1503.02531).
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/train_job.h"

#include <math.h>

/* The graph gives logits: a softmax at its end is taken off. */
static void end_in_logits(Graph *g)
{
    int32_t last = graph_producer(g, g->output[0]);
    if (last >= 0 && strcmp(g->node[last].kind->name, "softmax") == 0) {
        g->output[0] = g->node[last].in[0];
        g->node[last].is_dead = true;
        graph_sweep(g);
    }
}

static const Scaling *input_scaling(const Graph *g)
{
    return g->input_scaling != NULL && g->input_scaling[0].count > 0 ? &g->input_scaling[0] : NULL;
}

/* Normalisation is part of what a net has learnt. */
static bool same_scaling(const Scaling *a, const Scaling *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    bool same = a->count == b->count;
    for (int32_t i = 0; i < a->count && same; i++) {
        same = fabsf(a->offset[i] - b->offset[i]) <= 1e-5f * fmaxf(1.0f, fabsf(a->offset[i])) &&
               fabsf(a->gain[i] - b->gain[i]) <= 1e-5f * fabsf(a->gain[i]);
    }
    return same;
}

static Status check(const Job *j, const Graph *g)
{
    const char *file = j->teacher.file_name;
    char own[96], taught[96];
    if (j->loss != LOSS_CROSS_ENTROPY) {
        return fail(j->d, ERR_USAGE,
                    "a teacher is compared through softmax outputs: the loss must be crossentropy, not %s",
                    loss_names[j->loss]);
    }
    if (g->input_count != 1 || g->output_count != 1) {
        return fail(j->d, ERR_INPUT, "the teacher '%s' has %d inputs and %d outputs; one of each is needed", file,
                    g->input_count, g->output_count);
    }
    const Shape *x = &tensor(g, g->input[0])->shape;
    const Shape *y = &tensor(g, g->output[0])->shape;
    if (shape_count(x) != j->data->x_count) {
        return fail(j->d, ERR_INPUT, "the teacher '%s' takes %s, a sample has %jd numbers", file, shape_text(x, taught),
                    (intmax_t)j->data->x_count);
    }
    const Shape *wanted = &tensor(j->g, j->g->output[0])->shape;
    if (shape_count(y) != shape_count(wanted)) {
        return fail(j->d, ERR_INPUT, "the teacher '%s' gives %s, the net %s: they must know the same classes", file,
                    shape_text(y, taught), shape_text(wanted, own));
    }
    if (!same_scaling(input_scaling(g), input_scaling(j->g))) {
        return fail(j->d, ERR_INPUT,
                    "the teacher '%s' was trained on samples normalised in another way; train both with the same data, "
                    "split and normalize",
                    file);
    }
    return OK;
}

Status job_read_teacher(Job *j)
{
    if (j->s->teacher == NULL) {
        return OK;
    }
    if (j->sensor != NULL) {
        return fail(j->d, ERR_USAGE, "a teacher and a signal do not go together");
    }
    Status s = session_open(&j->teacher, j->s->teacher);
    if (s != OK) {
        return fail(j->d, s, "%s", j->teacher.diag.text);
    }
    Graph *g = j->teacher.g;
    TRY(check(j, g));
    end_in_logits(g);
    TrainerOptions o = {.loss = LOSS_MSE, .threads = (int32_t)j->s->threads, .max_batch = (int32_t)j->s->batch};
    Diag own = {0};
    s = trainer_new(g, &o, &j->taught_by, &own);
    if (s != OK) {
        (void)fail(j->d, s, "the teacher '%s': %s", j->teacher.file_name, own.text);
    }
    diag_clear(&own);
    return s;
}

void job_free_teacher(Job *j)
{
    if (j->taught_by != NULL) {
        trainer_free(j->taught_by);
    }
    if (j->s->teacher != NULL) {
        session_close(&j->teacher);
    }
    j->taught_by = NULL;
}
