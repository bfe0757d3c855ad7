/* The places of the actions that read and write the tables that their config names, and of the audit log. */
#include "hostile.h"

static const char rest[] =
    "(SELECT string_agg(concat(o.id, o.number, o.text_column IS NULL OR o.id = '" ORDER "'), ',' ORDER BY o.id)"
    "  FROM sales.orders o WHERE o.number <> 'NEW'),"
    " (SELECT string_agg(s::text, ',' ORDER BY s.id) FROM products.brands s WHERE s.code < 9)";

static const char clean[] = "DELETE FROM workflow.audit_log; DELETE FROM workflow.cascade_outbox;"
                            "DELETE FROM products.brands WHERE code = 9; DELETE FROM sales.orders WHERE number = 'NEW';"
                            "UPDATE sales.orders SET text_column = CASE WHEN id = '" ORDER "' THEN 'open' END";

static void set_up(void)
{
    postgres_do("UPDATE sales.orders SET text_column = 'open' WHERE id = '" ORDER "'");
}

#define HERE "{\"entity_id\": \"" ORDER "\"}"
#define TRANSITION(entity_, field_, to_, from_, more_)                                                                 \
    "{\"target_entity\": " entity_ ", \"status_field\": " field_ ", \"to_status\": " to_                               \
    ", \"valid_from_statuses\": [" from_ "]" more_ "}"
#define ORDERS "\"sales.orders\""
#define COLUMN "\"text_column\""
#define OPEN   "\"open\""
#define STATUS "SELECT text_column FROM sales.orders WHERE id = '" ORDER "'"

#define LOOKUP(entity_, filter_, fields_, key_)                                                                        \
    "{\"entity\": " entity_ ", \"filter\": {" filter_ "}, \"fields\": [" fields_ "], \"output_key\": " key_ "}"
#define NUMBER                   "\"number\": \"SO-1\""

#define CREATE(entity_, fields_) "{\"target_entity\": " entity_ ", \"fields\": {" fields_ "}}"
#define BRANDS                   "\"products.brands\""
#define BRAND(what_)             "SELECT " what_ " FROM products.brands WHERE code = 9"

#define ENTRY(name_, action_, message_, more_)                                                                         \
    "{\"entity_name\": " name_ ", \"action\": " action_ ", \"message\": " message_ more_ "}"
#define LOG(what_) "SELECT " what_ " FROM workflow.audit_log"

