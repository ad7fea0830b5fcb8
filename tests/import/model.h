/* Test side: small models as text, and edits of them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TEST_MODEL_H
#define SHRINC_TEST_MODEL_H

#include "fbbuild.h"

/* Reads the models of a text file (its grammar stands in models.txt) into {"name": model, ...}. */
json_t *models_read(const char *text);

/* Applies EDITS (their grammar stands in cases.txt) to a copy of MODEL and builds the file. */
void model_edit(const json_t *model, const char *edits, FbBuild *out);

#endif
