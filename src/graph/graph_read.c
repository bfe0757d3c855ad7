/* Reads the document of a graph: its actions and edges, with all faults of their members. */
#include "graph/graph_internal.h"

static struct text keep(struct graph_reading *reading, struct text text)
{
    struct text copy = arena_copy(reading->arena, text);
    if (copy.data == NULL)
        reading->exhausted = true;
    return copy;
}

static struct text pointer_to(struct graph_reading *reading, const char *list, size_t index, const char *key)
{
    return arena_print(reading->scratch, "%.*s/%s/%zu%s%s", TEXT_ARG(reading->pointer), list, index,
                       key != NULL ? "/" : "", key != NULL ? key : "");
}

/* The text of a string member; empty when absent or null; any other type is a fault. */
static struct text read_text(struct graph_reading *reading, const struct json_value *object, const char *list,
                             size_t index, const char *key)
{
    const struct json_value *value = json_get_lenient(object, text_from(key));
    if (value == NULL || value->type == JSON_NULL)
        return TEXT_NONE;
    if (value->type == JSON_STRING)
        return value->string;
    graph_reading_fault_at(reading, pointer_to(reading, list, index, key), PUBLIC("expected string, found %s"),
                           json_type_name(value->type));
    return TEXT_NONE;
}

/* The canonical form of a UUID member, in the scratch arena; empty when it is absent, null, or malformed, which is a
   fault. */
static struct text read_id(struct graph_reading *reading, const struct json_value *object, const char *list,
                           size_t index, const char *key)
{
    struct text written = read_text(reading, object, list, index, key);
    if (written.size == 0)
        return TEXT_NONE;
    struct uuid uuid;
    if (!uuid_parse(written, &uuid)) {
        graph_reading_fault_at(reading, pointer_to(reading, list, index, key), "expected a UUID, found \"%.*s\"",
                               TEXT_ARG(written));
        return TEXT_NONE;
    }
    struct text canonical = uuid_text(reading->scratch, uuid);
    if (canonical.data == NULL)
        reading->exhausted = true;
    return canonical.data != NULL ? canonical : TEXT_NONE;
}

static void read_action(struct graph_reading *reading, const struct json_value *document, size_t index)
{
    struct graph_action *action = &reading->graph->actions[index];
    struct text pointer = pointer_to(reading, "actions", index, NULL);
    if (document->type != JSON_OBJECT) {
        graph_reading_fault_at(reading, pointer, PUBLIC("expected an action, found %s"),
                               json_type_name(document->type));
        return;
    }
    struct text id = read_id(reading, document, "actions", index, "id");
    if (id.size == 0 && json_get_text(document, TEXT("id")).size == 0)
        graph_reading_fault_at(reading, pointer, "action has no id");
    action->id = keep(reading, id);
    action->name = keep(reading, read_text(reading, document, "actions", index, "name"));
    action->type = keep(reading, read_text(reading, document, "actions", index, "action_type"));
    const struct json_value *config = json_get_lenient(document, TEXT("action_config"));
    action->config = config != NULL ? json_to_text(reading->arena, config) : keep(reading, TEXT("null"));
    if (action->config.data == NULL)
        reading->exhausted = true;

    graph_read_policy(reading, document, pointer, &action->policy);
    const struct json_value *active = json_get_lenient(document, TEXT("is_active"));
    action->active = active != NULL && active->type == JSON_BOOLEAN && active->boolean;
    if (active == NULL)
        graph_reading_warn_at(reading, pointer, "is_active is missing, which counts as false");
    else if (active->type != JSON_BOOLEAN && active->type != JSON_NULL)
        graph_reading_fault_at(reading, pointer_to(reading, "actions", index, "is_active"),
                               PUBLIC("expected boolean, found %s"), json_type_name(active->type));
    else if (!action->active)
        graph_reading_warn_at(reading, pointer, PUBLIC("action '%.*s' is not active and will be skipped"),
                              TEXT_ARG(action->name));
    if (action->name.size == 0)
        graph_reading_warn_at(reading, pointer, "action has no name, so nothing can refer to its result");
}

