#include "erp/stock_receipt.h"

#include "erp/action_database.h"
#include "erp/event_fields.h"
#include "postgres/sql.h"

/* ---- what a line of a purchase order says ---- */

static const char find_supplied[] = "SELECT product_id FROM procurement.supplier_products WHERE id = $1";

static enum action_outcome find_product(struct action_call *call, struct database_session *session, struct uuid id,
                                        struct stock_receipt *receipt, struct text *why)
{
    struct database_fault fault = {.arena = call->arena};
    struct database_rows rows = {0};
    const struct database_parameter parameter = {.text = uuid_text(call->arena, id)};
    const struct text step = arena_print(call->arena, "query supplier product %.*s", TEXT_ARG(parameter.text));
    if (parameter.text.data == NULL || step.data == NULL)
        return action_refuse(call, "out of the memory budget of this task");
    enum database_outcome outcome =
        database_execute(session, call->arena, TEXT(find_supplied), &parameter, 1, &rows, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, step.data, &fault);
    if (rows.row_count == 0 || !uuid_parse(rows.cells[0], &receipt->product_id))
        *why = arena_print(call->arena, "%.*s: query: supplierProductID[%.*s]: supplierProduct not found",
                           TEXT_ARG(step), TEXT_ARG(parameter.text));
    return ACTION_OUTCOME_DONE;
}

static enum action_outcome read_product(struct action_call *call, struct database_session *session,
                                        struct stock_receipt *receipt, struct text *why)
{
    struct uuid id;
    switch (event_id(call, "supplier_product_id", &id)) {
    case EVENT_FIELD_FOUND: return find_product(call, session, id, receipt, why);
    case EVENT_FIELD_ABSENT: *why = TEXT("supplier_product_id not found in PO line item RawData"); break;
    case EVENT_FIELD_INVALID:
        *why = arena_print(call->arena, "invalid supplier_product_id in RawData: %.*s",
                           TEXT_ARG(event_id_fault(call, "supplier_product_id")));
        break;
    }
    return ACTION_OUTCOME_DONE;
}

static enum action_outcome read_quantity(struct action_call *call, struct stock_receipt *receipt, struct text *why)
{
    enum event_field found = event_increase(call, "quantity_received", &receipt->quantity);
    if (found == EVENT_FIELD_ABSENT)
        found = event_quantity(call, "quantity_ordered", &receipt->quantity);
    if (found == EVENT_FIELD_INVALID)
        return stock_refuse_large(call);
    if (found == EVENT_FIELD_ABSENT)
        *why = TEXT("quantity_received or quantity_ordered not found in PO line item RawData");
    else if (receipt->quantity <= 0)
        *why = TEXT("quantity must be greater than 0");
    return ACTION_OUTCOME_DONE;
}

enum action_outcome stock_receipt_of_line(struct action_call *call, struct database_session *session,
                                          struct stock_receipt *receipt, struct text *why)
{
    *why = TEXT_NONE;
    enum action_outcome outcome = read_product(call, session, receipt, why);
    if (outcome == ACTION_OUTCOME_DONE && why->data == NULL)
        outcome = read_quantity(call, receipt, why);
    const struct text line = json_get_text(call->context, TEXT("id"));
    if (line.size > 0)
        receipt->order_line = line;
    return outcome;
}

/* ---- the receipt ---- */

static enum action_outcome record(struct action_call *call, struct stock_writer *writer,
                                  const struct stock_receipt *receipt, struct uuid *transaction_id)
{
    struct stock_transaction transaction = {.product_id = receipt->product_id,
                                            .location_id = receipt->location_id,
                                            .type = "inbound",
                                            .quantity = receipt->quantity,
                                            .reference = receipt->reference};
    if (receipt->reference.size == 0 && receipt->order_line.size > 0)
        transaction.reference = arena_print(call->arena, "PO-LINE:%.*s", TEXT_ARG(receipt->order_line));
    if (!action_user(call, "create inventory transaction", &transaction.user_id))
        return ACTION_OUTCOME_REFUSED;
    enum database_outcome outcome = stock_record(writer, &transaction, transaction_id);
    return outcome == DATABASE_OK
               ? ACTION_OUTCOME_DONE
               : action_database_failed(call, outcome, "create inventory transaction: create: namedexeccontext",
                                        writer->fault);
}

enum action_outcome stock_receive(struct action_call *call, struct database_session *session,
                                  const struct stock_receipt *receipt, struct stock_moved *moved,
                                  struct uuid *transaction_id)
{
    struct database_fault fault = {.arena = call->arena};
    struct stock_writer writer = {.call = call, .session = session, .fault = &fault};
    const struct stock_move move = {
        .product_id = receipt->product_id, .location_id = receipt->location_id, .quantity = receipt->quantity};
    enum database_outcome outcome = stock_lock(&writer, &move.product_id, 1);
    if (outcome == DATABASE_OK)
        outcome = stock_move(&writer, &move, moved);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "update inventory item quantity", &fault);
    switch (moved->outcome) {
    case STOCK_MOVED: return record(call, &writer, receipt, transaction_id);
    case STOCK_NO_ROW: return ACTION_OUTCOME_DONE;
    case STOCK_TOO_LARGE:
    case STOCK_TOO_LITTLE: break;
    }
    return stock_refuse_large(call);
}
