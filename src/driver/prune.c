/* prune: a float model to a narrower one, or to one with zeros among its weights.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/prune.h"

#include "export/export.h"
#include "pass/quant.h"

#include <zlib.h>

static Status prepare(Graph *g, Diag *d)
{
    static Status (*const steps[])(Graph *, Diag *) = {pass_infer,         pass_fold_constants,  pass_fold_batchnorm,
                                                       pass_strip_training, pass_infer,           pass_fuse_activation,
                                                       pass_drop_dead};
    for (size_t i = 0; i < COUNT(steps); i++) {
        TRY(steps[i](g, d));
    }
    return OK;
}

/* The constant float weights of node N, or 0. */
static TensorId weights_of(const Graph *g, const Node *n)
{
    const QuantSpec *s = &op_of(n)->quant;
    TensorId id = s->rule == QUANT_MAC && s->weights < n->in_count ? n->in[s->weights] : 0;
    return id != 0 && tensor_is_const(tensor(g, id)) && tensor(g, id)->type == TYPE_F32 ? id : 0;
}

static int64_t count_weights(const Graph *g)
{
    int64_t count = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        const QuantSpec *s = &op_of(n)->quant;
        if (weights_of(g, n) != 0) {
            const Tensor *bias = s->bias < n->in_count ? node_in(g, n, s->bias) : NULL;
            count += shape_count(&tensor(g, weights_of(g, n))->shape) + (bias == NULL ? 0 : shape_count(&bias->shape));
        }
    }
    return count;
}

/* Bytes that zlib makes of the int8 weights of all layers, one behind the other. */
static int64_t zipped_bytes(const Graph *g)
{
    Arena own = {0};
    Out all = {0};
    for (int32_t i = 0; i < g->node_count; i++) {
        TensorId id = weights_of(g, &g->node[i]);
        if (id != 0) {
            const Tensor *w = tensor(g, id);
            WeightScales s = weight_scales(&own, w, op_of(&g->node[i])->quant.out_axis, TYPE_S8, false);
            out_bytes(&all, weight_numbers(&own, w, &s), (size_t)shape_count(&w->shape));
        }
    }
    uLongf bytes = compressBound((uLong)all.bytes);
    Bytef *packed = NEW(&own, Bytef, bytes);
    int status = compress2(packed, &bytes, (const Bytef *)all.text, (uLong)all.bytes, Z_BEST_COMPRESSION);
    out_free(&all);
    arena_free(&own);
    return status == Z_OK ? (int64_t)bytes : -1;
}

Status prune_model(Session *s, const PruneSettings *o, PruneResult *r)
{
    *r = (PruneResult){0};
    Graph *g = s->g;
    TRY(prepare(g, &s->diag));
    r->weights_before = count_weights(g);
    r->macs_before = graph_macs(g);
    if (r->weights_before == 0) {
        return fail(&s->diag, ERR_INPUT, "no layer has constant float weights: prune before quantising");
    }
    if (o->channels.keep < 1.0) {
        TRY(prune_channels(g, &o->channels, &r->arena, &r->layer, &r->layer_count, &s->diag));
    }
    r->zip_before = zipped_bytes(g);
    r->zero_count = prune_weights(g, o->zeros, &r->all_count);
    r->zip_after = zipped_bytes(g);
    r->weights_after = count_weights(g);
    r->macs_after = graph_macs(g);
    TRY(graph_verify(g, &s->diag));
    return export_tflite(g, &r->file, &s->diag);
}

void prune_free(PruneResult *r)
{
    out_free(&r->file);
    arena_free(&r->arena);
    *r = (PruneResult){0};
}

json_t *prune_json(const Session *s, const PruneResult *r)
{
    json_t *layers = json_array();
    for (int32_t i = 0; i < r->layer_count; i++) {
        const PruneLayer *l = &r->layer[i];
        json_array_append_new(layers, json_pack("{s:s, s:i, s:i, s:b}", "name", l->name, "channels_before", l->before,
                                                "channels", l->after, "is_bound", l->is_bound));
    }
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "schema", "shrinc/prune/1", "model",
                     s->file_name, "weights_before", (json_int_t)r->weights_before, "weights",
                     (json_int_t)r->weights_after, "macs_before", (json_int_t)r->macs_before, "macs",
                     (json_int_t)r->macs_after, "zeros", (json_int_t)r->zero_count, "zeros_of",
                     (json_int_t)r->all_count, "zip_bytes_before", (json_int_t)r->zip_before, "zip_bytes",
                     (json_int_t)r->zip_after, "layers", layers);
}
