/* Slots for tasks. Each state has a list, whose length is the number of slots in that state. For the loop thread. */
#ifndef WORKER_SLOTS_H
#define WORKER_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/limits.h"

enum slot_state {
    SLOT_POLLING,  /* a poll may bring a task for it */
    SLOT_RESERVED, /* the answer to a workflow task may bring an activity for it */
    SLOT_TAKEN,    /* a task has it */
    SLOT_STATES,
};

/* Embedded in its holder, a poll or a task. Zeroed: the holder has no slot. */
struct slot {
    struct slot_pool *pool; /* NULL: the slot is free */
    enum slot_state state;
    uint8_t queue; /* which task queue it counts for */
    LIST_ENTRY(slot) link;
};
/* The struct that embeds this slot as its member `slot`. */
#define SLOT_OWNER(slot_, type_) ((type_ *)(void *)((char *)(slot_)-offsetof(type_, slot)))

struct slot_list {
    LIST_HEAD(, slot) slots;
    unsigned count, by_queue[LIMIT_TASK_QUEUES];
};

struct slot_pool {
    unsigned limit;
    struct slot_list lists[SLOT_STATES];
};

struct slots {
    struct slot_pool workflow_tasks;
    struct slot_pool activities;
    struct slot_pool async; /* for asynchronous actions that run or are in the queue of their pool */
};

/* Takes a slot even beyond the limit, for a task that the server sends without a request. */
void slot_take(struct slot *slot, struct slot_pool *pool, enum slot_state state, size_t queue);
void slot_give(struct slot *slot);

unsigned slots_count(const struct slot_pool *pool, enum slot_state state);
unsigned slots_free(const struct slot_pool *pool); /* how many more may be taken; 0 at the limit and beyond */
bool slots_all_free(const struct slot_pool *pool);

#endif
