/* A heap of due events. */
#include "rule/event_queue.h"

#include <assert.h>

static bool is_before(const struct due_event *left, const struct due_event *right)
{
    if (left->due_us != right->due_us)
        return left->due_us < right->due_us;
    return left->scheduled_id < right->scheduled_id;
}

void event_queue_add(struct event_queue *queue, const struct due_event *event)
{
    assert(queue->count < queue->capacity);
    uint32_t at = queue->count++;
    for (; at > 0 && is_before(event, &queue->items[(at - 1) / 2]); at = (at - 1) / 2)
        queue->items[at] = queue->items[(at - 1) / 2];
    queue->items[at] = *event;
}

struct due_event event_queue_take(struct event_queue *queue)
{
    assert(queue->count > 0);
    const struct due_event first = queue->items[0], last = queue->items[--queue->count];
    uint32_t at = 0;
    for (uint32_t child = 1; child < queue->count; child = 2 * at + 1) {
        if (child + 1 < queue->count && is_before(&queue->items[child + 1], &queue->items[child]))
            child++;
        if (!is_before(&queue->items[child], &last))
            break;
        queue->items[at] = queue->items[child];
        at = child;
    }
    if (queue->count > 0)
        queue->items[at] = last;
    return first;
}

/* The remaining events are added again: the heap never grows past the items that are still to be read. */
void event_queue_drop_timer(struct event_queue *queue, struct text id)
{
    uint32_t count = queue->count;
    queue->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct due_event event = queue->items[i];
        if (event.kind != EVENT_TIMER_FIRED || !text_equal(event.activity_id, id))
            event_queue_add(queue, &event);
    }
}
