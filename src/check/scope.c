/* Looks up names as a run does, considering every path that a run can take. */
#include "check/scope.h"

#include <string.h>

#include "action/context.h"
#include "base/limits.h"

/* The most actions of the same name that a search considers. With more of them, which cause a warning anyway, nothing
   is known. */
#define NAMESAKES 16

const struct scope_added_name scope_added_names[] = {
    {{"timestamp", 9}, SHAPE_DATE},
    {{"execution_id", 12}, SHAPE_WORDS},
    {{"rule_name", 9}, SHAPE_TEXT},
    {{"rule_id", 7}, SHAPE_WORDS},
};
const size_t scope_added_count = sizeof scope_added_names / sizeof scope_added_names[0];

/* ---- preparing ---- */

/* The field of a config whose value is the key of a result field; NULL: the type has none. */
static const char *key_field(const struct action_type *type)
{
    for (size_t i = 0; i < type->result_field_count; i++)
        if (type->result_fields[i].key_from != NULL)
            return type->result_fields[i].key_from;
    return NULL;
}

const struct entity_type *scope_table(const struct rule_check_options *options, const struct json_value *name)
{
    for (size_t i = 0; name != NULL && name->type == JSON_STRING && i < options->entity_count; i++)
        if (text_is(name->string, options->entities[i].name))
            return &options->entities[i];
    return NULL;
}

/* The kind of a column; FIELD_ANY when the column is not known or may be null. */
static enum field_kind column_kind(const struct entity_type *entity, struct text name)
{
    for (size_t i = 0; entity != NULL && i < entity->field_count; i++)
        if (text_is(name, entity->fields[i].name))
            return entity->fields[i].optional ? FIELD_ANY : entity->fields[i].kind;
    return FIELD_ANY;
}

/* Reads the columns that the config lists. False: the arena is full. */
static bool read_rows(struct scope *scope, uint32_t action, const struct action_columns *columns,
                      const struct json_value *config)
{
    const struct json_value *list = json_get_lenient(config, text_from(columns->name));
    if (columns->rows == NULL || list == NULL || list->type != JSON_ARRAY || list->array.count == 0)
        return true;
    const struct entity_type *entity =
        scope_table(scope->options, json_get_lenient(config, text_from(columns->table_field)));
    struct field_type *fields = ARENA_ARRAY(scope->arena, list->array.count, struct field_type);
    for (size_t i = 0; fields != NULL && i < list->array.count; i++) {
        const struct json_value *item = &list->array.items[i];
        struct text name = arena_copy(scope->arena, item->type == JSON_STRING ? item->string : TEXT(""));
        if (name.data == NULL)
            return false;
        fields[i] = (struct field_type){.name = name.data, .kind = column_kind(entity, name)};
    }
    scope->rows[action] = (struct row_type){
        .name = columns->rows, .type = {.kind = FIELD_OBJECT, .fields = fields, .field_count = list->array.count}};
    return fields != NULL;
}

/* Reads from the config what determines the shape of the result. */
static bool read_config(struct scope *scope, uint32_t action)
{
    const struct action_type *type = scope->types[action];
    const char *field = type != NULL ? key_field(type) : NULL;
    struct json_value config;
    if (type == NULL || (field == NULL && type->column_count == 0))
        return true;
    if (json_read(scope->arena, scope->graph->actions[action].config, &config, NULL) != STATUS_OK)
        return false;
    const struct json_value *key = field != NULL ? json_get_lenient(&config, text_from(field)) : NULL;
    scope->keys[action] = key != NULL && key->type == JSON_STRING ? key->string : TEXT_NONE;
    for (size_t i = 0; i < type->column_count; i++)
        if (!read_rows(scope, action, &type->columns[i], &config))
            return false;
    return true;
}

static bool is_standing(struct text key)
{
    for (size_t i = 0; i < context_standing_field_count; i++)
        if (text_equal(key, context_standing_fields[i]))
            return true;
    return false;
}

/* Whether trigger_data has fields of the record, not only the description of the event. */
static bool has_record(const struct json_value *trigger)
{
    for (size_t i = 0; trigger != NULL && trigger->type == JSON_OBJECT && i < trigger->object.count; i++)
        if (!is_standing(trigger->object.members[i].key))
            return true;
    return false;
}