static const struct hostile_place places[] = {
    {"transition_status", TRANSITION(ORDERS, COLUMN, "@", OPEN, ""), HERE, STATUS},
    {"transition_status", TRANSITION(ORDERS, COLUMN, "\"{{v}}\"", OPEN, ""), "{\"entity_id\": \"" ORDER "\", \"v\": @}",
     STATUS},
    {"transition_status", TRANSITION(ORDERS, COLUMN, "\"x\"", "@", ""), HERE, NULL},
    {"transition_status", TRANSITION("@", COLUMN, "\"x\"", OPEN, ""), HERE, NULL},
    {"transition_status", TRANSITION(ORDERS, "@", "\"x\"", OPEN, ""), HERE, NULL},
    {"transition_status", TRANSITION(ORDERS, COLUMN, "\"x\"", OPEN, ", \"target_id\": @"), HERE, NULL},
    {"transition_status", TRANSITION(ORDERS, COLUMN, "\"x\"", OPEN, ", \"target_id\": \"{{v}}\""), "{\"v\": @}", NULL},
    {"transition_status", TRANSITION(ORDERS, COLUMN, "\"x\"", OPEN, ""), "{\"entity_id\": @}", NULL},
    {"transition_status", TRANSITION(ORDERS, COLUMN, "\"x\"", OPEN, ""),
     "{\"entity_id\": \"" ORDER "\", \"user_id\": @, \"__cascade_lineage\": {\"visited\": [@]}}",
     "SELECT lineage -> 'visited' ->> 0 FROM workflow.cascade_outbox"},
    {"lookup_entity", LOOKUP(ORDERS, COLUMN ": @", COLUMN, "\"it\""), HERE, NULL},
    {"lookup_entity", LOOKUP(ORDERS, COLUMN ": \"{{v}}\"", COLUMN, "\"it\""), "{\"v\": @}", NULL},
    {"lookup_entity", LOOKUP(ORDERS, "\"integer_column\": @", COLUMN, "\"it\""), HERE, NULL},
    {"lookup_entity", LOOKUP(ORDERS, "@: 1", COLUMN, "\"it\""), HERE, NULL},
    {"lookup_entity", LOOKUP(ORDERS, NUMBER, COLUMN ", @", "\"it\""), HERE, NULL},
    {"lookup_entity", LOOKUP(ORDERS, NUMBER, COLUMN, "@"), HERE, NULL},
    {"lookup_entity", LOOKUP("@", NUMBER, COLUMN, "\"it\""), HERE, NULL},
    {"create_entity", CREATE(BRANDS, "\"code\": 9, \"name\": @"), HERE, BRAND("name")},
    {"create_entity", CREATE(BRANDS, "\"code\": 9, \"name\": \"{{v}}\""), "{\"v\": @}", BRAND("name")},
    {"create_entity", CREATE(BRANDS, "\"code\": 9, \"name\": \"x{{v}}\""), "{\"v\": @}", BRAND("substr(name, 2)")},
    {"create_entity", CREATE(ORDERS, "\"number\": \"NEW\", \"jsonb_column\": {\"a\": [@]}"), HERE,
     "SELECT jsonb_column -> 'a' ->> 0 FROM sales.orders WHERE number = 'NEW'"},
    {"create_entity", CREATE(ORDERS, "\"number\": \"NEW\", \"texts_column\": [@]"), HERE,
     "SELECT texts_column[1] FROM sales.orders WHERE number = 'NEW'"},
    {"create_entity", CREATE(BRANDS, "\"code\": 9, \"name\": \"x\", \"ready\": @"), HERE, NULL},
    {"create_entity", CREATE(BRANDS, "\"code\": 9, \"name\": \"x\", \"id\": @"), HERE, NULL},
    {"create_entity", CREATE(BRANDS, "\"code\": @, \"name\": \"x\""), HERE, NULL},
    {"create_entity", CREATE(BRANDS, "\"code\": 9, \"name\": \"x\", @: 1"), HERE, NULL},
    {"create_entity", CREATE("@", "\"code\": 9, \"name\": \"x\""), HERE, NULL},
    {"create_entity", CREATE(BRANDS, "\"code\": 9, \"name\": \"x\""),
     "{\"user_id\": @, \"__cascade_lineage\": {\"visited\": [@]}}",
     "SELECT lineage -> 'visited' ->> 0 FROM workflow.cascade_outbox"},
    {"log_audit_entry", ENTRY("@", "\"a\"", "\"m\"", ""), HERE, LOG("entity_name")},
    {"log_audit_entry", ENTRY("\"n\"", "@", "\"m\"", ""), HERE, LOG("action")},
    {"log_audit_entry", ENTRY("\"n\"", "\"a\"", "@", ""), HERE, LOG("message")},
    {"log_audit_entry", ENTRY("\"n\"", "\"a\"", "\"{{v}}\"", ""), "{\"v\": @}", LOG("message")},
    {"log_audit_entry", ENTRY("\"n\"", "\"a\"", "\"m\"", ", \"entity_id\": @"), HERE, NULL},
    {"log_audit_entry", ENTRY("\"n\"", "\"a\"", "\"m\"", ""), "{\"entity_id\": @, \"user_id\": @}", NULL},
    {"log_audit_entry", ENTRY("\"n\"", "\"a\"", "\"m\"", ", \"metadata\": {\"a\": [@]}"), HERE,
     LOG("metadata -> 'a' ->> 0")},
    {"log_audit_entry", ENTRY("\"n\"", "\"a\"", "\"m\"", ", \"metadata\": {\"a\": \"{{v}}\"}"), "{\"v\": @}",
     LOG("metadata ->> 'a'")},
    {"log_audit_entry", ENTRY("\"n\"", "\"a\"", "\"m\"", ", \"metadata\": {@: 1}"), HERE, NULL},
};

static const struct hostile_group group = {
    .places = places,
    .count = sizeof(places) / sizeof(places[0]),
    .set_up = set_up,
    .rest = rest,
    .clean = clean,
};

HOSTILE_TESTS(hostile_records, group)
