/* Reads histories that `temporal workflow show --output json` wrote: the JSON form of Temporal's History message. Pure;
   any thread. */
#ifndef TEMPORAL_HISTORY_JSON_H
#define TEMPORAL_HISTORY_JSON_H

#include "base/arena.h"
#include "engine/event.h"

struct history_json {
    const struct event *events; /* 1, 2, 3, ... without a gap */
    size_t count;
};

/* Reads the whole document into the same events that history_translate makes from the history's wire form. They live in
   the arena. Event types may have the names that newer or older tools write (EVENT_TYPE_TIMER_FIRED, TimerFired); an
   unknown type becomes EVENT_OTHER, unknown members are ignored. STATUS_INVALID: error.where is "event N", or
   line:column when the document is not JSON. STATUS_BUDGET: the arena is full. */
enum status history_json_read(struct arena *arena, struct text document, struct history_json *history,
                              struct error *error) MUST_CHECK;

#endif
