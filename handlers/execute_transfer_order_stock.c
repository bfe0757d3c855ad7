/* The stock of execute_transfer_order: out of one location, into the other. */
#include "base/log.h"
#include "handlers/execute_transfer_order_internal.h"

static enum database_outcome record(struct stock_writer *writer, const struct transfer *transfer, const char *type,
                                    struct uuid location, int64_t quantity)
{
    struct uuid id;
    const struct stock_transaction transaction = {
        .product_id = transfer->product_id,
        .location_id = location,
        .user_id = transfer->user,
        .type = type,
        .quantity = quantity,
        .reference = uuid_text(writer->call->arena, transfer->id),
    };
    if (transaction.reference.data == NULL)
        return database_fault_budget(writer->fault);
    return stock_record(writer, &transaction, &id);
}

/* What is reserved or allocated leaves with the rest, because the goods have left. */
static void warn_of_reserved(const struct transfer *transfer, const struct stock_moved *moved)
{
    int64_t taken = moved->after.reserved + moved->after.allocated;
    char order[UUID_TEXT_SIZE + 1];
    if (moved->outcome != STOCK_MOVED || moved->after.quantity >= taken)
        return;
    uuid_format(transfer->id, order);
    log_line(LOG_WARN, "execute_transfer_order: a transfer leaves less than is reserved and allocated",
             LOG_STRING("transfer_order_id", order), LOG_INTEGER("quantity", moved->after.quantity),
             LOG_INTEGER("reserved_and_allocated", taken));
}

static enum database_outcome take(struct stock_writer *writer, const struct transfer *transfer,
                                  enum stock_outcome *ended)
{
    const struct stock_move move = {
        .product_id = transfer->product_id, .location_id = transfer->from, .quantity = -transfer->quantity};
    struct stock_moved moved;
    enum database_outcome outcome = stock_move(writer, &move, &moved);
    *ended = moved.outcome;
    if (outcome == DATABASE_OK)
        warn_of_reserved(transfer, &moved);
    return outcome;
}

static enum database_outcome put(struct stock_writer *writer, const struct transfer *transfer,
                                 enum stock_outcome *ended)
{
    const struct stock_move move = {.product_id = transfer->product_id,
                                    .location_id = transfer->to,
                                    .quantity = transfer->quantity,
                                    .make_row = true};
    struct stock_moved moved;
    enum database_outcome outcome = stock_move(writer, &move, &moved);
    *ended = moved.outcome;
    return outcome;
}

enum database_outcome execute_transfer_order_move(struct stock_writer *writer, struct transfer *transfer,
                                                  enum stock_outcome *ended)
{
    *ended = STOCK_MOVED;
    transfer->doing = "create transfer_out transaction: create";
    enum database_outcome outcome = stock_lock(writer, &transfer->product_id, 1);
    if (outcome == DATABASE_OK)
        outcome = record(writer, transfer, "TRANSFER_OUT", transfer->from, -transfer->quantity);
    if (outcome != DATABASE_OK)
        return outcome;
    transfer->doing = "create transfer_in transaction: create";
    outcome = record(writer, transfer, "TRANSFER_IN", transfer->to, transfer->quantity);
    if (outcome != DATABASE_OK)
        return outcome;
    transfer->doing = "decrement source inventory: decrement quantity";
    outcome = take(writer, transfer, ended);
    if (outcome != DATABASE_OK || *ended != STOCK_MOVED)
        return outcome;
    transfer->doing = "upsert destination inventory";
    return put(writer, transfer, ended);
}
