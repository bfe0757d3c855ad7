/* Lists of slots by state. */
#include "worker/slots.h"

#include <assert.h>

void slot_take(struct slot *slot, struct slot_pool *pool, enum slot_state state, size_t queue)
{
    assert(slot->pool == NULL && queue < LIMIT_TASK_QUEUES);
    assert(state == SLOT_TAKEN || slots_free(pool) > 0);
    slot->pool = pool;
    slot->state = state;
    slot->queue = (uint8_t)queue;
    struct slot_list *list = &pool->lists[state];
    LIST_INSERT_HEAD(&list->slots, slot, link);
    list->count++;
    list->by_queue[queue]++;
}

void slot_give(struct slot *slot)
{
    assert(slot->pool != NULL);
    struct slot_list *list = &slot->pool->lists[slot->state];
    assert(list->count > 0 && list->by_queue[slot->queue] > 0);
    LIST_REMOVE(slot, link);
    list->count--;
    list->by_queue[slot->queue]--;
    slot->pool = NULL;
    assert((list->count == 0) == LIST_EMPTY(&list->slots));
}

unsigned slots_count(const struct slot_pool *pool, enum slot_state state)
{
    return pool->lists[state].count;
}

static unsigned used(const struct slot_pool *pool)
{
    unsigned count = 0;
    for (unsigned state = 0; state < SLOT_STATES; state++)
        count += pool->lists[state].count;
    return count;
}

unsigned slots_free(const struct slot_pool *pool)
{
    return used(pool) < pool->limit ? pool->limit - used(pool) : 0;
}

bool slots_all_free(const struct slot_pool *pool)
{
    return used(pool) == 0;
}
