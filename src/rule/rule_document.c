/* Checks rules before anything runs. */
#include "rule/rule_document.h"

#include "action/decode.h"
#include "action/reference.h"
#include "action/suggestion.h"
#include "base/limits.h"
#include "check/rule_check.h"
#include "rule/rule_entities.h"

struct document_check {
    struct arena *arena;
    const struct action_catalog *catalog;
    struct rule_document *document;
    struct text prefix; /* JSON pointer of the graph */
    struct graph graph;
    bool exhausted;
};

static void add_fault(struct document_check *check, struct rule_fault added)
{
    struct rule_document *document = check->document;
    if (document->fault_count == document->fault_capacity) {
        size_t capacity = document->fault_capacity == 0 ? 8 : document->fault_capacity * 2;
        struct rule_fault *grown = arena_grow(check->arena, document->faults, document->fault_capacity * sizeof(*grown),
                                              capacity * sizeof(*grown));
        if (grown == NULL) {
            check->exhausted = true;
            return;
        }
        document->faults = grown;
        document->fault_capacity = capacity;
    }
    document->faults[document->fault_count++] = added;
    document->count[added.kind]++;
}

static void fault(struct document_check *check, enum rule_fault_kind kind, const char *code, struct text location,
                  const char *format, ...) PRINTF_LIKE(5, 6);

static void fault(struct document_check *check, enum rule_fault_kind kind, const char *code, struct text location,
                  const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct text message = arena_vprint(check->arena, format, arguments);
    va_end(arguments);
    if (message.data == NULL || (location.data == NULL && location.size > 0))
        check->exhausted = true;
    else
        add_fault(check, (struct rule_fault){.kind = kind, .code = code, .location = location, .message = message});
}

/* ---- the heading of a WorkflowInput ---- */

static void check_on_failure(struct document_check *check)
{
    const struct json_value *value = json_get_lenient(&check->document->value, TEXT("on_failure"));
    if (value == NULL || value->type == JSON_NULL)
        return;
    struct text written = value->type == JSON_STRING ? value->string : TEXT_NONE;
    if (!text_is(written, "hold") && !text_is(written, "fail"))
        fault(check, RULE_FAULT_FATAL, "heading", TEXT("/on_failure"), "expected hold or fail, found %s",
              value->type == JSON_STRING ? "another text" : json_type_name(value->type));
}

/* The text of the member when it is a UUID. */
static struct text read_id(struct document_check *check, const struct json_value *object, const char *pointer,
                           const char *key, enum rule_fault_kind absent)
{
    const struct json_value *value = json_get_lenient(object, text_from(key));
    struct uuid uuid;
    if (value == NULL || value->type == JSON_NULL || (value->type == JSON_STRING && value->string.size == 0)) {
        if (absent == RULE_FAULT_FATAL)
            fault(check, absent, "heading", text_from(pointer), "%s is required", key);
        return TEXT_NONE;
    }
    if (value->type != JSON_STRING)
        fault(check, RULE_FAULT_FATAL, "heading", text_from(pointer), "expected a UUID, found %s",
              json_type_name(value->type));
    else if (!uuid_parse(value->string, &uuid))
        fault(check, absent, "heading", text_from(pointer), "expected a UUID, found \"%.*s\"", TEXT_ARG(value->string));
    else if (uuid_is_nil(uuid) && absent == RULE_FAULT_FATAL)
        fault(check, absent, "heading", text_from(pointer), "%s is required", key);
    else
        return value->string;
    return TEXT_NONE;
}

static void check_heading(struct document_check *check)
{
    struct rule_document *document = check->document;
    document->rule_id = read_id(check, &document->value, "/rule_id", "rule_id", RULE_FAULT_FATAL);
    /* The start command adds one when it is missing. */
    const struct json_value *execution = json_get_lenient(&document->value, TEXT("execution_id"));
    if (execution != NULL)
        document->execution_id = read_id(check, &document->value, "/execution_id", "execution_id", RULE_FAULT_FATAL);
    else
        fault(check, RULE_FAULT_WARNING, "heading", TEXT("/execution_id"),
              "execution_id is missing: 'workflow-worker start' makes one, a schedule needs none, other callers must "
              "provide one");
    check_on_failure(check);
    const struct json_value *trigger = json_get_lenient(&document->value, TEXT("trigger_data"));
    if (trigger != NULL && trigger->type != JSON_OBJECT && trigger->type != JSON_NULL)
        fault(check, RULE_FAULT_FATAL, "heading", TEXT("/trigger_data"), "expected object, found %s",
              json_type_name(trigger->type));
    document->entity_id = read_id(check, trigger, "/trigger_data/entity_id", "entity_id", RULE_FAULT_WARNING);
}

/* ---- the graph ---- */