static const struct {
    const char *name;
    enum edge_type type;
} edge_names[] = {
    {"start", EDGE_START},
    {"sequence", EDGE_SEQUENCE},
    {"always", EDGE_ALWAYS},
    {"true_branch", EDGE_TRUE_BRANCH},
    {"false_branch", EDGE_FALSE_BRANCH},
    {"on_error", EDGE_ON_ERROR},
};

static enum edge_type edge_type_of(struct text name)
{
    for (size_t i = 0; i < sizeof edge_names / sizeof edge_names[0]; i++)
        if (text_is(name, edge_names[i].name))
            return edge_names[i].type;
    return EDGE_UNKNOWN;
}

/* Finds both ends of an edge. False when the edge is left out, because it is faulty or never followed. */
static bool read_ends(struct graph_reading *reading, const struct json_value *document, size_t index,
                      struct graph_edge *edge)
{
    struct text pointer = pointer_to(reading, "edges", index, NULL);
    struct text target = read_id(reading, document, "edges", index, "target_action_id");
    if (target.size == 0) {
        if (json_get_text(document, TEXT("target_action_id")).size == 0)
            graph_reading_fault_at(reading, pointer, "edge has no target_action_id");
        return false;
    }
    edge->target = graph_find(reading->graph, target);
    if (edge->target == UINT32_MAX)
        graph_reading_fault_at(reading, pointer_to(reading, "edges", index, "target_action_id"),
                               PUBLIC("unknown action %.*s"), TEXT_ARG(target));

    struct text source = read_id(reading, document, "edges", index, "source_action_id");
    struct uuid nil;
    if (source.size > 0 && uuid_parse(source, &nil) && uuid_is_nil(nil))
        source = TEXT_NONE;
    if (source.size == 0) {
        edge->source = GRAPH_START;
        if (edge->type != EDGE_START)
            graph_reading_warn_at(reading, pointer, "edge has no source and is not of type start: never followed");
        return edge->type == EDGE_START && edge->target != UINT32_MAX;
    }
    if (edge->type == EDGE_START) {
        graph_reading_warn_at(reading, pointer, "edge of type start has a source: never followed");
        return false;
    }
    edge->source = graph_find(reading->graph, source);
    if (edge->source == UINT32_MAX)
        graph_reading_fault_at(reading, pointer_to(reading, "edges", index, "source_action_id"),
                               PUBLIC("unknown action %.*s"), TEXT_ARG(source));
    return edge->source != UINT32_MAX && edge->target != UINT32_MAX;
}

/* An edge on_error is an edge with the output of a failure; the document may omit that output. */
static void read_output(struct graph_reading *reading, const struct json_value *document, size_t index,
                        struct graph_edge *edge)
{
    const struct json_value *output = json_get_lenient(document, TEXT("source_output"));
    edge->has_output = edge->type == EDGE_ON_ERROR || (output != NULL && output->type != JSON_NULL);
    if (!edge->has_output)
        return;
    edge->source_output = keep(reading, read_text(reading, document, "edges", index, "source_output"));
    if (edge->type != EDGE_ON_ERROR || text_is(edge->source_output, GRAPH_FAILURE_OUTPUT))
        return;
    if (edge->source_output.size > 0)
        graph_reading_fault_at(reading, pointer_to(reading, "edges", index, "source_output"),
                               PUBLIC("expected " GRAPH_FAILURE_OUTPUT " for an edge on_error, found ") "\"%.*s\"",
                               TEXT_ARG(edge->source_output));
    edge->source_output = TEXT(GRAPH_FAILURE_OUTPUT);
}

static bool read_edge(struct graph_reading *reading, const struct json_value *document, size_t index,
                      struct graph_edge *edge)
{
    struct text pointer = pointer_to(reading, "edges", index, NULL);
    if (document->type != JSON_OBJECT) {
        graph_reading_fault_at(reading, pointer, PUBLIC("expected an edge, found %s"), json_type_name(document->type));
        return false;
    }
    *edge = (struct graph_edge){.place = (uint32_t)index};
    struct text type = read_text(reading, document, "edges", index, "edge_type");
    edge->type = edge_type_of(type);
    if (edge->type == EDGE_UNKNOWN)
        graph_reading_warn_at(reading, pointer, PUBLIC("unknown edge_type \"%.*s\" counts as sequence"),
                              TEXT_ARG(type));

