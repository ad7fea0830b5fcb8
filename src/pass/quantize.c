/* A float graph to one of integers: each node in the width that the plan says, rescaling and DEQUANTIZE where widths
 * meet, int8 weights and integer biases.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"
#include "pass/quant_slots.h"

#include <float.h>
#include <math.h>

enum {
    FORM_RAW,
    FORM_S8,
    FORM_S16,
    FORMS
}; /* float (or what was never float), and the two integers */

typedef struct Builder {
    const Graph *f;
    QuantPlan *plan;
    Graph *g;
    Slots slots;
    TensorId *made;  /* [id * FORMS + form] in G, 0: not yet */
    TensorId *first; /* [id] what was made first: by its producer, or as input of the graph */
    Arena scratch;
} Builder;

static int32_t form_of(Type type)
{
    return type == TYPE_S8 ? FORM_S8 : type == TYPE_S16 ? FORM_S16 : FORM_RAW;
}

static bool is_float(const Builder *b, TensorId id)
{
    return id != 0 && tensor(b->f, id)->type == TYPE_F32;
}

static bool is_edge(const Builder *b, TensorId id)
{
    return graph_is_input(b->f, id) || graph_is_output(b->f, id);
}

/* The edge of the graph keeps the name; a tensor of another type or scale beside it says so. */
static const char *name_of(Builder *b, TensorId id, Type type, int32_t slot)
{
    const char *name = tensor(b->f, id)->name;
    if (slot != slots_of(id, type) && !tensor_is_const(tensor(b->f, id))) {
        return arena_printf(&b->scratch, "%s_rescaled", name);
    }
    const char *said = type == TYPE_S8 ? "int8" : type == TYPE_S16 ? "int16" : "float";
    bool keeps = is_edge(b, id) ? type == b->plan->edges : b->first[id] == 0;
    return keeps ? name : arena_printf(&b->scratch, "%s_%s", name, said);
}

/* A tensor of G for float tensor ID as TYPE, scaled as SLOT says. */
static TensorId add_form(Builder *b, TensorId id, Type type, int32_t slot)
{
    TensorId made =
        graph_add_tensor(b->g, name_of(b, id, type, slot), type, tensor(b->f, id)->shape);
    if (type != TYPE_F32) {
        float scale = 0;
        int32_t zero = 0;
        slots_scale(&b->slots, slot, type, &scale, &zero);
        graph_set_quant(b->g, made, scale, zero);
    }
    return made;
}

static void note(Builder *b, TensorId id, Type type, TensorId made)
{
    b->made[id * FORMS + form_of(type)] = made;
    b->first[id] = b->first[id] == 0 ? made : b->first[id];
}

/* What is taken over as it is: integers, float constants, state. */
static TensorId copy_raw(Builder *b, TensorId id)
{
    const Tensor *from = tensor(b->f, id);
    TensorId made = graph_add_tensor(b->g, from->name, from->type, from->shape);
    Tensor *t = tensor(b->g, made);
    t->is_state = from->is_state;
    t->q = from->q;
    if (from->q.count > 0) {
        t->q.scale =
            arena_memdup(&b->g->arena, from->q.scale, sizeof(float) * (size_t)from->q.count);
        t->q.zero =
            arena_memdup(&b->g->arena, from->q.zero, sizeof(int32_t) * (size_t)from->q.count);
    }
    if (from->data != NULL) {
        t->data = arena_memdup(&b->g->arena, from->data, (size_t)from->data_bytes);
        t->data_bytes = from->data_bytes;
    }
    return made;
}

static int32_t limit_of(Type type)
{
    return type == TYPE_S8 ? INT8_MAX : INT16_MAX;
}

/* A float constant as numbers of an activation. */
static TensorId add_numbers(Builder *b, TensorId id, Type type, int32_t slot)
{
    const Tensor *from = tensor(b->f, id);
    int64_t count = shape_count(&from->shape);
    const float *x = (const float *)(const void *)from->data;
    float scale = 0;
    int32_t zero = 0;
    slots_scale(&b->slots, slot, type, &scale, &zero);
    int8_t *narrow = NEW(&b->scratch, int8_t, count);
    int16_t *wide = NEW(&b->scratch, int16_t, count);
    double high = limit_of(type);
    for (int64_t i = 0; i < count; i++) {
        double q = round((double)x[i] / (double)scale) + zero;
        q = fmin(fmax(q, -high - 1.0), high);
        narrow[i] = (int8_t)(type == TYPE_S8 ? q : 0.0);
        wide[i] = (int16_t)q;
    }
    const void *data = type == TYPE_S8 ? (const void *)narrow : (const void *)wide;
    TensorId made = graph_add_const(b->g, name_of(b, id, type, slot), type, from->shape, data);
    graph_set_quant(b->g, made, scale, zero);
    return made;
}

