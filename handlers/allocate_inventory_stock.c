/* The stock of allocate_inventory: one transaction takes it from rows of inventory.inventory_items and stores the
   result in workflow.allocation_results. */
#include "action/encode.h"
#include "base/clock.h"
#include "base/limits.h"
#include "erp/action_database.h"
#include "erp/cascade.h"
#include "erp/erp_features.h"
#include "handlers/allocate_inventory_internal.h"
#include "postgres/sql.h"

#define STEP(what_)   "allocation failed: " what_
#define HOUR_US       ((int64_t)3600 * 1000000)
#define DEFAULT_HOURS 24

/* Serializes allocations of the same product, and with them a second attempt with a first one that may still run. Locks
   are taken in the order of their numbers, so that two allocations of several products never deadlock. */
static const char take_locks[] =
    "SELECT pg_advisory_xact_lock(lock) FROM (SELECT DISTINCT hashtextextended(name, 0) AS lock"
    " FROM unnest($1::text[]) AS name ORDER BY lock) AS locks";

#define FREE "i.quantity::bigint - i.reserved_quantity - i.allocated_quantity"

/* A row as in the ERP's events, with its times in UTC. */
#define TIME_OF(column_) "'" column_ "', (to_jsonb(i) ->> '" column_ "') || 'Z'"
#define ROW                                                                                                            \
    "jsonb_strip_nulls(to_jsonb(i)) || jsonb_build_object(" TIME_OF("created_date") ", " TIME_OF("updated_date") ")"
#define ROWS_MAX        10
#define QUOTE(text_)    #text_
#define TEXT_OF(macro_) QUOTE(macro_)
#define AT_MOST         " LIMIT " TEXT_OF(ROWS_MAX)

/* In one statement: locks the rows with free stock, ten at most, and takes from one after the other until there is
   enough. The advisory locks do not replace the row locks: other programs write stock too. */
#define TAKE(column_, order_, event_)                                                                                  \
    "WITH stock AS (SELECT i.id, i.created_date, " FREE " AS free, " ROW " AS was FROM inventory.inventory_items i"    \
    " WHERE i.product_id = $1 AND " FREE " > 0 AND ($3::uuid IS NULL OR i.location_id = $3)"                           \
    " AND ($4::uuid IS NULL OR i.location_id IN"                                                                       \
    " (SELECT l.id FROM inventory.inventory_locations l WHERE l.warehouse_id = $4))"                                   \
    " ORDER BY i.created_date" order_ ", i.id" AT_MOST " FOR UPDATE OF i), "                                           \
    "turns AS (SELECT id, free, was, row_number() OVER turn AS number,"                                                \
    " (sum(free) OVER turn - free)::bigint AS before FROM stock WINDOW turn AS (ORDER BY created_date" order_          \
    ", id)), "                                                                                                         \
    "taken AS (UPDATE inventory.inventory_items i SET updated_date = now() AT TIME ZONE 'UTC', " column_               \
    " = i." column_ " + least(t.free, $2::bigint - t.before) FROM turns t"                                             \
    " WHERE i.id = t.id AND t.before < $2"                                                                             \
    " RETURNING t.number, i.id, i.location_id, least(t.free, $2::bigint - t.before) AS quantity, t.was, " ROW          \
    " AS became)" event_ " SELECT id, location_id, sum(quantity) OVER () FROM taken ORDER BY number LIMIT 1"

/* Writes an event for each row. */
#define EVENT                                                                                                          \
    ", event AS (" CASCADE_INSERT("($5::uuid[])[t.number::integer]", "'inventoryitem'::text", "update",                \
                                  "'inventory_items'",                                                                 \
                                  "json_build_object('entityID', t.id, 'userID', '" NIL_ID "', 'entity', t.became,"    \
                                  " 'beforeEntity', t.was)::text",                                                     \
                                  "$6::jsonb") " FROM taken t ORDER BY t.number" CASCADE_ONCE ")"
#define NIL_ID "00000000-0000-0000-0000-000000000000"

