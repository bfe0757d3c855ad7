/* Runs between their workflow tasks; the least recently used ones are evicted when all of them take more memory than
   allowed. For the loop thread. */
#ifndef WORKER_RUN_CACHE_H
#define WORKER_RUN_CACHE_H

#include <sys/queue.h>

#include "engine/run.h"

/* A run and the last event it has seen. Owned by the cache or by an open task, never by both. */
struct run_entry {
    struct run *run;
    int64_t last_event_id;                  /* of the events applied */
    int64_t started_us;                     /* when the run began, by the server's clock */
    struct text workflow_id, run_id, trace; /* trace: see struct event */
    int64_t used_us;                        /* monotonic clock, when its latest task ended; set by the caller */
    size_t bytes;                           /* counted by the cache */
    int64_t due_us; /* monotonic clock, since when its next task waits in the server; 0: that is not known */
    TAILQ_ENTRY(run_entry) link, due;
};

/* Takes the run, also when it fails. NULL when out of memory. Free with run_entry_free. */
struct run_entry *run_entry_new(struct text workflow_id, struct text run_id, struct run *run) MUST_CHECK;
/* Copies the trace; without memory for it the entry has none. */
void run_entry_set_trace(struct run_entry *entry, struct text trace);
void run_entry_free(struct run_entry *entry); /* accepts NULL */

struct run_cache;

/* budget: bytes of all runs; 0 keeps none. NULL when out of memory. */
struct run_cache *run_cache_new(size_t budget) MUST_CHECK;
void run_cache_free(struct run_cache *cache); /* accepts NULL; frees what it holds */

/* Gives the entry to its caller; NULL when not found. */
struct run_entry *run_cache_take(struct run_cache *cache, struct text run_id);
/* Takes the entry and frees one with the same run id; then evicts the oldest ones, at worst this one, until the
   budget is kept. Returns how many it evicted. */
size_t run_cache_put(struct run_cache *cache, struct run_entry *entry);
/* For a query: the run stays in the cache. Valid until the next take or put; NULL when not found. */
const struct run_entry *run_cache_peek(const struct run_cache *cache, struct text run_id);
/* The least recently used entry; `link` leads to the next one. NULL when the cache is empty. */
const struct run_entry *run_cache_oldest(const struct run_cache *cache);

/* This worker has completed an activity of the run at that time, so that the run's next task waits in the server.
   Nothing changes when the cache does not have the run, or knows that already. */
void run_cache_note_due(struct run_cache *cache, struct text run_id, int64_t now_us);
/* Since when the run waits whose next task is due for longest; INT64_MAX when none is. Those that are due since before
   forget_us no longer count: the server gives their tasks to other workers. */
int64_t run_cache_due_since(struct run_cache *cache, int64_t forget_us);
/* Whether the next run that is put will evict one that was used after since_us. */
bool run_cache_is_crowded(const struct run_cache *cache, int64_t since_us);

size_t run_cache_count(const struct run_cache *cache);
size_t run_cache_bytes(const struct run_cache *cache);

#endif
