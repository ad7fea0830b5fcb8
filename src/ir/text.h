/* What print.c and parse.c agree on; private to this folder.
 * One line for each thing; "//" starts a comment. Names are bare where they look like identifiers
 * or paths, else quoted with \" \\ \n and \xNN; of equal names the second is NAME#2.
 * *   graph NAME
 * rounding single                      (left out: tflite)
 * description "..."      label "..."   (in order)
 * input NAME TYPE[dims] QUANT
 * const NAME TYPE[dims] QUANT {values} | @weights+offset
 * state NAME TYPE[dims] QUANT          (as const, or nothing: zeros)
 * NAME, NAME = KIND(NAME, _, NAME) attribute=value ... : TYPE[dims] QUANT, TYPE[dims] QUANT
 * KIND(NAME, NAME)                     (an operator without outputs)
 * output NAME
 * plan arena=N bound=N greedy=N state=N optimal=B
 * meta "key" "text"
 * scaling input|output N offset [numbers] gain [numbers] units "..."   (normalisation; either part may be left out)
 * * QUANT: nothing, q(scale, zero), q(axis A, [scales], [zeros]) or q(axis A, N scales
 * @weights+offset): N floats, then N int32. A tensor may end with "at N" (arena offset) or "in
 * NAME+N" (shares that tensor's storage). An operator's line may end with layer "..." (where its
 * name is not the first output's) and index N (where it is not its place in the file). Attributes
 * at their default are left out. C names and calls are not part of the text: passes make them
 * again.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_IR_TEXT_H
#define SHRINC_IR_TEXT_H

#include "ir/ir.h"

enum {
    TEXT_VALUES = 64,
    TEXT_SCALES = 8
}; /* at most so many are printed as text, more go to the byte block */

bool text_is_bare(const char *name);

#endif
