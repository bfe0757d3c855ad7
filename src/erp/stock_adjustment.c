/* Corrects stock. */
#include "erp/stock_adjustment.h"

#include "erp/action_database.h"

static enum database_outcome change(struct stock_writer *writer, const struct stock_transaction *transaction,
                                    struct stock_moved *moved)
{
    struct uuid id;
    const struct stock_move move = {
        .product_id = transaction->product_id,
        .location_id = transaction->location_id,
        .quantity = transaction->quantity,
        .make_row = transaction->quantity >= 0,
    };
    if (transaction->reference.data == NULL)
        return database_fault_budget(writer->fault);
    enum database_outcome outcome = stock_lock(writer, &transaction->product_id, 1);
    if (outcome == DATABASE_OK)
        outcome = stock_record(writer, transaction, &id);
    return outcome == DATABASE_OK ? stock_move(writer, &move, moved) : outcome;
}

enum action_outcome stock_adjust(struct action_call *call, struct database_session *session, struct uuid adjustment_id,
                                 struct uuid user_id, const struct text *cells, size_t events, bool *enough,
                                 int64_t *left)
{
    struct database_fault fault = {.arena = call->arena};
    struct stock_writer writer = {.call = call, .session = session, .fault = &fault, .events = events};
    struct stock_moved moved = {.outcome = STOCK_MOVED};
    struct stock_transaction transaction = {
        .user_id = user_id,
        .type = "ADJUSTMENT",
        .reference = uuid_text(call->arena, adjustment_id),
    };
    bool readable = uuid_parse(cells[0], &transaction.product_id) && uuid_parse(cells[1], &transaction.location_id) &&
                    text_to_int64(cells[2], &transaction.quantity);
    enum database_outcome outcome =
        readable ? change(&writer, &transaction, &moved) : database_refuse(&fault, "the adjustment cannot be read");
    if (outcome == DATABASE_OK && moved.outcome == STOCK_TOO_LARGE)
        return stock_refuse_large(call);
    *left = moved.before.quantity + transaction.quantity;
    *enough = moved.outcome == STOCK_MOVED;
    if (outcome == DATABASE_OK && !*enough)
        outcome = database_rollback_to_savepoint(session, &fault);
    return outcome == DATABASE_OK ? ACTION_OUTCOME_DONE
                                  : action_database_failed(call, outcome, "approve adjustment: approve", &fault);
}
