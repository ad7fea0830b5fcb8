/* Test programs whose cases are files: NAME.before and what it must become, in NAME.want or another file beside it.
 * Included once by each program, after its suite_name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static int32_t passed, failed;
static bool writes; /* the expected files are made anew */

static void report(bool good, const char *id, const char *what, const char *wanted, const char *seen)
{
    passed += good;
    failed += !good;
    if (!good) {
        printf("FAILED %s:%s %s\n--- wanted\n%s\n--- seen\n%s\n", suite_name, id, what, wanted, seen);
    }
}

static void compare_file(Arena *a, const char *id, const char *path, const char *text)
{
    Diag d = {0};
    Span want = {0};
    if (writes) {
        report(file_write(path, text, strlen(text), &d) == OK, id, "write", path, d.text);
        return;
    }
    Status s = file_read(a, path, 1 << 20, &want, &d);
    const char *wanted = s == OK ? arena_strndup(a, (const char *)want.data, want.bytes) : d.text;
    report(s == OK && strcmp(wanted, text) == 0, id, "text", wanted, text);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Runs each NAME.before of the folder PARENT/DIR, in order; none where there is no such folder. */
static void each_case(const char *parent, const char *dir, void (*run)(const char *parent, const char *dir, const char *name))
{
    char path[512];
    struct dirent **list = NULL;
    (void)snprintf(path, sizeof path, "%s/%s", parent, dir);
    int count = scandir(path, &list, NULL, by_name);
    for (int i = 0; i < count; i++) {
        char *dot = strrchr(list[i]->d_name, '.');
        if (dot != NULL && strcmp(dot, ".before") == 0) {
            *dot = '\0';
            run(parent, dir, list[i]->d_name);
        }
        free(list[i]);
    }
    free(list);
}