static void add_conversion(Builder *b, TensorId from, TensorId to)
{
    bool to_float = tensor(b->g, to)->type == TYPE_F32;
    const Kind *kind = op_find_kind(to_float ? "dequantize" : "quantize");
    Node *n = graph_add_node(b->g, kind, tensor(b->g, to)->name, 1, 1);
    n->in[0] = from;
    n->out[0] = to;
}

/* Tensor ID of the float graph as TYPE, through SLOT; made if it is not there yet. */
static TensorId want(Builder *b, TensorId id, Type type, int32_t slot)
{
    bool is_shared = slot == slots_of(id, type);
    TensorId made = b->made[id * FORMS + form_of(type)];
    if (is_shared && made != 0) {
        return made;
    }
    if (tensor_is_const(tensor(b->f, id))) {
        made = type == TYPE_F32 ? copy_raw(b, id) : add_numbers(b, id, type, slot);
    } else {
        made = add_form(b, id, type, slot);
        add_conversion(b, b->first[id], made);
    }
    if (is_shared) {
        note(b, id, type, made);
    }
    return made;
}

static TensorId want_raw(Builder *b, TensorId id)
{
    TensorId made = b->made[id * FORMS + FORM_RAW];
    if (made == 0 && b->first[id] != 0) {
        return want(b, id, TYPE_F32, slots_of(id, TYPE_F32));
    }
    if (made == 0) {
        made = copy_raw(b, id);
        note(b, id, TYPE_F32, made);
    }
    return made;
}

/* --- weights and bias --- */

static bool is_mac(const Node *n)
{
    return op_of(n)->quant.rule == QUANT_MAC;
}

static TensorId bias_of(const Node *n)
{
    int32_t at = op_of(n)->quant.bias;
    return at < n->in_count ? n->in[at] : 0;
}

/* The float bias with what is to be added to it; zeros where there is none, as TFLite's converter writes it. */
static double *real_bias(Builder *b, int32_t node, int32_t channels)
{
    TensorId id = bias_of(&b->f->node[node]);
    const float *shift = b->plan->bias_shift == NULL ? NULL : b->plan->bias_shift[node];
    double *bias = NEW(&b->scratch, double, channels);
    for (int32_t c = 0; c < channels; c++) {
        const float *given = id == 0 ? NULL : (const float *)(const void *)tensor(b->f, id)->data;
        bias[c] =
            (given == NULL ? 0.0 : (double)given[c]) + (shift == NULL ? 0.0 : (double)shift[c]);
    }
    return bias;
}

/* A 32-bit bias must leave room for the sum: where it would not, the channel's weights get a larger scale. */
static bool widen_for_bias(const double *bias, double x_scale, WeightScales *w)
{
    bool changed = false;
    for (int32_t c = 0; c < w->channels; c++) {
        double least = fabs(bias[c]) / (x_scale * (INT32_MAX / 2));
        if (least > (double)w->scale[c]) {
            w->scale[c] = (float)(least * 1.0001);
            changed = true;
        }
    }
    return changed;
}

static TensorId add_weights(Builder *b, const Tensor *from, const int8_t *numbers,
                            Type type, const WeightScales *s, int32_t axis)
{
    TensorId id = graph_add_const(b->g, from->name, type, from->shape, numbers);
    Tensor *t = tensor(b->g, id);
    t->q = (Quant){.count = s->channels, .axis = axis};
    t->q.scale = arena_memdup(&b->g->arena, s->scale, sizeof(float) * (size_t)s->channels);
    t->q.zero = NEW(&b->g->arena, int32_t, s->channels);
    return id;
}

