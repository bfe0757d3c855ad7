/* The states of actions, and how the end of one decides the states of those after it. */
#include <assert.h>

#include "base/limits.h"
#include "engine/run_internal.h"

bool action_state_ended(enum action_state state)
{
    return state == ACTION_STATE_FINISHED || state == ACTION_STATE_FAILED || state == ACTION_STATE_SKIPPED ||
           state == ACTION_STATE_DEAD || state == ACTION_STATE_CANCELED;
}

static void count_state(struct run *run, const struct node *node, enum action_state state, uint32_t change)
{
    if (state == ACTION_STATE_SCHEDULED) {
        run->in_flight += change;
        run->activities += node->executor == EXECUTOR_ACTIVITY && !node->one_by_one ? change : 0;
        run->waiting += node->wait != NULL ? change : 0;
    } else if (state == ACTION_STATE_READY)
        run->ready_nodes += change;
    else if (state == ACTION_STATE_PERFORMING)
        run->performing += change;
    else if (state == ACTION_STATE_FAILED)
        run->failed += change;
    else if (state == ACTION_STATE_HELD)
        run->on_hold += change;
}

void run_move(struct run *run, uint32_t action, enum action_state state)
{
    struct node *node = &run->nodes[action];
    assert(action < run->graph.action_count && !action_state_ended((enum action_state)node->state));
    assert(node->state != ACTION_STATE_SCHEDULED || run->in_flight > 0);
    assert(node->state != ACTION_STATE_PERFORMING || run->performing > 0);
    assert(node->state != ACTION_STATE_HELD || run->on_hold > 0);
    count_state(run, node, (enum action_state)node->state, UINT32_MAX);
    count_state(run, node, state, 1);
    node->state = (uint8_t)state;
}

const struct scheduled *run_find_scheduled(const struct run *run, int64_t event_id)
{
    uint32_t low = 0, high = run->scheduled_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (run->scheduled[middle].event_id == event_id)
            return &run->scheduled[middle];
        if (run->scheduled[middle].event_id < event_id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

enum status run_add_scheduled(struct run *run, const struct event *event, uint32_t action, uint32_t ask,
                              struct error *error)
{
    if (run->scheduled_count == run->scheduled_capacity) {
        uint32_t capacity = run->scheduled_capacity == 0 ? 4 : run->scheduled_capacity * 2;
        struct scheduled *grown =
            arena_grow(run->arena, run->scheduled, run->scheduled_capacity * sizeof *grown, capacity * sizeof *grown);
        if (grown == NULL)
            return error_budget(error);
        run->scheduled = grown;
        run->scheduled_capacity = capacity;
    }
    run->scheduled[run->scheduled_count++] =
        (struct scheduled){.event_id = event->id, .action = action, .ask = ask, .duration_ms = event->duration_ms};
    return STATUS_OK;
}

enum status run_note_scheduled(struct run *run, const struct event *event, uint32_t action,
                               enum action_executor executor, struct error *error)
{
    enum status status = run_add_scheduled(run, event, action, 0, error);
    if (status != STATUS_OK)
        return status;
    struct node *node = &run->nodes[action];
    node->scheduled_id = event->id;
    node->started_us = event->time_us;
    if (node->state == ACTION_STATE_SCHEDULED)
        run->activities -= node->executor == EXECUTOR_ACTIVITY;
    node->executor = (uint8_t)executor;
    if (node->state == ACTION_STATE_SCHEDULED)
        run->activities += executor == EXECUTOR_ACTIVITY;
    if (node->state != ACTION_STATE_CANCELED)
        run_move(run, action, ACTION_STATE_SCHEDULED);
    return STATUS_OK;
}

static void add_ready(struct run *run, uint32_t action)
{
    struct node *node = &run->nodes[action];
    assert(node->state == ACTION_STATE_READY);
    if (node->listed)
        return;
    /* Half of the list is room for stale entries that a pass over it leaves behind. */
    assert(run->ready_count < 2 * run->graph.action_count);
    node->listed = true;
    run->ready[run->ready_count++] = action;
}

/* The list may still have the action from before. */
void run_make_ready(struct run *run, uint32_t action)
{
    run_move(run, action, ACTION_STATE_READY);
    add_ready(run, action);
}

/* Used by passes that keep only ready actions in run.ready. False: the pass must drop the action. */
static bool stays_listed(struct run *run, uint32_t action)
{
    struct node *node = &run->nodes[action];
    node->listed = node->state == ACTION_STATE_READY;
    return node->listed;
}

void run_squeeze_ready(struct run *run)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < run->ready_count; i++)
        if (stays_listed(run, run->ready[i]))
            run->ready[kept++] = run->ready[i];
    run->ready_count = kept;
}

