/* Resumes one run: reads its history, plans, and starts the run that resumes it. */
#ifndef RUNS_RESUME_RUN_H
#define RUNS_RESUME_RUN_H

#include "rule/resume_plan.h"
#include "runs/blocking_client.h"

enum resume_outcome {
    RESUME_DONE,    /* the new run has begun, by this command or by another one that asked for the same */
    RESUME_PLANNED, /* it could begin: a dry run */
    RESUME_SKIPPED, /* the workflow has a newer run */
    RESUME_REFUSED, /* it cannot be resumed, or not so */
    RESUME_FAILED,  /* Temporal did not answer: whether the new run has begun is not known */
    RESUME_OUTCOMES,
};
const char *resume_outcome_name(enum resume_outcome outcome); /* "resumed", "would resume", ... */

/* What all runs of a command are resumed with. Borrowed. */
struct resume_options {
    struct text from;
    const struct resume_correction *corrections;
    size_t correction_count;
    const struct json_value *rule; /* NULL: each keeps its own */
    bool force, dry;
};

struct resume_result {
    enum resume_outcome outcome;
    struct text workflow_id, run_id, new_run_id; /* run_id: that of the closed run; new_run_id: of RESUME_DONE */
    struct text reason;                          /* of the others but RESUME_PLANNED */
    enum run_close close;                        /* of the closed run */
    struct resume_plan plan;                     /* of RESUME_DONE and RESUME_PLANNED */
};

/* run_id: the closed run, which must be the newest of its workflow. Everything lives in temporal->arena. */
void resume_run(struct blocking_client *temporal, const struct resume_options *options, struct text workflow_id,
                struct text run_id, struct resume_result *result);

/* The result as one line of JSON. */
void resume_result_write_json(struct buffer *buffer, const struct resume_result *result);

#endif
