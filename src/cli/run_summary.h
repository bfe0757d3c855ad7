/* What became of a run, by its history. */
#ifndef CLI_RUN_SUMMARY_H
#define CLI_RUN_SUMMARY_H

#include "base/buffer.h"
#include "engine/run.h"
#include "temporal/client.h"

struct run_summary {
    enum run_close close;
    struct text failure; /* of the run; or why its history cannot be read */
    int64_t began_us, ended_us;
    struct run_action *actions; /* in the order of the document */
    size_t action_count, event_count;
};

/* Folds the history with the engine; everything lives in the arena. False when that is full. */
bool run_summary_read(struct arena *arena, const struct workflow_task *history, struct run_summary *summary) MUST_CHECK;

const char *run_close_name(enum run_close close);                                 /* "running", "completed", ... */
void run_summary_write(struct buffer *buffer, const struct run_summary *summary); /* for a terminal */
/* summary NULL: not known, the run goes on. */
void run_summary_write_json(struct buffer *buffer, struct text workflow_id, struct text run_id,
                            const struct run_summary *summary);

#endif
