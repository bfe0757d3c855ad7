#include "cli/document.h"

#include "action/decode.h"
#include "action/reference.h"
#include "base/limits.h"
#include "cli/cli.h"

/* Known to the engine alone: a timer, no handler. */
#define DELAY "delay"

struct reading {
    struct arena *arena;
    const struct action_catalog *catalog;
    struct document *document;
    struct text prefix; /* JSON pointer of the graph */
    struct graph graph;
    bool exhausted;
};

static void add_fault(struct reading *reading, enum fault_kind kind, struct text place, struct text message)
{
    struct document *document = reading->document;
    if (document->fault_count == document->fault_capacity) {
        size_t capacity = document->fault_capacity == 0 ? 8 : document->fault_capacity * 2;
        struct document_fault *grown = arena_grow(reading->arena, document->faults,
                                                  document->fault_capacity * sizeof(*grown), capacity * sizeof(*grown));
        if (grown == NULL) {
            reading->exhausted = true;
            return;
        }
        document->faults = grown;
        document->fault_capacity = capacity;
    }
    document->faults[document->fault_count++] =
        (struct document_fault){.kind = kind, .place = place, .message = message};
    document->count[kind]++;
}

static void fault(struct reading *reading, enum fault_kind kind, struct text place, const char *format, ...)
    PRINTF_LIKE(4, 5);

static void fault(struct reading *reading, enum fault_kind kind, struct text place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct text message = arena_vprint(reading->arena, format, arguments);
    va_end(arguments);
    if (message.data == NULL || (place.data == NULL && place.size > 0))
        reading->exhausted = true;
    else
        add_fault(reading, kind, place, message);
}

/* ---- the heading of a WorkflowInput ---- */

/* The member's text when it is a UUID. */
static struct text read_id(struct reading *reading, const struct json_value *object, const char *pointer,
                           const char *key, enum fault_kind absent)
{
    const struct json_value *value = json_get_lenient(object, text_from(key));
    struct uuid uuid;
    if (value == NULL || value->type == JSON_NULL || (value->type == JSON_STRING && value->string.size == 0)) {
        if (absent == FAULT_RULE)
            fault(reading, absent, text_from(pointer), "%s is required", key);
        return TEXT_NONE;
    }
    if (value->type != JSON_STRING)
        fault(reading, FAULT_RULE, text_from(pointer), "expected a UUID, found %s", json_type_name(value->type));
    else if (!uuid_parse(value->string, &uuid))
        fault(reading, absent, text_from(pointer), "expected a UUID, found \"%.*s\"", TEXT_ARG(value->string));
    else if (uuid_is_nil(uuid) && absent == FAULT_RULE)
        fault(reading, absent, text_from(pointer), "%s is required", key);
    else
        return value->string;
    return TEXT_NONE;
}

static void check_heading(struct reading *reading)
{
    struct document *document = reading->document;
    document->rule_id = read_id(reading, &document->value, "/rule_id", "rule_id", FAULT_RULE);
    /* The start command makes one where there is none. */
    const struct json_value *execution = json_get_lenient(&document->value, TEXT("execution_id"));
    if (execution != NULL)
        document->execution_id = read_id(reading, &document->value, "/execution_id", "execution_id", FAULT_RULE);
    else
        fault(reading, FAULT_WARNING, TEXT("/execution_id"),
              "execution_id is missing: '" PROGRAM " start' makes one, others must give one");
    const struct json_value *trigger = json_get_lenient(&document->value, TEXT("trigger_data"));
    if (trigger != NULL && trigger->type != JSON_OBJECT && trigger->type != JSON_NULL)
        fault(reading, FAULT_RULE, TEXT("/trigger_data"), "expected object, found %s", json_type_name(trigger->type));
    document->entity_id = read_id(reading, trigger, "/trigger_data/entity_id", "entity_id", FAULT_WARNING);
}

/* ---- the graph ---- */

