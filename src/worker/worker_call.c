/* Keeps the RPCs that belong to no task, each with its arena. */
#include "worker/worker_call.h"

struct worker_call *worker_call_begin(struct worker_calls *calls, void *userdata)
{
    struct arena *arena = arena_take(calls->cache);
    struct worker_call *call = ARENA_MUST_NEW(arena, struct worker_call);
    call->userdata = userdata;
    call->arena = arena;
    call->cache = calls->cache;
    LIST_INSERT_HEAD(&calls->under_way, call, link);
    return call;
}

void *worker_call_end(struct worker_call *call)
{
    void *userdata = call->userdata;
    LIST_REMOVE(call, link);
    arena_give(call->cache, call->arena);
    return userdata;
}

bool worker_calls_are_idle(const struct worker_calls *calls)
{
    return LIST_EMPTY(&calls->under_way);
}
