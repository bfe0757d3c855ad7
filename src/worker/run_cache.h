/* Runs between their tasks, the least recently used ones given up when they take more memory than allowed.
   For the loop thread. */
#ifndef WORKER_RUN_CACHE_H
#define WORKER_RUN_CACHE_H

#include <sys/queue.h>

#include "engine/run.h"

/* A run and how far it has come. Owned by the cache or by an open task, never by both. */
struct run_entry {
    struct run *run;
    int64_t last_event_id;                  /* of the events applied */
    int64_t started_us;                     /* when the run began, by the server's clock */
    struct text workflow_id, run_id, trace; /* trace: see struct event */
    size_t bytes;                           /* counted by the cache */
    TAILQ_ENTRY(run_entry) link;
};

/* Takes the run, also when it fails: NULL when out of memory. Free with run_entry_free. */
struct run_entry *run_entry_new(struct text workflow_id, struct text run_id, struct run *run) MUST_CHECK;
/* Copies it; nothing is kept when out of memory. */
void run_entry_set_trace(struct run_entry *entry, struct text trace);
void run_entry_free(struct run_entry *entry); /* accepts NULL */

struct run_cache;

/* budget: bytes of all runs; 0 keeps none. NULL when out of memory. */
struct run_cache *run_cache_new(size_t budget) MUST_CHECK;
void run_cache_free(struct run_cache *cache); /* accepts NULL; frees what it holds */

/* Gives the entry to its caller, or NULL when there is none. */
struct run_entry *run_cache_take(struct run_cache *cache, struct text run_id);
/* Takes the entry; frees the oldest ones, at worst this one, until the budget is kept. A run of the same id that lies
   there already is freed. Returns how many were given up for want of room. */
size_t run_cache_put(struct run_cache *cache, struct run_entry *entry);
/* For a query: the run stays in the cache; valid until the next take or put. NULL when there is none. */
const struct run_entry *run_cache_peek(const struct run_cache *cache, struct text run_id);
/* The run that has waited longest for its next task; the next one is that of its link. NULL when there is none. */
const struct run_entry *run_cache_oldest(const struct run_cache *cache);

size_t run_cache_count(const struct run_cache *cache);
size_t run_cache_bytes(const struct run_cache *cache);

#endif
