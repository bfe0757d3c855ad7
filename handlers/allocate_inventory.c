/* Allocates stock: reads the request and writes the result. allocate_inventory_stock.c takes the stock. */
#include "erp/action_database.h"
#include "erp/event_fields.h"
#include "handlers/allocate_inventory_internal.h"

/* Indexed by the enum. OTHER stands for any other text. */
static const int64_t priorities[] = {
    [ALLOCATE_INVENTORY_PRIORITY_LOW] = 1,   [ALLOCATE_INVENTORY_PRIORITY_MEDIUM] = 5,
    [ALLOCATE_INVENTORY_PRIORITY_HIGH] = 10, [ALLOCATE_INVENTORY_PRIORITY_CRITICAL] = 20,
    [ALLOCATE_INVENTORY_PRIORITY_OTHER] = 5,
};

/* False: the entity is not a line item, and the action is refused. */
static bool read_line_item(struct action_call *call, struct allocation *allocation)
{
    struct event_line_item line;
    struct allocate_inventory_inventory_item *item = ARENA_NEW(call->arena, struct allocate_inventory_inventory_item);
    if (item == NULL) {
        (void)action_refuse(call, "out of the memory budget of this task");
        return false;
    }
    if (!event_line_item(call, &line))
        return false;
    item->product_id = line.product_id;
    item->quantity = line.quantity;
    allocation->wanted = (struct allocate_inventory_inventory_items){.items = item, .count = 1};
    allocation->reference_id = line.order_id;
    allocation->reference_type = TEXT("order");
    return true;
}

/* Adds up the wanted quantities. False: an item is invalid or the sum overflows, and the action is refused. */
static bool add_up(struct action_call *call, struct allocation *allocation)
{
    for (size_t i = 0; i < allocation->wanted.count; i++) {
        const struct allocate_inventory_inventory_item *item = &allocation->wanted.items[i];
        if (uuid_is_nil(item->product_id)) {
            (void)action_refuse(call, PUBLIC("item %zu: product_id is required"), i);
            return false;
        }
        if (__builtin_add_overflow(allocation->total_wanted, item->quantity, &allocation->total_wanted)) {
            (void)action_refuse(call, "the sum of the quantities is too large");
            return false;
        }
    }
    return true;
}

static enum allocate_inventory_output output_of(const struct json_value *data, struct text status)
{
    if (text_is(status, "success"))
        return ALLOCATE_INVENTORY_OUTPUT_SUCCESS;
    if (text_is(status, "partial"))
        return ALLOCATE_INVENTORY_OUTPUT_PARTIAL;
    const struct json_value *failed = json_get(data, TEXT("failed_items"));
    bool has_first = failed != NULL && failed->type == JSON_ARRAY && failed->array.count > 0;
    struct text reason = has_first ? json_get_text(&failed->array.items[0], TEXT("reason")) : TEXT_NONE;
    return text_is(reason, "insufficient_inventory") ? ALLOCATE_INVENTORY_OUTPUT_INSUFFICIENT_STOCK
                                                     : ALLOCATE_INVENTORY_OUTPUT_FAILURE;
}

static enum action_outcome write_result(struct action_call *call, const struct allocation *allocation,
                                        struct allocate_inventory_result *result)
{
    struct text status = json_get_text(&allocation->data, TEXT("status"));
    *result = (struct allocate_inventory_result){
        .status = status,
        .idempotency_key = json_get_text(&allocation->data, TEXT("idempotency_key")),
        .priority = priorities[allocation->config->priority],
        .message = arena_print(call->arena, "Allocation completed: %.*s", TEXT_ARG(status)),
        .reference_id = allocation->reference_id,
        .reference_type = allocation->reference_type,
        .output = output_of(&allocation->data, status),
    };
    if (!uuid_parse(json_get_text(&allocation->data, TEXT("allocation_id")), &result->allocation_id))
        return action_refuse(call, "allocation failed: failed to unmarshal cached result: it has no allocation_id");
    return result->message.data != NULL ? ACTION_OUTCOME_DONE
                                        : action_refuse(call, "out of the memory budget of this task");
}

enum action_outcome handle_allocate_inventory(struct action_call *call,
                                              const struct allocate_inventory_services *services,
                                              const struct allocate_inventory_config *config,
                                              struct allocate_inventory_result *result)
{
    struct allocation allocation = {
        .call = call,
        .config = config,
        .wanted = config->inventory_items,
        .reference_id = config->reference_id,
        .reference_type = config->reference_type,
    };
    if (config->source_from_line_item && !read_line_item(call, &allocation))
        return ACTION_OUTCOME_REFUSED;
    if (!add_up(call, &allocation))
        return ACTION_OUTCOME_REFUSED;
    struct database_fault fault = {.arena = call->arena};
    enum database_outcome outcome = allocate_inventory_take(&allocation, services->database, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, allocation.doing, &fault);
    return write_result(call, &allocation, result);
}
