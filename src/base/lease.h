/* A bounded set of items that threads borrow, one thread an item: connections. Keeps the spare ones, the most recently
   returned first. Any thread.
   Locks: the set has one, a leaf. It is held for a few instructions and released while a thread waits; neither a
   callback nor the log is called under it. */
#ifndef BASE_LEASE_H
#define BASE_LEASE_H

#include <pthread.h>

#include "base/status.h"
#include "base/wait_limit.h"

/* The first member of what is borrowed. */
struct lease_item {
    struct lease_item *next;
};

struct lease_set {
    pthread_mutex_t lock;
    pthread_cond_t returned; /* a spare item, or room for a new one */
    unsigned capacity;
    /* Under the lock: */
    struct lease_item *spare;
    unsigned spare_count, lent_count; /* together at most capacity; lent are also those that are still to be made */
};

void lease_init(struct lease_set *set, unsigned capacity); /* 1 or more items */
/* Gives each spare item to `release`. Nothing may be lent. */
void lease_free(struct lease_set *set, void (*release)(struct lease_item *item));

/* Both: the item goes back by lease_return. *item NULL: there is room, and the caller makes a new one. */
/* Does not wait. False: all are lent. */
bool lease_try(struct lease_set *set, struct lease_item **item) MUST_CHECK;
/* Waits for its turn. False: the limit is over. A deadline must be set. */
bool lease_wait(struct lease_set *set, const struct wait_limit *limit, struct lease_item **item) MUST_CHECK;

/* The borrower is done. NULL: the item is gone, or was not made. */
void lease_return(struct lease_set *set, struct lease_item *item);

#endif
