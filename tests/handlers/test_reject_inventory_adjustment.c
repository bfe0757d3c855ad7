/* reject_inventory_adjustment: a decision on an adjustment; the stock does not move. */
#include <criterion/criterion.h>
#include <string.h>

#include "approvals.h"

static struct trial trial;

#define TABLE   "inventory.inventory_adjustments"
#define ENTITY  ADJUSTMENT
#define CONFIG  "{\"adjustment_id\": \"{{entity_id}}\", \"rejection_reason\": \"for {{why}}\"}"
#define WRITTEN "approval_status=rejected,rejected_by=" BOSS ",rejection_reason=for O'Hara \"x\",updated_date=now"
#define ALONE   "\"adjustment_id\": \"" ADJUSTMENT "\""

static void set_up(void)
{
    approvals_open(&trial, "reject_inventory_adjustment", ADJUSTMENT_ROW("-2"), ADJUSTMENT);
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(reject_inventory_adjustment, .init = set_up, .fini = tear_down);

Test(reject_inventory_adjustment, decides_once)
{
    const char *before = approvals_row(&trial, TABLE);
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    approvals_done(&trial, CONFIG, "rejected",
                   ALONE ", \"rejected_by\": \"" BOSS "\", \"rejection_reason\": \"for O'Hara \\\"x\\\"\"");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), WRITTEN);
    ASSERT_TEXT(approvals_events(&trial),
                "inventoryadjustment|updated|on_update|inventory_adjustments|" ADJUSTMENT "|" CLERK);
    ASSERT_TEXT(approvals_changes(&trial, 0), WRITTEN);
    ASSERT_TEXT(trial_sql(&trial, "SELECT quantity FROM inventory.inventory_items"), "9");
    approvals_done(&trial, CONFIG, "already_rejected", ALONE);
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "1");
}

Test(reject_inventory_adjustment, does_not_undo_an_approval)
{
    postgres_do("UPDATE " TABLE " SET approval_status = 'approved'");
    approvals_done(&trial, CONFIG, "already_approved", ALONE);
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(reject_inventory_adjustment, an_adjustment_that_is_not_there)
{
    approvals_done(&trial, "{\"adjustment_id\": \"" MISSING "\", \"rejection_reason\": \"x\"}", "not_found",
                   "\"adjustment_id\": \"" MISSING "\"");
}

Test(reject_inventory_adjustment, a_config_is_checked)
{
    ASSERT_TEXT(trial_check(&trial, "{}"), "adjustment_id is required; rejection_reason is required");
    ASSERT_TEXT(trial_check(&trial, "{\"adjustment_id\": \"PO-1\", \"rejection_reason\": \"no\"}"),
                "invalid adjustment_id: invalid UUID length: 4");
    ASSERT_TEXT(trial_check(&trial, CONFIG), "");
    trial_refused(&trial, "{}", "adjustment_id is required; rejection_reason is required");
    trial_refused(&trial, "{\"adjustment_id\": \"{{missing}}\", \"rejection_reason\": \"no\"}",
                  "adjustment_id is required");
    trial_refused(&trial, "{\"adjustment_id\": \"x\", \"rejection_reason\": \"no\"}",
                  "invalid adjustment_id: invalid UUID length: 1");
}

Test(reject_inventory_adjustment, an_event_without_a_user)
{
    const char *before = approvals_row(&trial, TABLE);
    trial_context(&trial, "{\"entity_id\": \"" ENTITY "\"}");
    trial_refused(&trial, CONFIG, "reject adjustment: no user: the event names none");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    cr_assert(uuid_parse(TEXT(CLERK), &trial.environment.stand_in));
    trial_done(&trial, CONFIG);
    ASSERT_TEXT(trial_result(&trial, "rejected_by"), CLERK);
}

Test(reject_inventory_adjustment, without_an_outbox)
{
    postgres_do("DROP TABLE workflow.cascade_outbox");
    trial_done(&trial, CONFIG);
    ASSERT_TEXT(trial_result(&trial, "output"), "rejected");
}

Test(reject_inventory_adjustment, the_database_refuses)
{
    postgres_do("ALTER TABLE " TABLE " RENAME TO gone");
    trial_refused(&trial, CONFIG, "reject adjustment: reject: undefined table");
}

Test(reject_inventory_adjustment, a_user_who_is_not_there)
{
    const char *before = approvals_row(&trial, TABLE);
    trial_context(&trial, "{\"entity_id\": \"" ENTITY "\", \"user_id\": \"" MISSING "\"}");
    trial_refused(&trial, CONFIG, "reject adjustment: reject: foreign key violation");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(reject_inventory_adjustment, out_of_memory)
{
    trial_out_of_memory(&trial, CONFIG, ACTION_OUTCOME_DONE);
}