/* By mode, by whether the newest row comes first, and by whether events are written. */
#define TAKES(column_)                                                                                                 \
    {                                                                                                                  \
        {TAKE(column_, "", ""), TAKE(column_, "", EVENT)},                                                             \
            {TAKE(column_, " DESC", ""), TAKE(column_, " DESC", EVENT)},                                               \
    }
static const char *const takes[][2][2] = {
    [ALLOCATE_INVENTORY_ALLOCATION_MODE_RESERVE] = TAKES("reserved_quantity"),
    [ALLOCATE_INVENTORY_ALLOCATION_MODE_ALLOCATE] = TAKES("allocated_quantity"),
};

#define STORE                                                                                                          \
    "INSERT INTO workflow.allocation_results (id, idempotency_key, allocation_data, created_date)"                     \
    " VALUES ($1, $2, $3, now() AT TIME ZONE 'UTC')"
static const char *const stores[] = {
    STORE, "WITH stored AS (" STORE ") " CASCADE_INSERT("$4::uuid", "'allocation_result'::text", "create",
                                                        "'allocation_results'", "$5::text", "$6::jsonb") CASCADE_ONCE};

/* The results of the items so far, in the order of the request. */
struct taking {
    struct allocation *allocation;
    struct database_session *session;
    struct database_fault *fault;
    struct encoder encoder; /* its arena holds everything here */
    struct database_parameter lineage;
    struct json_value *allocated, *failed;
    size_t allocated_count, failed_count;
    int64_t total;      /* taken */
    int64_t created_us; /* UTC */
};

/* NULL when the id is absent. A nil id that is present matches no row. */
static struct database_parameter optional_id(struct arena *arena, struct uuid id, bool is_present)
{
    struct database_parameter parameter = sql_uuid(arena, id);
    parameter.is_null = !is_present;
    return parameter;
}

/* ---- locks ---- */

static enum database_outcome lock(struct taking *taking)
{
    const struct allocation *allocation = taking->allocation;
    struct buffer names = buffer_in(taking->encoder.arena, LIMIT_JSON_BYTES);
    buffer_add_byte(&names, '{');
    for (size_t i = 0; i < allocation->wanted.count; i++) {
        struct text product = uuid_text(taking->encoder.arena, allocation->wanted.items[i].product_id);
        buffer_print(&names, "%sinventory.inventory_items=%.*s", i == 0 ? "" : ",", TEXT_ARG(product));
    }
    buffer_add_byte(&names, '}');
    const struct database_parameter parameter = {.text = buffer_text(&names)};
    if (parameter.text.data == NULL)
        return database_fault_budget(taking->fault);
    taking->allocation->doing = STEP("taking turns");
    return database_execute(taking->session, taking->encoder.arena, TEXT(take_locks), &parameter, 1, NULL,
                            taking->fault);
}

/* ---- stored results ---- */

/* *data is null when no result is stored under the key. */
static enum database_outcome find(struct taking *taking, struct text key, struct json_value *data)
{
    *data = json_null();
    const struct database_parameter parameter = {.text = key};
    struct database_rows rows;
    taking->allocation->doing = STEP("idempotency check failed");
    enum database_outcome outcome =
        database_execute(taking->session, taking->encoder.arena,
                         TEXT("SELECT allocation_data FROM workflow.allocation_results WHERE idempotency_key = $1"),
                         &parameter, 1, &rows, taking->fault);
    if (outcome != DATABASE_OK || rows.row_count == 0)
        return outcome;
    struct error error = ERROR_IN(taking->encoder.arena);
    taking->allocation->doing = STEP("failed to unmarshal cached result");
    if (json_read(taking->encoder.arena, rows.cells[0], data, &error) != STATUS_OK)
        return database_refuse(taking->fault, "%.*s", TEXT_ARG(error.message));
    return DATABASE_OK;
}

static size_t count_of(const struct json_value *list)
{
    return list != NULL && list->type == JSON_ARRAY ? list->array.count : 0;
}

static bool names_product(const struct json_value *list, struct uuid product)
{
    for (size_t i = 0; i < count_of(list); i++) {
        struct uuid found;
        if (uuid_parse(json_get_text(&list->array.items[i], TEXT("product_id")), &found) && uuid_equal(found, product))
            return true;
    }
    return false;
}

