/* A history replayed: what each action has come to, and what would be done next. */
#ifndef CLI_REPLAY_H
#define CLI_REPLAY_H

#include "base/buffer.h"
#include "engine/run.h"

struct replay_action {
    struct run_action action; /* as the history has it */
    const char *how;          /* who has carried it out, or does; NULL when nobody has */
    struct text output;       /* the edges out of it go by this; empty when it has none */
};

struct replay {
    struct text file;
    enum status status; /* not STATUS_OK: it cannot be replayed; `fault` says where and why */
    struct error fault;

    struct text workflow_type, rule_name;
    size_t event_count;
    enum run_close close;
    struct text failure;           /* of the run */
    struct replay_action *actions; /* in the order of the document */
    size_t action_count;
    struct text *next; /* what the worker would do now, in words: "perform A here" */
    size_t next_count;
};

/* Reads the history (`temporal workflow show --output json`) and folds it. Everything lives in the arena; nothing is
   performed. */
void replay_read(struct arena *arena, struct text file, struct text document, struct replay *replay);

void replay_write(struct buffer *buffer, const struct replay *replay); /* for a terminal */
void replay_write_json(struct buffer *buffer, const struct replay *replay);

#endif
