/* The stock of allocate_inventory: one transaction takes it from rows of inventory.inventory_items and stores the
   result in workflow.allocation_results. */
#include "action/encode.h"
#include "base/clock.h"
#include "erp/allocation_results.h"
#include "erp/stock_take.h"
#include "handlers/allocate_inventory_internal.h"

#define STEP(what_)   "allocation failed: " what_
#define HOUR_US       ((int64_t)3600 * 1000000)
#define DEFAULT_HOURS 24

/* The results of the items so far, in the order of the request. */
struct taking {
    struct allocation *allocation;
    struct stock_writer writer;
    struct encoder encoder; /* its arena holds everything here */
    struct json_value *allocated, *failed;
    size_t allocated_count, failed_count;
    int64_t total;      /* quantity taken so far */
    int64_t created_us; /* UTC */
};

static enum database_outcome lock(const struct taking *taking)
{
    const struct allocate_inventory_inventory_items *wanted = &taking->allocation->wanted;
    struct uuid *products = ARENA_ARRAY(taking->encoder.arena, wanted->count, struct uuid);
    if (products == NULL)
        return database_fault_budget(taking->writer.fault);
    for (size_t i = 0; i < wanted->count; i++)
        products[i] = wanted->items[i].product_id;
    return stock_lock(&taking->writer, products, wanted->count);
}

/* ---- the result of an earlier attempt ---- */

static size_t count_of(const struct json_value *list)
{
    return list != NULL && list->type == JSON_ARRAY ? list->array.count : 0;
}

/* Returns whether the result belongs to this allocation and not to another one in the same run. */
static bool is_own_result(const struct allocation *allocation, const struct json_value *data)
{
    const struct json_value *total = json_get(data, TEXT("total_requested"));
    const struct json_value *allocated = json_get(data, TEXT("allocated_items"));
    const struct json_value *failed = json_get(data, TEXT("failed_items"));
    int64_t wanted;
    if (total == NULL || !json_to_int64(total, &wanted) || wanted != allocation->total_wanted ||
        count_of(allocated) + count_of(failed) != allocation->wanted.count)
        return false;
    for (size_t i = 0; i < allocation->wanted.count; i++) {
        const struct uuid product = allocation->wanted.items[i].product_id;
        if (!allocation_names(allocated, product) && !allocation_names(failed, product))
            return false;
    }
    return true;
}

/* Sets allocation->data; JSON null when the action has no result yet. */
static enum database_outcome find_result(struct taking *taking)
{
    struct allocation *allocation = taking->allocation;
    allocation->doing = STEP("idempotency check failed");
    enum database_outcome outcome = allocation_find(&taking->writer, allocation->key, &allocation->data);
    if (outcome != DATABASE_OK || allocation->data.type != JSON_NULL || allocation->call->attempt == 1)
        return outcome;
    outcome = allocation_find_of_go(&taking->writer, allocation->key, &allocation->data);
    if (outcome == DATABASE_OK && !is_own_result(allocation, &allocation->data))
        allocation->data = json_null();
    return outcome;
}

/* ---- one item ---- */

static void note_allocated(struct taking *taking, const struct allocate_inventory_inventory_item *item,
                           const struct stock_taken *taken)
{
    const struct allocate_inventory_config *config = taking->allocation->config;
    bool reserve = config->allocation_mode == ALLOCATE_INVENTORY_ALLOCATION_MODE_RESERVE;
    struct encoder *encoder = &taking->encoder;
    struct encoder object = encode_begin(encoder->arena, 7);
    encode_member(&object, "product_id", encode_uuid(encoder, item->product_id));
    encode_member(&object, "location_id", encode_text(taken->rows[0].location_id));
    encode_member(&object, "requested_quantity", encode_integer(encoder, item->quantity));
    encode_member(&object, "allocated_quantity", encode_integer(encoder, taken->quantity));
    encode_member(&object, "inventory_item_id", encode_text(taken->rows[0].item_id));
    encode_member(&object, "allocation_mode", encode_text(reserve ? TEXT("reserve") : TEXT("allocate")));
    if (reserve) {
        int64_t hours = config->reservation_duration_hours;
        int64_t end_us = taking->created_us + (hours > 0 ? hours : DEFAULT_HOURS) * HOUR_US;
        encode_member(&object, "expires_at", encode_timestamp(encoder, end_us));
    }
    taking->allocated[taking->allocated_count++] = encode_end(encoder, &object);
    taking->total += taken->quantity;
}

static void note_failed(struct taking *taking, const struct allocate_inventory_inventory_item *item, struct text why)
{
    struct encoder *encoder = &taking->encoder;
    struct encoder object = encode_begin(encoder->arena, 5);
    encode_member(&object, "product_id", encode_uuid(encoder, item->product_id));
    encode_member(&object, "requested_quantity", encode_integer(encoder, item->quantity));
    encode_member(&object, "available_quantity", encode_integer(encoder, 0));
    encode_member(&object, "reason", encode_text(TEXT("insufficient_inventory")));
    encode_member(&object, "error_message", encode_text(why));
    taking->failed[taking->failed_count++] = encode_end(encoder, &object);
}