bool scope_begin(struct scope *scope, const struct graph *graph, const struct rule_check_options *options,
                 struct arena *arena)
{
    *scope = (struct scope){.graph = graph, .options = options, .arena = arena, .suggestions = LIMIT_SUGGESTION_NAMES};
    if (has_record(options->trigger))
        scope->trigger = options->trigger;
    const struct json_value *changes = json_get(options->trigger, TEXT("field_changes"));
    if (changes != NULL && changes->type == JSON_OBJECT)
        scope->changes = changes;
    scope->types = ARENA_ARRAY(arena, graph->action_count, const struct action_type *);
    scope->keys = ARENA_ARRAY(arena, graph->action_count, struct text);
    scope->rows = ARENA_ARRAY(arena, graph->action_count, struct row_type);
    scope->seen = ARENA_ARRAY(arena, graph->action_count, uint32_t);
    scope->walk = ARENA_ARRAY(arena, graph->action_count, uint32_t);
    if (scope->types == NULL || scope->keys == NULL || scope->rows == NULL || scope->seen == NULL ||
        scope->walk == NULL)
        return false;
    for (uint32_t i = 0; i < graph->action_count; i++) {
        scope->types[i] = action_catalog_find(options->catalog, graph->actions[i].type);
        if (!read_config(scope, i))
            return false;
    }
    return run_conditions_find(&scope->conditions, graph, scope->types, arena);
}

struct text scope_event(const struct scope *scope)
{
    const struct json_value *event = json_get(scope->options->trigger, TEXT("event_type"));
    return event != NULL && event->type == JSON_STRING ? event->string : TEXT_NONE;
}

bool scope_is_update(const struct scope *scope)
{
    return text_is(scope_event(scope), "on_update");
}

/* ---- ancestors ---- */

static uint32_t walk_upstream(struct scope *scope, uint32_t action, uint32_t count)
{
    const struct graph *graph = scope->graph;
    for (uint32_t k = graph->first_incoming[action]; k < graph->first_incoming[action + 1]; k++) {
        uint32_t source = graph->edges[graph->incoming[k]].source;
        if (source == GRAPH_START || scope->seen[source] == scope->stamp)
            continue;
        scope->seen[source] = scope->stamp;
        scope->walk[count++] = source;
    }
    return count;
}

/* Whether a path leads from one reachable action to another. The labels of the graph answer at once, except for a few
   shapes. */
static bool leads_to(struct scope *scope, uint32_t ancestor, uint32_t action)
{
    const struct graph *graph = scope->graph;
    if (ancestor == action || !graph_may_reach(graph, ancestor, action))
        return false;
    if (graph_surely_reaches(graph, ancestor, action))
        return true;
    scope->stamp++;
    uint32_t count = walk_upstream(scope, action, 0);
    for (uint32_t next = 0; next < count; next++) {
        uint32_t at = scope->walk[next];
        if (graph_surely_reaches(graph, ancestor, at))
            return true;
        if (graph_may_reach(graph, ancestor, at))
            count = walk_upstream(scope, at, count);
    }
    return false;
}

enum absence scope_absence(struct scope *scope, uint32_t source, uint32_t action)
{
    const struct graph_action *read = &scope->graph->actions[source];
    if (source == action)
        return ABSENCE_SELF;
    if (!read->reachable)
        return ABSENCE_NEVER_RUNS;
    if (!leads_to(scope, source, action))
        return leads_to(scope, action, source) ? ABSENCE_LATER : ABSENCE_ELSEWHERE;
    if (!read->active)
        return ABSENCE_INACTIVE;
    if (scope->conditions.of_action[source] == CONDITION_NEVER)
        return ABSENCE_NEVER_RUNS;
    return run_conditions_imply(&scope->conditions, action, source) ? ABSENCE_NO : ABSENCE_NOT_ALWAYS;
}

/* ---- one search ---- */

/* A search for a name. A value that is found first hides later ones, unless it may be absent. */
struct search {
    struct scope *scope;
    uint32_t action;
    enum scope_reader reader;
    struct text name;
    struct binding found; /* absence: why the value is or may be absent, so far */
    bool any, certain;    /* a value was found; it is always there */
};

static void note_absence(struct search *search, struct binding seen)
{
    if (search->found.absence == ABSENCE_NO) {
        seen.shape = search->found.shape;
        search->found = seen;
    }
}

