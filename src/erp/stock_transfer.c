/* Moves stock from one location to another. */
#include "erp/stock_transfer.h"

#include "base/log.h"
#include "erp/action_database.h"

struct stock_transfer {
    struct uuid order_id, product_id, from, to, user_id;
    int64_t quantity;
};

/* A transfer in progress. */
struct moving {
    const struct stock_transfer *transfer;
    struct stock_writer *writer;
    enum stock_outcome ended; /* STOCK_MOVED until a move fails */
    const char *doing;        /* the current step, for failure texts */
};

static enum database_outcome record(const struct moving *moving, const char *type, struct uuid location,
                                    int64_t quantity)
{
    const struct stock_transfer *transfer = moving->transfer;
    struct uuid id;
    const struct stock_transaction transaction = {
        .product_id = transfer->product_id,
        .location_id = location,
        .user_id = transfer->user_id,
        .type = type,
        .quantity = quantity,
        .reference = uuid_text(moving->writer->call->arena, transfer->order_id),
    };
    if (transaction.reference.data == NULL)
        return database_fault_budget(moving->writer->fault);
    return stock_record(moving->writer, &transaction, &id);
}

/* Reserved and allocated stock is moved too, because the goods have left the location. */
static void warn_of_reserved(const struct stock_transfer *transfer, const struct stock_moved *moved)
{
    int64_t taken = moved->after.reserved + moved->after.allocated;
    char order[UUID_TEXT_SIZE + 1];
    if (moved->outcome != STOCK_MOVED || moved->after.quantity >= taken)
        return;
    uuid_format(transfer->order_id, order);
    log_line(LOG_WARN, "execute_transfer_order: a transfer leaves less than is reserved and allocated",
             LOG_STRING("transfer_order_id", order), LOG_INTEGER("quantity", moved->after.quantity),
             LOG_INTEGER("reserved_and_allocated", taken));
}

static enum database_outcome move(struct moving *moving, struct uuid location, int64_t quantity)
{
    const struct stock_move move = {.product_id = moving->transfer->product_id,
                                    .location_id = location,
                                    .quantity = quantity,
                                    .make_row = quantity > 0};
    struct stock_moved moved;
    enum database_outcome outcome = stock_move(moving->writer, &move, &moved);
    moving->ended = moved.outcome;
    if (outcome == DATABASE_OK && quantity < 0)
        warn_of_reserved(moving->transfer, &moved);
    return outcome;
}

static enum database_outcome move_all(struct moving *moving)
{
    const struct stock_transfer *transfer = moving->transfer;
    moving->doing = "create transfer_out transaction: create";
    enum database_outcome outcome = stock_lock(moving->writer, &transfer->product_id, 1);
    if (outcome == DATABASE_OK)
        outcome = record(moving, "TRANSFER_OUT", transfer->from, -transfer->quantity);
    if (outcome != DATABASE_OK)
        return outcome;
    moving->doing = "create transfer_in transaction: create";
    outcome = record(moving, "TRANSFER_IN", transfer->to, transfer->quantity);
    if (outcome != DATABASE_OK)
        return outcome;
    moving->doing = "decrement source inventory: decrement quantity";
    outcome = move(moving, transfer->from, -transfer->quantity);
    if (outcome != DATABASE_OK || moving->ended != STOCK_MOVED)
        return outcome;
    moving->doing = "upsert destination inventory";
    return move(moving, transfer->to, transfer->quantity);
}

enum action_outcome stock_transfer(struct action_call *call, struct database_session *session, struct uuid order_id,
                                   struct uuid user_id, const struct text *cells, size_t events, bool *enough)
{
    struct database_fault fault = {.arena = call->arena};
    struct stock_writer writer = {.call = call, .session = session, .fault = &fault, .events = events};
    struct stock_transfer transfer = {.order_id = order_id, .user_id = user_id};
    struct moving moving = {.transfer = &transfer, .writer = &writer, .ended = STOCK_MOVED};
    if (!uuid_parse(cells[0], &transfer.product_id) || !uuid_parse(cells[1], &transfer.from) ||
        !uuid_parse(cells[2], &transfer.to) || !text_to_int64(cells[3], &transfer.quantity))
        return action_refuse(call, "execute transfer order: execute: the transfer order cannot be read");
    if (transfer.quantity <= 0)
        return action_refuse(
            call, PUBLIC("decrement source inventory: decrement quantity: quantity must be positive, got %lld"),
            (long long)transfer.quantity);
    enum database_outcome outcome = move_all(&moving);
    if (outcome == DATABASE_OK && moving.ended == STOCK_TOO_LARGE)
        return stock_refuse_large(call);
    *enough = moving.ended == STOCK_MOVED;
    if (outcome == DATABASE_OK && !*enough)
        outcome = database_rollback_to_savepoint(session, &fault);
    return outcome == DATABASE_OK ? ACTION_OUTCOME_DONE : action_database_failed(call, outcome, moving.doing, &fault);
}
