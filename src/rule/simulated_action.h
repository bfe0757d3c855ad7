/* Actions in a simulation, and how each of their attempts ends. Pure; single-threaded. */
#ifndef RULE_SIMULATED_ACTION_H
#define RULE_SIMULATED_ACTION_H

#include "action/perform.h"
#include "rule/outcome_plan.h"

/* One action of the rule. */
struct simulated_action {
    const struct planned_action *plan; /* NULL: nothing is planned */
    unsigned attempts;
    bool started;
    struct text config;  /* JSON: as the first attempt got it, templates expanded; .data NULL before that */
    struct text refusal; /* why that config cannot be performed; empty when it can be */
};

/* A warning from a template of an action. */
struct simulation_warning {
    uint32_t action;
    struct text text;
};

struct simulated_actions {
    struct arena *arena;
    const struct action_catalog *catalog;
    struct simulated_action *items; /* in the order of the document */
    uint32_t count;
    struct simulation_warning *warnings; /* in the order in which they occur */
    size_t warning_count, warning_capacity;
};

enum attempt_end { ATTEMPT_DONE, ATTEMPT_RETRY, ATTEMPT_REFUSED, ATTEMPT_TIMED_OUT };

struct attempt_outcome {
    enum attempt_end end;
    struct json_value result; /* ATTEMPT_DONE: object */
    struct text failure;      /* ATTEMPT_RETRY, ATTEMPT_REFUSED */
    int64_t after_ms;         /* how long the attempt took */
    int64_t retry_delay_ms;   /* ATTEMPT_RETRY: delay before the next attempt; 0: by the retry policy */
};

/* Makes the next attempt of an action of that type (NULL: unknown), at that time. The attempt ends as planned. Without
   a plan, an action without effects is performed, and any other action gives a made-up result. A config that cannot be
   performed is refused, unless a failure is planned. *outcome borrows from `scratch`, the plan, and the arena of the
   actions. STATUS_BUDGET: an arena is full. */
enum status simulated_attempt(struct simulated_actions *actions, uint32_t index, const struct action_type *type,
                              const struct action_request *request, int64_t now_us, struct arena *scratch,
                              struct attempt_outcome *outcome, struct error *error) MUST_CHECK;

/* Records the config of an action that the engine itself performs. */
enum status simulated_config(struct simulated_actions *actions, uint32_t index, const struct json_value *config,
                             struct error *error) MUST_CHECK;

/* The outcome that is planned for the next attempt; NULL when nothing is planned. */
const struct planned_outcome *simulated_next_planned(const struct simulated_action *action);

#endif