/* Takes the next part, ".rows" or "[0]", off the front of *rest, and returns the shape of the value there. */
static struct value_shape step(const struct value_shape *shape, struct text *rest, struct text *part)
{
    size_t index;
    *part = *rest;
    if (rest->data[0] == '[') {
        bool is_index = context_take_index(rest, &index);
        *part = text_slice(*part, 0, is_index ? part->size - rest->size : part->size);
        return is_index ? shape_item_at(shape, index) : shape_plain(SHAPE_ABSENT);
    }
    struct text after = text_slice(*rest, 1, rest->size), key = text_slice(after, 0, text_find_byte(after, '.'));
    struct value_shape member = shape_member(shape, key);
    bool bracket = text_find_byte(key, '[') != SIZE_MAX;
    if (bracket && (shape->inside != INSIDE_VALUE || member.forms == SHAPE_ABSENT)) {
        key = text_slice(key, 0, text_find_byte(key, '['));
        member = shape_member(shape, key);
    }
    *part = key;
    *rest = text_slice(after, key.size, after.size);
    return member;
}

/* Why the member of an action's result may be absent. */
static enum absence absence_in_result(const struct value_shape *result, struct text key)
{
    if (shape_lacks_by_failure(result, key))
        return result->result.outcome == RUN_OUTCOME_FAILED ? ABSENCE_FAILED : ABSENCE_MAY_FAIL;
    return result->result.outcome == RUN_OUTCOME_ANY && text_is(key, "error") ? ABSENCE_MAY_SUCCEED : ABSENCE_OPTIONAL;
}

/* Why a part of a name is or may be absent in a value. */
static enum absence absence_in(const struct value_shape *shape, const struct value_shape *member, struct text part)
{
    bool indexed = part.size > 0 && part.data[0] == '[';
    if (shape->inside == INSIDE_RESULT && !indexed &&
        (member->forms != SHAPE_ABSENT || shape_lacks_by_failure(shape, part)))
        return absence_in_result(shape, part);
    if (member->forms == SHAPE_ABSENT) {
        if ((shape->forms & (indexed ? SHAPE_LIST : SHAPE_OBJECT)) == 0)
            return indexed ? ABSENCE_NO_LIST : ABSENCE_NO_OBJECT;
        return indexed ? ABSENCE_NO_ITEM : ABSENCE_NO_MEMBER;
    }
    bool is_known = (shape->forms & SHAPE_ANY) == SHAPE_OBJECT && shape->inside != INSIDE_UNKNOWN &&
                    !(shape->inside == INSIDE_FIELD && shape->field->fields == NULL);
    if (indexed)
        return shape->forms == SHAPE_LIST && shape->inside != INSIDE_UNKNOWN ? ABSENCE_FEWER : ABSENCE_UNSURE;
    return is_known ? ABSENCE_OPTIONAL : ABSENCE_UNSURE;
}

/* Considers a value whose key is the first `size` bytes of the name; the rest of the name leads into it. `seen` says
   whether it may be absent, and why. */
static void consider(struct search *search, size_t size, struct value_shape shape, struct binding seen)
{
    struct text rest = text_slice(search->name, size, search->name.size);
    seen.head = text_slice(search->name, 0, size);
    while (rest.size > 0 && shape.forms != SHAPE_OPEN) {
        struct text part;
        struct value_shape member = step(&shape, &rest, &part);
        bool never = member.forms == SHAPE_ABSENT;
        if (never || ((member.forms & SHAPE_ABSENT) != 0 && seen.absence == ABSENCE_NO)) {
            seen.absence = absence_in(&shape, &member, part);
            seen.missing = part;
            seen.whole = shape;
        }
        if (never) {
            note_absence(search, seen);
            return;
        }
        if (seen.absence == ABSENCE_NO)
            seen.head = text_slice(search->name, 0, (size_t)(part.data + part.size - search->name.data));
        member.forms &= ~(unsigned)SHAPE_ABSENT;
        shape = member;
    }
    shape.forms &= shape.forms == SHAPE_ABSENT ? shape.forms : ~(unsigned)SHAPE_ABSENT;
    search->found.shape = search->any ? shape_join(search->found.shape, shape) : shape;
    search->any = true;
    if (seen.absence != ABSENCE_NO) {
        note_absence(search, seen);
    } else {
        search->certain = true;
        search->found.action = seen.action;
    }
}