static void check_graph(struct reading *reading, const struct json_value *graph)
{
    struct graph_faults faults = {.arena = reading->arena};
    struct error error = ERROR_IN(reading->arena);
    enum status status =
        graph_read(reading->arena, reading->arena, graph, reading->prefix, &reading->graph, &faults, &error);
    if (status == STATUS_OK)
        graph_check_names(&reading->graph, json_get_lenient(&reading->document->value, TEXT("trigger_data")),
                          reading->prefix, &faults);
    else if (status != STATUS_INVALID)
        reading->exhausted = true;
    else
        reading->graph = (struct graph){0};
    for (size_t i = 0; i < faults.count; i++)
        add_fault(reading, faults.items[i].warning ? FAULT_WARNING : FAULT_RULE, faults.items[i].pointer,
                  faults.items[i].message);
}

static const struct json_value *list_of(const struct json_value *graph, struct text key, size_t *count)
{
    const struct json_value *list = json_get_lenient(graph, key);
    *count = list != NULL && list->type == JSON_ARRAY ? list->array.count : 0;
    return *count > 0 ? list->array.items : NULL;
}

/* ---- each action's config ---- */

static struct text type_name_at(const void *names, size_t index)
{
    const struct action_catalog *catalog = names;
    return text_from(catalog->types[index].name);
}

static void unknown_type(struct reading *reading, size_t index, struct text name)
{
    struct text place = arena_print(reading->arena, "%.*s/actions/%zu/action_type", TEXT_ARG(reading->prefix), index);
    struct text nearest = cli_nearest(name, type_name_at, reading->catalog, reading->catalog->count);
    fault(reading, FAULT_WARNING, place, "no action of type '%.*s' is known: it will fail when it runs%s%.*s%s",
          TEXT_ARG(name), nearest.size > 0 ? "; did you mean '" : "", TEXT_ARG(nearest), nearest.size > 0 ? "'?" : "");
}

static enum status found_one(void *hook, const struct json_value *value)
{
    if (value->type != JSON_NULL)
        *(bool *)hook = true;
    return STATUS_OK;
}

/* What a rule should not use any more. */
static void check_deprecated(struct reading *reading, size_t index, const struct action_type *type,
                             const struct json_value *config)
{
    struct text action = arena_print(reading->arena, "%.*s/actions/%zu", TEXT_ARG(reading->prefix), index);
    if (type->deprecated != NULL)
        fault(reading, FAULT_WARNING, arena_print(reading->arena, "%.*s/action_type", TEXT_ARG(action)),
              "%s is deprecated: %s", type->name, type->deprecated);
    for (size_t i = 0; i < type->deprecation_count; i++) {
        const struct action_deprecation *deprecation = &type->deprecations[i];
        bool found = false;
        if (reference_visit(config, text_from(deprecation->path), found_one, &found) == STATUS_OK && found)
            fault(reading, FAULT_WARNING, arena_print(reading->arena, "%.*s/action_config", TEXT_ARG(action)),
                  "%s is deprecated: %s", deprecation->path, deprecation->instead);
    }
}

static void check_config(struct reading *reading, size_t index, const struct json_value *action)
{
    struct text name = json_get_text(action, TEXT("action_type"));
    if (action->type != JSON_OBJECT || text_is(name, DELAY))
        return;
    const struct action_type *type = action_catalog_find(reading->catalog, name);
    if (type == NULL) {
        unknown_type(reading, index, name);
        return;
    }
    const struct json_value *config = json_get_lenient(action, TEXT("action_config"));
    const struct json_value nothing = json_null();
    struct decode_faults faults = {.arena = reading->arena};
    config = config != NULL ? config : &nothing;
    check_deprecated(reading, index, type, config);
    type->check(reading->arena, config, &faults);
    for (size_t i = 0; i < faults.count; i++) {
        struct text place = arena_print(reading->arena, "%.*s/actions/%zu/action_config%.*s", TEXT_ARG(reading->prefix),
                                        index, TEXT_ARG(faults.items[i].pointer));
        fault(reading, FAULT_CONFIG, place, "%.*s", TEXT_ARG(faults.items[i].message));
    }
    reading->exhausted = reading->exhausted || faults.exhausted;
}

