/* reject_purchase_order: a decision on a purchase order. */
#include <criterion/criterion.h>
#include <string.h>

#include "approvals.h"

static struct trial trial;

#define TABLE  "procurement.purchase_orders"
#define ENTITY PURCHASE
#define CONFIG "{\"purchase_order_id\": \"{{entity_id}}\", \"rejection_reason\": \"for {{why}}\"}"
#define WRITTEN                                                                                                        \
    "rejected_by=" BOSS ",rejected_date=now,rejection_reason=for O'Hara \"x\",updated_by=" BOSS ",updated_date=now"

static void set_up(void)
{
    approvals_open(&trial, "reject_purchase_order", PURCHASE_ROW, PURCHASE);
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(reject_purchase_order, .init = set_up, .fini = tear_down);

Test(reject_purchase_order, decides_once)
{
    const char *before = approvals_row(&trial, TABLE);
    approvals_done(&trial, CONFIG, "rejected",
                   "\"purchase_order_id\": \"" PURCHASE "\", \"rejected_by\": \"" BOSS
                   "\", \"rejection_reason\": \"for O'Hara \\\"x\\\"\"");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), WRITTEN);
    ASSERT_TEXT(approvals_events(&trial), "purchaseorder|updated|on_update|purchase_orders|" PURCHASE "|" BOSS);
    ASSERT_TEXT(approvals_changes(&trial, 0), WRITTEN);
    before = approvals_row(&trial, TABLE);
    approvals_done(&trial, CONFIG, "already_rejected", "\"purchase_order_id\": \"" PURCHASE "\"");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "1");
}

Test(reject_purchase_order, does_not_undo_a_decision)
{
    postgres_do("UPDATE " TABLE " SET approved_by = '" CLERK "'");
    approvals_done(&trial, CONFIG, "already_approved", "\"purchase_order_id\": \"" PURCHASE "\"");
    postgres_do("UPDATE " TABLE " SET rejected_by = '" CLERK "'");
    approvals_done(&trial, CONFIG, "already_approved", "\"purchase_order_id\": \"" PURCHASE "\"");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(reject_purchase_order, an_order_that_is_not_there)
{
    approvals_done(&trial, "{\"purchase_order_id\": \"" MISSING "\", \"rejection_reason\": \"x\"}", "not_found",
                   "\"purchase_order_id\": \"" MISSING "\"");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(reject_purchase_order, a_config_is_checked)
{
    ASSERT_TEXT(trial_check(&trial, "{}"), "purchase_order_id is required; rejection_reason is required");
    ASSERT_TEXT(trial_check(&trial, "{\"purchase_order_id\": \"PO-1\", \"rejection_reason\": \"no\"}"),
                "invalid purchase_order_id: invalid UUID length: 4");
    ASSERT_TEXT(trial_check(&trial, CONFIG), "");
    trial_refused(&trial, "{}", "purchase_order_id is required; rejection_reason is required");
    trial_refused(&trial, "{\"purchase_order_id\": \"{{missing}}\", \"rejection_reason\": \"no\"}",
                  "purchase_order_id is required");
    trial_refused(&trial, "{\"purchase_order_id\": \"x\", \"rejection_reason\": \"no\"}",
                  "invalid purchase_order_id: invalid UUID length: 1");
}

Test(reject_purchase_order, an_event_without_a_user)
{
    const char *before = approvals_row(&trial, TABLE);
    trial_context(&trial, "{\"entity_id\": \"" ENTITY "\"}");
    trial_refused(&trial, CONFIG, "reject purchase order: no user: the event names none");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    cr_assert(uuid_parse(TEXT(CLERK), &trial.environment.stand_in));
    trial_done(&trial, CONFIG);
    ASSERT_TEXT(trial_result(&trial, "rejected_by"), CLERK);
}

Test(reject_purchase_order, without_an_outbox)
{
    postgres_do("DROP TABLE workflow.cascade_outbox");
    trial_done(&trial, CONFIG);
    ASSERT_TEXT(trial_result(&trial, "output"), "rejected");
}

Test(reject_purchase_order, the_database_refuses)
{
    postgres_do("ALTER TABLE " TABLE " RENAME TO gone");
    trial_refused(&trial, CONFIG, "reject purchase order: reject: namedexeccontext: undefined table");
}

Test(reject_purchase_order, a_user_who_is_not_there)
{
    const char *before = approvals_row(&trial, TABLE);
    trial_context(&trial, "{\"entity_id\": \"" ENTITY "\", \"user_id\": \"" MISSING "\"}");
    trial_refused(&trial, CONFIG, "reject purchase order: reject: namedexeccontext: foreign key violation");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(reject_purchase_order, out_of_memory)
{
    trial_out_of_memory(&trial, CONFIG, ACTION_OUTCOME_DONE);
}

Test(reject_purchase_order, two_at_the_same_time)
{
    const struct approvals_racer racers[] = {
        {"reject_purchase_order", CONFIG},
        {"approve_purchase_order", "{\"purchase_order_id\": \"" PURCHASE "\", \"approval_reason\": \"no\"}"}};
    const char *outputs = approvals_race(&trial, TABLE, racers);
    cr_assert(strcmp(outputs, "already_approved approved") == 0 || strcmp(outputs, "already_rejected rejected") == 0,
              "%s", outputs);
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "1");
}
