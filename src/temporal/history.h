/* Temporal's history events as the engine sees them. Pure; any thread. */
#ifndef TEMPORAL_HISTORY_H
#define TEMPORAL_HISTORY_H

#include "engine/event.h"
#include "temporal/proto.h"

/* What is only in the wire's event and absent gives empty texts and zeros; kinds that decide nothing, and such as
   nobody knew when this was written, are EVENT_OTHER. Texts are views into `from` or live in the arena.
   STATUS_BUDGET when the arena is full; nothing else fails. */
enum status history_translate(const Api__HistoryEvent *from, struct arena *arena, struct event *to) MUST_CHECK;

#endif
