/* Histories as the official command line tool writes them (`temporal workflow show --output json`): the JSON form of
   Temporal's History message. Pure; any thread. */
#ifndef TEMPORAL_HISTORY_JSON_H
#define TEMPORAL_HISTORY_JSON_H

#include "base/arena.h"
#include "engine/event.h"

struct history_json {
    const struct event *events; /* 1, 2, 3, ... without a gap */
    size_t count;
};

/* Reads the whole document; the events are what history_translate makes of the same ones from the wire, and live in the
   arena. Names of event types may be those of newer and of older tools (EVENT_TYPE_TIMER_FIRED, TimerFired); a type that
   is not known is EVENT_OTHER, members that are not known are passed over.
   STATUS_INVALID: error.where is "event N", or line:column of a fault in the JSON itself. STATUS_BUDGET: the arena is
   full. */
enum status history_json_read(struct arena *arena, struct text document, struct history_json *history,
                              struct error *error) MUST_CHECK;

#endif
