#include "rule/rule_cascades.h"

/* The search for the cascades of one rule. */
struct finder {
    struct arena *arena;
    const struct json_value *trigger; /* NULL: not known */
    struct rule_cascades *cascades;
    bool exhausted;
};

/* The value of the config's field that "{name}" stands for; NULL for a plain text, and when there is no such field. */
static const struct json_value *value_of(const struct json_value *config, const char *pattern)
{
    const struct text text = text_from(pattern);
    return pattern[0] == '{' ? json_get_lenient(config, text_slice(text, 1, text.size - 2)) : NULL;
}

static bool is_known(const struct json_value *value)
{
    return value != NULL && value->type == JSON_STRING && text_find(value->string, TEXT("{{")) == SIZE_MAX;
}

/* The number of names that a pattern stands for: one, or the number of keys of a map. */
static size_t count_names(const struct json_value *config, const char *pattern)
{
    const struct json_value *value = value_of(config, pattern);
    return value != NULL && value->type == JSON_OBJECT ? value->object.count : 1;
}

static void add_names(const struct json_value *config, const char *pattern, struct text *names, size_t *count)
{
    const struct json_value *value = value_of(config, pattern);
    if (value != NULL && value->type == JSON_OBJECT) {
        for (size_t i = 0; i < value->object.count; i++)
            names[(*count)++] = value->object.members[i].key;
        return;
    }
    names[(*count)++] = is_known(value) ? value->string : text_from(pattern);
}

/* Whether the event of the table is the one that triggers the rule. A trigger may leave out the schema. */
static bool triggers(const struct json_value *trigger, const char *event, struct text table)
{
    const struct text entity = json_get_text(trigger, TEXT("entity_name"));
    if (entity.size == 0 || !text_is(json_get_text(trigger, TEXT("event_type")), event))
        return false;
    if (table.data[0] == '{' || text_equal(table, entity))
        return true;
    const size_t dot = text_find_byte(table, '.');
    return dot != SIZE_MAX && text_equal(text_slice(table, dot + 1, table.size), entity);
}

static bool make_room(struct finder *finder)
{
    struct rule_cascades *cascades = finder->cascades;
    if (cascades->count < cascades->capacity)
        return true;
    const size_t capacity = cascades->capacity == 0 ? 8 : cascades->capacity * 2;
    struct rule_cascade *items =
        arena_grow(finder->arena, cascades->items, cascades->capacity * sizeof *items, capacity * sizeof *items);
    if (items == NULL)
        return false;
    cascades->items = items;
    cascades->capacity = capacity;
    return true;
}

static void add(struct finder *finder, struct rule_cascade cascade, const struct json_value *config,
                const struct action_modification *modification, const char *const *patterns)
{
    size_t most = 0, count = 0;
    for (const char *const *pattern = patterns; *pattern != NULL; pattern++)
        most += count_names(config, *pattern);
    struct text *columns = ARENA_ARRAY(finder->arena, most, struct text);
    if (columns == NULL || !make_room(finder)) {
        finder->exhausted = true;
        return;
    }
    for (const char *const *pattern = patterns; *pattern != NULL; pattern++)
        add_names(config, *pattern, columns, &count);
    const struct json_value *named = value_of(config, modification->table);
    cascade.table = is_known(named) ? named->string : text_from(modification->table);
    cascade.columns = columns;
    cascade.column_count = count;
    cascade.fires_itself = triggers(finder->trigger, cascade.event, cascade.table);
    finder->cascades->items[finder->cascades->count++] = cascade;
}

static void add_action(struct finder *finder, const struct action_type *type, const struct json_value *action,
                       struct text place)
{
    const struct json_value *config = json_get_lenient(action, TEXT("action_config"));
    for (size_t i = 0; i < type->modification_count; i++) {
        const struct action_modification *modification = &type->modifications[i];
        struct rule_cascade cascade = {.place = place, .action = json_get_text(action, TEXT("name"))};
        cascade.event = "on_create";
        if (modification->on_create != NULL)
            add(finder, cascade, config, modification, modification->on_create);
        cascade.event = "on_update";
        if (modification->on_update != NULL)
            add(finder, cascade, config, modification, modification->on_update);
    }
}

static bool is_active(const struct json_value *action)
{
    const struct json_value *active = json_get_lenient(action, TEXT("is_active"));
    return active == NULL || active->type != JSON_BOOLEAN || active->boolean;
}

enum status rule_cascades_find(struct arena *arena, const struct rule_document *document,
                               const struct action_catalog *catalog, struct rule_cascades *cascades)
{
    const struct json_value *graph =
        document->bare_graph ? &document->value : json_get_lenient(&document->value, TEXT("graph"));
    const struct json_value *actions = json_get_lenient(graph, TEXT("actions"));
    struct finder finder = {.arena = arena, .cascades = cascades};
    *cascades = (struct rule_cascades){0};
    if (!document->bare_graph)
        finder.trigger = json_get_lenient(&document->value, TEXT("trigger_data"));
    const size_t count = actions != NULL && actions->type == JSON_ARRAY ? actions->array.count : 0;
    for (size_t i = 0; i < count && !finder.exhausted; i++) {
        const struct json_value *action = &actions->array.items[i];
        const struct action_type *type = action_catalog_find(catalog, json_get_text(action, TEXT("action_type")));
        const struct text place = arena_print(arena, "%s/actions/%zu", document->bare_graph ? "" : "/graph", i);
        finder.exhausted = place.data == NULL;
        if (type != NULL && is_active(action) && !finder.exhausted)
            add_action(&finder, type, action, place);
    }
    return finder.exhausted ? STATUS_BUDGET : STATUS_OK;
}

void rule_cascades_write(const struct rule_cascades *cascades, const char *file, struct buffer *lines)
{
    for (size_t i = 0; i < cascades->count; i++) {
        const struct rule_cascade *cascade = &cascades->items[i];
        buffer_print(lines, "%s: %.*s: %.*s may fire %s of %.*s (", file, TEXT_ARG(cascade->place),
                     TEXT_ARG(cascade->action), cascade->event, TEXT_ARG(cascade->table));
        for (size_t k = 0; k < cascade->column_count; k++) {
            buffer_add(lines, k == 0 ? TEXT_NONE : TEXT(", "));
            buffer_add(lines, cascade->columns[k]);
        }
        buffer_print(lines, ")%s\n", cascade->fires_itself ? ", so this rule too" : "");
    }
}
