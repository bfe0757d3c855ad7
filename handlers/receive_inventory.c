/* Adds received goods to the stock. */
#include "generated/receive_inventory.h"

#include "erp/stock.h"
#include "erp/stock_receipt.h"

static struct receive_inventory_result received(const struct stock_receipt *receipt, const struct stock_moved *moved,
                                                struct uuid transaction_id)
{
    struct receive_inventory_result result = {.output = RECEIVE_INVENTORY_OUTPUT_ITEM_NOT_FOUND,
                                              .has_product_id = true,
                                              .product_id = receipt->product_id,
                                              .has_location_id = true,
                                              .location_id = receipt->location_id};
    if (moved->outcome == STOCK_NO_ROW)
        return result;
    result.output = RECEIVE_INVENTORY_OUTPUT_RECEIVED;
    result.has_inventory_item_id = result.has_transaction_id = true;
    result.inventory_item_id = moved->item_id;
    result.transaction_id = transaction_id;
    result.has_quantity_received = result.has_previous_quantity = result.has_new_quantity = true;
    result.quantity_received = receipt->quantity;
    result.previous_quantity = moved->before.quantity;
    result.new_quantity = moved->after.quantity;
    return result;
}

enum action_outcome handle_receive_inventory(struct action_call *call,
                                             const struct receive_inventory_services *services,
                                             const struct receive_inventory_config *config,
                                             struct receive_inventory_result *result)
{
    struct stock_receipt receipt = {.product_id = config->product_id,
                                    .location_id = config->location_id,
                                    .quantity = config->quantity,
                                    .reference = config->reference_number};
    if (config->has_po_line_item_id)
        receipt.order_line = uuid_text(call->arena, config->po_line_item_id);
    if (config->source_from_po) {
        struct text why;
        enum action_outcome outcome = stock_receipt_of_line(call, services->database, &receipt, &why);
        if (outcome != ACTION_OUTCOME_DONE)
            return outcome;
        if (why.data != NULL) {
            *result = (struct receive_inventory_result){.output = RECEIVE_INVENTORY_OUTPUT_FAILURE, .error = why};
            return ACTION_OUTCOME_DONE;
        }
    }
    struct stock_moved moved;
    struct uuid transaction_id = {0};
    enum action_outcome outcome = stock_receive(call, services->database, &receipt, &moved, &transaction_id);
    if (outcome == ACTION_OUTCOME_DONE)
        *result = received(&receipt, &moved, transaction_id);
    return outcome;
}
