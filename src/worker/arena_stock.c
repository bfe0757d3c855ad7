#include <stdlib.h>

#include "worker/parts.h"

struct arena *arena_take(struct arena_stock *stock)
{
    if (stock->count > 0)
        return stock->spare[--stock->count];
    struct arena *arena = arena_new(stock->cap, stock->first_chunk);
    if (arena == NULL)
        abort();
    return arena;
}

void arena_give(struct arena_stock *stock, struct arena *arena)
{
    if (arena != NULL && stock->count < SPARE_ARENAS) {
        arena_reset(arena);
        stock->spare[stock->count++] = arena;
    } else {
        arena_free(arena);
    }
}

void arena_stock_free(struct arena_stock *stock)
{
    while (stock->count > 0)
        arena_free(stock->spare[--stock->count]);
}
