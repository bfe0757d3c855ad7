#include "erp/stock_reservation.h"

#include "action/encode.h"
#include "base/clock.h"
#include "erp/action_database.h"
#include "erp/allocation_results.h"

#define HOUR_US       ((int64_t)3600 * 1000000)
#define DEFAULT_HOURS 24

/* A reservation in progress. */
struct reserving {
    const struct stock_reservation *reservation;
    const struct action_call *call;
    struct text key;
    struct encoder encoder;
    struct stock_taken taken;
    int64_t created_us, expires_us; /* UTC */
};

/* ---- the result ---- */

static struct json_value reserved_item(struct reserving *reserving, const struct stock_taken_row *row)
{
    struct encoder *encoder = &reserving->encoder;
    struct encoder object = encode_begin(encoder->arena, 6);
    encode_member(&object, "product_id", encode_uuid(encoder, reserving->reservation->want.place.product_id));
    encode_member(&object, "location_id", encode_text(row->location_id));
    encode_member(&object, "inventory_item_id", encode_text(row->item_id));
    encode_member(&object, "requested_quantity", encode_integer(encoder, row->quantity));
    encode_member(&object, "reserved_quantity", encode_integer(encoder, row->quantity));
    encode_member(&object, "expires_at", encode_timestamp(encoder, reserving->expires_us));
    return encode_end(encoder, &object);
}

static struct json_value reserved_items(struct reserving *reserving)
{
    const struct stock_taken *taken = &reserving->taken;
    struct json_value *items = encode_items(&reserving->encoder, taken->row_count);
    for (size_t i = 0; i < taken->row_count && items != NULL; i++)
        items[i] = reserved_item(reserving, &taken->rows[i]);
    return json_array(items, items != NULL ? taken->row_count : 0);
}

static struct text shortage(const struct reserving *reserving)
{
    const long long wanted = (long long)reserving->reservation->want.quantity;
    const long long available = (long long)reserving->taken.available;
    if (available == 0)
        return TEXT("No inventory available");
    if (reserving->reservation->want.partial)
        return arena_print(reserving->call->arena, "Only %lld available, %lld requested", available, wanted);
    return arena_print(reserving->call->arena, "insufficient inventory: requested %lld, available %lld", wanted,
                       available);
}

/* A list of the missing stock, empty if nothing is missing. */
static struct json_value failed_items(struct reserving *reserving)
{
    const int64_t wanted = reserving->reservation->want.quantity, taken = reserving->taken.quantity;
    if (taken == wanted)
        return json_array(NULL, 0);
    struct encoder *encoder = &reserving->encoder;
    struct encoder object = encode_begin(encoder->arena, 5);
    encode_member(&object, "product_id", encode_uuid(encoder, reserving->reservation->want.place.product_id));
    encode_member(&object, "requested_quantity", encode_integer(encoder, wanted - taken));
    encode_member(&object, "available_quantity", encode_integer(encoder, reserving->taken.available));
    encode_member(&object, "reason", encode_text(TEXT("insufficient_inventory")));
    encode_member(&object, "error_message", encode_text(shortage(reserving)));
    struct json_value *items = encode_items(encoder, 1);
    if (items == NULL)
        return json_array(NULL, 0);
    items[0] = encode_end(encoder, &object);
    return json_array(items, 1);
}

static struct json_value compose(struct reserving *reserving)
{
    const struct stock_reservation *reservation = reserving->reservation;
    const bool all = reserving->taken.quantity == reservation->want.quantity, some = reserving->taken.quantity > 0;
    struct encoder *encoder = &reserving->encoder;
    struct encoder object = encode_begin(encoder->arena, 13);
    const int64_t now_us = clock_utc_us();
    encode_member(&object, "reservation_id", encode_uuid(encoder, action_row_id(reserving->call, "reservation", 0)));
    encode_member(&object, "status", encode_text(text_from(all ? "success" : some ? "partial" : "failed")));
    encode_member(&object, "output", encode_text(text_from(all ? "success" : some ? "partial" : "insufficient_stock")));
    encode_member(&object, "reserved_items", reserved_items(reserving));
    encode_member(&object, "failed_items", failed_items(reserving));
    encode_member(&object, "total_requested", encode_integer(encoder, reservation->want.quantity));
    encode_member(&object, "total_reserved", encode_integer(encoder, reserving->taken.quantity));
    encode_member(&object, "idempotency_key", encode_text(reserving->key));
    if (reservation->reference_id.size > 0)
        encode_member(&object, "reference_id", encode_text(reservation->reference_id));
    encode_member(&object, "execution_time_ms", encode_integer(encoder, (now_us - reserving->created_us) / 1000));
    encode_member(&object, "expires_at", encode_timestamp(encoder, reserving->expires_us));
    encode_member(&object, "created_at", encode_timestamp(encoder, reserving->created_us));
    encode_member(&object, "completed_at", encode_timestamp(encoder, now_us));
    return encode_end(encoder, &object);
}

/* ---- the reservation ---- */

