/* Ids and quantities that actions read from the event of their run. */
#include <criterion/criterion.h>

#include "base/json.h"
#include "erp/event_fields.h"

static struct action_call call;
static struct json_value context;

static void event(const char *json)
{
    struct error error = ERROR_IN(call.arena);
    cr_assert_eq(json_read(call.arena, text_from(json), &context, &error), STATUS_OK, "%s", json);
    call.context = &context;
}

static void set_up(void)
{
    call = (struct action_call){.arena = arena_new(1 << 20, 0)};
}

static void tear_down(void)
{
    arena_free(call.arena);
}

TestSuite(event_fields, .init = set_up, .fini = tear_down);

Test(event_fields, ids)
{
    static const struct {
        const char *event;
        enum event_field found;
        const char *fault;
    } rows[] = {
        {"{\"product_id\": \"6a1f8f5b-6a4e-4d53-9f1d-1f9d3a1c7e55\"}", EVENT_FIELD_FOUND, NULL},
        {"{\"product_id\": \"{6a1f8f5b-6a4e-4d53-9f1d-1f9d3a1c7e55}\"}", EVENT_FIELD_FOUND, NULL},
        {"{\"product_id\": \"brush\"}", EVENT_FIELD_INVALID, "invalid UUID length: 5"},
        {"{\"product_id\": \"\"}", EVENT_FIELD_INVALID, "invalid UUID length: 0"},
        {"{\"product_id\": 5}", EVENT_FIELD_ABSENT, NULL},
        {"{\"product_id\": null}", EVENT_FIELD_ABSENT, NULL},
        {"{\"Product_ID\": \"6a1f8f5b-6a4e-4d53-9f1d-1f9d3a1c7e55\"}", EVENT_FIELD_ABSENT, NULL},
        {"{}", EVENT_FIELD_ABSENT, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct uuid id = {.bytes = {7}};
        event(rows[i].event);
        cr_expect_eq(event_id(&call, "product_id", &id), rows[i].found, "%s", rows[i].event);
        cr_expect_eq(id.bytes[0], rows[i].found == EVENT_FIELD_FOUND ? 0x6a : 7);
        if (rows[i].fault != NULL)
            cr_expect(text_is(event_id_fault(&call, "product_id"), rows[i].fault), "%s", rows[i].event);
    }
}

#define PRODUCT "6a1f8f5b-6a4e-4d53-9f1d-1f9d3a1c7e55"

Test(event_fields, a_line_item)
{
    static const struct {
        const char *event, *fault; /* NULL: it is one */
    } rows[] = {
        {"{\"product_id\": \"" PRODUCT "\", \"quantity\": 3.9, \"order_id\": \"7\"}", NULL},
        {"{\"product_id\": \"" PRODUCT "\", \"quantity\": 0}", "quantity must be greater than 0"},
        {"{\"product_id\": \"" PRODUCT "\"}", "quantity must be greater than 0"},
        {"{\"product_id\": \"brush\"}", "invalid product_id in line item: invalid UUID length: 5"},
        {"{}", "invalid product_id in line item: invalid UUID length: 0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct event_line_item item;
        event(rows[i].event);
        cr_assert_eq(event_line_item(&call, &item), rows[i].fault == NULL, "%s", rows[i].event);
        if (rows[i].fault != NULL)
            cr_expect(text_is(call.failure, rows[i].fault), "%s: %.*s", rows[i].event, TEXT_ARG(call.failure));
        else
            cr_expect(item.quantity == 3 && item.product_id.bytes[0] == 0x6a && text_is(item.order_id, "7"));
    }
}

Test(event_fields, quantities)
{
    static const struct {
        const char *value;
        enum event_field found;
        int64_t quantity;
    } rows[] = {
        {"3", EVENT_FIELD_FOUND, 3},
        {"3.9", EVENT_FIELD_FOUND, 3},
        {"-3.9", EVENT_FIELD_FOUND, -3},
        {"0.5", EVENT_FIELD_FOUND, 0},
        {"-0.5", EVENT_FIELD_FOUND, 0},
        {"1.2e1", EVENT_FIELD_FOUND, 12},
        {"9223372036854775807", EVENT_FIELD_FOUND, INT64_MAX},
        {"9223372036854775807.9", EVENT_FIELD_FOUND, INT64_MAX},
        {"9223372036854775808", EVENT_FIELD_INVALID, 0},
        {"1e30", EVENT_FIELD_INVALID, 0},
        {"\"3\"", EVENT_FIELD_FOUND, 3},
        {"\"3.0\"", EVENT_FIELD_FOUND, 3},
        {"\"-3\"", EVENT_FIELD_FOUND, -3},
        {"\"1e30\"", EVENT_FIELD_INVALID, 0},
        {"\"3.9\"", EVENT_FIELD_ABSENT, 0},
        {"\"three\"", EVENT_FIELD_ABSENT, 0},
        {"\"\"", EVENT_FIELD_ABSENT, 0},
        {"\" 3\"", EVENT_FIELD_ABSENT, 0},
        {"true", EVENT_FIELD_ABSENT, 0},
        {"null", EVENT_FIELD_ABSENT, 0},
        {"[3]", EVENT_FIELD_ABSENT, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t quantity = 0;
        event(arena_print(call.arena, "{\"quantity\": %s}", rows[i].value).data);
        cr_expect_eq(event_quantity(&call, "quantity", &quantity), rows[i].found, "%s", rows[i].value);
        cr_expect_eq(quantity, rows[i].quantity, "%s", rows[i].value);
    }
}

#define CHANGES(changes_)  "{\"n\": 5, \"field_changes\": {" changes_ "}}"
#define CHANGE(old_, new_) CHANGES("\"n\": {\"old_value\": " old_ ", \"new_value\": " new_ "}")

Test(event_fields, increases)
{
    static const struct {
        const char *event;
        bool has_changes;
        enum event_field found;
        int64_t quantity;
    } rows[] = {
        {"{\"n\": 5}", false, EVENT_FIELD_FOUND, 5},
        {"{\"n\": \"5\", \"field_changes\": null}", false, EVENT_FIELD_FOUND, 5},
        {"{\"n\": 5, \"field_changes\": 1}", false, EVENT_FIELD_FOUND, 5},
        {"{}", false, EVENT_FIELD_ABSENT, 0},
        {CHANGE("3", "5"), true, EVENT_FIELD_FOUND, 2},
        {CHANGE("5", "3"), true, EVENT_FIELD_FOUND, -2},
        {CHANGE("\"3\"", "5.9"), true, EVENT_FIELD_FOUND, 2},
        {CHANGE("null", "5"), true, EVENT_FIELD_FOUND, 5},
        {CHANGE("5", "null"), true, EVENT_FIELD_FOUND, -5},
        {CHANGE("\"a few\"", "5"), true, EVENT_FIELD_FOUND, 0},
        {CHANGE("3", "[]"), true, EVENT_FIELD_FOUND, 0},
        {CHANGE("1e30", "5"), true, EVENT_FIELD_INVALID, 0},
        {CHANGE("-9223372036854775807", "9"), true, EVENT_FIELD_INVALID, 0},
        {CHANGES("\"n\": {\"new_value\": 5}"), true, EVENT_FIELD_FOUND, 5},
        {CHANGES("\"n\": 7"), true, EVENT_FIELD_FOUND, 0},
        {CHANGES("\"notes\": {\"old_value\": 1, \"new_value\": 5}"), true, EVENT_FIELD_FOUND, 0},
        {CHANGES(""), true, EVENT_FIELD_FOUND, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t quantity = 0;
        event(rows[i].event);
        cr_expect_eq(event_has_changes(&call), rows[i].has_changes, "%s", rows[i].event);
        cr_expect_eq(event_increase(&call, "n", &quantity), rows[i].found, "%s", rows[i].event);
        if (rows[i].found == EVENT_FIELD_FOUND)
            cr_expect_eq(quantity, rows[i].quantity, "%s", rows[i].event);
    }
}
