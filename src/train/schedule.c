/* Learning rates over time, and when patience ends.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/fit.h"

#include <math.h>

const char *const schedule_names[] = {"constant", "step", "exponential", "cosine", "plateau", NULL};

double schedule_rate(const ScheduleOptions *o, double epoch, double epochs, double plateau_scale)
{
    if (epoch < o->warmup) {
        return o->rate * epoch / o->warmup;
    }
    double t = epoch - o->warmup;
    double length = epochs - o->warmup;
    double rate = o->rate;
    switch (o->kind) {
    case SCHEDULE_STEP: rate = o->rate * pow(o->factor, floor(t / o->every)); break;
    case SCHEDULE_EXPONENTIAL: rate = o->rate * pow(o->factor, t / o->every); break;
    case SCHEDULE_COSINE: {
        double part = length > 0.0 && t < length ? t / length : 1.0;
        return o->min_rate +
               (o->rate - o->min_rate) * 0.5 * (1.0 + cos(3.14159265358979323846 * part));
    }
    case SCHEDULE_PLATEAU: rate = o->rate * plateau_scale; break;
    case SCHEDULE_CONSTANT:
    case SCHEDULE_COUNT: break;
    }
    return rate < o->min_rate ? o->min_rate : rate;
}

bool patience_see(Patience *p, double value, double min_delta)
{
    if (value < p->best - min_delta) {
        p->best = value;
        p->wait = 0;
        return true;
    }
    p->wait++;
    return false;
}