void run_add_unrecorded(struct run *run, uint32_t action)
{
    enum action_state state = (enum action_state)run->nodes[action].state;
    assert((action_state_ended(state) || state == ACTION_STATE_HELD) &&
           run->unrecorded_count < run->graph.action_count);
    (void)state;
    run->unrecorded[run->unrecorded_count++] = action;
}

static void end_without_running(struct run *run, uint32_t action, enum action_state state)
{
    run_move(run, action, state);
    assert(run->ended_count < run->graph.action_count);
    run->ended[run->ended_count++] = action;
}

/* Settles an edge. When it is the last one into its target, the target becomes ready, or ends without running; the
   target's own edges settle next. */
static void settle_edge(struct run *run, const struct graph_edge *edge, bool taken, bool stopped)
{
    struct node *node = &run->nodes[edge->target];
    if (taken && (!node->taken || edge->sort_order < node->sort_order))
        node->sort_order = edge->sort_order;
    node->taken = node->taken || taken;
    node->stopped = node->stopped || stopped;
    if (--node->unsettled > 0 || node->state != ACTION_STATE_WAITING)
        return;
    if (node->stopped || !node->taken) {
        end_without_running(run, edge->target, ACTION_STATE_DEAD);
    } else {
        run_move(run, edge->target, ACTION_STATE_READY);
        add_ready(run, edge->target);
    }
}

static void settle_outgoing(struct run *run, uint32_t action, const struct json_value *result)
{
    const struct node *node = &run->nodes[action];
    bool alive = node->state == ACTION_STATE_FINISHED || node->state == ACTION_STATE_SKIPPED;
    bool stops = node->state == ACTION_STATE_FAILED || node->state == ACTION_STATE_CANCELED || node->stopped;
    for (uint32_t i = run->graph.first_edge[action]; i < run->graph.first_edge[action + 1]; i++) {
        const struct graph_edge *edge = &run->graph.edges[i];
        bool taken = node->routed ? graph_edge_is_failure(edge) : alive && graph_edge_taken(edge, result);
        settle_edge(run, edge, taken, stops);
    }
}

/* Settles the edges of the actions that have ended without running, and so on downstream. */
static void settle_ended(struct run *run)
{
    const struct json_value nothing = json_object(NULL, 0);
    while (run->ended_count > 0)
        settle_outgoing(run, run->ended[--run->ended_count], &nothing);
}

void run_put_back(struct run *run, uint32_t action)
{
    const struct node *node = &run->nodes[action];
    if (node->unsettled > 0) {
        run_move(run, action, ACTION_STATE_WAITING);
    } else if (node->stopped || !node->taken) {
        end_without_running(run, action, ACTION_STATE_DEAD);
        settle_ended(run);
    } else {
        run_make_ready(run, action);
    }
}

void run_skip(struct run *run, uint32_t action)
{
    end_without_running(run, action, ACTION_STATE_SKIPPED);
    settle_ended(run);
}

/* Actions that this makes ready are appended to the list, so the loop reaches them too. */
void run_skip_inactive(struct run *run)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < run->ready_count; i++) {
        uint32_t action = run->ready[i];
        if (run->nodes[action].state == ACTION_STATE_READY && !run->graph.actions[action].active)
            run_skip(run, action);
        if (stays_listed(run, action))
            run->ready[kept++] = action;
    }
    run->ready_count = kept;
}

/* When several actions have the same name, a result from an earlier run may be that of another action further
   upstream. */