static TensorId add_bias(Builder *b, const char *name, const double *bias, bool wide,
                         double x_scale, const WeightScales *s)
{
    Arena *a = &b->g->arena;
    int32_t *narrow = NEW(&b->scratch, int32_t, s->channels);
    int64_t *wider = NEW(&b->scratch, int64_t, s->channels);
    Quant q = {.count = s->channels,
               .scale = NEW(a, float, s->channels),
               .zero = NEW(a, int32_t, s->channels)};
    for (int32_t c = 0; c < s->channels; c++) {
        double scale = x_scale * (double)s->scale[c];
        q.scale[c] = (float)fmin(fmax(scale, (double)FLT_MIN), (double)FLT_MAX);
        double v = round(bias[c] / (double)q.scale[c]);
        wider[c] = (int64_t)fmin(fmax(v, -0x1p39), 0x1p39); /* what 64-bit sums have room for */
        narrow[c] = wide ? 0 : (int32_t)fmin(fmax(v, INT32_MIN), INT32_MAX);
    }
    Type type = wide ? TYPE_S64 : TYPE_S32;
    const void *data = wide ? (const void *)wider : (const void *)narrow;
    TensorId id = graph_add_const(b->g, name, type, shape_of(1, &s->channels), data);
    tensor(b->g, id)->q = q;
    return id;
}

/* Weights and bias of node NODE of the float graph as inputs of N, whose x is in place. */
static void quantize_weights(Builder *b, int32_t node, TensorId *in)
{
    const Node *from = &b->f->node[node];
    const QuantSpec *spec = &op_of(from)->quant;
    const Tensor *w = tensor(b->f, from->in[spec->weights]);
    bool wide = b->plan->node_type[node] == TYPE_S16;
    double x_scale = (double)tensor(b->g, in[spec->x])->q.scale[0];
    WeightScales s = weight_scales(&b->scratch, w, spec->out_axis, plan_weight_type(b->plan, node), b->plan->octav);
    double *bias = real_bias(b, node, s.channels);
    const int8_t *numbers = b->plan->numbers == NULL ? NULL : b->plan->numbers[node];
    bool changed = !wide && widen_for_bias(bias, x_scale, &s);
    if (numbers == NULL || changed) {
        numbers = weight_numbers(&b->scratch, w, &s);
    }
    in[spec->weights] = add_weights(b, w, numbers, plan_weight_type(b->plan, node), &s, spec->out_axis);
    TensorId id = bias_of(from);
    const char *name =
        id != 0 ? tensor(b->f, id)->name : arena_printf(&b->scratch, "%s_bias", from->name);
    in[spec->bias] = add_bias(b, name, bias, wide, x_scale, &s);
}

/* --- nodes --- */

static TensorId input_of(Builder *b, int32_t node, int32_t j)
{
    TensorId id = b->f->node[node].in[j];
    Type type = b->plan->node_type[node];
    if (id == 0) {
        return 0;
    }
    if (!is_float(b, id) || type == TYPE_F32 || tensor(b->f, id)->is_state) {
        return want_raw(b, id);
    }
    return want(b, id, type, slots_input(&b->slots, b->f, b->plan, node, j));
}

static Status add_node(Builder *b, int32_t node, Diag *d)
{
    const Node *from = &b->f->node[node];
    const QuantSpec *spec = &op_of(from)->quant;
    Type type = b->plan->node_type[node];
    bool mac = is_mac(from) && type != TYPE_F32;
    bool longer = mac && spec->bias >= from->in_count;
    int32_t in_count = longer ? spec->bias + 1 : from->in_count;
    TensorId *in = NEW(&b->scratch, TensorId, in_count);
    for (int32_t j = 0; j < from->in_count; j++) {
        bool later = mac && (j == spec->weights || j == spec->bias);
        in[j] = later ? 0 : input_of(b, node, j);
    }
    if (mac) {
        quantize_weights(b, node, in);
    }
    Node *n = graph_add_node(b->g, from->kind, from->name, in_count, from->out_count);
    n->index = from->index;
    memcpy(n->in, in, sizeof(TensorId) * (size_t)in_count);
    if (from->kind->attr_bytes > 0) {
        memcpy(n->attr, from->attr, from->kind->attr_bytes);
    }
    int32_t index = b->g->node_count - 1;
    for (int32_t j = 0; j < from->out_count; j++) {
        TensorId id = from->out[j];
        Type y = is_float(b, id) ? type : TYPE_F32;
        TensorId made = is_float(b, id) ? add_form(b, id, y, slots_of(id, y)) : copy_raw(b, id);
        note(b, id, y, made);
        b->g->node[index].out[j] = made;
    }
    if (type == TYPE_F32) {
        return OK;
    }
    TRY(op_of(from)->infer(b->g, &b->g->node[index], d));
    Status s = lower_node(b->g, &b->g->node[index], d);
    b->g->node[index].calls = NULL;
    return s;
}

/* --- the whole graph --- */

