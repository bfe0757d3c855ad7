/* Checks the columns of a table that a config names, and their values. */
#include <string.h>

#include "check/check_internal.h"

/* One use of columns. */
struct column_use {
    struct checker *checker;
    const struct action_columns *columns;
    const struct entity_type *entity;
};

/* The member of an object that holds the field with this name; NULL: it is absent. */
static const struct json_member *find_member(const struct json_value *object, const struct field_type *fields,
                                             size_t count, const char *name)
{
    for (size_t i = 0; object->type == JSON_OBJECT && i < object->object.count; i++) {
        const struct field_type *field = check_find_field(fields, count, object->object.members[i].key);
        if (field != NULL && strcmp(field->name, name) == 0)
            return &object->object.members[i];
    }
    return NULL;
}

static const struct field_type *field_named(const struct field_type *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

/* ---- names ---- */

static void report_unknown(const struct column_use *use, const struct check_path *path, struct text name)
{
    struct checker *checker = use->checker;
    const struct entity_type *entity = use->entity;
    const char **names = ARENA_ARRAY(checker->scratch, entity->field_count, const char *);
    for (size_t i = 0; names != NULL && i < entity->field_count; i++)
        names[i] = entity->fields[i].name;
    struct text nearest = names != NULL ? check_nearest(name, names, entity->field_count) : TEXT_NONE;
    struct text advice = check_advice(checker->scratch, nearest);
    if (checker->scope->options->entity_complete)
        check_fault_add(checker->faults, CHECK_ERROR, "unknown_column", path, 0, "%s has no column '%.*s'%.*s",
                        entity->name, TEXT_ARG(name), TEXT_ARG(advice));
    else if (nearest.data != NULL)
        check_fault_add(checker->faults, CHECK_WARNING, "unknown_column", path, 0,
                        "'%.*s' is not a known column of %s%.*s", TEXT_ARG(name), entity->name, TEXT_ARG(advice));
}

/* The column with this name; NULL: it is not known, which may be reported. */
static const struct field_type *find_column(const struct column_use *use, const struct check_path *path,
                                            struct text name)
{
    for (size_t i = 0; i < use->entity->field_count; i++)
        if (text_is(name, use->entity->fields[i].name))
            return &use->entity->fields[i];
    report_unknown(use, path, name);
    return NULL;
}

/* ---- values ---- */

/* The forms that the database can convert to a value of the column; 0: any. */
static unsigned column_forms(enum field_kind kind)
{
    switch (kind) {
    case FIELD_INTEGER:
    case FIELD_NUMBER:
    case FIELD_DECIMAL: return SHAPE_NUMERIC;
    case FIELD_BOOLEAN: return SHAPE_BOOLEAN | SHAPE_NUMERIC | SHAPE_WORDS;
    case FIELD_UUID: return SHAPE_WORDS | SHAPE_DECIMAL;
    case FIELD_TIMESTAMP: return SHAPE_DATE | SHAPE_WORDS | SHAPE_NUMERIC; /* 20260217 */
    default: return 0;
    }
}

/* Whether PostgreSQL reads the text as a UUID: 32 hexadecimal digits, with hyphens and braces. */
static bool is_uuid(struct text text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (strchr("0123456789abcdefABCDEF", text.data[i]) != NULL)
            digits++;
        else if (strchr("-{}", text.data[i]) == NULL)
            return false;
    }
    return digits == 32;
}

/* The shape of a value after its template is expanded; forms 0: a text of several parts. */
static struct value_shape shape_written(const struct column_use *use, const struct field_type *field,
                                        const struct json_value *value)
{
    bool is_template = field->text == FIELD_TEXT_TEMPLATE || field->text == FIELD_TEXT_TYPED;
    if (value->type != JSON_STRING || !is_template || text_find(value->string, TEXT("{{")) == SIZE_MAX)
        return shape_of_value(value);
    /* The walk along the fields reports the faults of the template. */
    struct check_faults unheard = {.arena = use->checker->scratch};
    struct checker quiet = *use->checker;
    const struct check_path nowhere = {.key = TEXT("")};
    struct value_shape whole;
    quiet.faults = &unheard;
    check_template(&quiet, field, &nowhere, value->string, &whole);
    whole.inside = INSIDE_UNKNOWN;
    return whole;
}

static void check_value(const struct column_use *use, const struct check_path *path, const struct field_type *column,
                        const struct field_type *field, const struct json_value *value)
{
    struct value_shape shape = shape_written(use, field, value);
    unsigned wanted = column_forms(column->kind), forms = shape.forms & ~(unsigned)SHAPE_NOTHING;
    bool bad_uuid = column->kind == FIELD_UUID && shape.inside == INSIDE_VALUE && value->type == JSON_STRING &&
                    value->string.size > 0 && !is_uuid(value->string);
    if (wanted == 0 || forms == 0 || forms == SHAPE_OPEN || ((forms & wanted) != 0 && !bad_uuid))
        return;
    check_fault_add(use->checker->faults, CHECK_ERROR, "column_type", path, 0,
                    "column '%s' of %s is %s, and this value is %.*s", column->name, use->entity->name,
                    check_kind_name(column->kind), TEXT_ARG(shape_describe(use->checker->scratch, forms)));
}

