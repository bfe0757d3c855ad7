/* Keeps a few arenas for the next task. */
#include "worker/arena_cache.h"

#include <assert.h>

struct arena *arena_take(struct arena_cache *cache)
{
    if (cache->count > 0)
        return cache->spare[--cache->count];
    return arena_must_new(cache->cap, cache->first_chunk);
}

void arena_give(struct arena_cache *cache, struct arena *arena)
{
    assert(cache->count <= ARENA_CACHE_MAX);
    if (arena != NULL && cache->count < ARENA_CACHE_MAX) {
        arena_reset(arena);
        cache->spare[cache->count++] = arena;
    } else {
        arena_free(arena);
    }
}

void arena_cache_free(struct arena_cache *cache)
{
    while (cache->count > 0)
        arena_free(cache->spare[--cache->count]);
}
