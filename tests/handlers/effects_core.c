/* The effects of the first actions. */
#include <criterion/criterion.h>

#include "effects_once.h"
#include "stock.h"

#define USERS "[\"f3c95789-ace1-4954-ac5d-6baed2eac902\", \"cbf27734-ac10-4525-8b66-402800e03d2c\"]"

static const struct effect effects[] = {
    {.action = "allocate_inventory",
     .config = WANT("4", ""),
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "DELETE FROM workflow.allocation_results;"
             "UPDATE inventory.inventory_items SET reserved_quantity = 0, updated_date = created_date"},
    {.action = "create_alert",
     .config = "{\"alert_type\": \"late\", \"title\": \"{{order_number}}\", \"message\": \"m\","
               " \"recipients\": {\"users\": " USERS "}, \"resolve_prior\": true}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "DELETE FROM workflow.alerts WHERE title = 'SO-1';"
             "UPDATE workflow.alerts SET status = 'active', updated_date = created_date"},
    {.action = "seek_approval",
     .config = "{\"approvers\": " USERS ", \"approval_type\": \"any\"}",
     .outcome = ACTION_OUTCOME_PENDING,
     .undo = "DELETE FROM workflow.approval_requests;"
             "DELETE FROM workflow.alerts WHERE alert_type = 'approval_request'"},
    {.action = "send_notification",
     .config = "{\"recipients\": " USERS ", \"message\": \"m\", \"priority\": \"low\"}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "DELETE FROM workflow.alerts WHERE alert_type = 'notification'"},
    {.action = "update_field",
     .config = "{\"target_entity\": \"sales.orders\", \"target_field\": \"text_column\", \"new_value\": \"new\"}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "UPDATE sales.orders SET text_column = NULL"},
    {.action = "update_field",
     .config = "{\"target_entity\": \"sales.orders\", \"target_field\": \"status_id\", \"new_value\": \"NEW\","
               " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\":"
               " \"products.brands\", \"lookup_field\": \"name\", \"allow_create\": true,"
               " \"create_config\": {\"code\": 9}}}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "UPDATE sales.orders SET status_id = NULL;"
             "DELETE FROM products.brands WHERE code = 9"},
};

const struct effect_group effects_core = EFFECT_GROUP(effects);

EFFECT_TESTS(effects_core)
