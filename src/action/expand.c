/* Expands the templates in a config, and the templates that a handler expands itself. */
#include "action/expand.h"

#include <string.h>

#include "action/reference.h"

/* One call of expand_config. */
struct expander {
    struct arena *arena;
    const struct expand_data *data;
    struct json_value names; /* the names that templates may use; JSON_NULL until the first template */
    bool typed;              /* a text that is one template becomes the value itself */
    struct template_notes *notes;
    struct error *error;
};

static bool is_changed_field(const struct json_value *changes, struct text key)
{
    bool prefixed = text_starts(key, TEXT("old_")) || text_starts(key, TEXT("new_"));
    const struct json_value *change = prefixed ? json_get(changes, text_slice(key, 4, key.size)) : NULL;
    return change != NULL && change->type == JSON_OBJECT;
}

static enum status add_change(struct expander *expander, struct json_member *member, const char *prefix,
                              struct text field, const struct json_value *value)
{
    member->key = arena_print(expander->arena, "%s%.*s", prefix, TEXT_ARG(field));
    member->value = value != NULL ? *value : json_null();
    return member->key.data != NULL ? STATUS_OK : error_budget(expander->error);
}

/* Adds old_<field> and new_<field>. */
static enum status add_changes(struct expander *expander, const struct json_value *changes, struct json_member *members,
                               size_t *count)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < changes->object.count && status == STATUS_OK; i++) {
        const struct json_member *change = &changes->object.members[i];
        if (change->value.type != JSON_OBJECT)
            continue;
        status = add_change(expander, &members[(*count)++], "old_", change->key,
                            json_get(&change->value, TEXT("old_value")));
        if (status == STATUS_OK)
            status = add_change(expander, &members[(*count)++], "new_", change->key,
                                json_get(&change->value, TEXT("new_value")));
    }
    return status;
}

/* Collects all names that templates may use in one object. */
static enum status gather_names(struct expander *expander)
{
    const struct expand_data *data = expander->data;
    const struct json_value *context = data->context, *changes = json_get(context, TEXT("field_changes"));
    const struct json_value none = json_object(NULL, 0);
    if (changes == NULL || changes->type != JSON_OBJECT)
        changes = &none;
    size_t own = context->type == JSON_OBJECT ? context->object.count : 0, count = 0;
    struct json_member *members =
        ARENA_ARRAY(expander->arena, 2 * changes->object.count + own + data->extra_count, struct json_member);
    if (members == NULL)
        return error_budget(expander->error);
    enum status status = add_changes(expander, changes, members, &count);
    for (size_t i = 0; i < own; i++)
        if (!is_changed_field(changes, context->object.members[i].key))
            members[count++] = context->object.members[i];
    for (size_t i = 0; i < data->extra_count; i++)
        if (json_get(context, data->extra[i].key) == NULL && !is_changed_field(changes, data->extra[i].key))
            members[count++] = data->extra[i];
    expander->names = json_object_sorted(members, count);
    return status;
}

static enum status expand_text(struct expander *expander, struct json_value *value, bool *changed)
{
    if (text_find(value->string, TEXT("{{")) == SIZE_MAX)
        return STATUS_OK;
    if (expander->names.type == JSON_NULL) {
        enum status status = gather_names(expander);
        if (status != STATUS_OK)
            return status;
    }
    const struct text source = value->string;
    struct arena *arena = expander->arena;
    const struct json_value *names = &expander->names, *builtins = expander->data->builtins;
    enum status status;
    if (expander->typed) {
        status = template_value(arena, source, names, builtins, value, expander->notes, expander->error);
    } else {
        struct text text = source;
        status = template_expand(arena, source, names, builtins, &text, expander->notes, expander->error);
        *value = json_string(text);
    }
    *changed = *changed || value->type != JSON_STRING || value->string.data != source.data;
    return status;
}

/* Expands *value along the path. *value is a copy of a view; the memory behind it is shared and not modified. */
static enum status expand_at(struct expander *expander, struct text path, struct json_value *value, bool *changed);

static enum status expand_items(struct expander *expander, struct text path, struct json_value *array, bool *changed)
{
    struct json_value *copy = NULL;
    for (size_t i = 0; i < array->array.count; i++) {
        struct json_value item = array->array.items[i];
        bool item_changed = false;
        enum status status = expand_at(expander, path, &item, &item_changed);
        if (status != STATUS_OK)
            return status;
        if (!item_changed)
            continue;
        if (copy == NULL) {
            copy = ARENA_ARRAY(expander->arena, array->array.count, struct json_value);
            if (copy == NULL)
                return error_budget(expander->error);
            memcpy(copy, array->array.items, array->array.count * sizeof *copy);
        }
        copy[i] = item;
    }
    if (copy != NULL) {
        *array = json_array(copy, array->array.count);
        *changed = true;
    }
    return STATUS_OK;
}

