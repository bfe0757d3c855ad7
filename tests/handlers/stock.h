/* Stock for the tests of allocate_inventory: locations of two warehouses with rows of products. */
#ifndef TEST_STOCK_H
#define TEST_STOCK_H

#include "trial.h"

#define BRUSH "6a1f8f5b-6a4e-4d53-9f1d-1f9d3a1c7e55"
#define KNIFE "39f1a457-3eb0-4fee-a801-d0da86353bd4"
/* Warehouses and their locations. */
#define NEAR   "b2458243-0272-4b99-a457-19d5e9ce0959"
#define FAR    "5264160d-9448-4771-b424-fe47509a6cfb"
#define LEFT   "81626d40-0cc2-4286-9d8d-9774018578bc"
#define RIGHT  "4483681d-af79-44c6-975c-f10c20679f4d"
#define REMOTE "9d2c02db-d9c8-48d4-a3c3-63ee550bb61d"

/* The id of the n-th row of stock, n a literal of one digit. */
#define STOCK(n_) "0000000" n_ "-0000-4000-8000-000000000000"

/* A config that requests a quantity of a product. `more_`: further members, each preceded by a comma. */
#define WANT_OF(product_, quantity_, more_)                                                                            \
    "{\"inventory_items\": [{\"product_id\": \"" product_ "\", \"quantity\": " quantity_ "}],"                         \
    " \"allocation_strategy\": \"fifo\", \"allocation_mode\": \"reserve\", \"priority\": \"high\"" more_ "}"
#define WANT(quantity_, more_) WANT_OF(BRUSH, quantity_, more_)
#define PARTIAL                ", \"allow_partial\": true"

/* The reserved and allocated quantity of each row of BRUSH, oldest first. */
#define TAKEN                                                                                                          \
    "SELECT string_agg(reserved_quantity || '+' || allocated_quantity, ' ' ORDER BY created_date, id)"                 \
    " FROM inventory.inventory_items WHERE product_id = '" BRUSH "'"

/* quantity-reserved-allocated of each row of a product, oldest first. */
#define ROWS_OF(product_)                                                                                              \
    "SELECT string_agg(concat_ws('-', quantity, reserved_quantity, allocated_quantity), ' ' ORDER BY created_date, "   \
    "id)"                                                                                                              \
    " FROM inventory.inventory_items WHERE product_id = '" product_ "'"

/* The events so far: for each, "domain|action|event type|table|id|user", in order. PARAMS is JSON, in base64 in the
   payload. */
#define PARAMS_OF_EVENT "convert_from(decode(payload ->> 'RawParams', 'base64'), 'UTF8')::jsonb"
#define EVENTS                                                                                                         \
    "SELECT string_agg(concat_ws('|', domain, action, event_type, entity_name, " PARAMS_OF_EVENT                       \
    " ->> 'entityID', " PARAMS_OF_EVENT " ->> 'userID'), ' ' ORDER BY seq) FROM workflow.cascade_outbox"
/* The changes by an update: "key=value" for each member of the n-th entity that differs from before. */
#define CHANGED_BY_EVENT(number_)                                                                                      \
    "SELECT string_agg(a.key || '=' || CASE WHEN a.key = 'updated_date' THEN 'now' ELSE a.value END, ' ' ORDER BY"     \
    " a.key) FROM (SELECT * FROM workflow.cascade_outbox ORDER BY seq OFFSET " #number_                                \
    " LIMIT 1) e, jsonb_each_text(" PARAMS_OF_EVENT " -> 'entity') a JOIN jsonb_each_text(" PARAMS_OF_EVENT            \
    " -> 'beforeEntity') b USING (key) WHERE a.value <> b.value"
#define NIL_USER             "00000000-0000-0000-0000-000000000000"
#define STOCK_EVENT(number_) "inventoryitem|updated|on_update|inventory_items|" STOCK(number_) "|" NIL_USER

#define KEPT(what_)          "SELECT " what_ " FROM workflow.allocation_results"

/* LEFT and RIGHT in NEAR, REMOTE in FAR. */
void stock_locations(void);
/* Row `number` of stock, from 1 to 9. */
void stock(int number, const char *product, const char *location, int quantity, int reserved, int allocated,
           const char *created);
/* `count` rows of the product in NEAR, each in its own location and a day newer than the previous one. */
void stock_many(const char *product, int rows, int quantity);

#endif