/* ---- edges that ask for an output that never comes ---- */

static bool has_output(const struct action_type *type, struct text output)
{
    for (size_t i = 0; i < type->output_count; i++) {
        if (text_is(output, type->outputs[i]))
            return true;
    }
    return type->output_count == 0;
}

static void check_output(struct reading *reading, size_t index, const struct json_value *edge)
{
    struct text output = json_get_text(edge, TEXT("source_output"));
    struct uuid source;
    if (output.size == 0 || !uuid_parse(json_get_text(edge, TEXT("source_action_id")), &source))
        return;
    char id[UUID_TEXT_SIZE + 1];
    uuid_format(source, id);
    uint32_t action = reading->graph.action_count > 0 ? graph_find(&reading->graph, text_from(id)) : UINT32_MAX;
    const struct action_type *type =
        action != UINT32_MAX ? action_catalog_find(reading->catalog, reading->graph.actions[action].type) : NULL;
    if (type == NULL || has_output(type, output))
        return;
    struct text place = arena_print(reading->arena, "%.*s/edges/%zu/source_output", TEXT_ARG(reading->prefix), index);
    fault(reading, FAULT_WARNING, place, "%s never ends with output '%.*s': this edge is never followed", type->name,
          TEXT_ARG(output));
}

/* ---- the whole ---- */

static void check_document(struct reading *reading)
{
    struct document *document = reading->document;
    const struct json_value *graph = json_get_lenient(&document->value, TEXT("graph"));
    document->bare_graph = graph == NULL && (json_get_lenient(&document->value, TEXT("actions")) != NULL ||
                                             json_get_lenient(&document->value, TEXT("edges")) != NULL);
    if (document->bare_graph) {
        graph = &document->value;
    } else {
        reading->prefix = TEXT("/graph");
        check_heading(reading);
    }
    check_graph(reading, graph);
    const struct json_value *actions = list_of(graph, TEXT("actions"), &document->action_count);
    for (size_t i = 0; i < document->action_count; i++)
        check_config(reading, i, &actions[i]);
    const struct json_value *edges = list_of(graph, TEXT("edges"), &document->edge_count);
    for (size_t i = 0; i < document->edge_count; i++)
        check_output(reading, i, &edges[i]);
}

enum status document_read(struct arena *arena, struct text text, const struct action_catalog *catalog,
                          struct document *document, struct error *error)
{
    *document = (struct document){.value = json_null()};
    struct reading reading = {.arena = arena, .catalog = catalog, .document = document};
    struct error syntax = ERROR_IN(arena);
    enum status status = json_read(arena, text, &document->value, &syntax);
    if (status == STATUS_INVALID)
        add_fault(&reading, FAULT_RULE, syntax.where, syntax.message);
    else if (status != STATUS_OK)
        return error_set(error, status, syntax.where, "%.*s", TEXT_ARG(syntax.message));
    else if (document->value.type != JSON_OBJECT)
        fault(&reading, FAULT_RULE, TEXT_NONE, "expected a WorkflowInput or a graph, found %s",
              json_type_name(document->value.type));
    else
        check_document(&reading);
    return reading.exhausted ? error_budget(error) : STATUS_OK;
}

const char *fault_kind_name(enum fault_kind kind)
{
    return kind == FAULT_WARNING ? "warning" : "error";
}

void document_print_faults(const struct document *document, const char *file, enum fault_kind least,
                           struct buffer *lines)
{
    for (size_t i = 0; i < document->fault_count; i++) {
        const struct document_fault *fault = &document->faults[i];
        if (fault->kind < least)
            continue;
        bool is_pointer = text_starts(fault->place, TEXT("/"));
        buffer_print(lines, "%s:%s%.*s%s %s: ", file, is_pointer ? " " : "", TEXT_ARG(fault->place),
                     fault->place.size > 0 ? ":" : "", fault_kind_name(fault->kind));
        buffer_add(lines, fault->message);
        buffer_add_byte(lines, '\n');
    }
}
