/* Converts values to parameters. */
#include "base/decimal.h"
#include "base/limits.h"
#include "postgres/sql.h"

bool sql_needs_type(const struct json_value *value)
{
    return value->type != JSON_NULL && value->type != JSON_STRING;
}

/* Returns whether a value of this JSON type fits a column of this kind. Texts and null always fit; lists are bound
   elsewhere. */
static bool fits(enum json_type type, enum sql_kind kind)
{
    switch (type) {
    case JSON_NULL:
    case JSON_STRING: return true;
    case JSON_NUMBER:
        return kind == SQL_TEXT || kind == SQL_NUMBER || kind == SQL_JSON || kind == SQL_ENUM || kind == SQL_UNKNOWN;
    case JSON_BOOLEAN:
        return kind == SQL_TEXT || kind == SQL_BOOLEAN || kind == SQL_JSON || kind == SQL_ENUM || kind == SQL_UNKNOWN;
    case JSON_ARRAY: return kind == SQL_JSON || kind == SQL_ARRAY || kind == SQL_UNKNOWN;
    case JSON_OBJECT: return kind == SQL_JSON || kind == SQL_UNKNOWN;
    }
    return false;
}

static enum database_outcome does_not_fit(const struct sql_column *column, enum json_type type,
                                          struct database_fault *fault)
{
    const char *article = type == JSON_ARRAY || type == JSON_OBJECT ? "an" : "a";
    return database_refuse(fault, PUBLIC("%s %s does not fit column \"%.*s\" of type %.*s"), article,
                           json_type_name(type), TEXT_ARG(column->name), TEXT_ARG(column->type));
}

/* The value must fit and must be neither null nor a list. .data is NULL when the memory budget is exceeded. */
static struct text as_text(struct arena *arena, enum sql_kind kind, const struct json_value *value)
{
    switch (value->type) {
    case JSON_STRING: return value->string.data != NULL ? value->string : TEXT("");
    case JSON_NUMBER: return kind == SQL_JSON ? json_to_text(arena, value) : decimal_plain(arena, value->number);
    case JSON_BOOLEAN:
        if (kind == SQL_ENUM)
            return value->boolean ? TEXT("t") : TEXT("f");
        return value->boolean ? TEXT("true") : TEXT("false");
    default: return json_to_text(arena, value);
    }
}

/* Adds the text, quoted as an element of an array literal. */
static void add_element(struct buffer *literal, struct text text)
{
    buffer_add_byte(literal, '"');
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            buffer_add_byte(literal, '\\');
        buffer_add_byte(literal, text.data[i]);
    }
    buffer_add_byte(literal, '"');
}

/* Binds the list as an array literal like {"a","b",NULL}. */
static enum database_outcome bind_elements(struct arena *arena, const struct sql_column *column, enum sql_kind kind,
                                           const struct json_value *list, struct database_parameter *parameter,
                                           struct database_fault *fault)
{
    struct buffer literal = buffer_in(arena, LIMIT_JSON_BYTES);
    buffer_add_byte(&literal, '{');
    for (size_t i = 0; i < list->array.count; i++) {
        const struct json_value *item = &list->array.items[i];
        if (i > 0)
            buffer_add_byte(&literal, ',');
        if (item->type == JSON_NULL) {
            buffer_add(&literal, TEXT("NULL"));
            continue;
        }
        if (!fits(item->type, kind) || (item->type == JSON_ARRAY && kind != SQL_JSON))
            return does_not_fit(column, item->type, fault);
        struct text text = as_text(arena, kind, item);
        if (text.data == NULL)
            return database_fault_budget(fault);
        add_element(&literal, text);
    }
    buffer_add_byte(&literal, '}');
    *parameter = (struct database_parameter){.text = buffer_text(&literal)};
    return parameter->text.data != NULL ? DATABASE_OK : database_fault_budget(fault);
}

enum database_outcome sql_bind(struct arena *arena, const struct sql_column *column, const struct json_value *value,
                               struct database_parameter *parameter, struct database_fault *fault)
{
    if (!fits(value->type, column->kind))
        return does_not_fit(column, value->type, fault);
    if (value->type == JSON_NULL) {
        *parameter = (struct database_parameter){.is_null = true};
        return DATABASE_OK;
    }
    if (value->type == JSON_ARRAY && column->kind == SQL_ARRAY)
        return bind_elements(arena, column, column->element, value, parameter, fault);
    *parameter = (struct database_parameter){.text = as_text(arena, column->kind, value)};
    return parameter->text.data != NULL ? DATABASE_OK : database_fault_budget(fault);
}

enum database_outcome sql_bind_list(struct arena *arena, const struct sql_column *column, const struct json_value *list,
                                    struct database_parameter *parameter, struct database_fault *fault)
{
    switch (list->type) {
    case JSON_ARRAY: return bind_elements(arena, column, column->kind, list, parameter, fault);
    case JSON_NULL:
    case JSON_STRING: return sql_bind(arena, column, list, parameter, fault);
    default:
        return database_refuse(fault, PUBLIC("column \"%.*s\" is to be compared with a list, not with %s %s"),
                               TEXT_ARG(column->name), list->type == JSON_OBJECT ? "an" : "a",
                               json_type_name(list->type));
    }
}

/* ---- plain values ---- */

struct database_parameter sql_uuid(struct arena *arena, struct uuid id)
{
    return (struct database_parameter){.text = uuid_text(arena, id), .is_null = uuid_is_nil(id)};
}

#define TYPE_UUID 2950

struct database_parameter sql_uuid_binary(struct arena *arena, struct uuid id)
{
    struct text bytes = {.data = (const char *)id.bytes, .size = sizeof(id.bytes)};
    return (struct database_parameter){
        .text = arena_copy(arena, bytes), .is_null = uuid_is_nil(id), .is_binary = true, .type_oid = TYPE_UUID};
}

struct database_parameter sql_text(struct text text)
{
    return (struct database_parameter){.text = text.data != NULL ? text : TEXT("")};
}

struct database_parameter sql_integer(struct arena *arena, int64_t integer)
{
    return (struct database_parameter){.text = arena_print(arena, "%lld", (long long)integer)};
}

void sql_array_add(struct buffer *literal, struct text element)
{
    buffer_add_byte(literal, literal->size == 0 ? '{' : ',');
    buffer_add(literal, element);
}

void sql_array_add_uuid(struct buffer *literal, struct uuid id)
{
    char text[UUID_TEXT_SIZE + 1];
    uuid_format(id, text);
    sql_array_add(literal, text_from(text));
}

struct database_parameter sql_array_end(struct buffer *literal)
{
    if (literal->size == 0)
        buffer_add_byte(literal, '{');
    buffer_add_byte(literal, '}');
    return (struct database_parameter){.text = buffer_text(literal)};
}

bool sql_are_complete(const struct database_parameter *parameters, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (parameters[i].text.data == NULL && !parameters[i].is_null)
            return false;
    return true;
}