static void add_inputs(Builder *b)
{
    b->g->input_count = b->f->input_count;
    b->g->input = NEW(&b->g->arena, TensorId, b->f->input_count);
    for (int32_t i = 0; i < b->f->input_count; i++) {
        TensorId id = b->f->input[i];
        Type type = is_float(b, id) ? b->plan->edges : TYPE_F32;
        TensorId made =
            type == TYPE_F32 ? copy_raw(b, id) : add_form(b, id, type, slots_of(id, type));
        note(b, id, type, made);
        b->g->input[i] = made;
    }
}

static void add_outputs(Builder *b)
{
    b->g->output_count = b->f->output_count;
    b->g->output = NEW(&b->g->arena, TensorId, b->f->output_count);
    for (int32_t i = 0; i < b->f->output_count; i++) {
        TensorId id = b->f->output[i];
        bool integer = is_float(b, id) && b->plan->edges != TYPE_F32;
        b->g->output[i] =
            integer ? want(b, id, b->plan->edges, slots_of(id, b->plan->edges)) : want_raw(b, id);
    }
}

/* Builds all of it; *STUCK is the node that has no integer form, or -1. */
static Status build(Builder *b, int32_t *stuck, Diag *d)
{
    *stuck = -1;
    b->g = graph_new(b->f->name);
    b->slots = slots_make(&b->scratch, b->f, b->plan);
    b->made = NEW(&b->scratch, TensorId, (int64_t)b->f->tensor_count * FORMS);
    b->first = NEW(&b->scratch, TensorId, b->f->tensor_count);
    b->g->rounding = b->f->rounding;
    add_inputs(b);
    for (int32_t i = 0; i < b->f->node_count; i++) {
        Status s = add_node(b, i, d);
        if (s != OK) {
            *stuck = i;
            return s;
        }
    }
    add_outputs(b);
    graph_copy_meta(b->g, b->f);
    return OK;
}

/* Constant float weights and bias. */
static bool has_constants(const Graph *f, const Node *n)
{
    const QuantSpec *spec = &op_of(n)->quant;
    const Tensor *w = tensor(f, n->in[spec->weights]);
    TensorId bias = bias_of(n);
    return tensor_is_const(w) && w->type == TYPE_F32 &&
           (bias == 0 || tensor_is_const(tensor(f, bias))) && is_mac(n);
}

Type plan_weight_type(const QuantPlan *plan, int32_t node)
{
    bool is_narrow = plan->weight_type != NULL && plan->node_type[node] == TYPE_S8;
    return is_narrow ? plan->weight_type[node] : TYPE_S8;
}

void keep_floats(const Graph *f, QuantPlan *plan)
{
    for (int32_t i = 0; i < f->node_count; i++) {
        const Node *n = &f->node[i];
        bool reads_floats = false;
        for (int32_t j = 0; j < n->in_count; j++) {
            const Tensor *x = n->in[j] == 0 ? NULL : tensor(f, n->in[j]);
            reads_floats = reads_floats || (x != NULL && x->type == TYPE_F32 && !x->is_state);
        }
        if (op_quant_rule(op_of(n)) == QUANT_FLOAT || !reads_floats ||
            (is_mac(n) && !has_constants(f, n))) {
            plan->node_type[i] = TYPE_F32;
        }
    }
}

Status quantize_graph(const Graph *f, QuantPlan *plan, Quantized *out, Diag *d)
{
    *out = (Quantized){0};
    keep_floats(f, plan);
    Builder b = {.f = f, .plan = plan};
    for (;;) {
        Diag why = {0};
        int32_t stuck = -1;
        Status s = build(&b, &stuck, &why);
        if (s == OK) {
            diag_clear(&why);
            break;
        }
        if (plan->narrow_instead && plan->node_type[stuck] == TYPE_S16) {
            plan->node_type[stuck] = TYPE_S8;
        } else {
            warn(d, "%s stays float: %s", f->node[stuck].name, why.text);
            plan->node_type[stuck] = TYPE_F32;
        }
        diag_clear(&why);
        graph_free(b.g);
        arena_free(&b.scratch);
    }
    out->g = b.g;
    out->home = NEW(&out->arena, TensorId, f->tensor_count);
    memcpy(out->home, b.first, sizeof(TensorId) * (size_t)f->tensor_count);
    arena_free(&b.scratch);
    return pass_infer(out->g, d);
}

void quantized_free(Quantized *q)
{
    graph_free(q->g);
    arena_free(&q->arena);
    *q = (Quantized){0};
}
