/* Plans how another run resumes a closed run: what is kept, what is performed, and the input of the new run. Pure;
   single-threaded. */
#ifndef RULE_RESUME_PLAN_H
#define RULE_RESUME_PLAN_H

#include "action/registry.h"
#include "engine/event.h"

/* A corrected config for an action. */
struct resume_correction {
    struct text action; /* its id or its name */
    const char *file;   /* for messages */
    struct json_value config;
};

/* How the closed run is to be resumed. All pointers are borrowed. */
struct resume_request {
    struct text run_id; /* of the closed run */
    struct text from;   /* id or name of an action to perform again, with all actions downstream; empty: none */
    const struct resume_correction *corrections;
    size_t correction_count;
    const struct json_value *rule; /* the corrected rule: a graph, or a WorkflowInput (its graph and ids are read).
                                      NULL: the rule of the run. Not with corrections */
    bool force;                    /* the rule or a config may have faults, as long as the engine takes the input */
};

/* An action of the new run. */
struct resume_action {
    struct text name;
    bool kept;      /* the new run begins with its result */
    bool first;     /* it starts at once */
    bool again;     /* it has finished in the closed run, and is performed again */
    bool acts_once; /* if it is performed again, it finds its earlier database write and result */
};

/* The description of an action in a plan, for people. */
enum resume_part {
    RESUME_KEEPS,
    RESUME_STARTS,
    RESUME_REPEATS, /* it has finished, and is performed again */
    RESUME_FINDS,   /* likewise, but its earlier database write and result stay as they are */
};
bool resume_action_is(const struct resume_action *action, enum resume_part part);

struct resume_plan {
    struct text input;             /* WorkflowInput of the new run */
    struct text failure;           /* of the closed run; may be empty */
    const struct event *start;     /* of the closed run */
    struct resume_action *actions; /* in the order of the document */
    size_t action_count;
};

/* Makes the plan from the history of the closed run. All pointers lead into the arena or the events. STATUS_INVALID:
   the run cannot be resumed, or not as requested; error.message says why. STATUS_BUDGET: the arena is full. */
enum status resume_plan_make(struct arena *arena, const struct action_catalog *catalog, const struct event *events,
                             size_t count, const struct resume_request *request, struct resume_plan *plan,
                             struct error *error) MUST_CHECK;

#endif
