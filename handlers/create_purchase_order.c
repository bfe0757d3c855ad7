/* Creates a purchase order with its lines. */
#include "generated/create_purchase_order.h"

#include "erp/action_database.h"
#include "erp/purchase_order.h"

static void read_lines(struct action_call *call, const struct create_purchase_order_config *config,
                       struct purchase_order *order, struct purchase_problem *problem)
{
    if (config->source_from_event) {
        order->lines[0].status_id = config->default_line_item_status_id;
        purchase_line_of_event(call, &order->lines[0], problem);
        return;
    }
    for (size_t i = 0; i < order->line_count; i++) {
        const struct create_purchase_order_line_item *item = &config->line_items.items[i];
        order->lines[i] = (struct purchase_line){.product_id = item->product_id,
                                                 .status_id = item->line_item_status_id,
                                                 .supplier_product_id = item->supplier_product_id,
                                                 .quantity = item->quantity_ordered,
                                                 .unit_cost = item->unit_cost,
                                                 .discount = item->discount,
                                                 .notes = item->notes};
    }
}

static enum action_outcome end(struct create_purchase_order_result *result, const struct purchase_problem *problem)
{
    const bool lacks_supplier = problem->kind == PURCHASE_NO_SUPPLIER;
    *result =
        (struct create_purchase_order_result){.output = lacks_supplier ? CREATE_PURCHASE_ORDER_OUTPUT_NO_SUPPLIER_FOUND
                                                                       : CREATE_PURCHASE_ORDER_OUTPUT_FAILURE,
                                              .has_product_id = lacks_supplier,
                                              .product_id = problem->product_id,
                                              .error = problem->fault};
    return ACTION_OUTCOME_DONE;
}

static enum action_outcome write_result(struct action_call *call, const struct purchase_order *order,
                                        struct create_purchase_order_result *result)
{
    struct uuid *ids = purchase_line_ids(call, order->line_count);
    *result = (struct create_purchase_order_result){
        .output = CREATE_PURCHASE_ORDER_OUTPUT_CREATED,
        .has_purchase_order_id = true,
        .purchase_order_id = order->id,
        .order_number = order->number,
        .has_supplier_id = true,
        .supplier_id = order->supplier_id,
        .line_item_ids = {.items = ids, .count = order->line_count},
        .subtotal = order->total,
        .total_amount = order->total,
    };
    return ids != NULL ? ACTION_OUTCOME_DONE : action_refuse(call, "out of the memory budget of this task");
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
    struct purchase_problem problem = {0};
    struct database_fault fault = {.arena = call->arena};
    order.lines = ARENA_ARRAY(call->arena, order.line_count, struct purchase_line);
    if (order.lines == NULL)
        return action_refuse(call, "out of the memory budget of this task");
    read_lines(call, config, &order, &problem);
    if (problem.kind != PURCHASE_GOOD)
        return end(result, &problem);
    enum database_outcome outcome = purchase_order_resolve(call, services->database, &order, &problem, &fault);
    if (outcome == DATABASE_OK && problem.kind != PURCHASE_GOOD)
        return end(result, &problem);
    if (outcome == DATABASE_OK) {
        if (!action_user(call, "create purchase order", &order.user_id))
            return ACTION_OUTCOME_REFUSED;
        outcome = purchase_order_create(call, services->database, &order, &fault);
    }
    return outcome == DATABASE_OK ? write_result(call, &order, result)
                                  : action_database_failed(call, outcome, order.doing, &fault);
}
