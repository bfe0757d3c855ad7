/* What the files share that ask several people. Only they include it. */
#ifndef ENGINE_RUN_ASK_INTERNAL_H
#define ENGINE_RUN_ASK_INTERNAL_H

#include "engine/run_internal.h"

/* Keys of configs, besides the one that lists the people. */
#define APPROVAL_TYPE_KEY "approval_type"
#define REQUIRED_KEY      "required"

enum ask_state {
    ASK_WANTED, /* its activity is not scheduled yet */
    ASK_OPEN,   /* its activity waits for the answer */
    ASK_APPROVED,
    ASK_REJECTED,
    ASK_UNANSWERED, /* its time is up */
    ASK_CLOSED,     /* its answer is no longer needed */
};

/* What one person is asked. */
struct ask {
    uint8_t state;                /* enum ask_state */
    bool canceling;               /* the server is asked to cancel its activity */
    int64_t scheduled_id;         /* 0: not in the history yet */
    struct text approver, answer; /* the answer is a JSON object; empty: none */
};

struct ask_list {
    struct ask *asks;
    uint32_t count;
    uint32_t first;    /* that counts: those before it belong to an attempt that failed */
    uint32_t required; /* how many must approve */
    bool unanimous;    /* one rejection decides */
    bool listed;       /* in run.asking */
};

/* ---- run_ask_plan.c: what a config asks ---- */

/* Who is asked, each person once. */
struct ask_plan {
    struct text *approvers;
    uint32_t count;
    int64_t required;
    bool unanimous;
};

/* False: the config does not ask several people, each of whom answers, or cannot be read; the action then asks all of
   them by one activity, whose handler reports what is wrong. *plan lives in the arena and the config. */
bool ask_plan_read(struct arena *arena, const struct action_type *type, const struct json_value *config,
                   struct ask_plan *plan);
/* Why nobody can be asked so, in the arena; an empty text: nothing is wrong. */
struct failure ask_plan_fault(const struct run *run, uint32_t action, const struct ask_plan *plan, struct arena *arena);

#endif
