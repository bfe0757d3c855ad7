/* The services of the kitchen. */
#include <stdio.h>
#include <string.h>

#include "fridge.h"
#include "oven.h"

char kitchen_notes[200];
static struct oven oven;
static struct fridge fridge = {5};

static void note(const char *words)
{
    const size_t size = strlen(kitchen_notes);
    snprintf(kitchen_notes + size, sizeof kitchen_notes - size, "%s;", words);
}

enum status oven_start(const struct settings *settings, struct oven **started, struct error *error)
{
    note("oven on");
    oven.degrees = (int)settings->health_port;
    *started = oven.degrees > 0 ? &oven : NULL;
    return oven.degrees <= 9000 ? STATUS_OK : error_set(error, STATUS_INVALID, TEXT_NONE, "too hot");
}

void oven_stop(struct oven *started)
{
    note(started == &oven ? "oven off" : "what is that?");
}

enum status oven_health(struct oven *started, int64_t timeout_ms, struct error *error)
{
    if (timeout_ms != 7)
        return error_set(error, STATUS_INTERNAL, TEXT_NONE, "no patience");
    return started->degrees <= 300 ? STATUS_OK : error_set(error, STATUS_UNAVAILABLE, TEXT_NONE, "it smokes");
}

enum status fridge_plug_in(const struct settings *settings, struct fridge **started, struct error *error)
{
    (void)settings;
    (void)error;
    note("fridge on");
    *started = &fridge;
    return STATUS_OK;
}

void fridge_unplug(struct fridge *started)
{
    note(started == &fridge ? "fridge off" : "what is that?");
}
