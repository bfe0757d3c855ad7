/* What `show` and `watch` print of a run. Single-threaded. */
#ifndef RUNS_RUN_REPORT_H
#define RUNS_RUN_REPORT_H

#include "runs/run_picture.h"
#include "runs/run_subject.h"
#include "runs/run_waits.h"

struct run_report {
    struct text workflow_id, run_id, task_queue;
    const struct run_picture *run;
    struct run_waits waits;
    unsigned task_attempt; /* of the pending workflow task; 0: no task is pending */
    int64_t now_us;
};

/* The ids, rule and times of the run. */
void run_report_write_head(const struct run_report *report, struct buffer *output);
/* The tree, if the run has a graph, and the run's end. STATUS_BUDGET: out of memory. */
enum status run_report_write_tree(const struct run_report *report, bool coloured, struct buffer *output,
                                  struct error *error) MUST_CHECK;
/* What failed, and what the run waits for; nothing when there is nothing to say. */
void run_report_write_details(const struct run_report *report, struct buffer *output);
/* All of it as one JSON object. */
enum status run_report_write_json(const struct run_report *report, struct buffer *output,
                                  struct error *error) MUST_CHECK;

#endif
