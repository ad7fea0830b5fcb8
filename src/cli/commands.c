/* THE table of verbs and flags.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "driver/fleet.h"

const OptionDesc options[OPT_COUNT] = {
    [OPT_HELP] = {"help", 'h', NULL, "say how the command is used"},
    [OPT_JSON] = {"json", 0, NULL, "print one JSON document to stdout instead of text"},
    [OPT_OUT_DIR] = {"out", 'o', "DIR", "folder for the C files (made if missing)"},
    [OPT_NAME] = {"name", 'n', "NAME",
                  "prefix of every name in the C files; default: from the file's name"},
    [OPT_TARGET] =
        {"target", 't', "TARGET",
         "generic (default) or one of `shrinc targets`: its compiler then gives a proven stack bound and the "
         "code's size, its RAM and flash are limits; avr gets plain kernels, host loops for AVX2 too"},
    [OPT_OPTIMIZE] =
        {"optimize", 'O', "MODE",
         "size, balanced (default) or speed: size lets layers run together row by row where that saves RAM, "
         "takes shorter kernels, and is -Os for compilers; the others are -O2"},
    [OPT_ROUNDING] = {"rounding", 0, "FAMILY",
                      "tflite (default, as TFLite Micro) or single (one rounding)"},
    [OPT_RAM] = {"ram", 0, "BYTES",
                 "budget for arena and state; 24k means 24 * 1024. Layers run row by row where that makes it fit"},
    [OPT_FEED] = {"input", 0, "FORM",
                  "whole (default); rows: NAME_push_row takes one row of the image at a time, which never lies in RAM "
                  "whole; steps: NAME_push_step slides the window by one row and computes what is new"},
    [OPT_EXPLAIN] = {"explain", 0, NULL,
                     "say why: what each mode costs on the target (else cortex-m4), who shares memory, "
                     "what runs row by row"},
    [OPT_FLASH] = {"flash", 0, "BYTES",
                   "budget for the weights (quantize: 8 bits, 4 or ternary for each layer until it is met)"},
    [OPT_AFTER] = {"after", 0, "PASS", "show the graph after this pass; --after=list names them"},
    [OPT_INPUT] = {"input", 'i', "FILE",
                   "inputs: .npy, .csv (a run per line) or .bin (raw, run after run)"},
    [OPT_OUTPUT] = {"output", 0, "FILE",
                    "outputs, in the format that the ending says; default: text to stdout"},
    [OPT_REAL] = {"real", 0, NULL, "numbers in files are real values, not raw quantised ones"},
    [OPT_ON] = {"on", 0, "LIST", "targets, separated by commas: host,cortex-m4,cortex-m0"},
    [OPT_ON_ONE] = {"on", 0, "TARGET", "one of `shrinc targets`, default cortex-m4"},
    [OPT_VECTORS] = {"vectors", 0, "N", "number of made vectors, default 16 (compare: 4)"},
    [OPT_SEED] = {"seed", 0, "S", "seed of what is made at random, default 1"},
    [OPT_INPUTS] = {"inputs", 0, "FILE", "take the inputs from here (.bin, .npy, .csv)"},
    [OPT_SVG] = {"svg", 0, "FILE.svg", "draw it as SVG"},
    [OPT_PNG] = {"png", 0, "FILE.png", "draw it as PNG, two pixels a point"},
    [OPT_VARIANTS] = {"variants", 0, "LIST",
                      "make them of each float MODEL: float32,float16,int8,int16x8,dynamic,int4,ternary"},
    [OPT_VARIANTS_DIR] = {"out", 'o', "DIR", "folder that keeps the variants (made if missing)"},
    [OPT_X] = {"x", 0, "COLUMN", "column of the x axis; default: the first"},
    [OPT_Y] = {"y", 0, "COLUMNS",
               "columns to draw, as in loss,val_loss:dashed/mae; / begins another chart, : says how: line, dashed, "
               "points, steps, bars, grey"},
    [OPT_X_LABEL] = {"x-label", 0, "TEXT", "what the x axis shows; default: its column's name"},
    [OPT_Y_LABEL] = {"y-label", 0, "TEXT", "what the y axis shows"},
    [OPT_TITLE] = {"title", 0, "TEXT", "title; default: the file's name"},
    [OPT_SAMPLES] = {"count", 0, "N", "samples, default 1000"},
    [OPT_NOISE] = {"noise", 0, "X", "deviation of the noise, default 0.1"},
    [OPT_FAULTS] = {"faults", 0, "LIST", "of the machine, as in \"bearing 10s 60s 1, stuck 70s 75s\""},
    [OPT_EVENTS] = {"events", 0, "N", "end after so many events"},
    [OPT_SYNTH] = {"synth", 0, "KIND",
                   "machine: no recording, but what `shrinc synth` makes (its --count, --faults, --seed)"},
    [OPT_CLIPS] = {"clips", 0, "DIR",
                   "keep the 60 s around each anomaly and sensor fault as float32 .npy, for a device to hear again"},
    [OPT_FRAMES] = {"frames", 0, "FILE", "the events as the device sends them, byte for byte"},
    [OPT_ENERGY] = {"energy", 0, "LIST",
                    "estimate the energy of a day with other constants: \"sensor-uw=300,packet-uj=500\""},
    [OPT_LOG] = {"log", 0, "AXES", "logarithmic axes: x, y or xy"},
    [OPT_EXPECT] = {"expect", 0, "FILE",
                    "raw expected outputs of those inputs, all outputs in order"},
    [OPT_OUT_FILE] = {"out", 'o', "FILE", "file to write"},
    [OPT_TO] = {"to", 0, "KIND", "int8 (default), int16x8 (int16 activations), float16 or dynamic (int8 weights), "
                "int4 or ternary (such weights, int8 activations)"},
    [OPT_EDGES] = {"edges", 0, "TYPE", "inputs and outputs: int8 (default; int16 with int16x8) or float32"},
    [OPT_CALIBRATION] = {"calibration", 0, "METHOD",
                         "ranges: minmax (default), percentile, or mse (least squared error, OCTAV for weights)"},
    [OPT_PERCENTILE] = {"percentile", 0, "P", "per cent of the values inside the range, default 99.99"},
    [OPT_EQUALIZE] = {"equalize", 0, NULL, "give neighbouring layers weights of like ranges first"},
    [OPT_BIAS_CORRECTION] = {"bias-correction", 0, NULL, "take the mean error of rounded weights out of the bias"},
    [OPT_ADAROUND] = {"adaround", 0, NULL, "choose for each weight between rounding up and down by the layer's error"},
    [OPT_MAX_DROP] = {"max-drop", 0, "POINTS",
                      "int16 activations for the most sensitive layers until the accuracy loses no more than this; "
                      "with --flash: the choice of widths is refused (exit 4) if it loses more"},
    [OPT_WIDTHS] = {"widths", 0, "LIST",
                    "bits of the weights of layers: dense_1=4,dense_2=ternary (others as --to says), or a .tflite that "
                    "quantize wrote"},
    [OPT_KEEP] = {"keep", 0, "SHARE", "share of each layer's channels that stay, as 0.5"},
    [OPT_ZEROS] = {"zeros", 0, "SHARE", "share of each layer's weights that become zero, the smallest ones"},
    [OPT_MULTIPLE] = {"multiple", 0, "N", "channels stay in multiples of N, default 4: kernels compute four at a time"},
    [OPT_RECIPE] = {"recipe", 0, "FILE", "an INI file with any of the flags below; flags here go before it"},
};

static const Setting *all_of_train(void)
{
    return train_settings;
}

static const Setting *all_of_bridge(void)
{
    return bridge_settings;
}

const Command commands[] = {
    {"info",
     "MODEL",
     1,
     1,
     "what is in a model: inputs, outputs, operators, cost",
     "Prints inputs and outputs with the C expression that feeds a raw value, the operators with "
     "their number, "
     "multiply-accumulates, weights, and the RAM that the plan needs.",
     {OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_info,
     NULL},
    {"dump",
     "MODEL",
     1,
     1,
     "the graph as text, before or after a pass",
     "Prints the graph in its text form, as read from the file or after the pass that --after "
     "names.",
     {OPT_AFTER, OPT_ROUNDING, OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_dump,
     NULL},
    {"compile",
     "MODEL",
     1,
     1,
     "write C99 files that run the model",
     "Writes NAME.h, NAME.c, NAME_weights.h, NAME_kernels.h, NAME_selftest.c and a report into the "
     "folder.",
     {OPT_OUT_DIR, OPT_NAME, OPT_TARGET, OPT_OPTIMIZE, OPT_ROUNDING, OPT_RAM, OPT_FLASH, OPT_FEED, OPT_EXPLAIN,
      OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_compile,
     NULL},
    {"run",
     "MODEL",
     1,
     1,
     "run the model on this machine",
     "Runs the model for every input of a file, with the very kernels that ship. State carries "
     "over from run to run.",
     {OPT_INPUT, OPT_OUTPUT, OPT_REAL, OPT_ROUNDING, OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_run,
     NULL},
    {"stream",
     "MODEL [RECORDING]",
     1,
     2,
     "replay a recording as the device would hear it",
     "Feeds a recording, sample by sample, to a model that gives events (train --signal --detector), with the very "
     "kernels that ship: events with time and score, bytes that would be sent a day beside those of the samples and of "
     "the features, and, where the recording has classes, false and missed events and the delay. --output keeps time, "
     "score, event and faults of every run as CSV; --svg and --png draw the signal, the score, its threshold and the "
     "events. With --on the instructions of a run are counted on an emulated chip, and the energy a day is estimated "
     "for sending samples, features and events, with every constant printed.",
     {OPT_SYNTH, OPT_SAMPLES, OPT_FAULTS, OPT_OUTPUT, OPT_SVG, OPT_PNG, OPT_CLIPS, OPT_FRAMES, OPT_ON_ONE, OPT_ENERGY,
      OPT_ROUNDING, OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_stream,
     stream_settings},
    {"eval",
     "MODEL [DATA]",
     1,
     2,
     "how good the model is on a whole data set",
     "Runs the model over all samples on this machine, with the kernels that ship (on x86-64 their AVX2 or VNNI twins, "
     "which give the same bytes), and prints every metric that the data allow: accuracy, top-k, precision, recall, F1, "
     "AUC and who was taken for whom; MAE, MSE and R2 of numbers; AUC of what an autoencoder cannot restore. Inputs "
     "are normalised as the model says. A recipe or --split shares the samples as train does: the test part is judged.",
     {OPT_RECIPE, OPT_ROUNDING, OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_eval,
     eval_settings},
    {"verify",
     "MODEL",
     1,
     1,
     "prove that the C gives the same answers on emulated chips",
     "Compiles the emitted C for each target, runs it there, and compares every output: integers "
     "byte for byte, floats within "
     "1e-5 of the largest. Half of the made vectors are uniform, half smooth; state is reset at "
     "the start. --output keeps what the last target answered.",
     {OPT_ON, OPT_VECTORS, OPT_SEED, OPT_INPUTS, OPT_EXPECT, OPT_REAL, OPT_OUTPUT, OPT_FEED, OPT_TARGET,
      OPT_OPTIMIZE, OPT_ROUNDING, OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_verify,
     NULL},
    {"profile",
     "MODEL",
     1,
     1,
     "where the instructions go, layer by layer",
     "Runs the emitted C on one emulated chip (--on, default cortex-m4) as verify does and splits the run that took "
     "most: instructions of each layer, exact; cycles estimated from the core's manual; instructions per "
     "multiply-accumulate; bytes of weights and of the functions that the layer runs. Cortex-M and RISC-V.",
     {OPT_ON_ONE, OPT_VECTORS, OPT_SEED, OPT_INPUTS, OPT_REAL, OPT_OPTIMIZE, OPT_ROUNDING, OPT_JSON, OPT_HELP,
      OPT_COUNT},
     cli_profile,
     NULL},
    {"compare",
     "MODEL...",
     1,
     MAX_OPERANDS,
     "sizes, memory, instructions and quality of a model's variants",
     "Prints one row per model: bytes of the file, of weights and code in C, RAM, instructions on an emulated chip "
     "(--on, default cortex-m4; none: do not measure), and which variants are dominated: another is "
     "nowhere worse and somewhere better. With --data every metric that the data allow: accuracy, AUC "
     "and F1 of classes, errors of numbers, AUC of what an autoencoder cannot restore, else how near to "
     "the first model. Changes are counted from the first model. --variants makes the forms of each float "
     "model first. Advice names, for each row that another one beats with as much flash, that other one. A recipe or "
     "--split shares the samples as train does: variants are calibrated on the training part, all are judged on the "
     "test part.",
     {OPT_RECIPE, OPT_VARIANTS, OPT_VARIANTS_DIR, OPT_ON_ONE, OPT_VECTORS, OPT_SVG, OPT_PNG, OPT_OPTIMIZE, OPT_ROUNDING,
      OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_compare,
     data_settings},
    {"data",
     "[FILE]",
     0,
     1,
     "what there is to learn from: samples, classes, columns, split",
     "Reads samples as train does, from a CSV, NPY, NPZ or IDX file or a folder of WAV, PNG or JPEG files, and prints "
     "their number and shape, the spread of each column, the size of each class, and how they are shared. Columns "
     "that never change and classes without samples are warned of.",
     {OPT_RECIPE, OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_data,
     data_settings},
    {"train",
     "",
     0,
     0,
     "data and a net in one line to a trained .tflite",
     "Reads samples, shares them into a training, a validation and a test part, trains the net on the first, watches "
     "the second, and judges once on the third. The file holds built-in operators of TensorFlow Lite only. A recipe "
     "(--recipe) is an INI file of the same options: [data], [net], [train], [quantize], [output]. "
     "`shrinc train --net help` explains the layers.",
     {OPT_RECIPE, OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_train,
     all_of_train},
    {"quantize",
     "MODEL",
     1,
     1,
     "a float model to an integer .tflite, with the error of every layer",
     "Runs the float model over the samples, gives every tensor the scale that TensorFlow Lite's quantisation "
     "specification asks for, writes the smaller model, and says how far each layer lies from the float one on the "
     "same samples. float16 and dynamic need no samples, nor does a model that was trained with rounding. A recipe or "
     "--split shares the samples as train does: the training part calibrates, validation chooses what becomes int16 "
     "(--max-drop), the test part judges. A .bin file holds raw float inputs, sample after sample.",
     {OPT_RECIPE, OPT_OUT_FILE, OPT_TO, OPT_EDGES, OPT_CALIBRATION, OPT_PERCENTILE, OPT_EQUALIZE,
      OPT_BIAS_CORRECTION, OPT_ADAROUND, OPT_FLASH, OPT_RAM, OPT_MAX_DROP, OPT_WIDTHS, OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_quantize,
     data_settings},
    {"prune",
     "MODEL",
     1,
     1,
     "a float .tflite to a narrower one",
     "--keep takes whole channels out, those whose weights have the least L2 norm (batch normalisation's scale is in "
     "them): the result is an ordinary, smaller float model. Channels that a residual addition, a pool, a depthwise "
     "layer or a concatenation ties together go together. --zeros sets single weights to zero instead, which saves "
     "bytes in a compressed file alone. Then train the result further: shrinc train --model, with --keep-zeros in the "
     "second case.",
     {OPT_OUT_FILE, OPT_KEEP, OPT_MULTIPLE, OPT_ZEROS, OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_prune,
     NULL},
    {"plot",
     "FILE.csv...",
     1,
     MAX_OPERANDS,
     "draw a training log or other columns of numbers",
     "Draws columns of CSV files as SVG or PNG, or in the terminal. Without --y all columns are drawn, a "
     "training log as one chart per quantity with training and validation. Empty cells are gaps.",
     {OPT_SVG, OPT_PNG, OPT_X, OPT_Y, OPT_LOG, OPT_TITLE, OPT_X_LABEL, OPT_Y_LABEL, OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_plot,
     NULL},
    {"synth",
     "KIND",
     1,
     1,
     "make data to try things out: sine, blobs, wave or machine",
     "Writes samples as CSV, the same for the same --seed. sine: x,y with y = sin x + noise, x uniform in [0, 2 pi). "
     "blobs: points in a plane, in three classes. wave: a signal that is in turn a sine, a square and a sawtooth. "
     "machine: the bearing of an electric motor, 1,000 samples a second of three axes in g and its temperature; "
     "--faults are of the machine (bearing, imbalance, looseness: they grow from their start to their end) or of the "
     "sensor (stuck, clipped, missing, drift).",
     {OPT_OUT_FILE, OPT_SAMPLES, OPT_NOISE, OPT_FAULTS, OPT_SEED, OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_synth,
     NULL},
    {"array",
     "MODEL",
     1,
     1,
     "the model file itself as a C array",
     "Writes what `xxd -i` gives, constant, aligned to 16 bytes and with the file's SHA-256: for runtimes "
     "that read .tflite files. FILE ending in .h gets an include guard, any other an array that the "
     "linker sees. Without -o the text goes to stdout.",
     {OPT_OUT_FILE, OPT_NAME, OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_array,
     NULL},
    {"bridge",
     "",
     0,
     0,
     "events from a device's port into a store and on to an MQTT broker",
     "Reads the frames that an emitted model with events sends (rt/shrinc_link.h), keeps every event in "
     "DIR/NAME.jsonl, acknowledges it to the device once it is on the disk, and publishes it with QoS 1 once the "
     "broker is there. Device, bridge and broker may each fail at any time: no acknowledged event is lost, and one "
     "that comes twice is known by boot and sequence. Prints each event as a line of JSON. The last will on "
     "PREFIX/NAME/status says \"offline\".",
     {OPT_RECIPE, OPT_HELP, OPT_COUNT},
     cli_bridge,
     all_of_bridge},
    {"watch",
     "",
     0,
     0,
     "what the devices behind a broker say, live",
     "Listens to PREFIX/+/event and PREFIX/+/status: a table on a terminal, else a line an event (--json: the event "
     "itself). Events that the broker delivers twice are shown once; gaps in the sequence numbers are counted.",
     {OPT_EVENTS, OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_watch,
     watch_settings},
    {"ops",
     "",
     0,
     0,
     "operators and types that are supported",
     "Lists every operator with its TFLite name.",
     {OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_ops,
     NULL},
    {"targets",
     "",
     0,
     0,
     "processors that verify can run on",
     "Lists the targets with their compiler and emulator.",
     {OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_targets,
     NULL},
    {"doctor",
     "",
     0,
     0,
     "which compilers and emulators are installed",
     "Looks for the tools that verify needs and says which Debian package brings what is missing.",
     {OPT_JSON, OPT_HELP, OPT_COUNT},
     cli_doctor,
     NULL},
    {NULL, NULL, 0, 0, NULL, NULL, {OPT_COUNT}, NULL, NULL},
};

const Setting *command_settings(const Command *c)
{
    static const Setting none[1];
    return c->settings != NULL ? c->settings() : none;
}
