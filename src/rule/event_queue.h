/* The activities and timers of a simulated run that have not ended, the next one first. Pure; single-threaded. */
#ifndef RULE_EVENT_QUEUE_H
#define RULE_EVENT_QUEUE_H

#include "engine/event.h"

/* How an activity or timer will end. */
struct due_event {
    int64_t due_us;       /* wall clock; of events that are due at the same time, the one scheduled first is next */
    int64_t scheduled_id; /* id of its event in the history */
    enum event_kind kind;
    struct text payload, failure;
    struct text activity_id; /* for EVENT_RESULT_RECORDED, and for a timer that can be canceled */
};

struct event_queue {
    struct due_event *items; /* a heap */
    uint32_t count, capacity;
};

/* Adds an event. The queue must have room. */
void event_queue_add(struct event_queue *queue, const struct due_event *event);
/* Removes and returns the next event. The queue must not be empty. */
struct due_event event_queue_take(struct event_queue *queue);
/* Removes the event of the timer with that id, if there is one. */
void event_queue_drop_timer(struct event_queue *queue, struct text id);

#endif
