/* approve_transfer_order: a decision on a transfer order. */
#include <criterion/criterion.h>
#include <string.h>

#include "approvals.h"

static struct trial trial;

#define TABLE  "inventory.transfer_orders"
#define ENTITY TRANSFER
#define CONFIG "{\"transfer_order_id\": \"{{entity_id}}\", \"approval_reason\": \"for {{why}}\"}"
#define ALONE  "\"transfer_order_id\": \"" TRANSFER "\""

static void set_up(void)
{
    approvals_open(&trial, "approve_transfer_order", TRANSFER_ROW("pending", "4"), TRANSFER);
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(approve_transfer_order, .init = set_up, .fini = tear_down);

Test(approve_transfer_order, decides_once)
{
    const char *before = approvals_row(&trial, TABLE);
    approvals_done(&trial, CONFIG, "approved",
                   ALONE ", \"approved_by\": \"" BOSS "\", \"approval_reason\": \"for O'Hara \\\"x\\\"\"");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before),
                "approval_reason=for O'Hara \"x\",approved_by=" BOSS ",status=approved,updated_date=now");
    ASSERT_TEXT(approvals_events(&trial), "transferorder|updated|on_update|transfer_orders|" TRANSFER "|" CLERK);
    ASSERT_TEXT(approvals_changes(&trial, 0),
                "approval_reason=for O'Hara \"x\",approved_by_id=" BOSS ",status=approved,updated_date=now");
    approvals_done(&trial, CONFIG, "already_approved", ALONE);
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "1");
}

Test(approve_transfer_order, other_states)
{
    static const struct {
        const char *status, *output, *more;
    } rows[] = {
        {"approved", "already_approved", ""},
        {"rejected", "already_rejected", ""},
        {"in_transit", "already_approved", ", \"current_status\": \"in_transit\""},
        {"completed", "already_approved", ", \"current_status\": \"completed\""},
        {"canceled", "failure", ", \"error\": \"transfer order is canceled\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        postgres_do(arena_print(trial.arena, "UPDATE " TABLE " SET status = '%s'", rows[i].status).data);
        approvals_done(&trial, CONFIG, rows[i].output, arena_print(trial.arena, ALONE "%s", rows[i].more).data);
        ASSERT_TEXT(trial_sql(&trial, "SELECT status FROM " TABLE), rows[i].status);
    }
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(approve_transfer_order, an_order_that_is_not_there)
{
    approvals_done(&trial, "{\"transfer_order_id\": \"" MISSING "\", \"approval_reason\": \"x\"}", "not_found",
                   "\"transfer_order_id\": \"" MISSING "\"");
}

Test(approve_transfer_order, a_config_is_checked)
{
    ASSERT_TEXT(trial_check(&trial, "{}"), "transfer_order_id is required");
    ASSERT_TEXT(trial_check(&trial, "{\"transfer_order_id\": \"PO-1\"}"),
                "invalid transfer_order_id: invalid UUID length: 4");
    ASSERT_TEXT(trial_check(&trial, CONFIG), "");
    trial_refused(&trial, "{}", "transfer_order_id is required");
    trial_refused(&trial, "{\"transfer_order_id\": \"{{missing}}\"}", "transfer_order_id is required");
    trial_refused(&trial, "{\"transfer_order_id\": \"x\"}", "invalid transfer_order_id: invalid UUID length: 1");
}

Test(approve_transfer_order, an_event_without_a_user)
{
    const char *before = approvals_row(&trial, TABLE);
    trial_context(&trial, "{\"entity_id\": \"" ENTITY "\"}");
    trial_refused(&trial, CONFIG, "approve transfer order: no user: the event names none");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    cr_assert(uuid_parse(TEXT(CLERK), &trial.environment.stand_in));
    trial_done(&trial, CONFIG);
    ASSERT_TEXT(trial_result(&trial, "approved_by"), CLERK);
}

Test(approve_transfer_order, without_an_outbox)
{
    postgres_do("DROP TABLE workflow.cascade_outbox");
    trial_done(&trial, CONFIG);
    ASSERT_TEXT(trial_result(&trial, "output"), "approved");
}

Test(approve_transfer_order, the_database_refuses)
{
    postgres_do("ALTER TABLE " TABLE " RENAME TO gone");
    trial_refused(&trial, CONFIG, "approve transfer order: approve: namedexeccontext: undefined table");
}

Test(approve_transfer_order, a_user_who_is_not_there)
{
    const char *before = approvals_row(&trial, TABLE);
    trial_context(&trial, "{\"entity_id\": \"" ENTITY "\", \"user_id\": \"" MISSING "\"}");
    trial_refused(&trial, CONFIG, "approve transfer order: approve: namedexeccontext: foreign key violation");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(approve_transfer_order, out_of_memory)
{
    trial_out_of_memory(&trial, CONFIG, ACTION_OUTCOME_DONE);
}

Test(approve_transfer_order, two_at_the_same_time)
{
    const struct approvals_racer racers[] = {
        {"approve_transfer_order", CONFIG},
        {"reject_transfer_order", "{\"transfer_order_id\": \"" TRANSFER "\", \"rejection_reason\": \"no\"}"}};
    const char *outputs = approvals_race(&trial, TABLE, racers);
    cr_assert(strcmp(outputs, "already_approved approved") == 0 || strcmp(outputs, "already_rejected rejected") == 0,
              "%s", outputs);
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "1");
}
