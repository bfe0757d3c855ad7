/* Corrects stock. */
#include "erp/stock_adjustment.h"

enum database_outcome stock_adjust(struct stock_writer *writer, const struct stock_adjustment *adjustment,
                                   enum stock_outcome *ended, int64_t *left)
{
    struct uuid id;
    const struct stock_transaction transaction = {
        .product_id = adjustment->product_id,
        .location_id = adjustment->location_id,
        .user_id = adjustment->user_id,
        .type = "ADJUSTMENT",
        .quantity = adjustment->change,
        .reference = uuid_text(writer->call->arena, adjustment->adjustment_id),
    };
    const struct stock_move move = {
        .product_id = adjustment->product_id,
        .location_id = adjustment->location_id,
        .quantity = adjustment->change,
        .make_row = adjustment->change >= 0,
    };
    struct stock_moved moved = {.outcome = STOCK_MOVED};
    if (transaction.reference.data == NULL)
        return database_fault_budget(writer->fault);
    enum database_outcome outcome = stock_lock(writer, &adjustment->product_id, 1);
    if (outcome == DATABASE_OK)
        outcome = stock_record(writer, &transaction, &id);
    if (outcome == DATABASE_OK)
        outcome = stock_move(writer, &move, &moved);
    *left = moved.before.quantity + adjustment->change;
    *ended = moved.outcome == STOCK_NO_ROW ? STOCK_TOO_LITTLE : moved.outcome;
    if (outcome != DATABASE_OK || *ended != STOCK_TOO_LITTLE)
        return outcome;
    return database_rollback_to_savepoint(writer->session, writer->fault);
}
