/* Words to arguments, by getopt_long over the table of flags.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

enum { LONG_BASE = 256, SETTING_BASE = LONG_BASE + OPT_COUNT };

static int usage(const Command *c, const char *format, ...) PRINTF_LIKE(2, 3);

static int usage(const Command *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "shrinc %s: ", c->name);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "; see `shrinc %s --help`\n", c->name);
    return exit_code(ERR_USAGE);
}

static void fill(struct option **longs, char **shorts, const char *name, char letter, bool valued, int code)
{
    *(*longs)++ = (struct option){name, valued ? required_argument : no_argument, NULL, code};
    if (letter != 0) {
        *(*shorts)++ = letter;
        if (valued) {
            *(*shorts)++ = ':';
        }
    }
}

static void fill_tables(const Command *c, struct option *longs, char *shorts)
{
    *shorts++ = ':'; /* say which flag lacks its value */
    for (int i = 0; c->options[i] != OPT_COUNT; i++) {
        const OptionDesc *o = &options[c->options[i]];
        fill(&longs, &shorts, o->name, o->letter, o->value != NULL, LONG_BASE + (int)c->options[i]);
    }
    const Setting *settings = command_settings(c);
    for (int i = 0; settings[i].name != NULL && i < MAX_SETTINGS; i++) {
        const Setting *s = &settings[i];
        fill(&longs, &shorts, s->name, s->letter, s->value != NULL, SETTING_BASE + i);
    }
    *longs = (struct option){0};
    *shorts = '\0';
}

/* What getopt_long would have answered to the long name of a short flag. */
static int letter_code(const Command *c, int letter)
{
    for (int i = 0; c->options[i] != OPT_COUNT; i++) {
        if (options[c->options[i]].letter == letter) {
            return LONG_BASE + (int)c->options[i];
        }
    }
    int i = 0;
    while (command_settings(c)[i].letter != letter) {
        i++;
    }
    return SETTING_BASE + i;
}

int args_parse(const Command *c, int argc, char **argv, CliArgs *a)
{
    struct option longs[OPT_COUNT + MAX_SETTINGS + 1];
    char shorts[2 * (OPT_COUNT + MAX_SETTINGS) + 2];
    fill_tables(c, longs, shorts);
    opterr = 0;
    int code = 0;
    while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (code == '?') {
            if (optopt > 0 && optopt < LONG_BASE) {
                return usage(c, "there is no flag -%c here", optopt);
            }
            return usage(c, "there is no flag %s here", argv[optind - 1]);
        }
        if (code == ':') {
            return usage(c, "%s needs a value", argv[optind - 1]);
        }
        code = code >= LONG_BASE ? code : letter_code(c, code);
        if (code >= SETTING_BASE) {
            int i = code - SETTING_BASE;
            a->setting[i] = command_settings(c)[i].value != NULL ? optarg : "";
        } else {
            OptionId id = (OptionId)(code - LONG_BASE);
            a->value[id] = options[id].value != NULL ? optarg : "";
        }
    }
    for (; optind < argc; optind++) {
        if (a->operand_count >= c->max_operands) {
            return usage(c, "'%s' is one word too many", argv[optind]);
        }
        a->operand[a->operand_count++] = argv[optind];
    }
    if (a->operand_count < c->min_operands && a->value[OPT_HELP] == NULL) {
        return usage(c, "needs %s", c->operands);
    }
    return 0;
}

Status args_number(const CliArgs *a, OptionId id, int64_t fallback, int64_t min, int64_t max,
                   int64_t *out, Diag *d)
{
    const char *text = a->value[id];
    *out = fallback;
    if (text == NULL) {
        return OK;
    }
    char *end = NULL;
    errno = 0;
    long long v = strtoll(text, &end, 0);
    int64_t unit = *end == 'k' || *end == 'K' ? 1024 : *end == 'M' ? 1024 * 1024 : 1;
    end += unit != 1;
    if (end == text || *end != '\0' || errno != 0 || v < 0 || v > max / unit || v * unit < min) {
        return fail(d, ERR_USAGE, "--%s=%s: give a whole number from %jd to %jd", options[id].name,
                    text, (intmax_t)min, (intmax_t)max);
    }
    *out = v * unit;
    return OK;
}

Status args_real(const CliArgs *a, OptionId id, double fallback, double min, double max, double *out, Diag *d)
{
    const char *text = a->value[id];
    *out = fallback;
    if (text == NULL) {
        return OK;
    }
    char *end = NULL;
    double v = strtod(text, &end); /* the program never leaves the C locale */
    if (end == text || *end != '\0' || !(v >= min && v <= max)) {
        return fail(d, ERR_USAGE, "--%s=%s: give a number from %g to %g", options[id].name, text, min, max);
    }
    *out = v;
    return OK;
}

