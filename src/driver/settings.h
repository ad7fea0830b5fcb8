/* Options in a table: from flags and from recipes (INI files), checked alike.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_SETTINGS_H
#define SHRINC_DRIVER_SETTINGS_H

#include "base/base.h"

typedef enum SettingKind {
    SETTING_TEXT,   /* const char * */
    SETTING_LINES,  /* const char *; in a recipe it may go on over indented lines */
    SETTING_SWITCH, /* bool; in a recipe yes or no */
    SETTING_INT,    /* int64_t */
    SETTING_REAL,   /* double */
    SETTING_CHOICE  /* int32_t, index into NAMES */
} SettingKind;

typedef struct Setting {
    const char *section; /* of a recipe, and of --help */
    const char *name;    /* long flag, and key of a recipe */
    char letter;         /* short flag or 0 */
    const char *value;   /* what the value is called, NULL for a switch */
    SettingKind kind;
    size_t offset; /* into the struct of settings */
    double min, max;
    const char *const *names; /* SETTING_CHOICE; ends with NULL */
    const char *help;
} Setting;

/* TABLE ends with a NULL name. A name that is not there, or a value that does not fit, fails with what
 * is allowed. TEXT is kept, not copied. */
Status setting_set(const Setting *table, void *settings, const char *name, const char *text,
                   Diag *d) MUST_CHECK;
/* Sets all that the recipe at PATH says; fails with its line. Texts are copied into A. */
Status recipe_read(const Setting *table, void *settings, Arena *a, const char *path,
                   Diag *d) MUST_CHECK;

/* A recipe of all that differs from DEFAULTS; reads back to equal settings. */
void recipe_write(const Setting *table, const void *settings, const void *defaults, Out *out);

#endif