/* Expands the members from `first` to before `end`. */
static enum status expand_members(struct expander *expander, struct text path, size_t first, size_t end,
                                  struct json_value *object, bool *changed)
{
    struct json_member *copy = NULL;
    for (size_t i = first; i < end; i++) {
        struct json_value value = object->object.members[i].value;
        bool value_changed = false;
        enum status status = expand_at(expander, path, &value, &value_changed);
        if (status != STATUS_OK)
            return status;
        if (!value_changed)
            continue;
        if (copy == NULL) {
            copy = ARENA_ARRAY(expander->arena, object->object.count, struct json_member);
            if (copy == NULL)
                return error_budget(expander->error);
            memcpy(copy, object->object.members, object->object.count * sizeof *copy);
        }
        copy[i].value = value;
    }
    if (copy != NULL) {
        *object = json_object(copy, object->object.count);
        *changed = true;
    }
    return STATUS_OK;
}

static enum status expand_all(struct expander *expander, struct json_value *value, bool *changed)
{
    switch (value->type) {
    case JSON_STRING: return expand_text(expander, value, changed);
    case JSON_ARRAY: return expand_items(expander, TEXT_NONE, value, changed);
    case JSON_OBJECT: return expand_members(expander, TEXT_NONE, 0, value->object.count, value, changed);
    case JSON_NULL:
    case JSON_BOOLEAN:
    case JSON_NUMBER: break;
    }
    return STATUS_OK;
}

static enum status expand_at(struct expander *expander, struct text path, struct json_value *value, bool *changed)
{
    struct reference_step step = reference_next(&path);
    if (step.kind == STEP_END)
        return expand_all(expander, value, changed);
    if (step.kind == STEP_EACH)
        return value->type == JSON_ARRAY ? expand_items(expander, path, value, changed) : STATUS_OK;
    if (step.kind == STEP_EVERY)
        return value->type == JSON_OBJECT ? expand_members(expander, path, 0, value->object.count, value, changed)
                                          : STATUS_OK;
    const struct json_value *member = json_get_lenient(value, step.name);
    if (member == NULL)
        return STATUS_OK;
    size_t at = 0;
    while (&value->object.members[at].value != member)
        at++;
    return expand_members(expander, path, at, at + 1, value, changed);
}

enum status expand_config(struct arena *arena, const struct action_type *type, const struct json_value *config,
                          const struct expand_data *data, struct json_value *expanded, struct template_notes *notes,
                          struct error *error)
{
    struct expander expander = {.arena = arena, .data = data, .notes = notes, .error = error};
    *expanded = *config;
    for (size_t i = 0; i < type->reference_count; i++) {
        expander.typed = type->references[i].kind == REFERENCE_TYPED;
        if (!expander.typed && type->references[i].kind != REFERENCE_TEMPLATE)
            continue;
        bool changed = false;
        enum status status = expand_at(&expander, text_from(type->references[i].path), expanded, &changed);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* The context and the names of the handler, which take precedence. */
static enum status join_names(struct arena *arena, const struct json_value *names, const struct json_value *context,
                              struct json_value *joined)
{
    size_t own = context != NULL && context->type == JSON_OBJECT ? context->object.count : 0, count = 0;
    struct json_member *members = ARENA_ARRAY(arena, names->object.count + own, struct json_member);
    if (members == NULL)
        return STATUS_BUDGET;
    for (size_t i = 0; i < names->object.count; i++)
        members[count++] = names->object.members[i];
    for (size_t i = 0; i < own; i++)
        if (json_get(names, context->object.members[i].key) == NULL)
            members[count++] = context->object.members[i];
    *joined = json_object_sorted(members, count);
    return STATUS_OK;
}

bool action_fill(struct action_call *call, struct text text, const struct json_value *names, struct text *expanded)
{
    const struct expand_data none = {.context = call->context};
    struct expand_data data = call->names != NULL ? *call->names : none;
    struct error error = ERROR_IN(call->arena);
    struct json_value joined, value = json_string(text);
    struct expander expander = {.arena = call->arena, .data = &data, .notes = call->notes, .error = &error};
    bool changed = false;
    if (join_names(call->arena, names, data.context, &joined) != STATUS_OK) {
        (void)action_refuse(call, "out of the memory budget of this task");
        return false;
    }
    data.context = &joined;
    enum status status = expand_text(&expander, &value, &changed);
    if (status != STATUS_OK) {
        (void)action_refuse_with(call, error_failure(&error));
        return false;
    }
    *expanded = value.string;
    return true;
}

/* A search for a variable. */
struct search {
    const char *variable;
    bool found;
};

static void compare(void *userdata, struct text name)
{
    struct search *search = userdata;
    search->found = search->found || text_is(name, search->variable);
}

bool action_reads(struct text text, const char *variable)
{
    struct search search = {.variable = variable};
    template_variables(text, compare, &search);
    return search.found;
}
