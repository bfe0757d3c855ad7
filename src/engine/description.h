/* What people see of a run besides its history: what it is found by, and what came of it. Not thread-safe. */
#ifndef ENGINE_DESCRIPTION_H
#define ENGINE_DESCRIPTION_H

#include "base/arena.h"

struct run;

/* Empty: unknown, or longer than a value of the visibility store. Of the start of the run, so it never changes. */
struct run_description {
    struct text rule;                             /* its name */
    struct text trigger;                          /* what happened: on_create, ... */
    struct text entity, entity_id, entity_number; /* orders; its id; its number for people: SO-2026-1042 */
};

/* The longest value of a search attribute: columns of SQL stores have 255 characters. */
#define DESCRIPTION_VALUE_MAX 255

/* Whether the answer to the open task should describe the run: that of the first task, except of a branch. */
bool run_must_describe(const struct run *run);
/* The texts live in the arena. STATUS_BUDGET: it is full. */
enum status run_describe(const struct run *run, struct arena *arena, struct run_description *description,
                         struct error *error) MUST_CHECK;

/* The name of the first action that has failed for good or is held; empty without one. Borrowed from the run. */
struct text run_failed_action(const struct run *run);
/* Whether the history says so: the search attribute FailedAction has that value. */
bool run_failed_action_is_known(const struct run *run);

/* How many signals have come that no action waited for, and the name of the first one, borrowed from the run. */
uint32_t run_ignored_signals(const struct run *run, struct text *first);

/* The result of a run that completes, a JSON object: {"done": 3, "not_run": 1, "ends": [{"action", "output"}],
   "failures": [{"action", "message"}]}. `ends`: the done actions that no done action follows; `failures`: those whose
   failure edges were followed. The first OUTCOME_ACTIONS_MAX of each, in the order of the document. .data NULL past the
   budget. */
struct text run_outcome(const struct run *run, struct arena *arena) MUST_CHECK;
#define OUTCOME_ACTIONS_MAX 20

#endif
