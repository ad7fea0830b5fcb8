/* Building the calls of a node.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/op.h"

#include <assert.h>

Call *call_new(Graph *g, Node *n, const char *kernel, size_t params_bytes)
{
    Call *c = NEW(&g->arena, Call, 1);
    c->kernel = kernel;
    c->params = params_bytes > 0 ? arena_alloc(&g->arena, 1, params_bytes) : NULL;
    Call **last = &n->calls;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = c;
    return c;
}

static Arg *next_arg(Call *c)
{
    assert(c->arg_count < MAX_ARGS);
    return &c->arg[c->arg_count++];
}

void call_tensor(Call *c, TensorId id)
{
    call_tensor_at(c, id, 0);
}

void call_tensor_at(Call *c, TensorId id, int64_t offset_bytes)
{
    *next_arg(c) = (Arg){.kind = ARG_TENSOR, .tensor = id, .offset = offset_bytes};
}

void call_const(Graph *g, Call *c, const char *suffix, Type type, const void *data, int32_t count,
                int32_t per_row)
{
    size_t bytes = (size_t)count * (size_t)type_bytes(type);
    *next_arg(c) = (Arg){
        .kind = ARG_CONST,
        .suffix = suffix,
        .type = type,
        .data = arena_memdup(&g->arena, data, bytes),
        .count = count,
        .per_row = per_row,
    };
}

void call_scratch(Call *c, Type type, int32_t count)
{
    *next_arg(c) = (Arg){.kind = ARG_SCRATCH, .type = type, .count = count, .offset = -1};
}

void call_none(Call *c)
{
    *next_arg(c) = (Arg){.kind = ARG_NONE};
}

const KernelField *call_field(const Call *c, const char *name)
{
    const Kernel *k = kernel_find(c->kernel);
    for (int32_t i = 0; k != NULL && i < k->field_count; i++) {
        if (strcmp(k->fields[i].name, name) == 0 && k->fields[i].count == 1 &&
            (k->fields[i].type == TYPE_S32 || k->fields[i].type == TYPE_S16)) {
            return &k->fields[i];
        }
    }
    return NULL;
}

bool call_get(const Call *c, const char *name, int32_t *value)
{
    const KernelField *f = call_field(c, name);
    if (f == NULL) {
        return false;
    }
    const uint8_t *at = (const uint8_t *)c->params + f->offset;
    int16_t narrow = 0;
    memcpy(f->type == TYPE_S16 ? (void *)&narrow : (void *)value, at, f->type == TYPE_S16 ? 2 : 4);
    *value = f->type == TYPE_S16 ? narrow : *value;
    return true;
}

void call_set(const Call *c, void *params, const char *name, int32_t value)
{
    const KernelField *f = call_field(c, name);
    assert(f != NULL && (f->type == TYPE_S32 || value == (int16_t)value));
    int16_t narrow = (int16_t)value;
    memcpy((uint8_t *)params + f->offset, f->type == TYPE_S16 ? (void *)&narrow : (void *)&value,
           f->type == TYPE_S16 ? 2 : 4);
}
