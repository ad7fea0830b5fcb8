/* Metadata of a .tflite: description and signatures' names for inputs and outputs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "import/tflite.h"

static Status read_description(Import *im)
{
    Span text;
    TRY(fb_string(&im->fb, &im->model, 3, "Model.description", &text));
    if (text.data != NULL) {
        im->g->description = arena_strdup(&im->g->arena, import_name(im, text, ""));
    }
    return OK;
}

Status import_meta(Import *im)
{
    return read_description(im);
}
