/* The events of a history in the form that the engine takes. Pure; any thread. */
#ifndef TEMPORAL_HISTORY_H
#define TEMPORAL_HISTORY_H

#include "engine/event.h"
#include "temporal/proto.h"

/* Fields that the event does not have are empty or zero. Events that decide nothing and events of unknown types become
   EVENT_OTHER. Texts are views into `from` or live in the arena. STATUS_BUDGET: the arena is full; nothing else fails.
   */
enum status history_translate(const Api__HistoryEvent *from, struct arena *arena, struct event *to) MUST_CHECK;

/* Whether a payload that affects decisions is encrypted; without its key the event cannot be used. */
bool history_is_encrypted(const Api__HistoryEvent *event);

#endif
