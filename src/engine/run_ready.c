/* The order of ready actions, and those of them that wait for room: a task takes only so many bytes and local actions,
   and a run so many pending activities. They are in heaps, so that the end of one action does not cost a look at all
   that wait. */
#include <assert.h>
#include <stdlib.h>

#include "engine/run_internal.h"

int run_order(const struct run *run, uint32_t left, uint32_t right)
{
    int64_t first = run->nodes[left].sort_order, second = run->nodes[right].sort_order;
    if (first != second)
        return first < second ? -1 : 1;
    return text_compare(run->graph.actions[left].id, run->graph.actions[right].id);
}

static int by_order(const void *a, const void *b, void *run)
{
    return run_order(run, *(const uint32_t *)a, *(const uint32_t *)b);
}

void run_sort_ready(struct run *run)
{
    run_squeeze_ready(run);
    if (run->ready_count > 1)
        qsort_r(run->ready, run->ready_count, sizeof *run->ready, by_order, run);
}

static void exchange(uint32_t *items, uint32_t a, uint32_t b)
{
    uint32_t item = items[a];
    items[a] = items[b];
    items[b] = item;
}

enum status run_hold(struct run *run, enum held_kind kind, uint32_t action, struct error *error)
{
    struct held *held = &run->held[kind];
    uint8_t bit = (uint8_t)(1U << kind);
    if ((run->nodes[action].held & bit) != 0)
        return STATUS_OK;
    if (held->items == NULL)
        held->items = ARENA_ARRAY(run->arena, run->graph.action_count, uint32_t);
    if (held->items == NULL)
        return error_budget(error);
    assert(held->count < run->graph.action_count);
    run->nodes[action].held |= bit;
    uint32_t at = held->count++;
    held->items[at] = action;
    for (; at > 0 && run_order(run, held->items[at], held->items[(at - 1) / 2]) < 0; at = (at - 1) / 2)
        exchange(held->items, at, (at - 1) / 2);
    return STATUS_OK;
}

void run_held_take(struct run *run, enum held_kind kind)
{
    struct held *held = &run->held[kind];
    assert(held->count > 0);
    run->nodes[held->items[0]].held &= (uint8_t) ~(1U << kind);
    held->items[0] = held->items[--held->count];
    for (uint32_t at = 0, child; (child = 2 * at + 1) < held->count; at = child) {
        if (child + 1 < held->count && run_order(run, held->items[child + 1], held->items[child]) < 0)
            child++;
        if (run_order(run, held->items[at], held->items[child]) <= 0)
            break;
        exchange(held->items, at, child);
    }
}

uint32_t run_held_first(struct run *run, enum held_kind kind)
{
    const struct held *held = &run->held[kind];
    while (held->count > 0 && run->nodes[held->items[0]].state != ACTION_STATE_READY)
        run_held_take(run, kind);
    return held->count > 0 ? held->items[0] : UINT32_MAX;
}