/* Returns whether the result belongs to this reservation and not to another one in the same run. */
static bool is_own_result(const struct reserving *reserving, const struct json_value *data)
{
    const struct stock_want *want = &reserving->reservation->want;
    const struct json_value *total = json_get(data, TEXT("total_requested"));
    int64_t wanted;
    return total != NULL && json_to_int64(total, &wanted) && wanted == want->quantity &&
           (allocation_names(json_get(data, TEXT("reserved_items")), want->place.product_id) ||
            allocation_names(json_get(data, TEXT("failed_items")), want->place.product_id));
}

static struct json_value output_of(const struct json_value *data)
{
    const struct text status = json_get_text(data, TEXT("status"));
    const bool is_output = text_is(status, "success") || text_is(status, "partial");
    return json_string(is_output ? status : TEXT("insufficient_stock"));
}

/* Completes a stored result of the Go worker, which omits the output and writes an empty list as null. */
static enum database_outcome complete(const struct stock_writer *writer, struct json_value *data)
{
    struct uuid id;
    if (!uuid_parse(json_get_text(data, TEXT("reservation_id")), &id))
        return database_refuse(writer->fault, PUBLIC("it has no reservation_id"));
    struct json_member *members = ARENA_ARRAY(writer->call->arena, data->object.count + 1, struct json_member);
    if (members == NULL)
        return database_fault_budget(writer->fault);
    size_t count = 0;
    for (size_t i = 0; i < data->object.count; i++) {
        struct json_member member = data->object.members[i];
        const bool is_list = text_is(member.key, "reserved_items") || text_is(member.key, "failed_items");
        if (is_list && member.value.type == JSON_NULL)
            member.value = json_array(NULL, 0);
        if (!text_is(member.key, "output"))
            members[count++] = member;
    }
    members[count++] = (struct json_member){TEXT("output"), output_of(data)};
    *data = json_object(members, count);
    return DATABASE_OK;
}

/* *data is null when no result is stored. */
static enum database_outcome find_result(const struct stock_writer *writer, const struct reserving *reserving,
                                         struct json_value *data)
{
    enum database_outcome outcome = allocation_find(writer, reserving->key, data);
    if (outcome != DATABASE_OK || data->type != JSON_NULL || writer->call->attempt == 1)
        return outcome;
    outcome = allocation_find_of_go(writer, reserving->key, data);
    if (outcome == DATABASE_OK && !is_own_result(reserving, data))
        *data = json_null();
    return outcome;
}

enum database_outcome stock_reserve(struct stock_writer *writer, const struct stock_reservation *reservation,
                                    struct json_value *data, const char **doing)
{
    struct reserving reserving = {.reservation = reservation,
                                  .call = writer->call,
                                  .key = allocation_key(writer->call),
                                  .encoder = {.arena = writer->call->arena},
                                  .created_us = clock_utc_us()};
    const int64_t hours = reservation->hours > 0 ? reservation->hours : DEFAULT_HOURS;
    reserving.expires_us = reserving.created_us + hours * HOUR_US;
    *doing = "idempotency check";
    if (reserving.key.data == NULL)
        return database_fault_budget(writer->fault);
    enum database_outcome outcome = stock_lock(writer, &reservation->want.place.product_id, 1);
    if (outcome == DATABASE_OK)
        outcome = find_result(writer, &reserving, data);
    if (outcome == DATABASE_OK && data->type != JSON_NULL) {
        *doing = "failed to unmarshal cached result";
        return complete(writer, data);
    }
    if (outcome != DATABASE_OK)
        return outcome;
    *doing = "query available inventory";
    outcome = stock_take(writer, &reservation->want, &reserving.taken);
    if (outcome != DATABASE_OK)
        return outcome;
    *doing = "store reservation result: create: namedexeccontext";
    *data = compose(&reserving);
    return reserving.encoder.failed ? database_fault_budget(writer->fault)
                                    : allocation_store(writer, reserving.key, data);
}

/* ---- its end ---- */

enum action_outcome stock_end_reservation(struct action_call *call, struct database_session *session,
                                          const struct stock_place *place, int64_t quantity, bool allocates,
                                          struct stock_moved *moved)
{
    struct database_fault fault = {.arena = call->arena};
    struct stock_writer writer = {.call = call, .session = session, .fault = &fault};
    const struct stock_move move = {.product_id = place->product_id,
                                    .location_id = place->location_id,
                                    .reserved = -quantity,
                                    .allocated = allocates ? quantity : 0};
    enum database_outcome outcome = stock_lock(&writer, &move.product_id, 1);
    if (outcome == DATABASE_OK)
        outcome = stock_move(&writer, &move, moved);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "update inventory item", &fault);
    switch (moved->outcome) {
    case STOCK_MOVED: return ACTION_OUTCOME_DONE;
    case STOCK_TOO_LARGE: return stock_refuse_large(call);
    case STOCK_TOO_LITTLE:
        return action_refuse(call, "insufficient reserved quantity: have %lld, need %lld",
                             (long long)moved->before.reserved, (long long)quantity);
    case STOCK_NO_ROW: break;
    }
    return action_refuse(call, PUBLIC("no inventory item found for product %.*s at location %.*s"),
                         TEXT_ARG(uuid_text(call->arena, place->product_id)),
                         TEXT_ARG(uuid_text(call->arena, place->location_id)));
}
