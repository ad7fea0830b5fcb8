/* --help, the man page and the bash completion, all from the table.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

static const struct ExitRow {
    int code;
    const char *meaning;
} exit_rows[] = {
    {0, "all is well"},
    {1, "internal error"},
    {2, "the command line is wrong"},
    {3, "a file is wrong or cannot be read or written"},
    {4, "does not fit the budget"},
    {5, "verification found a difference"},
    {6, "an operator or type is not supported"},
    {7, "a compiler or emulator is missing or failed"},
    {130, "interrupted"},
};

void print_help(FILE *f)
{
    fprintf(f,
            "shrinc %s: turns a trained neural network (.tflite) into a few C99 files for any "
            "microcontroller\n\n",
            SHRINC_VERSION);
    fprintf(f, "usage: shrinc COMMAND [OPTIONS]\n\n");
    for (const Command *c = commands; c->name != NULL; c++) {
        fprintf(f, "  %-9s %-6s %s\n", c->name, c->operands, c->summary);
    }
    fprintf(f, "  %-9s %-6s %s\n", "help", "[CMD]",
            "how a command is used; --man, --completion print what they say");
    fprintf(f, "\nBegin with: shrinc info MODEL.tflite, then shrinc compile MODEL.tflite -o DIR\n");
}

static void print_flag(FILE *f, const char *name, char letter, const char *value, const char *help)
{
    char shown[64];
    char shortly[8] = "";
    if (letter != 0) {
        (void)snprintf(shortly, sizeof shortly, "-%c, ", letter);
    }
    (void)snprintf(shown, sizeof shown, "%s--%s%s%s", shortly, name, value != NULL ? "=" : "",
                   value != NULL ? value : "");
    fprintf(f, "  %-22s %s\n", shown, help);
}

void print_command_help(FILE *f, const Command *c)
{
    fprintf(f, "usage: shrinc %s %s%s[OPTIONS]\n\n%s\n\n", c->name, c->operands,
            c->operands[0] != '\0' ? " " : "", c->about);
    for (int i = 0; c->options[i] != OPT_COUNT; i++) {
        const OptionDesc *o = &options[c->options[i]];
        print_flag(f, o->name, o->letter, o->value, o->help);
    }
    const char *section = "";
    for (const Setting *s = command_settings(c); s->name != NULL; s++) {
        if (strcmp(section, s->section) != 0) {
            fprintf(f, "\n[%s]\n", s->section);
            section = s->section;
        }
        print_flag(f, s->name, s->letter, s->value, s->help);
    }
}

static void print_man_flag(FILE *f, const char *name, const char *value, const char *help)
{
    fprintf(f, ".TP\n\\fB\\-\\-%s\\fR%s%s%s\n%s\n", name, value != NULL ? "=\\fI" : "",
            value != NULL ? value : "", value != NULL ? "\\fR" : "", help);
}

void print_man(FILE *f)
{
    fprintf(f,
            ".TH SHRINC 1 \"\" \"shrinc %s\" \"User Commands\"\n.SH NAME\nshrinc \\- shrink a "
            "neural network into C\n",
            SHRINC_VERSION);
    fprintf(f, ".SH SYNOPSIS\n.B shrinc\n.I COMMAND\n[\\fIOPTIONS\\fR]\n.SH DESCRIPTION\n"
               "Compiles a trained network (.tflite) into a few readable C99 files for any "
               "microcontroller, with an exact\n"
               "memory plan, and proves on emulated chips that they answer as TensorFlow Lite "
               "Micro does.\n.SH COMMANDS\n");
    for (const Command *c = commands; c->name != NULL; c++) {
        fprintf(f, ".SS \"shrinc %s%s%s\"\n%s\n", c->name, c->operands[0] != '\0' ? " " : "",
                c->operands, c->about);
        for (int i = 0; c->options[i] != OPT_COUNT; i++) {
            const OptionDesc *o = &options[c->options[i]];
            print_man_flag(f, o->name, o->value, o->help);
        }
        for (const Setting *s = command_settings(c); s->name != NULL; s++) {
            print_man_flag(f, s->name, s->value, s->help);
        }
    }
    fprintf(f, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < COUNT(exit_rows); i++) {
        fprintf(f, ".TP\n%d\n%s\n", exit_rows[i].code, exit_rows[i].meaning);
    }
}

void print_completion(FILE *f)
{
    fprintf(f, "# bash completion for shrinc\n_shrinc()\n{\n    local "
               "word=${COMP_WORDS[COMP_CWORD]} verbs='");
    for (const Command *c = commands; c->name != NULL; c++) {
        fprintf(f, "%s%s", c == commands ? "" : " ", c->name);
    }
    fprintf(f, " help version'\n    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
               "        COMPREPLY=($(compgen -W \"$verbs\" -- \"$word\"))\n        return\n    fi\n"
               "    case ${COMP_WORDS[1]} in\n");
    for (const Command *c = commands; c->name != NULL; c++) {
        fprintf(f, "    %s) COMPREPLY=($(compgen -W '", c->name);
        for (int i = 0; c->options[i] != OPT_COUNT; i++) {
            const OptionDesc *o = &options[c->options[i]];
            fprintf(f, "%s--%s%s", i == 0 ? "" : " ", o->name, o->value != NULL ? "=" : "");
        }
        for (const Setting *s = command_settings(c); s->name != NULL; s++) {
            fprintf(f, " --%s%s", s->name, s->value != NULL ? "=" : "");
        }
        fprintf(f, "' -- \"$word\") $(compgen -f -- \"$word\")) ;;\n");
    }
    fprintf(f, "    esac\n}\ncomplete -o nospace -o filenames -F _shrinc shrinc\n");
}