static struct value_shape result_of(const struct scope *scope, uint32_t source, uint32_t reader)
{
    if (scope->types[source] == NULL)
        return shape_plain(SHAPE_OPEN);
    return shape_of_result(scope->types[source], scope->keys[source],
                           run_conditions_outcome(&scope->conditions, reader, source),
                           scope->rows[source].name != NULL ? &scope->rows[source] : NULL);
}

/* Considers the results of the actions with one name; `first` is their first index in by_name. field: the member of the
   result whose key is the first `size` bytes of the name; .data NULL: the result itself. */
static void consider_results(struct search *search, uint32_t first, struct text field, size_t size)
{
    struct scope *scope = search->scope;
    const struct graph *graph = scope->graph;
    struct text name = graph->actions[graph->by_name[first]].name;
    for (uint32_t i = first; i < graph->action_count && !search->certain; i++) {
        uint32_t source = graph->by_name[i];
        if (!text_equal(graph->actions[source].name, name))
            return;
        struct binding seen = {.action = source};
        if (i - first == NAMESAKES) {
            consider(search, size, shape_plain(SHAPE_OPEN), seen);
            return;
        }
        struct value_shape result = result_of(scope, source, search->action), shape = result;
        if (field.data != NULL) {
            shape = shape_member(&result, field);
            if (shape.forms == SHAPE_ABSENT)
                continue; /* the absence is noted when the action itself is considered */
        }
        seen.absence = scope_absence(scope, source, search->action);
        bool there = seen.absence == ABSENCE_NO || seen.absence == ABSENCE_NOT_ALWAYS;
        if (seen.absence == ABSENCE_NO && (shape.forms & SHAPE_ABSENT) != 0) {
            seen.absence = absence_in_result(&result, field);
            seen.missing = field;
        }
        if (there) {
            consider(search, size, shape, seen);
        } else {
            seen.head = name;
            note_absence(search, seen);
        }
    }
}

/* Considers fields of results with this key, then results. */
static void consider_actions(struct search *search, struct text key)
{
    const struct graph *graph = search->scope->graph;
    uint32_t whole = UINT32_MAX, first;
    size_t size = key.size;
    while (!search->certain && (first = graph_name_head(graph, key, &size)) != UINT32_MAX) {
        struct text field = size < key.size ? text_slice(key, size + 1, key.size) : TEXT_NONE;
        if (size == key.size)
            whole = first;
        else if (text_find_byte(field, '.') == SIZE_MAX)
            consider_results(search, first, field, key.size);
        size = graph_dot_before(key, size);
    }
    if (whole != UINT32_MAX && !search->certain)
        consider_results(search, whole, TEXT_NONE, key.size);
}

static const struct field_type *entity_field(const struct scope *scope, struct text key)
{
    const struct entity_type *entity = scope->options->entity;
    for (size_t i = 0; entity != NULL && i < entity->field_count; i++)
        if (text_is(key, entity->fields[i].name))
            return &entity->fields[i];
    return NULL;
}

static void consider_trigger(struct search *search, struct text key)
{
    const struct scope *scope = search->scope;
    struct binding seen = {.action = UINT32_MAX};
    const struct json_value *value = json_get(scope->trigger, key);
    const struct field_type *field = entity_field(scope, key);
    if (value != NULL) {
        consider(search, key.size, shape_of_value(value), seen);
    } else if (scope->trigger == NULL && field != NULL) {
        consider(search, key.size, shape_of_column(field), seen);
    } else if (scope->trigger == NULL && is_standing(key)) {
        consider(search, key.size, shape_plain(SHAPE_OPEN), seen);
    } else if (scope->trigger != NULL && (field != NULL || is_standing(key)) && !text_is(key, "timestamp")) {
        seen.absence = ABSENCE_NO_VALUE;
        seen.head = key;
        note_absence(search, seen);
    }
}

/* Considers old_<field> and new_<field> of the fields that an update changes. */
static void consider_changes(struct search *search, struct text key)
{
    const struct scope *scope = search->scope;
    bool old = text_starts(key, TEXT("old_"));
    if (!old && !text_starts(key, TEXT("new_")))
        return;
    struct text field = text_slice(key, 4, key.size);
    struct binding seen = {.action = UINT32_MAX};
    const struct json_value *change = json_get(scope->changes, field);
    if (change != NULL && change->type == JSON_OBJECT) {
        const struct json_value *value = json_get(change, old ? TEXT("old_value") : TEXT("new_value"));
        consider(search, key.size, value != NULL ? shape_of_value(value) : shape_plain(SHAPE_NULL), seen);
    } else if (scope->trigger == NULL && entity_field(scope, field) != NULL) {
        consider(search, key.size, shape_plain(SHAPE_OPEN), seen);
    } else if (scope->trigger != NULL &&
               (json_get(scope->trigger, field) != NULL || entity_field(scope, field) != NULL)) {
        seen.absence = ABSENCE_NO_CHANGE;
        seen.head = key;
        note_absence(search, seen);
    }
}