static enum database_outcome short_of(struct taking *taking, const struct allocate_inventory_inventory_item *item,
                                      struct text why)
{
    struct text product = uuid_text(taking->encoder.arena, item->product_id);
    if (product.data == NULL || why.data == NULL)
        return database_fault_budget(taking->writer.fault);
    taking->allocation->doing = "allocation failed";
    return database_refuse(taking->writer.fault, PUBLIC("allocation failed for product %.*s") ": %.*s",
                           TEXT_ARG(product), TEXT_ARG(why));
}

static enum database_outcome take_item(struct taking *taking, const struct allocate_inventory_inventory_item *item)
{
    const struct allocate_inventory_config *config = taking->allocation->config;
    const struct stock_want want = {
        .place = {.product_id = item->product_id,
                  .location_id = item->location_id,
                  .has_location = item->has_location_id,
                  .warehouse_id = item->warehouse_id,
                  .has_warehouse = item->has_warehouse_id},
        .quantity = item->quantity,
        .order = config->allocation_strategy == ALLOCATE_INVENTORY_ALLOCATION_STRATEGY_LIFO ? STOCK_NEWEST_FIRST
                                                                                            : STOCK_OLDEST_FIRST,
        .allocates = config->allocation_mode == ALLOCATE_INVENTORY_ALLOCATION_MODE_ALLOCATE,
        .partial = config->allow_partial,
    };
    struct stock_taken taken;
    enum database_outcome outcome = stock_take(&taking->writer, &want, &taken);
    if (outcome != DATABASE_OK)
        return outcome;
    struct text why = taken.available == 0 ? TEXT("No inventory available")
                                           : arena_print(taking->encoder.arena, "Only %lld available, %lld requested",
                                                         (long long)taken.available, (long long)item->quantity);
    if (taken.quantity < item->quantity && !config->allow_partial)
        return short_of(taking, item, why);
    if (taken.row_count > 0)
        note_allocated(taking, item, &taken);
    else
        note_failed(taking, item, why);
    return DATABASE_OK;
}

/* ---- storing the result ---- */

static struct text status_of(const struct taking *taking)
{
    if (taking->failed_count == 0 && taking->total == taking->allocation->total_wanted)
        return TEXT("success");
    return taking->allocated_count > 0 ? TEXT("partial") : TEXT("failed");
}

static bool compose(struct taking *taking)
{
    struct allocation *allocation = taking->allocation;
    struct encoder *encoder = &taking->encoder;
    struct encoder object = encode_begin(encoder->arena, 12);
    int64_t now_us = clock_utc_us();
    encode_member(&object, "allocation_id", encode_uuid(encoder, action_row_id(allocation->call, "allocation", 0)));
    encode_member(&object, "status", encode_text(status_of(taking)));
    encode_member(&object, "allocated_items", json_array(taking->allocated, taking->allocated_count));
    encode_member(&object, "failed_items", json_array(taking->failed, taking->failed_count));
    encode_member(&object, "total_requested", encode_integer(encoder, allocation->total_wanted));
    encode_member(&object, "total_allocated", encode_integer(encoder, taking->total));
    encode_member(&object, "execution_time_ms", encode_integer(encoder, (now_us - taking->created_us) / 1000));
    encode_member(&object, "idempotency_key", encode_text(allocation->key));
    if (allocation->reference_id.size > 0)
        encode_member(&object, "reference_id", encode_text(allocation->reference_id));
    encode_member(&object, "warnings", json_array(NULL, 0));
    encode_member(&object, "created_at", encode_timestamp(encoder, taking->created_us));
    encode_member(&object, "completed_at", encode_timestamp(encoder, now_us));
    allocation->data = encode_end(encoder, &object);
    return !encoder->failed;
}

static enum database_outcome take_all(struct taking *taking)
{
    struct allocation *allocation = taking->allocation;
    taking->allocated = encode_items(&taking->encoder, allocation->wanted.count);
    taking->failed = encode_items(&taking->encoder, allocation->wanted.count);
    if (taking->encoder.failed)
        return database_fault_budget(taking->writer.fault);
    for (size_t i = 0; i < allocation->wanted.count; i++) {
        allocation->doing = STEP("taking stock");
        enum database_outcome outcome = take_item(taking, &allocation->wanted.items[i]);
        if (outcome != DATABASE_OK)
            return outcome;
    }
    allocation->doing = STEP("failed to store allocation result");
    if (!compose(taking))
        return database_fault_budget(taking->writer.fault);
    return allocation_store(&taking->writer, allocation->key, &allocation->data);
}

enum database_outcome allocate_inventory_take(struct allocation *allocation, struct database_session *session,
                                              struct database_fault *fault)
{
    const struct action_call *call = allocation->call;
    struct taking taking = {.allocation = allocation,
                            .writer = {.call = call, .session = session, .fault = fault},
                            .encoder = {.arena = call->arena},
                            .created_us = clock_utc_us()};
    allocation->doing = "allocation failed";
    allocation->key = allocation_key(call);
    if (allocation->key.data == NULL)
        return database_fault_budget(fault);
    enum database_outcome outcome = lock(&taking);
    if (outcome == DATABASE_OK)
        outcome = find_result(&taking);
    if (outcome == DATABASE_OK && allocation->data.type == JSON_NULL)
        outcome = take_all(&taking);
    return outcome;
}
