/* A few arenas kept for the next task. For the loop thread. */
#ifndef WORKER_ARENA_CACHE_H
#define WORKER_ARENA_CACHE_H

#include "base/arena.h"

#define ARENA_CACHE_MAX 16

struct arena_cache {
    size_t cap, first_chunk; /* in bytes, of each arena */
    struct arena *spare[ARENA_CACHE_MAX];
    size_t count;
};

/* An empty arena, which is the caller's until arena_give. Aborts when the system has no memory, as gRPC does. */
struct arena *arena_take(struct arena_cache *cache);
/* Takes the arena back and resets or frees it; accepts NULL. */
void arena_give(struct arena_cache *cache, struct arena *arena);
/* Frees the spare arenas. */
void arena_cache_free(struct arena_cache *cache);

#endif