Status args_choose(const CliArgs *a, OptionId id, const char *const *names, int32_t fallback,
                   int32_t *out, Diag *d)
{
    *out = fallback;
    if (a->value[id] == NULL) {
        return OK;
    }
    Out list = {0};
    for (int32_t i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], a->value[id]) == 0) {
            *out = i;
            out_free(&list);
            return OK;
        }
        out_printf(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    Status s =
        fail(d, ERR_USAGE, "--%s=%s: choose one of %s", options[id].name, a->value[id], list.text);
    out_free(&list);
    return s;
}

Status args_compile(const CliArgs *a, CompileOptions *o, Diag *d)
{
    static const char *const modes[] = {"size", "balanced", "speed", NULL};
    static const char *const feeds[] = {"whole", "rows", "steps", NULL};
    static const char *const families[] = {"tflite", "single", NULL};
    int32_t optimize = OPTIMIZE_BALANCED;
    int32_t rounding = ROUNDING_TFLITE;
    int32_t feed = FEED_WHOLE;
    TRY(args_choose(a, OPT_OPTIMIZE, modes, optimize, &optimize, d));
    TRY(args_choose(a, OPT_ROUNDING, families, rounding, &rounding, d));
    TRY(args_choose(a, OPT_FEED, feeds, feed, &feed, d));
    *o = (CompileOptions){
        .name = a->value[OPT_NAME],
        .target = a->value[OPT_TARGET] != NULL ? a->value[OPT_TARGET] : "generic",
        .optimize = (Optimize)optimize,
        .rounding = (Rounding)rounding,
        .feed = (Feed)feed,
    };
    if (o->name != NULL && !emit_name_is_usable(o->name)) {
        return fail(d, ERR_USAGE,
                    "--name=%s: give a C identifier of at most 31 letters, digits and underscores "
                    "that is no keyword",
                    o->name);
    }
    if (strcmp(o->target, "generic") != 0 && target_find(o->target) == NULL) {
        return fail(d, ERR_USAGE,
                    "--target=%s: there is no such target; `shrinc targets` lists them", o->target);
    }
    TRY(args_number(a, OPT_RAM, 0, 1, INT64_C(1) << 32, &o->ram, d));
    return args_number(a, OPT_FLASH, 0, 1, INT64_C(1) << 32, &o->flash, d);
}

Status args_verify(const CliArgs *a, const char *targets, VerifyOptions *o, Diag *d)
{
    int64_t seed = 0;
    TRY(args_compile(a, &o->compile, d));
    TRY(args_number(a, OPT_SEED, 1, 0, INT64_MAX, &seed, d));
    TRY(args_number(a, OPT_VECTORS, 16, 1, 1000000, &o->vectors, d));
    const char *on = a->value[OPT_ON] != NULL ? a->value[OPT_ON] : a->value[OPT_ON_ONE];
    o->seed = (uint64_t)seed;
    o->targets = on != NULL ? on : targets;
    o->inputs_path = a->value[OPT_INPUTS];
    o->real = a->value[OPT_REAL] != NULL;
    o->command = a->line;
    return OK;
}

Status args_samples(const CliArgs *a, Arena *arena, TrainSettings *t, bool *shared, Diag *d)
{
    const char *recipe = a->value[OPT_RECIPE];
    *t = train_defaults();
    if (recipe != NULL) {
        TRY(recipe_read(train_settings, t, arena, recipe, d));
    }
    TRY(args_settings(a, t, d));
    if (shared != NULL) {
        *shared = recipe != NULL || t->split != NULL || t->test_data != NULL || t->test_files != NULL;
    }
    return OK;
}

Status args_pictures(const CliArgs *a, Diag *d)
{
    static const struct {
        OptionId id;
        const char *ending;
    } pictures[] = {{OPT_SVG, ".svg"}, {OPT_PNG, ".png"}};
    for (size_t i = 0; i < COUNT(pictures); i++) {
        const char *path = a->value[pictures[i].id];
        size_t n = path == NULL ? 0 : strlen(path);
        if (path != NULL && (n < 5 || strcmp(path + n - 4, pictures[i].ending) != 0)) {
            return fail(d, ERR_USAGE, "--%s=%s: give the file the ending %s", options[pictures[i].id].name, path,
                        pictures[i].ending);
        }
    }
    return OK;
}

Status args_settings(const CliArgs *a, void *settings, Diag *d)
{
    const Setting *table = command_settings(a->command);
    for (int i = 0; table[i].name != NULL; i++) {
        if (a->setting[i] != NULL) {
            Diag plain = {0};
            Status s = setting_set(table, settings, table[i].name, a->setting[i], &plain);
            if (s != OK) {
                (void)fail(d, s, "--%s", plain.text);
                diag_clear(&plain);
                return s;
            }
        }
    }
    return OK;
}