static void check_graph(struct document_check *check, const struct json_value *graph)
{
    struct graph_faults faults = {.arena = check->arena};
    struct error error = ERROR_IN(check->arena);
    enum status status = graph_read(check->arena, check->arena, graph, check->prefix, &check->graph, &faults, &error);
    if (status == STATUS_OK)
        graph_check_names(&check->graph, json_get_lenient(&check->document->value, TEXT("trigger_data")), check->prefix,
                          &faults);
    else if (status != STATUS_INVALID)
        check->exhausted = true;
    else
        check->graph = (struct graph){0};
    for (size_t i = 0; i < faults.count; i++)
        add_fault(check, (struct rule_fault){.kind = faults.items[i].warning ? RULE_FAULT_WARNING : RULE_FAULT_FATAL,
                                             .code = "graph",
                                             .location = faults.items[i].pointer,
                                             .message = faults.items[i].message});
}

static const struct json_value *list_of(const struct json_value *graph, struct text key, size_t *count)
{
    const struct json_value *list = json_get_lenient(graph, key);
    *count = list != NULL && list->type == JSON_ARRAY ? list->array.count : 0;
    return *count > 0 ? list->array.items : NULL;
}

/* ---- each action's config ---- */

static void unknown_type(struct document_check *check, size_t index, struct text name)
{
    struct text location = arena_print(check->arena, "%.*s/actions/%zu/action_type", TEXT_ARG(check->prefix), index);
    const char *absence = action_catalog_absence(check->catalog, name);
    if (absence != NULL) {
        fault(check, RULE_FAULT_CONFIG, "unknown_type", location, "no handler registered for type %.*s: %s",
              TEXT_ARG(name), absence);
        return;
    }
    struct text nearest = suggest_action_type(name, check->catalog);
    fault(check, RULE_FAULT_CONFIG, "unknown_type", location,
          "no action of type '%.*s' is known: it will fail when it runs%s%.*s%s", TEXT_ARG(name),
          nearest.size > 0 ? "; did you mean '" : "", TEXT_ARG(nearest), nearest.size > 0 ? "'?" : "");
}

static enum status note_value(void *userdata, const struct json_value *value)
{
    if (value->type != JSON_NULL)
        *(bool *)userdata = true;
    return STATUS_OK;
}

/* Warns of a deprecated type and of deprecated fields. */
static void check_deprecated(struct document_check *check, size_t index, const struct action_type *type,
                             const struct json_value *config)
{
    struct text action = arena_print(check->arena, "%.*s/actions/%zu", TEXT_ARG(check->prefix), index);
    if (type->deprecated != NULL)
        fault(check, RULE_FAULT_WARNING, "deprecated", arena_print(check->arena, "%.*s/action_type", TEXT_ARG(action)),
              "%s is deprecated: %s", type->name, type->deprecated);
    for (size_t i = 0; i < type->deprecation_count; i++) {
        const struct action_deprecation *deprecation = &type->deprecations[i];
        bool found = false;
        if (reference_visit(config, text_from(deprecation->path), note_value, &found) == STATUS_OK && found)
            fault(check, RULE_FAULT_WARNING, "deprecated",
                  arena_print(check->arena, "%.*s/action_config", TEXT_ARG(action)), "%s is deprecated: %s",
                  deprecation->path, deprecation->instead);
    }
}

static void check_config(struct document_check *check, size_t index, const struct json_value *action)
{
    struct text name = json_get_text(action, TEXT("action_type"));
    if (action->type != JSON_OBJECT)
        return;
    const struct action_type *type = action_catalog_find(check->catalog, name);
    if (type == NULL) {
        unknown_type(check, index, name);
        return;
    }
    const struct json_value *config = json_get_lenient(action, TEXT("action_config"));
    const struct json_value null = json_null();
    struct decode_faults faults = {.arena = check->arena};
    config = config != NULL ? config : &null;
    check_deprecated(check, index, type, config);
    type->check(check->arena, config, &faults);
    /* The engine accepts longer delays than a rule may have, so nothing but this check stops such a delay. */
    enum rule_fault_kind kind = type->dispatch == DISPATCH_ENGINE ? RULE_FAULT_FATAL : RULE_FAULT_CONFIG;
    for (size_t i = 0; i < faults.count; i++) {
        struct text location = arena_print(check->arena, "%.*s/actions/%zu/action_config%.*s", TEXT_ARG(check->prefix),
                                           index, TEXT_ARG(faults.items[i].pointer));
        fault(check, kind, "config", location, "%.*s", TEXT_ARG(faults.items[i].message));
    }
    if (faults.exhausted && faults.count == LIMIT_DECODE_FAULTS)
        fault(check, kind, "config",
              arena_print(check->arena, "%.*s/actions/%zu/action_config", TEXT_ARG(check->prefix), index),
              "more than %d faults: only the first ones are listed", LIMIT_DECODE_FAULTS);
    else
        check->exhausted = check->exhausted || faults.exhausted;
}

/* ---- the flow of data ---- */

/* The entity that the trigger names. */
static const struct entity_type *find_entity(const struct action_catalog *catalog, const struct json_value *trigger)
{
    struct text name = json_get_text(trigger, TEXT("entity_name"));
    return catalog->entities != NULL ? rule_entity_find(catalog->entities, catalog->entity_count, name)
                                     : rule_entity_find(rule_entities, rule_entity_count, name);
}

