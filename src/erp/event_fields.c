#include "erp/event_fields.h"

#include "base/decimal.h"

static const struct json_value *field_of(const struct action_call *call, const char *field)
{
    return json_get(call->context, text_from(field));
}

enum event_field event_id(const struct action_call *call, const char *field, struct uuid *id)
{
    const struct json_value *value = field_of(call, field);
    if (value == NULL || value->type != JSON_STRING)
        return EVENT_FIELD_ABSENT;
    return uuid_parse(value->string, id) ? EVENT_FIELD_FOUND : EVENT_FIELD_INVALID;
}

struct text event_id_fault(struct action_call *call, const char *field)
{
    return action_uuid_fault(call, json_get_text(call->context, text_from(field)));
}

static enum event_field read_quantity(const struct action_call *call, const struct json_value *value, int64_t *quantity)
{
    if (value == NULL || (value->type != JSON_NUMBER && value->type != JSON_STRING))
        return EVENT_FIELD_ABSENT;
    const bool is_text = value->type == JSON_STRING;
    if (is_text && !decimal_is(value->string))
        return EVENT_FIELD_ABSENT;
    const struct text plain = decimal_plain(call->arena, is_text ? value->string : value->number);
    const size_t point = text_find_byte(plain, '.');
    if (is_text && point != SIZE_MAX)
        return EVENT_FIELD_ABSENT;
    const struct text whole = text_slice(plain, 0, point);
    return text_to_int64(whole, quantity) ? EVENT_FIELD_FOUND : EVENT_FIELD_INVALID;
}

enum event_field event_quantity(const struct action_call *call, const char *field, int64_t *quantity)
{
    return read_quantity(call, field_of(call, field), quantity);
}

bool event_line_item(struct action_call *call, struct event_line_item *item)
{
    if (event_id(call, "product_id", &item->product_id) != EVENT_FIELD_FOUND) {
        (void)action_refuse(call, "invalid product_id in line item: %.*s",
                            TEXT_ARG(event_id_fault(call, "product_id")));
        return false;
    }
    if (event_quantity(call, "quantity", &item->quantity) != EVENT_FIELD_FOUND || item->quantity <= 0) {
        (void)action_refuse(call, "quantity must be greater than 0");
        return false;
    }
    item->order_id = json_get_text(call->context, TEXT("order_id"));
    return true;
}

static const struct json_value *changes_of(const struct action_call *call)
{
    const struct json_value *changes = field_of(call, "field_changes");
    return changes != NULL && changes->type == JSON_OBJECT ? changes : NULL;
}

bool event_has_changes(const struct action_call *call)
{
    return changes_of(call) != NULL;
}

static enum event_field read_side(const struct action_call *call, const struct json_value *value, int64_t *quantity)
{
    *quantity = 0;
    if (value == NULL || value->type == JSON_NULL)
        return EVENT_FIELD_FOUND;
    return read_quantity(call, value, quantity);
}

enum event_field event_increase(const struct action_call *call, const char *field, int64_t *quantity)
{
    const struct json_value *changes = changes_of(call);
    if (changes == NULL)
        return event_quantity(call, field, quantity);
    const struct json_value *change = json_get(changes, text_from(field));
    int64_t before, after;
    const enum event_field old = read_side(call, json_get(change, TEXT("old_value")), &before);
    const enum event_field new = read_side(call, json_get(change, TEXT("new_value")), &after);
    if (old == EVENT_FIELD_INVALID || new == EVENT_FIELD_INVALID || __builtin_sub_overflow(after, before, quantity))
        return EVENT_FIELD_INVALID;
    if (old == EVENT_FIELD_ABSENT || new == EVENT_FIELD_ABSENT)
        *quantity = 0;
    return EVENT_FIELD_FOUND;
}
