/* The effects of actions that write any table, and of the audit log. */
#include <criterion/criterion.h>

#include "effects_once.h"

static const struct effect effects[] = {
    {.action = "create_entity",
     .config = "{\"target_entity\": \"products.brands\", \"fields\": {\"name\": \"of {{entity_id}}\", \"code\": 9}}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "DELETE FROM products.brands WHERE code = 9"},
    {.action = "create_entity",
     .config = "{\"target_entity\": \"products.brands\","
               " \"fields\": {\"id\": \"{{entity_id}}\", \"name\": \"x\", \"code\": 9}}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "DELETE FROM products.brands WHERE code = 9",
     .needs_ledger = true},
    {.action = "transition_status",
     .config = "{\"target_entity\": \"sales.orders\", \"status_field\": \"text_column\", \"to_status\": \"packed\","
               " \"valid_from_statuses\": [\"open\"]}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "UPDATE sales.orders SET text_column = 'open'"},
    {.action = "log_audit_entry",
     .config = "{\"entity_name\": \"orders\", \"action\": \"a\", \"message\": \"m\", \"metadata\": {\"a\": [1]}}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "DELETE FROM workflow.audit_log"},
};

const struct effect_group effects_records =
    EFFECT_GROUP(effects, .rows = "UPDATE sales.orders SET text_column = 'open'");

EFFECT_TESTS(effects_records)
