/* A service of the kitchen, for tests: what is done to it is noted in kitchen_notes. */
#ifndef OVEN_H
#define OVEN_H

#include "settings/settings.h"

struct oven {
    int degrees;
};

extern char kitchen_notes[200];

/* As hot as the health port; none is made when that is 0, and above 9000 it is wrong. Well up to 300 degrees. */
enum status oven_start(const struct settings *settings, struct oven **oven, struct error *error) MUST_CHECK;
void oven_stop(struct oven *oven);
enum status oven_health(struct oven *oven, int64_t timeout_ms, struct error *error) MUST_CHECK;

#endif
