/* A bounded pool of items, such as connections, each lent to one thread at a time. Keeps the spare items, the most
   recently returned first. Any thread.
   Locks: the set has one, a leaf. It is held for a few instructions and released while a thread waits; neither a
   callback nor the log is called under it. */
#ifndef BASE_LEASE_H
#define BASE_LEASE_H

#include <pthread.h>

#include "base/status.h"
#include "base/wait_limit.h"

/* The first member of the struct that is lent. */
struct lease_item {
    struct lease_item *next;
};

struct lease_set {
    pthread_mutex_t lock;
    pthread_cond_t returned; /* a spare item, or room for a new one */
    unsigned capacity;
    /* Under the lock: */
    struct lease_item *spare;
    unsigned spare_count, lent_count; /* together at most capacity; lent_count includes items still to be made */
};

void lease_init(struct lease_set *set, unsigned capacity); /* 1 or more items */
/* Gives each spare item to `release`. Nothing may be lent. */
void lease_free(struct lease_set *set, void (*release)(struct lease_item *item));

/* After lease_try or lease_wait returns true, the caller must call lease_return. *item NULL: no spare item, but there
   is room: the caller makes a new one. */
/* Does not wait. False: all items are lent. */
bool lease_try(struct lease_set *set, struct lease_item **item) MUST_CHECK;
/* Waits for an item. False: the limit is over. A deadline must be set. */
bool lease_wait(struct lease_set *set, const struct wait_limit *limit, struct lease_item **item) MUST_CHECK;

/* Returns an item to the set. item NULL: the item was closed, or was not made. */
void lease_return(struct lease_set *set, struct lease_item *item);

#endif