static void check_flow(struct document_check *check)
{
    static const enum rule_fault_kind kinds[] = {
        [CHECK_NOTE] = RULE_FAULT_NOTE, [CHECK_WARNING] = RULE_FAULT_WARNING, [CHECK_ERROR] = RULE_FAULT_FLOW};
    const struct json_value *trigger = json_get_lenient(&check->document->value, TEXT("trigger_data"));
    bool database = check->catalog->entities != NULL;
    const struct rule_check_options options = {
        .catalog = check->catalog,
        .pointer = check->prefix,
        .trigger = trigger,
        .entity = find_entity(check->catalog, trigger),
        .entities = database ? check->catalog->entities : rule_entities,
        .entity_count = database ? check->catalog->entity_count : rule_entity_count,
        .entity_complete = database, /* spec/entities.yaml does not have all columns */
    };
    struct check_faults faults = {.arena = check->arena};
    if (check->graph.action_count > 0 && rule_check(&check->graph, &options, &faults, NULL) != STATUS_OK)
        check->exhausted = true;
    for (size_t i = 0; i < faults.count; i++) {
        const struct check_fault *found = &faults.items[i];
        add_fault(check, (struct rule_fault){.kind = kinds[found->severity],
                                             .code = found->code,
                                             .location = found->pointer,
                                             .column = found->column,
                                             .message = found->message});
    }
}

/* ---- the document ---- */

static void check_document(struct document_check *check)
{
    struct rule_document *document = check->document;
    const struct json_value *graph = json_get_lenient(&document->value, TEXT("graph"));
    document->bare_graph = graph == NULL && (json_get_lenient(&document->value, TEXT("actions")) != NULL ||
                                             json_get_lenient(&document->value, TEXT("edges")) != NULL);
    if (document->bare_graph) {
        graph = &document->value;
    } else {
        check->prefix = TEXT("/graph");
        check_heading(check);
    }
    check_graph(check, graph);
    const struct json_value *actions = list_of(graph, TEXT("actions"), &document->action_count);
    for (size_t i = 0; i < document->action_count; i++)
        check_config(check, i, &actions[i]);
    (void)list_of(graph, TEXT("edges"), &document->edge_count);
    check_flow(check);
}

enum status rule_document_read(struct arena *arena, struct text text, const struct action_catalog *catalog,
                               struct rule_document *document, struct error *error)
{
    *document = (struct rule_document){.value = json_null()};
    struct document_check check = {.arena = arena, .catalog = catalog, .document = document};
    struct error syntax = ERROR_IN(arena);
    enum status status = json_read_file(arena, text, &document->value, &syntax);
    if (status == STATUS_INVALID)
        add_fault(&check,
                  (struct rule_fault){
                      .kind = RULE_FAULT_FATAL, .code = "syntax", .location = syntax.where, .message = syntax.message});
    else if (status != STATUS_OK)
        return error_set(error, status, syntax.where, "%.*s", TEXT_ARG(syntax.message));
    else if (document->value.type != JSON_OBJECT)
        fault(&check, RULE_FAULT_FATAL, "syntax", TEXT_NONE, "expected a WorkflowInput or a graph, found %s",
              json_type_name(document->value.type));
    else
        check_document(&check);
    return check.exhausted ? error_budget(error) : STATUS_OK;
}

const char *rule_fault_severity(enum rule_fault_kind kind)
{
    return kind == RULE_FAULT_NOTE ? "note" : kind == RULE_FAULT_WARNING ? "warning" : "error";
}

/* Writes the place of a fault: a JSON pointer and a column in the text there; for a syntax error, a line and a column
   of the file. */
static void write_place(struct json_writer *json, const struct rule_fault *fault)
{
    struct text column = fault->location, line = text_split(&column, ':');
    int64_t line_number, column_number;
    if (text_to_int64(line, &line_number) && text_to_int64(column, &column_number)) {
        json_member_text(json, "pointer", TEXT(""));
        json_member_integer(json, "line", line_number);
        json_member_integer(json, "column", column_number);
        return;
    }
    json_member_text(json, "pointer", fault->location);
    if (fault->column > 0)
        json_member_integer(json, "column", (int64_t)fault->column);
}

void rule_fault_write_json(struct json_writer *json, const struct rule_fault *fault)
{
    write_place(json, fault);
    json_member_string(json, "severity", rule_fault_severity(fault->kind));
    json_member_string(json, "code", fault->code);
    json_member_text(json, "message", fault->message);
}

void rule_document_write_faults(const struct rule_document *document, const char *file, enum rule_fault_kind min,
                                struct buffer *lines)
{
    for (size_t i = 0; i < document->fault_count; i++) {
        const struct rule_fault *fault = &document->faults[i];
        if (fault->kind < min)
            continue;
        bool is_pointer = text_starts(fault->location, TEXT("/"));
        buffer_print(lines, "%s:%s%.*s%s", file, is_pointer ? " " : "", TEXT_ARG(fault->location),
                     fault->location.size > 0 ? ":" : "");
        if (fault->column > 0)
            buffer_print(lines, "%zu:", fault->column);
        buffer_print(lines, " %s: ", rule_fault_severity(fault->kind));
        buffer_add(lines, fault->message);
        buffer_add_byte(lines, '\n');
    }
}
