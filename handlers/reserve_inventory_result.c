/* Reads the stored result of a reservation. */
#include "base/date.h"
#include "handlers/reserve_inventory_internal.h"

/* Members that are absent or of another type leave 0, "" or the nil id. */
static struct text text_of(const struct json_value *object, const char *key)
{
    return json_get_text(object, text_from(key));
}

static int64_t integer_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = json_get(object, text_from(key));
    int64_t number = 0;
    return value != NULL && json_to_int64(value, &number) ? number : 0;
}

static struct uuid id_of(const struct json_value *object, const char *key)
{
    struct uuid id = {0};
    (void)uuid_parse(text_of(object, key), &id);
    return id;
}

static int64_t time_of(const struct json_value *object, const char *key)
{
    int64_t us = 0;
    (void)date_read_rfc3339(text_of(object, key), &us);
    return us;
}

static size_t count_of(const struct json_value *list)
{
    return list != NULL && list->type == JSON_ARRAY ? list->array.count : 0;
}

/* False past the budget; so is the next. */
static bool read_reserved(struct arena *arena, const struct json_value *list,
                          struct reserve_inventory_result_reserved_items *reserved)
{
    reserved->count = count_of(list);
    struct reserve_inventory_result_reserved_item *items =
        ARENA_ARRAY(arena, reserved->count, struct reserve_inventory_result_reserved_item);
    for (size_t i = 0; i < reserved->count && items != NULL; i++) {
        const struct json_value *item = &list->array.items[i];
        items[i] = (struct reserve_inventory_result_reserved_item){
            .product_id = id_of(item, "product_id"),
            .location_id = id_of(item, "location_id"),
            .inventory_item_id = id_of(item, "inventory_item_id"),
            .requested_quantity = integer_of(item, "requested_quantity"),
            .reserved_quantity = integer_of(item, "reserved_quantity"),
            .expires_at = time_of(item, "expires_at"),
        };
    }
    reserved->items = items;
    return items != NULL;
}

static bool read_failed(struct arena *arena, const struct json_value *list,
                        struct reserve_inventory_result_failed_items *failed)
{
    failed->count = count_of(list);
    struct reserve_inventory_result_failed_item *items =
        ARENA_ARRAY(arena, failed->count, struct reserve_inventory_result_failed_item);
    for (size_t i = 0; i < failed->count && items != NULL; i++) {
        const struct json_value *item = &list->array.items[i];
        items[i] = (struct reserve_inventory_result_failed_item){
            .product_id = id_of(item, "product_id"),
            .requested_quantity = integer_of(item, "requested_quantity"),
            .available_quantity = integer_of(item, "available_quantity"),
            .reason = text_of(item, "reason"),
            .error_message = text_of(item, "error_message"),
        };
    }
    failed->items = items;
    return items != NULL;
}

/* By the status, since a result of the Go worker may have no output. */
static enum reserve_inventory_output output_of(struct text status)
{
    if (text_is(status, "success"))
        return RESERVE_INVENTORY_OUTPUT_SUCCESS;
    return text_is(status, "partial") ? RESERVE_INVENTORY_OUTPUT_PARTIAL : RESERVE_INVENTORY_OUTPUT_INSUFFICIENT_STOCK;
}

enum action_outcome reserve_inventory_read(struct action_call *call, const struct json_value *data,
                                           struct reserve_inventory_result *result)
{
    *result = (struct reserve_inventory_result){
        .reservation_id = id_of(data, "reservation_id"),
        .status = text_of(data, "status"),
        .total_requested = integer_of(data, "total_requested"),
        .total_reserved = integer_of(data, "total_reserved"),
        .idempotency_key = text_of(data, "idempotency_key"),
        .reference_id = text_of(data, "reference_id"),
        .execution_time_ms = integer_of(data, "execution_time_ms"),
        .expires_at = time_of(data, "expires_at"),
        .created_at = time_of(data, "created_at"),
        .completed_at = time_of(data, "completed_at"),
        .output = output_of(text_of(data, "status")),
    };
    if (uuid_is_nil(result->reservation_id))
        return action_refuse(call, "failed to unmarshal cached result: it has no reservation_id");
    if (!read_reserved(call->arena, json_get(data, TEXT("reserved_items")), &result->reserved_items) ||
        !read_failed(call->arena, json_get(data, TEXT("failed_items")), &result->failed_items))
        return action_refuse(call, "out of the memory budget of this task");
    return ACTION_OUTCOME_DONE;
}