/* Whether it is the result of this allocation, not of another one in the same run. */
static bool is_own_result(const struct allocation *allocation, const struct json_value *data)
{
    const struct json_value *total = json_get(data, TEXT("total_requested"));
    const struct json_value *allocated = json_get(data, TEXT("allocated_items"));
    const struct json_value *failed = json_get(data, TEXT("failed_items"));
    int64_t wanted;
    if (total == NULL || !json_to_int64(total, &wanted) || wanted != allocation->total_wanted ||
        count_of(allocated) + count_of(failed) != allocation->wanted.count)
        return false;
    for (size_t i = 0; i < allocation->wanted.count; i++) {
        struct uuid product = allocation->wanted.items[i].product_id;
        if (!names_product(allocated, product) && !names_product(failed, product))
            return false;
    }
    return true;
}

/* Looks under the key of the Go worker, which may have made the first attempt. */
static enum database_outcome find_go_result(struct taking *taking, struct json_value *data)
{
    const struct allocation *allocation = taking->allocation;
    size_t own = UUID_TEXT_SIZE + 1;
    enum database_outcome outcome = find(taking, text_slice(allocation->key, 0, allocation->key.size - own), data);
    if (outcome == DATABASE_OK && data->type != JSON_NULL && !is_own_result(allocation, data))
        *data = json_null();
    return outcome;
}

/* ---- one item ---- */

static void note_allocated(struct taking *taking, const struct allocate_inventory_inventory_item *item,
                           const struct text *row, int64_t quantity)
{
    const struct allocate_inventory_config *config = taking->allocation->config;
    bool reserve = config->allocation_mode == ALLOCATE_INVENTORY_ALLOCATION_MODE_RESERVE;
    struct encoder *encoder = &taking->encoder;
    struct encoder object = encode_begin(encoder->arena, 7);
    encode_member(&object, "product_id", encode_uuid(encoder, item->product_id));
    encode_member(&object, "location_id", encode_text(row[1]));
    encode_member(&object, "requested_quantity", encode_integer(encoder, item->quantity));
    encode_member(&object, "allocated_quantity", encode_integer(encoder, quantity));
    encode_member(&object, "inventory_item_id", encode_text(row[0]));
    encode_member(&object, "allocation_mode", encode_text(reserve ? TEXT("reserve") : TEXT("allocate")));
    if (reserve) {
        int64_t hours = config->reservation_duration_hours;
        int64_t end_us = taking->created_us + (hours > 0 ? hours : DEFAULT_HOURS) * HOUR_US;
        encode_member(&object, "expires_at", encode_timestamp(encoder, end_us));
    }
    taking->allocated[taking->allocated_count++] = encode_end(encoder, &object);
    taking->total += quantity;
}

static void note_failed(struct taking *taking, const struct allocate_inventory_inventory_item *item, struct text why)
{
    struct encoder *encoder = &taking->encoder;
    struct encoder object = encode_begin(encoder->arena, 5);
    encode_member(&object, "product_id", encode_uuid(encoder, item->product_id));
    encode_member(&object, "requested_quantity", encode_integer(encoder, item->quantity));
    encode_member(&object, "available_quantity", encode_integer(encoder, 0));
    encode_member(&object, "reason", encode_text(TEXT("insufficient_inventory")));
    encode_member(&object, "error_message", encode_text(why));
    taking->failed[taking->failed_count++] = encode_end(encoder, &object);
}

static enum database_outcome short_of(struct taking *taking, const struct allocate_inventory_inventory_item *item,
                                      struct text why)
{
    struct text product = uuid_text(taking->encoder.arena, item->product_id);
    if (product.data == NULL || why.data == NULL)
        return database_fault_budget(taking->fault);
    taking->allocation->doing = "allocation failed";
    return database_refuse(taking->fault, PUBLIC("allocation failed for product %.*s") ": %.*s", TEXT_ARG(product),
                           TEXT_ARG(why));
}

