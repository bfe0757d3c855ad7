/* A replayed history: the state of each action, and the commands that the worker would send next. */
#ifndef RUNS_REPLAY_H
#define RUNS_REPLAY_H

#include "runs/run_summary.h"
#include "temporal/history_json.h"

struct replay {
    struct text file;
    enum status status; /* not STATUS_OK: the history cannot be replayed; `fault` says where and why */
    struct error fault;

    struct text workflow_type, rule_name;
    struct run_summary summary;
    struct text *next; /* the commands that the worker would send now, for people: "perform A here" */
    size_t next_count;
};

/* Reads a history as `temporal workflow show --output json` prints it, and folds it. Everything lives in the arena;
   nothing is performed. */
void replay_read(struct arena *arena, struct text file, struct text document, struct replay *replay);
/* Folds events; `name` stands where the file would. */
void replay_fold(struct arena *arena, struct text name, const struct history_json *history, struct replay *replay);

void replay_write(struct buffer *buffer, const struct replay *replay); /* for a terminal */
void replay_write_json(struct buffer *buffer, const struct replay *replay);

#endif
