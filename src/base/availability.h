/* Whether a server can be reached, as several threads find out, so that the log says when it goes and when it is back
   and not how often somebody tried. Any thread.
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
    bool is_logged;      /* the value of is_unavailable in the log */
    bool is_reporting;   /* a thread is between availability_next and its line of the log */
    char reason[256];    /* of the latest failure */
};

/* What to log: a view of the server that differs from the last line. Starts zeroed. */
struct availability_change {
    bool is_unavailable;
    char reason[256]; /* when unavailable, cut to fit; NUL-terminated */
    bool is_mine;     /* internal */
};

void availability_init(struct availability *availability);
void availability_free(struct availability *availability);

/* Before an attempt: the number for availability_end. */
uint64_t availability_begin(struct availability *availability);
/* After it. A failure counts for nothing when another attempt succeeded since this one began. */
void availability_end(struct availability *availability, uint64_t begin, bool succeeded, struct text reason);
/* Called in a loop after availability_end until it returns false; each time it returns true the caller logs the change.
   One thread at a time is given changes, so that the lines are in the order of what happened. */
bool availability_next(struct availability *availability, struct availability_change *change);

#endif
