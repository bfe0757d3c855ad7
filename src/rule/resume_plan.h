/* Plans how a run that has closed is resumed by another one: what is kept, what is performed, and the input of that
   run. Pure; single-threaded. */
#ifndef RULE_RESUME_PLAN_H
#define RULE_RESUME_PLAN_H

#include "action/registry.h"
#include "engine/event.h"

/* Another config for an action. */
struct resume_correction {
    struct text action; /* its id or its name */
    const char *file;   /* for messages */
    struct json_value config;
};

/* Borrowed. */
struct resume_request {
    struct text run_id; /* of the closed run */
    struct text from;   /* id or name of an action that is performed again, with all behind it; empty: none */
    const struct resume_correction *corrections;
    size_t correction_count;
    const struct json_value *rule; /* corrected: a WorkflowInput, of which the graph and the ids are read, or a graph.
                                      NULL: that of the run. Not with corrections */
    bool force;                    /* the rule or a config may have faults, as long as the engine takes the input */
};

/* An action of the new run. */
struct resume_action {
    struct text name;
    bool kept;      /* the new run begins with its result */
    bool first;     /* it is started at once */
    bool again;     /* it has finished in the closed run and is performed again */
    bool acts_once; /* if it is performed again, it finds what it wrote to the database, and its result */
};

/* What a plan says of an action to people. */
enum resume_part {
    RESUME_KEEPS,
    RESUME_STARTS,
    RESUME_REPEATS, /* it has finished, and is performed again */
    RESUME_FINDS,   /* likewise, but what it wrote to the database stays as it is, and so does its result */
};
bool resume_action_is(const struct resume_action *action, enum resume_part part);

struct resume_plan {
    struct text input;             /* WorkflowInput of the new run */
    struct text failure;           /* of the closed run; may be empty */
    const struct event *start;     /* of the closed run */
    struct resume_action *actions; /* in the order of the document */
    size_t action_count;
};

/* Makes the plan from the history of the closed run. Everything lives in the arena, or in the events. STATUS_INVALID:
   the run cannot be resumed, or not so; error.message says why. STATUS_BUDGET: the arena is full. */
enum status resume_plan_make(struct arena *arena, const struct action_catalog *catalog, const struct event *events,
                             size_t count, const struct resume_request *request, struct resume_plan *plan,
                             struct error *error) MUST_CHECK;

#endif
