/* The contents of a picture. */
#include "picture/picture.h"

#include "picture/picture_internal.h"

static enum picture_state waiting_or_running(const struct run_action *action, const struct action_type *type)
{
    bool waits = action->executor == EXECUTOR_TIMER || (type != NULL && type->mode != ACTION_MODE_SYNC);
    return waits ? PICTURE_WAITING : PICTURE_RUNNING;
}

static enum picture_state state_of(const struct run_action *action, const struct action_type *type, bool over)
{
    switch (action->state) {
    case ACTION_STATE_WAITING:
    case ACTION_STATE_READY: return over ? PICTURE_NOT_RUN : PICTURE_PENDING;
    case ACTION_STATE_PERFORMING: return PICTURE_RUNNING;
    case ACTION_STATE_SCHEDULED: return waiting_or_running(action, type);
    case ACTION_STATE_FINISHED: return PICTURE_DONE;
    case ACTION_STATE_HELD: return PICTURE_HELD;
    case ACTION_STATE_FAILED: return PICTURE_FAILED;
    case ACTION_STATE_SKIPPED: return PICTURE_SKIPPED;
    case ACTION_STATE_DEAD: return PICTURE_NOT_RUN;
    case ACTION_STATE_CANCELED: return PICTURE_CANCELED;
    }
    return PICTURE_PENDING;
}

static bool has_begun(enum picture_state state)
{
    return state == PICTURE_RUNNING || state == PICTURE_WAITING || state == PICTURE_DONE || state == PICTURE_FAILED ||
           state == PICTURE_CANCELED || state == PICTURE_HELD;
}

static int64_t whole_number(const struct json_value *object, struct text key)
{
    const struct json_value *value = json_get(object, key);
    int64_t number;
    return value != NULL && json_to_int64(value, &number) && number >= 0 ? number : -1;
}

/* A local action has no times in the history, but many results say how long it took. */
static int64_t duration_of(const struct run_action *action, const struct json_value *result)
{
    if (action->started_us > 0 && action->ended_us >= action->started_us)
        return action->ended_us - action->started_us;
    int64_t milliseconds = whole_number(result, TEXT("execution_time_ms"));
    return milliseconds >= 0 && milliseconds < INT64_MAX / 1000 ? milliseconds * 1000 : -1;
}

static void show_action(struct picture_node *node, const struct run_action *action, const struct json_value *result,
                        const struct action_type *type, bool over)
{
    node->state = state_of(action, type, over);
    node->how = has_begun(node->state) ? action_executor_name(action->executor) : NULL;
    node->failure = action->failure;
    node->attempts = action->attempts;
    node->rows = whole_number(result, TEXT("records_affected"));
    node->duration_us = duration_of(action, result);
    struct text output = json_get_text(result, TEXT("output"));
    node->output = output.size > 0 ? output : json_get_text(result, TEXT("branch_taken"));
}

static void note_taken(struct picture *picture, const struct graph *graph, uint32_t action,
                       const struct json_value *result)
{
    enum picture_state state = picture->nodes[action].state;
    for (uint32_t i = graph->first_edge[action]; i < graph->first_edge[action + 1]; i++)
        picture->edges[i].taken =
            (state == PICTURE_DONE || state == PICTURE_SKIPPED) && graph_edge_taken(&graph->edges[i], result);
}

