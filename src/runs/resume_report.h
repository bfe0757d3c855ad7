/* The report of a bulk resumption: a file of JSON lines, one for each run, that the next attempt reads. */
#ifndef RUNS_RESUME_REPORT_H
#define RUNS_RESUME_REPORT_H

#include "runs/resume_run.h"

struct resume_report {
    const char *path;
    int file;          /* -1: nothing is written */
    struct text *done; /* ids of the workflows that it has as resumed, ascending */
    size_t done_count;
};

/* Reads the file, if there is one, into the arena. With `append` it is opened, or made, to be appended to, and a last
   line that is not complete, as of a command that was killed, is cut off. STATUS_INVALID: it is no report, or cannot be
   opened. Close it in any case. */
enum status resume_report_open(struct resume_report *report, const char *path, bool append, struct arena *arena,
                               struct error *error) MUST_CHECK;
void resume_report_close(struct resume_report *report);

/* Whether the workflow was resumed by a command that wrote this report. */
bool resume_report_has(const struct resume_report *report, struct text workflow_id);
/* Appends a line in one piece. False: it could not be written; errno says why. */
bool resume_report_add(const struct resume_report *report, struct text line) MUST_CHECK;

#endif