/* Ids for the events of the next item: one for each row that stock may be taken from. */
static struct database_parameter event_ids(const struct taking *taking)
{
    size_t first = (taking->allocated_count + taking->failed_count) * ROWS_MAX;
    struct buffer ids = buffer_in(taking->encoder.arena, LIMIT_JSON_BYTES);
    for (size_t i = 0; i < ROWS_MAX; i++)
        sql_array_add_uuid(&ids, action_row_id(taking->allocation->call, "stock_event", first + i));
    return sql_array_end(&ids);
}

static enum database_outcome take_item(struct taking *taking, const struct allocate_inventory_inventory_item *item)
{
    const struct allocate_inventory_config *config = taking->allocation->config;
    struct arena *arena = taking->encoder.arena;
    bool newest_first = config->allocation_strategy == ALLOCATE_INVENTORY_ALLOCATION_STRATEGY_LIFO;
    bool emits_event = taking->allocation->emits_event;
    const struct database_parameter parameters[] = {
        sql_uuid(arena, item->product_id),
        {.text = arena_print(arena, "%lld", (long long)item->quantity)},
        optional_id(arena, item->location_id, item->has_location_id),
        optional_id(arena, item->warehouse_id, item->has_warehouse_id),
        emits_event ? event_ids(taking) : taking->lineage,
        taking->lineage,
    };
    if (!sql_are_complete(parameters, 6))
        return database_fault_budget(taking->fault);
    struct database_rows rows;
    struct text statement = text_from(takes[config->allocation_mode][newest_first][emits_event]);
    enum database_outcome outcome =
        database_execute(taking->session, arena, statement, parameters, emits_event ? 6 : 4, &rows, taking->fault);
    if (outcome != DATABASE_OK)
        return outcome;
    int64_t quantity = 0;
    if (rows.row_count > 0 && !text_to_int64(rows.cells[2], &quantity))
        return database_refuse(taking->fault, "the quantity taken is no number");
    struct text why = rows.row_count == 0 ? TEXT("No inventory available")
                                          : arena_print(arena, "Only %lld available, %lld requested",
                                                        (long long)quantity, (long long)item->quantity);
    if (quantity < item->quantity && !config->allow_partial)
        return short_of(taking, item, why);
    if (rows.row_count > 0)
        note_allocated(taking, item, rows.cells, quantity);
    else
        note_failed(taking, item, why);
    return DATABASE_OK;
}

/* ---- storing the result ---- */

static struct text status_of(const struct taking *taking)
{
    if (taking->failed_count == 0 && taking->total == taking->allocation->total_wanted)
        return TEXT("success");
    return taking->allocated_count > 0 ? TEXT("partial") : TEXT("failed");
}

static bool compose(struct taking *taking)
{
    struct allocation *allocation = taking->allocation;
    struct encoder *encoder = &taking->encoder;
    struct encoder object = encode_begin(encoder->arena, 12);
    int64_t now_us = clock_utc_us();
    encode_member(&object, "allocation_id", encode_uuid(encoder, action_row_id(allocation->call, "allocation", 0)));
    encode_member(&object, "status", encode_text(status_of(taking)));
    encode_member(&object, "allocated_items", json_array(taking->allocated, taking->allocated_count));
    encode_member(&object, "failed_items", json_array(taking->failed, taking->failed_count));
    encode_member(&object, "total_requested", encode_integer(encoder, allocation->total_wanted));
    encode_member(&object, "total_allocated", encode_integer(encoder, taking->total));
    encode_member(&object, "execution_time_ms", encode_integer(encoder, (now_us - taking->created_us) / 1000));
    encode_member(&object, "idempotency_key", encode_text(allocation->key));
    if (allocation->reference_id.size > 0)
        encode_member(&object, "reference_id", encode_text(allocation->reference_id));
    encode_member(&object, "warnings", json_array(NULL, 0));
    encode_member(&object, "created_at", encode_timestamp(encoder, taking->created_us));
    encode_member(&object, "completed_at", encode_timestamp(encoder, now_us));
    allocation->data = encode_end(encoder, &object);
    return !encoder->failed;
}

