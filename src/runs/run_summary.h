/* Summaries of runs from their histories. */
#ifndef RUNS_RUN_SUMMARY_H
#define RUNS_RUN_SUMMARY_H

#include "base/json_writer.h"
#include "engine/run.h"

struct run_summary {
    enum run_close close;
    struct text failure; /* of the run, or why its history cannot be read */
    int64_t started_us, ended_us;
    struct run_action *actions; /* in the order of the document */
    size_t action_count, event_count;
};

/* Folds a history into the run. The summary has all but the actions; its failure is borrowed from the events. Errors as
   of run_fold. */
enum status run_summary_fold(struct run *run, const struct event *events, size_t count, struct run_summary *summary,
                             struct error *error) MUST_CHECK;
/* Copies the actions of the run, with all texts, into the arena. STATUS_BUDGET when that is full. */
enum status run_summary_copy_actions(struct arena *arena, const struct run *run, struct run_summary *summary,
                                     struct error *error) MUST_CHECK;

/* Summarizes a history, into the arena. False when the arena is full. A history that cannot be read is no error:
   summary->failure says why. */
bool run_summary_read(struct arena *arena, const struct event *events, size_t count,
                      struct run_summary *summary) MUST_CHECK;

const char *run_close_name(enum run_close close); /* "running", "completed", ... */
/* Writes its members of an object: id, name, type and state. */
void run_action_write_json(struct json_writer *json, const struct run_action *action);
/* Writes text for a terminal. */
void run_summary_write(struct buffer *buffer, const struct run_summary *summary);
/* summary NULL: the run is open and only its ids are known. */
void run_summary_write_json(struct buffer *buffer, struct text workflow_id, struct text run_id,
                            const struct run_summary *summary);

#endif
