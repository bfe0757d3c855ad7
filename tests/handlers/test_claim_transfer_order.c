/* claim_transfer_order: an approved transfer is under way. */
#include <criterion/criterion.h>
#include <string.h>

#include "approvals.h"

static struct trial trial;

#define TABLE  "inventory.transfer_orders"
#define ENTITY TRANSFER
#define CONFIG "{\"transfer_order_id\": \"{{entity_id}}\"}"
#define ALONE  "\"transfer_order_id\": \"" TRANSFER "\""

static void set_up(void)
{
    approvals_open(&trial, "claim_transfer_order", TRANSFER_ROW("approved", "4"), TRANSFER);
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(claim_transfer_order, .init = set_up, .fini = tear_down);

Test(claim_transfer_order, claims_once)
{
    const char *before = approvals_row(&trial, TABLE);
    approvals_done(&trial, CONFIG, "claimed", ALONE ", \"claimed_by\": \"" BOSS "\"");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before),
                "claimed_at=now,claimed_by=" BOSS ",status=in_transit,updated_date=now");
    ASSERT_TEXT(approvals_events(&trial), "transferorder|updated|on_update|transfer_orders|" TRANSFER "|" CLERK);
    ASSERT_TEXT(approvals_changes(&trial, 0),
                "claimed_at=now,claimed_by_id=" BOSS ",status=in_transit,updated_date=now");
    approvals_done(&trial, CONFIG, "already_in_transit", ALONE);
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "1");
}

Test(claim_transfer_order, other_states)
{
    static const struct {
        const char *status, *output, *more;
    } rows[] = {
        {"in_transit", "already_in_transit", ""},
        {"completed", "already_completed", ""},
        {"pending", "not_approved", ", \"current_status\": \"pending\""},
        {"rejected", "not_approved", ", \"current_status\": \"rejected\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        postgres_do(arena_print(trial.arena, "UPDATE " TABLE " SET status = '%s'", rows[i].status).data);
        approvals_done(&trial, CONFIG, rows[i].output, arena_print(trial.arena, ALONE "%s", rows[i].more).data);
        ASSERT_TEXT(trial_sql(&trial, "SELECT status FROM " TABLE), rows[i].status);
    }
    approvals_done(&trial, "{\"transfer_order_id\": \"" MISSING "\"}", "not_found",
                   "\"transfer_order_id\": \"" MISSING "\"");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(claim_transfer_order, the_entity_of_the_rule)
{
    static const char *const configs[] = {"{}", "{\"transfer_order_id\": null}", "{\"transfer_order_id\": \"\"}",
                                          "{\"transfer_order_id\": \"{{missing}}\"}"};
    for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
        trial_done(&trial, configs[i]);
        ASSERT_TEXT(trial_result(&trial, "transfer_order_id"), TRANSFER);
    }
    trial_context(&trial, "{\"user_id\": \"" BOSS "\"}");
    approvals_done(&trial, "{}", "failure", "\"error\": \"no transfer order id\"");
}

Test(claim_transfer_order, a_template_names_the_order)
{
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\", \"user_id\": \"" BOSS "\", \"other\": \"" TRANSFER "\"}");
    trial_done(&trial, "{\"transfer_order_id\": \"{{other}}\"}");
    ASSERT_TEXT(trial_result(&trial, "output"), "claimed");
}

Test(claim_transfer_order, a_config_is_checked)
{
    ASSERT_TEXT(trial_check(&trial, "{}"), "transfer_order_id is required");
    ASSERT_TEXT(trial_check(&trial, "{\"transfer_order_id\": \"TO-1\"}"),
                "invalid transfer_order_id: invalid UUID length: 4");
    ASSERT_TEXT(trial_check(&trial, CONFIG), "");
    trial_refused(&trial, "{\"transfer_order_id\": \"TO-1\"}", "invalid transfer_order_id: invalid UUID length: 4");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(claim_transfer_order, an_event_without_a_user)
{
    const char *before = approvals_row(&trial, TABLE);
    trial_context(&trial, "{\"entity_id\": \"" ENTITY "\"}");
    trial_refused(&trial, CONFIG, "claim transfer order: no user: the event names none");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    cr_assert(uuid_parse(TEXT(CLERK), &trial.environment.stand_in));
    trial_done(&trial, CONFIG);
    ASSERT_TEXT(trial_result(&trial, "claimed_by"), CLERK);
}

Test(claim_transfer_order, without_an_outbox)
{
    postgres_do("DROP TABLE workflow.cascade_outbox");
    trial_done(&trial, CONFIG);
    ASSERT_TEXT(trial_result(&trial, "output"), "claimed");
}

Test(claim_transfer_order, the_database_refuses)
{
    postgres_do("ALTER TABLE " TABLE " RENAME TO gone");
    trial_refused(&trial, CONFIG, "claim transfer order: claim: undefined table");
}

Test(claim_transfer_order, a_user_who_is_not_there)
{
    const char *before = approvals_row(&trial, TABLE);
    trial_context(&trial, "{\"entity_id\": \"" ENTITY "\", \"user_id\": \"" MISSING "\"}");
    trial_refused(&trial, CONFIG, "claim transfer order: claim: foreign key violation");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(claim_transfer_order, out_of_memory)
{
    trial_out_of_memory(&trial, CONFIG, ACTION_OUTCOME_DONE);
}

Test(claim_transfer_order, two_at_the_same_time)
{
    const struct approvals_racer racers[] = {{"claim_transfer_order", CONFIG}, {"claim_transfer_order", "{}"}};
    ASSERT_TEXT(approvals_race(&trial, TABLE, racers), "already_in_transit claimed");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "1");
}
