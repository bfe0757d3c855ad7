/* Tracks whether a server can be reached, from the attempts of several threads, so that the log has one line when the
   server becomes unavailable and one when it is back, not one for each attempt. Any thread.
   Locks: one, a leaf; the caller writes the log without it. */
#ifndef BASE_AVAILABILITY_H
#define BASE_AVAILABILITY_H

#include <pthread.h>

#include "base/text.h"

struct availability {
    pthread_mutex_t lock;
    /* Under the lock: */
    uint64_t successes;
    bool is_unavailable; /* after the latest attempt */
    bool is_logged;      /* the value of is_unavailable that was logged last */
    bool is_reporting;   /* a thread is between availability_next and its log line */
    char reason[256];    /* the reason of the latest failure */
};

/* A change of availability since the last log line, to be logged by the caller. Starts zeroed. */
struct availability_change {
    bool is_unavailable;
    char reason[256]; /* when unavailable, cut to fit; NUL-terminated */
    bool is_mine;     /* internal */
};

void availability_init(struct availability *availability);
void availability_free(struct availability *availability);

/* Called before an attempt: returns the number to pass to availability_end. */
uint64_t availability_begin(struct availability *availability);
/* Called after an attempt. A failure is ignored when another attempt has succeeded since this one began. */
void availability_end(struct availability *availability, uint64_t begin, bool succeeded, struct text reason);
/* Called in a loop after availability_end until it returns false; each time it returns true, the caller logs the
   change. Only one thread at a time gets changes, so that the log lines are in the order of the events. */
bool availability_next(struct availability *availability, struct availability_change *change);

#endif