static void consider_added(struct search *search, struct text key)
{
    for (size_t i = 0; i < scope_added_count; i++) {
        if (!text_equal(key, scope_added_names[i].name))
            continue;
        struct binding seen = {.action = UINT32_MAX};
        if (search->reader == SCOPE_TEMPLATE) {
            consider(search, key.size, shape_plain(scope_added_names[i].forms), seen);
        } else if (search->scope->trigger != NULL) {
            seen.absence = ABSENCE_TEMPLATE_ONLY;
            seen.head = key;
            note_absence(search, seen);
        }
    }
}

/* A condition reads the new value of a field that an update changes. */
static void consider_new_value(struct search *search, struct text key)
{
    const struct scope *scope = search->scope;
    const struct json_value *change = scope_is_update(scope) ? json_get(scope->changes, key) : NULL;
    if (key.size < search->name.size || change == NULL || change->type != JSON_OBJECT)
        return;
    const struct json_value *value = json_get(change, TEXT("new_value"));
    consider(search, key.size, value != NULL ? shape_of_value(value) : shape_plain(SHAPE_NULL),
             (struct binding){.action = UINT32_MAX});
}

static void consider_key(struct search *search, struct text key)
{
    if (search->reader == SCOPE_TEMPLATE)
        consider_changes(search, key);
    else if (search->reader == SCOPE_CONDITION)
        consider_new_value(search, key);
    if (!search->certain)
        consider_actions(search, key);
    if (!search->certain)
        consider_trigger(search, key);
    if (!search->certain)
        consider_added(search, key);
}

/* When the fields of the trigger are not known, a name that cannot mean an action may be one of them. */
static bool may_be_of_trigger(const struct search *search)
{
    const struct scope *scope = search->scope;
    if (search->any || scope->trigger != NULL || (scope->options->entity != NULL && scope->options->entity_complete))
        return false;
    return search->found.absence == ABSENCE_NO || search->found.head.size == search->name.size;
}

static struct binding find_builtin(struct scope *scope, uint32_t action, struct text name)
{
    if (text_is(name, "$now"))
        return (struct binding){.shape = shape_plain(SHAPE_DATE), .action = UINT32_MAX, .head = name};
    if (!text_is(name, "$me"))
        return (struct binding){
            .shape = shape_plain(SHAPE_ABSENT), .absence = ABSENCE_NO_BUILTIN, .action = UINT32_MAX, .head = name};
    struct binding user = scope_find(scope, action, SCOPE_CONDITION, TEXT("user_id"));
    if ((user.shape.forms & SHAPE_ABSENT) != 0)
        user.absence = ABSENCE_NO_USER;
    user.head = name;
    return user;
}

struct binding scope_find(struct scope *scope, uint32_t action, enum scope_reader reader, struct text name)
{
    if (reader == SCOPE_TEMPLATE && name.size > 0 && name.data[0] == '$')
        return find_builtin(scope, action, name);
    struct search search = {
        .scope = scope, .action = action, .reader = reader, .name = name, .found = {.action = UINT32_MAX}};
    size_t first = name.size <= LIMIT_CONTEXT_NAME ? name.size : 0;
    for (size_t size = first; size > 0 && !search.certain; size--)
        if (size == name.size || context_is_cut(name, size))
            consider_key(&search, text_slice(name, 0, size));
    if (may_be_of_trigger(&search))
        return (struct binding){
            .shape = shape_plain(SHAPE_OPEN), .absence = ABSENCE_NOT_KNOWN, .action = UINT32_MAX, .head = name};
    if (search.certain) {
        search.found.absence = ABSENCE_NO;
    } else {
        search.found.shape = search.any ? search.found.shape : shape_plain(0);
        search.found.shape.forms |= search.found.shape.forms == SHAPE_OPEN ? 0 : (unsigned)SHAPE_ABSENT;
        if (search.found.absence == ABSENCE_NO)
            search.found.absence = ABSENCE_NO_NAME;
    }
    return search.found;
}