    read_output(reading, document, index, edge);

    const struct json_value *order = json_get_lenient(document, TEXT("sort_order"));
    if (order != NULL && order->type != JSON_NULL && !json_to_int64(order, &edge->sort_order))
        graph_reading_fault_at(reading, pointer_to(reading, "edges", index, "sort_order"),
                               PUBLIC("expected an integer, found %s"), json_type_name(order->type));
    return read_ends(reading, document, index, edge);
}

/* The items of a list member; none when it is absent or null. */
static void read_list(struct graph_reading *reading, const struct json_value *document, const char *key,
                      const struct json_value **items, size_t *count)
{
    *items = NULL;
    *count = 0;
    const struct json_value *list = json_get_lenient(document, text_from(key));
    if (list == NULL || list->type == JSON_NULL)
        return;
    if (list->type != JSON_ARRAY || list->array.count >= UINT32_MAX / 2) {
        graph_reading_fault_at(reading, arena_print(reading->scratch, "%.*s/%s", TEXT_ARG(reading->pointer), key),
                               PUBLIC("expected array, found %s"), json_type_name(list->type));
        return;
    }
    *items = list->array.items;
    *count = list->array.count;
}

static void read_actions(struct graph_reading *reading, const struct json_value *document)
{
    const struct json_value *items;
    size_t count;
    read_list(reading, document, "actions", &items, &count);
    struct graph *graph = reading->graph;
    graph->actions = ARENA_ARRAY(reading->arena, count, struct graph_action);
    if (graph->actions == NULL) {
        reading->exhausted = true;
        return;
    }
    graph->action_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++)
        read_action(reading, &items[i], i);
    if (reading->exhausted)
        return;
    if (count == 0)
        graph_reading_fault(reading, "graph must contain at least one action");
    graph_index_actions(reading);
}

static void read_edges(struct graph_reading *reading, const struct json_value *document)
{
    const struct json_value *items;
    size_t count;
    read_list(reading, document, "edges", &items, &count);
    struct graph *graph = reading->graph;
    graph->edges = ARENA_ARRAY(reading->arena, count, struct graph_edge);
    if (graph->edges == NULL) {
        reading->exhausted = true;
        return;
    }
    bool has_start = false;
    for (size_t i = 0; i < count; i++) {
        struct graph_edge *edge = &graph->edges[graph->edge_count];
        bool usable = read_edge(reading, &items[i], i, edge);
        /* A start edge with a wrong target has its own fault; the start is then not missing as well. */
        has_start = has_start || (edge->source == GRAPH_START && edge->type == EDGE_START);
        if (usable)
            graph->edge_count++;
    }
    if (reading->exhausted)
        return;
    if (!has_start)
        graph_reading_fault(reading, "graph must contain at least one start edge");
    graph_index_edges(reading);
}

enum status graph_read(struct arena *arena, struct arena *scratch, const struct json_value *document,
                       struct text pointer, struct graph *graph, struct graph_faults *faults, struct error *error)
{
    *graph = (struct graph){0};
    struct graph_reading reading = {
        .arena = arena, .scratch = scratch, .pointer = pointer, .graph = graph, .faults = faults, .error = error};
    if (document != NULL && document->type != JSON_OBJECT && document->type != JSON_NULL) {
        graph_reading_fault(&reading, PUBLIC("expected a graph, found %s"), json_type_name(document->type));
        return STATUS_INVALID;
    }
    read_actions(&reading, document);
    if (!reading.exhausted)
        read_edges(&reading, document);
    if (!reading.exhausted)
        graph_check_shape(&reading);
    if (!reading.exhausted && !reading.faulty)
        graph_index_reach(&reading);
    if (reading.exhausted)
        return error_budget(error);
    return reading.faulty ? STATUS_INVALID : STATUS_OK;
}
