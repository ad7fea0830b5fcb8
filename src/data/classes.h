/* Class names to numbers, in the order they come; sorted at the end.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_CLASSES_H
#define SHRINC_CLASSES_H

#include "data/data.h"

typedef struct Classes {
    Arena *arena;
    const char **name;
    int32_t count, capacity;
    int32_t *slot; /* hash table of number + 1, 0: free; [slot_count], a power of two */
    int32_t slot_count;
    bool fixed; /* from DataOptions.class_name: no others, order kept */
} Classes;

void classes_open(Classes *c, Arena *a, const DataOptions *o);
/* The number of the class called TEXT; "3", "3.0" and " 3" are one. -1: it is not among the fixed ones;
 * -2: there are too many. */
int32_t classes_find(Classes *c, const char *text, size_t bytes);
/* Sorts the names, renumbers the labels, warns of missing and lonely classes. */
void classes_close(Classes *c, Data *data, Diag *d);
/* "a, b, c, ..." for sentences. */
const char *classes_list(const Classes *c);

#endif
