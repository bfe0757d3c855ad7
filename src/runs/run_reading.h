/* A run that a command reads from the server: what the server says of it, its history, and the run that this makes.
   Single-threaded. */
#ifndef RUNS_RUN_READING_H
#define RUNS_RUN_READING_H

#include "runs/run_picture.h"
#include "runs/run_reference.h"
#include "runs/run_waits.h"

/* Zero before run_reading_open. All but `picture` lives in the client's arena. */
struct run_reading {
    const struct described_run *description;
    const struct event *events;
    size_t event_count;
    struct run_picture picture;
    struct run_waits waits;
};

/* Finds the run that `word` names, and reads it. Anything but CLI_SUCCESS: reported on stderr; close it all the
   same. */
enum cli_exit run_reading_open(struct run_reading *reading, struct blocking_client *temporal,
                               const struct settings *settings, const char *word) MUST_CHECK;
void run_reading_close(struct run_reading *reading);

#endif
