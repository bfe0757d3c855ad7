/* Creates a purchase order with its lines. */
#include "generated/create_purchase_order.h"

#include "erp/purchase_order.h"

static struct purchase_line line_of(const struct create_purchase_order_line_item *item)
{
    return (struct purchase_line){.product_id = item->product_id,
                                  .status_id = item->line_item_status_id,
                                  .supplier_product_id = item->supplier_product_id,
                                  .quantity = item->quantity_ordered,
                                  .unit_cost = item->unit_cost,
                                  .discount = item->discount,
                                  .notes = item->notes};
}

static const enum create_purchase_order_output outputs[] = {
    [PURCHASE_GOOD] = CREATE_PURCHASE_ORDER_OUTPUT_CREATED,
    [PURCHASE_NO_SUPPLIER] = CREATE_PURCHASE_ORDER_OUTPUT_NO_SUPPLIER_FOUND,
    [PURCHASE_FAULT] = CREATE_PURCHASE_ORDER_OUTPUT_FAILURE,
};

static void write_result(const struct purchase_order *order, struct create_purchase_order_result *result)
{
    const struct purchase_problem *problem = &order->problem;
    result->output = outputs[problem->kind];
    result->has_product_id = problem->kind == PURCHASE_NO_SUPPLIER;
    result->product_id = problem->product_id;
    result->error = problem->fault;
    if (problem->kind != PURCHASE_GOOD)
        return;
    result->has_purchase_order_id = result->has_supplier_id = true;
    result->purchase_order_id = order->id;
    result->supplier_id = order->supplier_id;
    result->order_number = order->number;
    result->line_item_ids.items = order->line_ids;
    result->line_item_ids.count = order->line_count;
    result->subtotal = result->total_amount = order->total;
}

enum action_outcome handle_create_purchase_order(struct action_call *call,
                                                 const struct create_purchase_order_services *services,
                                                 const struct create_purchase_order_config *config,
                                                 struct create_purchase_order_result *result)
{
    struct purchase_order order = {
        .supplier_id = config->supplier_id,
        .status_id = config->purchase_order_status_id,
        .warehouse_id = config->delivery_warehouse_id,
        .location_id = config->delivery_location_id,
        .street_id = config->delivery_street_id,
        .currency_id = config->currency_id,
        .number = config->order_number,
        .notes = config->notes,
        .delivery_days = config->expected_delivery_days > 0 ? config->expected_delivery_days : 7,
        .line_count = config->source_from_event ? 1 : config->line_items.count,
    };
    order.lines = ARENA_ARRAY(call->arena, order.line_count, struct purchase_line);
    if (order.lines == NULL)
        return action_refuse(call, "out of the memory budget of this task");
    if (config->source_from_event) {
        order.lines[0] = (struct purchase_line){.status_id = config->default_line_item_status_id};
        purchase_line_of_event(call, &order);
    }
    for (size_t i = 0; i < order.line_count && !config->source_from_event; i++)
        order.lines[i] = line_of(&config->line_items.items[i]);
    enum action_outcome outcome = purchase_order_place(call, services->database, &order);
    if (outcome == ACTION_OUTCOME_DONE)
        write_result(&order, result);
    return outcome;
}
