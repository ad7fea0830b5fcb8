/* The registry: look-ups over the table that the build writes from the folder listing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/op.h"

const char *const act_names[] = {"none", "relu", "relu_n1_to_1", "relu6", NULL};
const char *const pad_names[] = {"same", "valid", "explicit", NULL};

const Op *op_find(const char *name)
{
    for (int32_t i = 0; op_table[i] != NULL; i++) {
        if (strcmp(op_table[i]->kind.name, name) == 0) {
            return op_table[i];
        }
    }
    return NULL;
}

const Kind *op_find_kind(const char *name)
{
    const Op *op = op_find(name);
    return op == NULL ? NULL : &op->kind;
}

const Op *op_find_tflite(int32_t builtin_code)
{
    for (int32_t i = 0; op_table[i] != NULL && builtin_code >= 0 && builtin_code != TFLITE_CUSTOM; i++) {
        if (op_table[i]->tflite_code == builtin_code && op_table[i]->tflite_name != NULL) {
            return op_table[i];
        }
    }
    return NULL;
}

const Op *op_find_custom(const char *name)
{
    for (int32_t i = 0; op_table[i] != NULL; i++) {
        if (op_table[i]->tflite_code == TFLITE_CUSTOM && strcmp(op_table[i]->tflite_name, name) == 0) {
            return op_table[i];
        }
    }
    return NULL;
}

const Op *op_of(const Node *n)
{
    return (const Op *)(const void *)n->kind;
}

QuantRule op_quant_rule(const Op *op)
{
    bool moves = (op->traits & (TRAIT_MOVES_DATA | TRAIT_VIEW)) != 0;
    return op->quant.rule == QUANT_FLOAT && moves ? QUANT_SAME : op->quant.rule;
}
