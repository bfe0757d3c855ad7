/* Creates a purchase order with its lines. */
#include "generated/create_purchase_order.h"

#include "erp/purchase_order.h"

static void read_lines(const struct create_purchase_order_config *config, struct purchase_line *lines)
{
    for (size_t i = 0; i < config->line_items.count; i++) {
        const struct create_purchase_order_line_item *item = &config->line_items.items[i];
        lines[i] = (struct purchase_line){.product_id = item->product_id,
                                          .status_id = item->line_item_status_id,
                                          .supplier_product_id = item->supplier_product_id,
                                          .quantity = item->quantity_ordered,
                                          .unit_cost = item->unit_cost,
                                          .discount = item->discount,
                                          .notes = item->notes};
    }
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
    };
    if (!purchase_order_begin(call, &order, config->source_from_event ? 1 : config->line_items.count))
        return ACTION_OUTCOME_REFUSED;
    if (config->source_from_event)
        purchase_line_of_event(call, &order, config->default_line_item_status_id);
    else
        read_lines(config, order.lines);
    enum action_outcome outcome = purchase_order_place(call, services->database, &order);
    if (outcome != ACTION_OUTCOME_DONE)
        return outcome;
    result->output = order.problem.kind == PURCHASE_NO_SUPPLIER ? CREATE_PURCHASE_ORDER_OUTPUT_NO_SUPPLIER_FOUND
                                                                : CREATE_PURCHASE_ORDER_OUTPUT_FAILURE;
    result->has_product_id = order.problem.kind == PURCHASE_NO_SUPPLIER;
    result->product_id = order.problem.product_id;
    result->error = order.problem.fault;
    if (order.problem.kind != PURCHASE_GOOD)
        return ACTION_OUTCOME_DONE;
    result->output = CREATE_PURCHASE_ORDER_OUTPUT_CREATED;
    result->has_purchase_order_id = result->has_supplier_id = true;
    result->purchase_order_id = order.id;
    result->supplier_id = order.supplier_id;
    result->order_number = order.number;
    result->line_item_ids = (struct create_purchase_order_result_line_item_ids){order.line_ids, order.line_count};
    result->subtotal = result->total_amount = order.total;
    return ACTION_OUTCOME_DONE;
}
