#include "worker/arena_cache.h"

#include <stdlib.h>

struct arena *arena_take(struct arena_cache *cache)
{
    if (cache->count > 0)
        return cache->spare[--cache->count];
    struct arena *arena = arena_new(cache->cap, cache->first_chunk);
    if (arena == NULL)
        abort();
    return arena;
}

void arena_give(struct arena_cache *cache, struct arena *arena)
{
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
