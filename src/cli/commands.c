/* THE table of verbs and flags.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

const OptionDesc options[OPT_COUNT] = {
    [OPT_HELP] = {"help", 'h', NULL, "say how the command is used"},
    [OPT_JSON] = {"json", 0, NULL, "print one JSON document to stdout instead of text"},
    [OPT_COLOR] = {"color", 0, "WHEN", "auto (default), always or never; NO_COLOR is respected"},
    [OPT_OUT_DIR] = {"out", 'o', "DIR", "folder for the C files (made if missing)"},
    [OPT_NAME] = {"name", 'n', "NAME", "prefix of every name in the C files; default: from the file's name"},
    [OPT_TARGET] = {"target", 't', "TARGET", "generic (default) or one of `shrinc targets`"},
    [OPT_OPTIMIZE] = {"optimize", 'O', "MODE", "size, balanced (default) or speed"},
    [OPT_ROUNDING] = {"rounding", 0, "FAMILY", "tflite (default, as TFLite Micro) or single (one rounding)"},
    [OPT_RAM] = {"ram", 0, "BYTES", "budget for arena and state; 24k means 24 * 1024"},
    [OPT_FLASH] = {"flash", 0, "BYTES", "budget for the weights"},
    [OPT_AFTER] = {"after", 0, "PASS", "show the graph after this pass; --after=list names them"},
    [OPT_INPUT] = {"input", 'i', "FILE", "inputs: .npy, .csv (a run per line) or .bin (raw, run after run)"},
    [OPT_OUTPUT] = {"output", 0, "FILE", "outputs, in the format that the ending says; default: text to stdout"},
    [OPT_REAL] = {"real", 0, NULL, "numbers in files are real values, not raw quantised ones"},
    [OPT_ON] = {"on", 0, "LIST", "targets, separated by commas: host,cortex-m4,cortex-m0"},
    [OPT_VECTORS] = {"vectors", 0, "N", "number of made vectors, default 16"},
    [OPT_SEED] = {"seed", 0, "S", "seed of the made vectors, default 1"},
    [OPT_INPUTS] = {"inputs", 0, "FILE", "take the inputs from here (.bin, .npy, .csv)"},
    [OPT_EXPECT] = {"expect", 0, "FILE", "raw expected outputs of those inputs, all outputs in order"},
};

const Command commands[] = {
    {"info", "MODEL", 1, 1, "what is in a model: inputs, outputs, operators, cost",
     "Prints inputs and outputs with the C expression that feeds a raw value, the operators with their number, "
     "multiply-accumulates, weights, and the RAM that the plan needs.",
     {OPT_JSON, OPT_COLOR, OPT_HELP, OPT_COUNT}, cli_info},
    {"dump", "MODEL", 1, 1, "the graph as text, before or after a pass",
     "Prints the graph in its text form, as read from the file or after the pass that --after names.",
     {OPT_AFTER, OPT_ROUNDING, OPT_HELP, OPT_COUNT}, cli_dump},
    {"compile", "MODEL", 1, 1, "write C99 files that run the model",
     "Writes NAME.h, NAME.c, NAME_weights.h, NAME_kernels.h, NAME_selftest.c and a report into the folder.",
     {OPT_OUT_DIR, OPT_NAME, OPT_TARGET, OPT_OPTIMIZE, OPT_ROUNDING, OPT_RAM, OPT_FLASH, OPT_JSON, OPT_COLOR, OPT_HELP, OPT_COUNT},
     cli_compile},
    {"run", "MODEL", 1, 1, "run the model on this machine",
     "Runs the model for every input of a file, with the very kernels that ship. State carries over from run to run.",
     {OPT_INPUT, OPT_OUTPUT, OPT_REAL, OPT_ROUNDING, OPT_JSON, OPT_HELP, OPT_COUNT}, cli_run},
    {"verify", "MODEL", 1, 1, "prove that the C gives the same answers on emulated chips",
     "Compiles the emitted C for each target, runs it there, and compares every output: integers byte for byte, floats within "
     "1e-5 of the largest. Half of the made vectors are uniform, half smooth; state is reset at the start.",
     {OPT_ON, OPT_VECTORS, OPT_SEED, OPT_INPUTS, OPT_EXPECT, OPT_OPTIMIZE, OPT_ROUNDING, OPT_JSON, OPT_COLOR, OPT_HELP, OPT_COUNT},
     cli_verify},
    {"ops", "", 0, 0, "operators and types that are supported", "Lists every operator with its TFLite name.",
     {OPT_JSON, OPT_HELP, OPT_COUNT}, cli_ops},
    {"targets", "", 0, 0, "processors that verify can run on", "Lists the targets with their compiler and emulator.",
     {OPT_JSON, OPT_HELP, OPT_COUNT}, cli_targets},
    {"doctor", "", 0, 0, "which compilers and emulators are installed",
     "Looks for the tools that verify needs and says which Debian package brings what is missing.",
     {OPT_JSON, OPT_COLOR, OPT_HELP, OPT_COUNT}, cli_doctor},
    {NULL, NULL, 0, 0, NULL, NULL, {OPT_COUNT}, NULL},
};
