/* A service of the kitchen, for tests. It notes its calls in kitchen_notes. */
#ifndef OVEN_H
#define OVEN_H

#include "settings/settings.h"

struct oven {
    int degrees;
};

extern char kitchen_notes[200];

/* The oven is as hot as the health port. No oven is made for port 0, and a port above 9000 is an error. The oven is
   healthy up to 300 degrees. */
enum status oven_start(const struct settings *settings, struct oven **oven, struct error *error) MUST_CHECK;
void oven_stop(struct oven *oven);
enum status oven_health(struct oven *oven, int64_t timeout_ms, struct error *error) MUST_CHECK;

#endif
