/* One weighted layer alone, with weights of our choice: what its errors do, and (with a single 1 among the weights)
 * which inputs meet which weight, without a word about how the layer reads them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/probe.h"

#include "pass/pass_util.h"

bool is_quantized_mac(const Graph *f, const QuantPlan *plan, int32_t node)
{
    return plan->node_type[node] != TYPE_F32 && op_of(&f->node[node])->quant.rule == QUANT_MAC;
}

static TensorId copy_input(Graph *g, const Tensor *t)
{
    return t->data != NULL ? graph_add_const(g, t->name, t->type, t->shape, t->data)
                           : graph_add_tensor(g, t->name, t->type, t->shape);
}

bool probe_open(const Graph *f, int32_t node, const Shape *w_shape, Probe *p)
{
    const Node *from = &f->node[node];
    const QuantSpec *s = &op_of(from)->quant;
    *p = (Probe){.g = graph_new("probe")};
    Arena scratch = {0};
    float *zeros = NEW(&scratch, float, shape_count(w_shape));
    Node *n = graph_add_node(p->g, from->kind, from->name, from->in_count, 1);
    for (int32_t j = 0; j < from->in_count; j++) {
        n->in[j] = j == s->bias || from->in[j] == 0 ? 0
                   : j == s->weights ? graph_add_const(p->g, "w", TYPE_F32, *w_shape, zeros)
                                     : copy_input(p->g, tensor(f, from->in[j]));
    }
    arena_free(&scratch);
    n->out[0] = graph_add_tensor(p->g, "y", TYPE_F32, (Shape){0});
    memcpy(n->attr, from->attr, from->kind->attr_bytes);
    (void)attr_set_int(n, "act", ACT_NONE);
    Diag ignored = {0};
    Status status = op_of(from)->infer(p->g, n, &ignored);
    status = status != OK ? status : lower_node(p->g, n, &ignored);
    diag_clear(&ignored);
    if (status != OK) {
        graph_free(p->g);
        return false;
    }
    const Tensor *y = tensor(p->g, n->out[0]);
    p->e = eval_new(p->g, false);
    p->x = (float *)(void *)eval_tensor(p->e, n->in[s->x]);
    p->w = (float *)(void *)eval_tensor(p->e, n->in[s->weights]);
    p->y = (float *)(void *)eval_tensor(p->e, n->out[0]);
    p->x_count = shape_count(&tensor(p->g, n->in[s->x])->shape);
    p->w_count = shape_count(w_shape);
    p->y_count = shape_count(&y->shape);
    p->channels = y->shape.dim[y->shape.rank - 1];
    return true;
}

void probe_close(Probe *p)
{
    eval_free(p->e);
    graph_free(p->g);
    *p = (Probe){0};
}

void run_samples(const Graph *f, const uint8_t *inputs, int64_t runs, SampleVisit visit,
                 void *context)
{
    Eval *e = eval_new(f, false);
    for (int64_t run = 0; run < runs; run++) {
        for (int32_t i = 0; i < f->input_count; i++) {
            size_t bytes = (size_t)tensor_bytes(tensor(f, f->input[i]));
            memcpy(eval_tensor(e, f->input[i]), inputs, bytes);
            inputs += bytes;
        }
        eval_run(e);
        visit(context, e);
    }
    eval_free(e);
}