/* Checks the values of a list one by one. */
static void check_values(const struct column_use *use, const struct check_path *path, const struct field_type *column,
                         const struct field_type *field, const struct json_value *value)
{
    if (value->type != JSON_ARRAY) {
        check_value(use, path, column, field, value);
        return;
    }
    for (size_t i = 0; i < value->array.count; i++) {
        const struct check_path place = {.parent = path, .index = i};
        check_value(use, &place, column, field, &value->array.items[i]);
    }
}

/* ---- uses ---- */

/* Whether the operator compares the column as a text, or with no value. */
static bool takes_any_value(const struct json_value *object)
{
    struct text name = json_get_text(object, TEXT("operator"));
    return text_is(name, "contains") || text_is(name, "is_null") || text_is(name, "is_not_null");
}

static bool has_other_value(const struct column_use *use, const struct json_value *config)
{
    const struct action_type *type = use->checker->scope->types[use->checker->action];
    if (use->columns->unless_field == NULL)
        return false;
    const struct json_member *member =
        find_member(config, type->config_fields, type->config_field_count, use->columns->unless_field);
    return member != NULL && member->value.type == JSON_STRING &&
           text_is(member->value.string, use->columns->unless_value);
}

static void check_keys(const struct column_use *use, const struct check_path *path, const struct field_type *field,
                       const struct json_value *map)
{
    for (size_t i = 0; map->type == JSON_OBJECT && i < map->object.count; i++) {
        const struct json_member *member = &map->object.members[i];
        const struct check_path place = {.parent = path, .key = member->key};
        const struct field_type *column = find_column(use, &place, member->key);
        if (column != NULL)
            check_values(use, &place, column, field->of, &member->value);
    }
}

static void check_list(const struct column_use *use, const struct check_path *path, const struct json_value *list)
{
    for (size_t i = 0; list->type == JSON_ARRAY && i < list->array.count; i++) {
        const struct check_path place = {.parent = path, .index = i};
        if (list->array.items[i].type == JSON_STRING)
            (void)find_column(use, &place, list->array.items[i].string);
    }
}

/* Checks an object that may have the field. values: also checks the value of the column. */
static void check_object(const struct column_use *use, const struct check_path *path, const struct field_type *fields,
                         size_t count, const struct json_value *object, bool values)
{
    const struct json_member *name = find_member(object, fields, count, use->columns->name);
    if (name == NULL)
        return;
    const struct field_type *field = field_named(fields, count, use->columns->name);
    const struct check_path place = {.parent = path, .key = name->key};
    if (use->columns->kind == ACTION_COLUMN_KEYS)
        check_keys(use, &place, field, &name->value);
    else if (use->columns->kind == ACTION_COLUMN_LIST)
        check_list(use, &place, &name->value);
    if (use->columns->kind != ACTION_COLUMN || name->value.type != JSON_STRING || name->value.string.size == 0)
        return;
    const struct field_type *column = find_column(use, &place, name->value.string);
    if (column == NULL || !values || use->columns->value == NULL || takes_any_value(object))
        return;
    const struct json_member *value = find_member(object, fields, count, use->columns->value);
    if (value == NULL)
        return;
    const struct check_path value_place = {.parent = path, .key = value->key};
    check_values(use, &value_place, column, field_named(fields, count, use->columns->value), &value->value);
}

static void check_use(const struct column_use *use, const struct check_path *path, const struct json_value *config)
{
    const struct action_type *type = use->checker->scope->types[use->checker->action];
    bool values = !has_other_value(use, config);
    if (use->columns->list == NULL) {
        check_object(use, path, type->config_fields, type->config_field_count, config, values);
        return;
    }
    const struct json_member *list =
        find_member(config, type->config_fields, type->config_field_count, use->columns->list);
    const struct field_type *of = field_named(type->config_fields, type->config_field_count, use->columns->list)->of;
    for (size_t i = 0; list != NULL && list->value.type == JSON_ARRAY && i < list->value.array.count; i++) {
        const struct check_path list_place = {.parent = path, .key = list->key},
                                place = {.parent = &list_place, .index = i};
        check_object(use, &place, of->fields, of->field_count, &list->value.array.items[i], values);
    }
}

void check_columns(struct checker *checker, const struct check_path *path, const struct json_value *config)
{
    const struct action_type *type = checker->scope->types[checker->action];
    for (size_t i = 0; i < type->column_count; i++) {
        const struct action_columns *columns = &type->columns[i];
        const struct json_member *table =
            find_member(config, type->config_fields, type->config_field_count, columns->table_field);
        const struct entity_type *entity = scope_table(checker->scope->options, table != NULL ? &table->value : NULL);
        const struct column_use use = {.checker = checker, .columns = columns, .entity = entity};
        if (entity != NULL)
            check_use(&use, path, config);
    }
}