static bool is_result_of(const struct run *run, uint32_t action, enum action_executor executor,
                         const struct json_value *result)
{
    const struct graph *graph = &run->graph;
    struct text name = graph->actions[action].name;
    uint32_t next = graph_name_bound(graph, name) + 1;
    bool shared = next < graph->action_count && text_equal(graph->actions[graph->by_name[next]].name, name);
    return result != NULL && result->type == JSON_OBJECT && (executor != EXECUTOR_EARLIER || !shared);
}

/* Finishes a ready action that has a result under its name; skips an inactive one that has none. */
static enum status take_result(struct run *run, uint32_t action, const struct json_value *results,
                               enum action_executor executor, struct arena *scratch, struct error *error)
{
    const struct json_value *result = json_get(results, run->graph.actions[action].name);
    if (is_result_of(run, action, executor, result)) {
        run->nodes[action].executor = (uint8_t)executor;
        struct text json = json_to_text(scratch, result);
        return json.data != NULL ? run_finish(run, action, json, result, error) : error_budget(error);
    }
    if (!run->graph.actions[action].active)
        run_skip(run, action);
    return STATUS_OK;
}

/* Puts the backlogged actions back into the list: what is done must depend on the history alone. */
static void list_backlog(struct run *run)
{
    for (size_t kind = 0; kind < BACKLOG_KINDS; kind++) {
        struct backlog *backlog = &run->backlog[kind];
        for (uint32_t i = 0; i < backlog->count; i++) {
            run->nodes[backlog->items[i]].backlogged = 0;
            if (run->nodes[backlog->items[i]].state == ACTION_STATE_READY)
                add_ready(run, backlog->items[i]);
        }
        backlog->count = 0;
    }
}

enum status run_take_results(struct run *run, const struct json_value *results, enum action_executor executor,
                             struct error *error)
{
    struct arena *scratch = arena_new(LIMIT_RUN_ARENA, 0);
    enum status status = scratch != NULL ? STATUS_OK : error_budget(error);
    list_backlog(run);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < run->ready_count; i++) {
        uint32_t action = run->ready[i];
        if (status == STATUS_OK && run->nodes[action].state == ACTION_STATE_READY)
            status = take_result(run, action, results, executor, scratch, error);
        if (stays_listed(run, action))
            run->ready[kept++] = action;
    }
    run->ready_count = kept;
    arena_free(scratch);
    return status;
}

/* Edges from actions that no start edge reaches never settle, so they are not waited for. A branch that its parent
   waits for is an exception: it leaves to the parent the actions that other branches lead to as well; otherwise each
   branch would run them. */
static bool is_waited_for(const struct run *run, const struct graph_edge *edge)
{
    const struct graph *graph = &run->graph;
    if (edge->source == GRAPH_START || graph->actions[edge->source].reachable)
        return true;
    return run->is_awaited && edge->target != graph->edges[graph->first_edge[graph->action_count]].target;
}

void run_settle_start(struct run *run)
{
    const struct graph *graph = &run->graph;
    for (uint32_t i = 0; i < graph->edge_count; i++)
        if (is_waited_for(run, &graph->edges[i]))
            run->nodes[graph->edges[i].target].unsettled++;
    for (uint32_t i = graph->first_edge[graph->action_count]; i < graph->edge_count; i++)
        settle_edge(run, &graph->edges[i], true, false);
    settle_ended(run);
}

void run_settle_outgoing(struct run *run, uint32_t action, const struct json_value *result)
{
    assert(action_state_ended((enum action_state)run->nodes[action].state));
    settle_outgoing(run, action, result);
    settle_ended(run);
}

enum status run_finish(struct run *run, uint32_t action, struct text result, const struct json_value *value,
                       struct error *error)
{
    struct node *node = &run->nodes[action];
    if (action_state_ended((enum action_state)node->state))
        return STATUS_OK;
    node->result = arena_copy(run->arena, result);
    if (node->result.data == NULL)
        return error_budget(error);
    node->ended_us = run->clock_us;
    run_move(run, action, ACTION_STATE_FINISHED);
    run_settle_outgoing(run, action, value);
    return STATUS_OK;
}
