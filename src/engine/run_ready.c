/* The order of ready actions, and the backlogs of those that wait for room: a task has limits on bytes and local
   actions, and a run has a limit on pending activities. The backlogs are heaps, so that the end of one action does not
   cost a look at all actions that wait. */
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

enum status run_backlog_add(struct run *run, enum backlog_kind kind, uint32_t action, struct error *error)
{
    struct backlog *backlog = &run->backlog[kind];
    uint8_t bit = (uint8_t)(1U << kind);
    if ((run->nodes[action].backlogged & bit) != 0)
        return STATUS_OK;
    if (backlog->items == NULL)
        backlog->items = ARENA_ARRAY(run->arena, run->graph.action_count, uint32_t);
    if (backlog->items == NULL)
        return error_budget(error);
    assert(backlog->count < run->graph.action_count);
    run->nodes[action].backlogged |= bit;
    uint32_t at = backlog->count++;
    backlog->items[at] = action;
    for (; at > 0 && run_order(run, backlog->items[at], backlog->items[(at - 1) / 2]) < 0; at = (at - 1) / 2)
        exchange(backlog->items, at, (at - 1) / 2);
    return STATUS_OK;
}

void run_backlog_take(struct run *run, enum backlog_kind kind)
{
    struct backlog *backlog = &run->backlog[kind];
    assert(backlog->count > 0);
    run->nodes[backlog->items[0]].backlogged &= (uint8_t) ~(1U << kind);
    backlog->items[0] = backlog->items[--backlog->count];
    for (uint32_t at = 0, child; (child = 2 * at + 1) < backlog->count; at = child) {
        if (child + 1 < backlog->count && run_order(run, backlog->items[child + 1], backlog->items[child]) < 0)
            child++;
        if (run_order(run, backlog->items[at], backlog->items[child]) <= 0)
            break;
        exchange(backlog->items, at, child);
    }
}

uint32_t run_backlog_first(struct run *run, enum backlog_kind kind)
{
    const struct backlog *backlog = &run->backlog[kind];
    while (backlog->count > 0 && run->nodes[backlog->items[0]].state != ACTION_STATE_READY)
        run_backlog_take(run, kind);
    return backlog->count > 0 ? backlog->items[0] : UINT32_MAX;
}