/* The run's actions are in the order of its own document, which may differ from that of the graph. */
static void show_run(struct picture *picture, const struct graph *graph, const struct action_catalog *catalog,
                     const struct picture_run *shown)
{
    picture->has_run = true;
    picture->close = shown->summary.close;
    picture->failure = shown->summary.failure;
    picture->event_count = shown->event_count;
    picture->task_count = shown->task_count;
    picture->activity_count = shown->activity_count;
    if (shown->summary.started_us > 0 && shown->summary.ended_us >= shown->summary.started_us)
        picture->duration_us = shown->summary.ended_us - shown->summary.started_us;
    bool over = picture->close != CLOSE_NONE;
    for (uint32_t i = 0; i < picture->node_count; i++)
        picture->nodes[i].state = over ? PICTURE_NOT_RUN : PICTURE_PENDING;
    for (size_t i = 0; i < run_action_count(shown->run); i++) {
        struct run_action action;
        run_action_at(shown->run, i, &action);
        uint32_t at = graph_find(graph, action.id);
        if (at == UINT32_MAX)
            continue;
        struct json_value result = json_object(NULL, 0);
        if (action.result.size > 0 && json_read(picture->arena, action.result, &result, NULL) != STATUS_OK)
            result = json_object(NULL, 0);
        show_action(&picture->nodes[at], &action, &result, action_catalog_find(catalog, action.type), over);
        note_taken(picture, graph, at, &result);
    }
    for (uint32_t i = graph->first_edge[graph->action_count]; i < graph->edge_count; i++) {
        enum picture_state state = picture->nodes[graph->edges[i].target].state;
        picture->edges[i].taken = state != PICTURE_NOT_RUN && state != PICTURE_PENDING;
    }
}

/* Older rules name the branch by the type of the edge. */
static struct text label_of(const struct graph_edge *edge)
{
    if (edge->has_output)
        return edge->source_output;
    return edge->type == EDGE_TRUE_BRANCH ? TEXT("true") : edge->type == EDGE_FALSE_BRANCH ? TEXT("false") : TEXT_NONE;
}

static bool decides(const struct picture *picture, uint32_t node)
{
    uint32_t first = picture->first_edge[node];
    for (uint32_t i = first; i < picture->first_edge[node + 1]; i++)
        if (!text_equal(picture->edges[i].label, picture->edges[first].label))
            return true;
    return false;
}

static struct text start_of(struct arena *arena, const struct json_value *document)
{
    const struct json_value *trigger = json_get_lenient(document, TEXT("trigger_data"));
    struct text event = json_get_text(trigger, TEXT("event_type"));
    struct text entity = json_get_text(trigger, TEXT("entity_name"));
    return event.size > 0 && entity.size > 0 ? arena_print(arena, "%.*s of %.*s", TEXT_ARG(event), TEXT_ARG(entity))
                                             : event;
}

static void describe(struct picture *picture, const struct graph *graph)
{
    for (uint32_t i = 0; i < graph->edge_count; i++)
        picture->edges[i] = (struct picture_edge){
            .source = graph->edges[i].source, .target = graph->edges[i].target, .label = label_of(&graph->edges[i])};
    for (uint32_t i = 0; i < graph->action_count; i++)
        picture->nodes[i] = (struct picture_node){.id = graph->actions[i].id,
                                                  .name = graph->actions[i].name,
                                                  .type = graph->actions[i].type,
                                                  .active = graph->actions[i].active,
                                                  .reachable = graph->actions[i].reachable,
                                                  .decides = decides(picture, i),
                                                  .rows = -1,
                                                  .duration_us = -1};
}

enum status picture_make(struct arena *arena, const struct graph *graph, const struct json_value *document,
                         const struct action_catalog *catalog, const struct picture_run *shown, struct picture *picture,
                         struct error *error)
{
    *picture = (struct picture){
        .arena = arena,
        .title = json_get_text(document, TEXT("rule_name")),
        .start = start_of(arena, document),
        .nodes = ARENA_ARRAY(arena, graph->action_count, struct picture_node),
        .node_count = graph->action_count,
        .edges = ARENA_ARRAY(arena, graph->edge_count, struct picture_edge),
        .edge_count = graph->edge_count,
        .first_edge = graph->first_edge,
        .duration_us = -1,
    };
    if (picture->nodes == NULL || picture->edges == NULL)
        return error_budget(error);
    describe(picture, graph);
    if (shown != NULL)
        show_run(picture, graph, catalog, shown);
    return STATUS_OK;
}
