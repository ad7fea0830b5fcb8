/* Failures: one code, one sentence, the first one wins.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <stdlib.h>

Status vfail(Diag *d, Status code, const char *format, va_list args)
{
    if (d == NULL) {
        return code;
    }
    if (d->code != OK) {
        return d->code;
    }
    d->code = code;
    size_t used = 0;
    if (d->where != NULL) {
        int n = snprintf(d->text, sizeof d->text, "%s: ", d->where);
        used = n < 0 ? 0 : (size_t)n;
        if (used >= sizeof d->text) {
            return code;
        }
    }
    (void)vsnprintf(d->text + used, sizeof d->text - used, format, args);
    return code;
}

Status fail(Diag *d, Status code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Status s = vfail(d, code, format, args);
    va_end(args);
    return s;
}

void warn(Diag *d, const char *format, ...)
{
    if (d == NULL) {
        return;
    }
    if (d->warning_count < DIAG_WARNINGS) {
        char line[1024];
        va_list args;
        va_start(args, format);
        (void)vsnprintf(line, sizeof line, format, args);
        va_end(args);
        size_t bytes = strlen(line) + 1;
        char *copy = malloc(bytes);
        if (copy == NULL) {
            abort();
        }
        memcpy(copy, line, bytes);
        d->warning[d->warning_count] = copy;
    }
    d->warning_count++;
}

void diag_rewind(Diag *d, int32_t count)
{
    for (int32_t i = count; i < d->warning_count && i < DIAG_WARNINGS; i++) {
        free(d->warning[i]);
        d->warning[i] = NULL;
    }
    d->warning_count = count;
    d->code = OK;
    d->text[0] = '\0';
}

void diag_clear(Diag *d)
{
    diag_rewind(d, 0);
}
