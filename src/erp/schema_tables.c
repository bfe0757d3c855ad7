#include "erp/schema_tables.h"

/* The columns of the newest schema of the ERP; optional foreign keys are left out, so that a
   database without the ERP's own tables is enough. */
// clang-format off
#define SCHEMA(name_) {SCHEMA_SCHEMA, name_, "CREATE SCHEMA " name_}
#define ENUM(name_, labels_) {SCHEMA_TYPE, name_, "CREATE TYPE " name_ " AS ENUM (" labels_ ")"}
#define TABLE(name_, columns_) {SCHEMA_TABLE, name_, "CREATE TABLE " name_ " (" columns_ ")"}
/* Of the table made just before it. */
#define INDEX(name_, on_) {SCHEMA_INDEX, name_, "CREATE INDEX ON " on_}
// clang-format on

const struct schema_object schema_objects[] = {
    SCHEMA("core"),
    SCHEMA("workflow"),
    SCHEMA("inventory"),
    SCHEMA("products"),
    SCHEMA("sales"),

    ENUM("workflow.alert_severity", "'low', 'medium', 'high', 'critical'"),
    ENUM("workflow.alert_status", "'active', 'acknowledged', 'dismissed', 'resolved'"),
    ENUM("workflow.recipient_type", "'user', 'role'"),

    TABLE("core.users", "id uuid PRIMARY KEY"),

    TABLE("workflow.trigger_types", "id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
                                    "name varchar(50) NOT NULL UNIQUE,"
                                    "description text,"
                                    "is_active boolean NOT NULL DEFAULT true,"
                                    "deactivated_by uuid"),
    TABLE("workflow.entity_types", "id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
                                   "name varchar(50) NOT NULL UNIQUE,"
                                   "description text,"
                                   "is_active boolean NOT NULL DEFAULT true,"
                                   "deactivated_by uuid,"
                                   "frontend_route text"),
    TABLE("workflow.entities", "id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
                               "name varchar(100) NOT NULL UNIQUE,"
                               "entity_type_id uuid NOT NULL REFERENCES workflow.entity_types (id),"
                               "schema_name varchar(50) DEFAULT 'public',"
                               "is_active boolean DEFAULT true,"
                               "created_date timestamp DEFAULT now(),"
                               "deactivated_by uuid"),
    TABLE("workflow.automation_rules", "id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
                                       "name varchar(100) NOT NULL,"
                                       "description text,"
                                       "entity_id uuid NOT NULL,"
                                       "entity_type_id uuid NOT NULL REFERENCES workflow.entity_types (id),"
                                       "trigger_type_id uuid NOT NULL REFERENCES workflow.trigger_types (id),"
                                       "trigger_conditions jsonb,"
                                       "canvas_layout jsonb DEFAULT '{}',"
                                       "is_active boolean NOT NULL DEFAULT true,"
                                       "created_date timestamp NOT NULL DEFAULT now(),"
                                       "updated_date timestamp NOT NULL DEFAULT now(),"
                                       "created_by uuid NOT NULL,"
                                       "updated_by uuid NOT NULL,"
                                       "deactivated_by uuid,"
                                       "is_default boolean NOT NULL DEFAULT false"),
    TABLE("workflow.action_templates", "id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
                                       "name varchar(100) NOT NULL UNIQUE,"
                                       "description text,"
                                       "action_type varchar(50) NOT NULL,"
                                       "icon varchar(100),"
                                       "default_config jsonb NOT NULL,"
                                       "created_date timestamp NOT NULL DEFAULT now(),"
                                       "created_by uuid NOT NULL,"
                                       "is_active boolean NOT NULL DEFAULT true,"
                                       "deactivated_by uuid"),
    TABLE("workflow.rule_actions", "id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
                                   "automation_rules_id uuid NOT NULL REFERENCES workflow.automation_rules (id),"
                                   "name varchar(100) NOT NULL,"
                                   "description text,"
                                   "action_config jsonb NOT NULL,"
                                   "is_active boolean DEFAULT true,"
                                   "template_id uuid REFERENCES workflow.action_templates (id),"
                                   "deactivated_by uuid"),
    TABLE("workflow.action_edges",
          "id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
          "rule_id uuid NOT NULL REFERENCES workflow.automation_rules (id) ON DELETE CASCADE,"
          "source_action_id uuid REFERENCES workflow.rule_actions (id) ON DELETE CASCADE,"
          "target_action_id uuid NOT NULL REFERENCES workflow.rule_actions (id) ON DELETE CASCADE,"
          "edge_type varchar(20) NOT NULL"
          " CHECK (edge_type IN ('start', 'sequence', 'true_branch', 'false_branch', 'always')),"
          "edge_order integer DEFAULT 0,"
          "created_date timestamp NOT NULL DEFAULT now(),"
          "source_output varchar(50),"
          "UNIQUE (source_action_id, target_action_id, source_output)"),
    TABLE("workflow.automation_executions", "id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
                                            "automation_rules_id uuid REFERENCES workflow.automation_rules (id),"
                                            "entity_type varchar(50) NOT NULL,"
                                            "trigger_data jsonb,"
                                            "actions_executed jsonb,"
                                            "status varchar(20) NOT NULL,"
                                            "error_message text,"
                                            "execution_time_ms integer,"
                                            "executed_at timestamp NOT NULL DEFAULT now(),"
                                            "trigger_source varchar(20) NOT NULL DEFAULT 'automation',"
                                            "executed_by uuid,"
                                            "action_type varchar(100)"),
    TABLE("workflow.alerts", "id uuid PRIMARY KEY,"
                             "alert_type varchar(100) NOT NULL,"
                             "severity workflow.alert_severity NOT NULL,"
                             "title text NOT NULL,"
                             "message text NOT NULL,"
                             "context jsonb DEFAULT '{}',"
                             "source_entity_name varchar(100),"
                             "source_entity_id uuid,"
                             "source_rule_id uuid REFERENCES workflow.automation_rules (id) ON DELETE SET NULL,"
                             "status workflow.alert_status NOT NULL DEFAULT 'active',"
                             "expires_date timestamp,"
                             "created_date timestamp NOT NULL,"
                             "updated_date timestamp NOT NULL,"
                             "action_url text"),
    INDEX("workflow.alerts (source_entity_id, alert_type, status)",
          "workflow.alerts (source_entity_id, alert_type, status)"),
    TABLE("workflow.alert_recipients", "id uuid PRIMARY KEY,"
                                       "alert_id uuid NOT NULL REFERENCES workflow.alerts (id) ON DELETE CASCADE,"
                                       "recipient_type workflow.recipient_type NOT NULL,"
                                       "recipient_id uuid NOT NULL,"
                                       "created_date timestamp NOT NULL,"
                                       "UNIQUE (alert_id, recipient_type, recipient_id)"),
    TABLE("workflow.alert_acknowledgments",
          "id uuid PRIMARY KEY,"
          "alert_id uuid NOT NULL REFERENCES workflow.alerts (id) ON DELETE CASCADE,"
          "acknowledged_by uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,"
          "acknowledged_date timestamp NOT NULL,"
          "notes text,"
          "UNIQUE (alert_id, acknowledged_by)"),
    TABLE("workflow.allocation_results", "id uuid PRIMARY KEY,"
                                         "idempotency_key varchar(255) NOT NULL UNIQUE,"
                                         "allocation_data jsonb NOT NULL,"
                                         "created_date timestamp NOT NULL"),
    /* The result is a text: a stored result has to be what was stored, and the server need not parse it. */
    TABLE("workflow.action_effects", "key uuid PRIMARY KEY,"
                                     "execution_id uuid NOT NULL,"
                                     "action_id uuid NOT NULL,"
                                     "action_type text NOT NULL,"
                                     "result text NOT NULL,"
                                     "created_at timestamptz NOT NULL DEFAULT now()"),
    INDEX("workflow.action_effects (created_at)", "workflow.action_effects (created_at)"),
    TABLE("workflow.approval_requests",
          "approval_request_id uuid PRIMARY KEY,"
          "execution_id uuid NOT NULL REFERENCES workflow.automation_executions (id),"
          "rule_id uuid REFERENCES workflow.automation_rules (id),"
          "action_name varchar(100) NOT NULL,"
          "approvers uuid[] NOT NULL,"
          "approval_type varchar(20) NOT NULL DEFAULT 'any' CHECK (approval_type IN ('any', 'all', 'majority')),"
          "status varchar(20) NOT NULL DEFAULT 'pending'"
          " CHECK (status IN ('pending', 'approved', 'rejected', 'timed_out', 'expired')),"
          "timeout_hours integer NOT NULL DEFAULT 72,"
          "task_token text NOT NULL,"
          "approval_message text,"
          "resolved_by uuid REFERENCES core.users (id),"
          "resolution_reason text,"
          "created_date timestamp NOT NULL DEFAULT now(),"
          "resolved_date timestamp,"
          "scenario_id uuid"),
    TABLE("workflow.worker_turns", "name text PRIMARY KEY,"
                                   "taken_at timestamptz NOT NULL"),
    TABLE("workflow.cascade_outbox", "id uuid PRIMARY KEY,"
                                     "seq bigserial UNIQUE,"
                                     "domain text NOT NULL,"
                                     "action text NOT NULL,"
                                     "event_type text NOT NULL,"
                                     "entity_name text NOT NULL,"
                                     "payload jsonb NOT NULL,"
                                     "lineage jsonb,"
                                     "created_at timestamp with time zone NOT NULL DEFAULT now(),"
                                     "attempts integer NOT NULL DEFAULT 0,"
                                     "last_error text,"
                                     "published_at timestamp with time zone,"
                                     "dead boolean NOT NULL DEFAULT false"),
    TABLE("workflow.notification_deliveries",
          "id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
          "notification_id uuid NOT NULL,"
          "automation_execution_id uuid REFERENCES workflow.automation_executions (id),"
          "rule_id uuid REFERENCES workflow.automation_rules (id),"
          "action_id uuid REFERENCES workflow.rule_actions (id),"
          "recipient_id uuid NOT NULL,"
          "channel varchar(50) NOT NULL,"
          "status varchar(20) NOT NULL,"
          "attempts integer DEFAULT 1,"
          "sent_at timestamp,"
          "delivered_at timestamp,"
          "failed_at timestamp,"
          "error_message text,"
          "provider_response jsonb,"
          "created_date timestamp NOT NULL DEFAULT now(),"
          "updated_date timestamp NOT NULL DEFAULT now()"),

    TABLE("inventory.inventory_locations", "id uuid PRIMARY KEY,"
                                           "zone_id uuid NOT NULL,"
                                           "warehouse_id uuid NOT NULL,"
                                           "aisle varchar(20) NOT NULL,"
                                           "rack varchar(20) NOT NULL,"
                                           "shelf varchar(20) NOT NULL,"
                                           "bin varchar(20) NOT NULL,"
                                           "is_pick_location boolean NOT NULL,"
                                           "is_reserve_location boolean NOT NULL,"
                                           "max_capacity integer NOT NULL,"
                                           "current_utilization numeric(10,4) NOT NULL,"
                                           "created_date timestamp NOT NULL,"
                                           "updated_date timestamp NOT NULL,"
                                           "location_code varchar(100)"),
    TABLE("inventory.inventory_items", "id uuid PRIMARY KEY,"
                                       "product_id uuid NOT NULL,"
                                       "location_id uuid NOT NULL REFERENCES inventory.inventory_locations (id),"
                                       "quantity integer NOT NULL,"
                                       "reserved_quantity integer NOT NULL,"
                                       "allocated_quantity integer NOT NULL,"
                                       "minimum_stock integer NOT NULL,"
                                       "maximum_stock integer NOT NULL,"
                                       "reorder_point integer NOT NULL,"
                                       "economic_order_quantity integer NOT NULL,"
                                       "safety_stock integer NOT NULL,"
                                       "avg_daily_usage integer NOT NULL,"
                                       "created_date timestamp NOT NULL,"
                                       "updated_date timestamp NOT NULL,"
                                       "scenario_id uuid,"
                                       "UNIQUE (product_id, location_id)"),

    TABLE("products.products", "id uuid PRIMARY KEY,"
                               "name varchar(255) NOT NULL"),
    TABLE("sales.orders", "id uuid PRIMARY KEY,"
                          "number varchar(100) NOT NULL"),
};

const size_t schema_object_count = sizeof(schema_objects) / sizeof(schema_objects[0]);
