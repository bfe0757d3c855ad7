/* The places of actions that answer for people. Hostile texts for actions that ask are in test_seek_approval.c. */
#include "hostile.h"

#define REQUEST     "7c1f4e0a-0e6c-4f2b-9a53-6d1c8f1b2a01"
#define ANSWER      "{\"approval_request_id\": \"" REQUEST "\", \"resolution\": \"rejected\""
#define KEPT        "SELECT resolution_reason FROM workflow.approval_requests"
#define HERE(more_) "{\"entity_id\": \"" ORDER "\"" more_ "}"

static const struct hostile_place places[] = {
    {"resolve_approval_request", ANSWER ", \"reason\": @}", HERE(""), KEPT},
    {"resolve_approval_request", ANSWER ", \"reason\": \"{{v}}\"}", HERE(", \"v\": @"), KEPT},
    {"resolve_approval_request", "{\"approval_request_id\": @, \"resolution\": \"approved\"}", HERE(""), NULL},
    {"resolve_approval_request", "{\"approval_request_id\": \"{{v}}\", \"resolution\": \"approved\"}",
     HERE(", \"v\": @"), NULL},
    {"resolve_approval_request", "{\"approval_request_id\": \"" REQUEST "\", \"resolution\": @}", HERE(""), NULL},
    {"resolve_approval_request", ANSWER "}", HERE(", \"user_id\": @"), NULL},
};

static void set_up(void)
{
    postgres_do("INSERT INTO workflow.automation_executions (id, entity_type, status)"
                " VALUES ('" EXECUTION "', 'orders', 'running');"
                "INSERT INTO workflow.approval_requests (approval_request_id, execution_id, action_name, approvers,"
                " task_token) VALUES ('" REQUEST "', '" EXECUTION "', 'ask', '{}', 'token')");
}

static const struct hostile_group group = {
    .places = places,
    .count = sizeof(places) / sizeof(places[0]),
    .set_up = set_up,
    .rest = "(SELECT string_agg(o::text, ',' ORDER BY o.id) FROM sales.orders o),"
            "(SELECT string_agg(concat(r.approval_request_id, r.action_name, r.approvers, r.task_token), ',')"
            " FROM workflow.approval_requests r)",
    .clean = "UPDATE workflow.approval_requests SET status = 'pending', resolved_by = NULL, resolution_reason = NULL,"
             " resolved_date = NULL",
};

HOSTILE_TESTS(hostile_people, group)
