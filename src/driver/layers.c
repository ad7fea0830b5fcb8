/* How far two forms of a model lie apart, layer by layer: the float graph and the quantised one on the same inputs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/quantize.h"

#include <math.h>

static double real_value(const Tensor *t, const uint8_t *bytes, int64_t i)
{
    double v = element_value(t->type, bytes, i);
    return t->q.count == 1 ? (v - t->q.zero[0]) * (double)t->q.scale[0] : v;
}

/* Stores a float input as the tensor of Q that takes it, as QUANTIZE does. */
static void give_input(const Tensor *from, const uint8_t *bytes, const Tensor *to, uint8_t *at)
{
    if (from->type == to->type) {
        memcpy(at, bytes, (size_t)tensor_bytes(from));
        return;
    }
    double low = to->type == TYPE_S8 ? INT8_MIN : INT16_MIN;
    double high = to->type == TYPE_S8 ? INT8_MAX : INT16_MAX;
    for (int64_t i = 0; i < shape_count(&from->shape); i++) {
        float x = (float)element_value(from->type, bytes, i);
        double v = round((double)(x / to->q.scale[0])) + to->q.zero[0];
        int16_t wide = (int16_t)fmin(fmax(v, low), high);
        memcpy(at + i * type_bytes(to->type), &wide,
               (size_t)type_bytes(to->type)); /* little endian */
    }
}

static void add_up(LayerError *e, const Tensor *f, const uint8_t *f_bytes, const Tensor *q,
                   const uint8_t *q_bytes)
{
    for (int64_t i = 0; i < shape_count(&f->shape); i++) {
        double a = element_value(f->type, f_bytes, i);
        double b = real_value(q, q_bytes, i);
        e->signal += a * a;
        e->other += b * b;
        e->dot += a * b;
        e->noise += (a - b) * (a - b);
    }
}

static void finish(LayerError *e)
{
    e->snr_db = SNR_LIMIT_DB;
    if (e->noise > 0.0) {
        double ratio = e->signal / e->noise;
        e->snr_db = ratio > 0.0 ? fmin(fmax(10.0 * log10(ratio), -SNR_LIMIT_DB), SNR_LIMIT_DB)
                                : -SNR_LIMIT_DB;
    }
    double product = sqrt(e->signal * e->other);
    e->cosine = product > 0.0 ? e->dot / product : e->signal == e->other ? 1.0 : 0.0;
}

static void compare_run(const Graph *f, const Graph *q, const TensorId *home, Eval *ef, Eval *eq,
                        LayerError *layer, LayerError *output)
{
    for (int32_t i = 0; i < f->node_count; i++) {
        TensorId id = f->node[i].out[0];
        if (layer[i].name != NULL) {
            add_up(&layer[i], tensor(f, id), eval_tensor(ef, id), tensor(q, home[id]),
                   eval_tensor(eq, home[id]));
        }
    }
    for (int32_t i = 0; i < f->output_count; i++) {
        TensorId a = f->output[i];
        TensorId b = q->output[i];
        if (tensor(f, a)->type == TYPE_F32) {
            add_up(output, tensor(f, a), eval_tensor(ef, a), tensor(q, b), eval_tensor(eq, b));
        }
    }
}

static float *take_outputs(const Graph *q, Eval *eq, float *at)
{
    for (int32_t i = 0; i < q->output_count; i++) {
        const Tensor *t = tensor(q, q->output[i]);
        for (int64_t k = 0; k < shape_count(&t->shape); k++) {
            *at++ = (float)real_value(t, eval_tensor(eq, q->output[i]), k);
        }
    }
    return at;
}

void layer_errors(const Graph *f, const Graph *q, const TensorId *home, const uint8_t *inputs,
                  int64_t runs, LayerError *layer, LayerError *output, float *q_outputs)
{
    Eval *ef = eval_new(f, false);
    Eval *eq = eval_new(q, false);
    *output = (LayerError){.name = "output"};
    for (int32_t i = 0; i < f->node_count; i++) {
        const Node *n = &f->node[i];
        bool compares = home[n->out[0]] != 0 && tensor(f, n->out[0])->type == TYPE_F32;
        layer[i] = (LayerError){.name = compares ? n->name : NULL, .op = n->kind->name};
        layer[i].type = compares ? tensor(q, home[n->out[0]])->type : TYPE_NONE;
    }
    for (int64_t run = 0; run < runs; run++) {
        for (int32_t i = 0; i < f->input_count; i++) {
            const Tensor *t = tensor(f, f->input[i]);
            memcpy(eval_tensor(ef, f->input[i]), inputs, (size_t)tensor_bytes(t));
            give_input(t, inputs, tensor(q, q->input[i]), eval_tensor(eq, q->input[i]));
            inputs += tensor_bytes(t);
        }
        eval_run(ef);
        eval_run(eq);
        compare_run(f, q, home, ef, eq, layer, output);
        q_outputs = q_outputs == NULL ? NULL : take_outputs(q, eq, q_outputs);
    }
    for (int32_t i = 0; i < f->node_count; i++) {
        finish(&layer[i]);
    }
    finish(output);
    eval_free(ef);
    eval_free(eq);
}
