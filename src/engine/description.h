/* Descriptions of a run for people: the search attributes that it is found by, and its outcome. Not thread-safe. */
#ifndef ENGINE_DESCRIPTION_H
#define ENGINE_DESCRIPTION_H

#include "base/arena.h"

struct run;

/* Search attributes. They come from the input of the run, so they never change. Each is cut to DESCRIPTION_VALUE_MAX
   bytes; empty: unknown, or the value has a zero byte. */
struct run_description {
    struct text rule;                             /* name of the rule */
    struct text trigger;                          /* the event that triggered it: on_create, ... */
    struct text entity, entity_id, entity_number; /* orders; its id; its number as displayed: SO-2026-1042 */
};

/* The longest value of a search attribute, in bytes: columns of SQL stores hold 255 characters. */
#define DESCRIPTION_VALUE_MAX 255

/* Whether the answer to the open task must describe the run: the first task of a run that is not a branch. */
bool run_must_describe(const struct run *run);
/* Fills *description, whose texts live in the arena. STATUS_BUDGET: the arena is full. */
enum status run_describe(const struct run *run, struct arena *arena, struct run_description *description,
                         struct error *error) MUST_CHECK;

/* The name of the first action, in the order of the document, that has failed permanently or is held; cut to
   DESCRIPTION_VALUE_MAX bytes, empty if absent. Borrowed from the run. */
struct text run_failed_action(const struct run *run);
/* Whether the search attribute FailedAction in the history already has that value, or cannot have it because of a zero
   byte. */
bool run_failed_action_is_known(const struct run *run);

/* How many signals came while no action waited for them. *first: the name of the first one, borrowed from the run. */
uint32_t run_ignored_signals(const struct run *run, struct text *first);

/* The result of a run that completes, a JSON object: {"done": 3, "not_run": 1, "ends": [{"action", "output"}],
   "failures": [{"action", "message"}]}. `ends`: the done actions that no done action follows; `failures`: the actions
   whose failure edges were followed. Each list has at most the first OUTCOME_ACTIONS_MAX, in the order of the document.
   .data NULL past the budget. */
struct text run_outcome(const struct run *run, struct arena *arena) MUST_CHECK;
#define OUTCOME_ACTIONS_MAX 20

#endif
