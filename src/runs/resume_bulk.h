/* Resumes every run that a query finds. */
#ifndef RUNS_RESUME_BULK_H
#define RUNS_RESUME_BULK_H

#include "runs/resume_run.h"

struct resume_bulk {
    const struct cli_command *command;
    const char *query;
    const char *report; /* a file; NULL: none */
    unsigned rate;      /* runs a second, at most */
    bool json;
    const struct resume_options *options;
};

/* temporal is open, and its arena is for the list of runs. Prints on stdout what came of each run, or only of those
   that were not resumed, and progress and the sum on stderr. CLI_SUCCESS: no run was refused. */
enum cli_exit resume_bulk(const struct resume_bulk *bulk, struct blocking_client *temporal);

#endif