/* The event of the stored result: its members, and the id of its row. */
static struct text result_event(const struct taking *taking, struct uuid row)
{
    const struct json_value *data = &taking->allocation->data;
    struct encoder encoder = {.arena = taking->encoder.arena};
    struct encoder object = encode_begin(encoder.arena, data->object.count + 1);
    for (size_t i = 0; i < data->object.count; i++)
        encode_member(&object, data->object.members[i].key.data, data->object.members[i].value);
    encode_member(&object, "id", encode_uuid(&encoder, row));
    const struct json_value entity = encode_end(&encoder, &object);
    return encoder.failed ? TEXT_NONE : cascade_params(encoder.arena, row, (struct uuid){0}, &entity);
}

static enum database_outcome store_result(struct taking *taking)
{
    const struct allocation *allocation = taking->allocation;
    struct arena *arena = taking->encoder.arena;
    if (!compose(taking))
        return database_fault_budget(taking->fault);
    struct uuid row = action_row_id(allocation->call, "allocation_result", 0);
    const struct database_parameter parameters[] = {
        sql_uuid(arena, row),
        {.text = allocation->key},
        {.text = json_to_text(arena, &allocation->data)},
        sql_uuid(arena, action_row_id(allocation->call, "result_event", 0)),
        {.text = allocation->emits_event ? result_event(taking, row) : TEXT("")},
        taking->lineage,
    };
    if (!sql_are_complete(parameters, 6))
        return database_fault_budget(taking->fault);
    return database_execute(taking->session, arena, text_from(stores[allocation->emits_event]), parameters,
                            allocation->emits_event ? 6 : 3, NULL, taking->fault);
}

/* ---- the transaction ---- */

static enum database_outcome take_all(struct taking *taking)
{
    struct allocation *allocation = taking->allocation;
    taking->allocated = encode_items(&taking->encoder, allocation->wanted.count);
    taking->failed = encode_items(&taking->encoder, allocation->wanted.count);
    if (taking->encoder.failed)
        return database_fault_budget(taking->fault);
    for (size_t i = 0; i < allocation->wanted.count; i++) {
        allocation->doing = STEP("taking stock");
        enum database_outcome outcome = take_item(taking, &allocation->wanted.items[i]);
        if (outcome != DATABASE_OK)
            return outcome;
    }
    allocation->doing = STEP("failed to store allocation result");
    return store_result(taking);
}

static struct text key_of(const struct action_call *call)
{
    struct text execution = uuid_text(call->arena, call->effect_id);
    struct text rule = uuid_is_nil(call->rule_id) ? TEXT("manual") : uuid_text(call->arena, call->rule_id);
    struct text action = uuid_text(call->arena, call->action_id);
    if (execution.data == NULL || rule.data == NULL || action.data == NULL)
        return TEXT_NONE;
    return arena_print(call->arena, "%.*s_%.*s_allocate_inventory_%.*s", TEXT_ARG(execution), TEXT_ARG(rule),
                       TEXT_ARG(action));
}

enum database_outcome allocate_inventory_take(struct allocation *allocation, struct database_session *session,
                                              struct database_fault *fault)
{
    struct taking taking = {.allocation = allocation,
                            .session = session,
                            .fault = fault,
                            .encoder = {.arena = allocation->call->arena},
                            .lineage = cascade_lineage(allocation->call),
                            .created_us = clock_utc_us()};
    struct erp_features features;
    allocation->doing = STEP("taking turns");
    allocation->key = key_of(allocation->call);
    if (allocation->key.data == NULL)
        return database_fault_budget(fault);
    enum database_outcome outcome = erp_features_read(session, allocation->call->arena, &features, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    allocation->emits_event = features.cascade_outbox;
    outcome = lock(&taking);
    if (outcome == DATABASE_OK)
        outcome = find(&taking, allocation->key, &allocation->data);
    if (outcome == DATABASE_OK && allocation->data.type == JSON_NULL && allocation->call->attempt > 1)
        outcome = find_go_result(&taking, &allocation->data);
    if (outcome == DATABASE_OK && allocation->data.type == JSON_NULL)
        outcome = take_all(&taking);
    return outcome;
}
