/* Runs between their workflow tasks; the least recently used ones are evicted when the runs take more memory than
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
    size_t bytes;                           /* set by the cache */
    int64_t due_us; /* monotonic clock, since when its next task has waited in the server; 0: unknown */
    TAILQ_ENTRY(run_entry) link, due;
};

/* Takes ownership of the run, also on failure. NULL when out of memory. Free with run_entry_free. */
struct run_entry *run_entry_new(struct text workflow_id, struct text run_id, struct run *run) MUST_CHECK;
/* Copies the trace; when out of memory the entry has none. */
void run_entry_set_trace(struct run_entry *entry, struct text trace);
void run_entry_free(struct run_entry *entry); /* accepts NULL */

struct run_cache;

/* budget: bytes of all runs; 0 keeps none. NULL when out of memory. */
struct run_cache *run_cache_new(size_t budget) MUST_CHECK;
void run_cache_free(struct run_cache *cache); /* accepts NULL; frees what it holds */

/* Removes the entry and gives it to the caller; NULL when not found. */
struct run_entry *run_cache_take(struct run_cache *cache, struct text run_id);
/* Takes ownership of the entry and frees one with the same run id; then evicts the least recently used entries, at
   worst this one, until the budget is met. Returns how many it evicted. */
size_t run_cache_put(struct run_cache *cache, struct run_entry *entry);
/* For a query: the run stays in the cache. Valid until the next take or put; NULL when not found. */
const struct run_entry *run_cache_peek(const struct run_cache *cache, struct text run_id);
/* The least recently used entry; `link` leads to the next one. NULL when the cache is empty. */
const struct run_entry *run_cache_oldest(const struct run_cache *cache);

/* Records that this worker has completed an activity of the run at now_us, so that the run's next task waits in the
   server. Does nothing when the run is not in the cache, or is already due. */
void run_cache_note_due(struct run_cache *cache, struct text run_id, int64_t now_us);
/* The earliest time since which the next task of a run is due; INT64_MAX when none is due. Runs that are due since
   before forget_us no longer count: the server gives their tasks to other workers. */
int64_t run_cache_due_since(struct run_cache *cache, int64_t forget_us);
/* Whether the next run_cache_put will evict a run that was used after since_us. */
bool run_cache_is_crowded(const struct run_cache *cache, int64_t since_us);

size_t run_cache_count(const struct run_cache *cache);
size_t run_cache_bytes(const struct run_cache *cache);

#endif
