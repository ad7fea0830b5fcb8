/* train: the trained graph becomes a .tflite of built-in operators.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/train_job.h"

#include "export/export.h"
#include "pass/quant.h"

Status job_finish(Job *j)
{
    TRY(pass_fold_batchnorm(j->g, j->d));
    TRY(pass_strip_training(j->g, j->d));
    TRY(pass_fuse_activation(j->g, j->d));
    TRY(pass_drop_dead(j->g, j->d));
    TRY(graph_verify(j->g, j->d));
    j->r->macs = graph_macs(j->g);
    return export_tflite(j->g, &j->r->file, j->d);
}
