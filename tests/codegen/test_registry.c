#include <criterion/criterion.h>
#include <string.h>

#include "action/decode.h"
#include "action/registry.h"
#include "base/limits.h"
#include "codegen/generated_support.h"
#include "generated/services.h"

static void expect_sorted(const struct action_catalog *catalog)
{
    for (size_t i = 0; i < catalog->count; i++) {
        const struct action_type *type = &catalog->types[i];
        cr_expect(i == 0 || strcmp(catalog->types[i - 1].name, type->name) < 0, "%s", type->name);
        cr_expect_eq(action_catalog_find(catalog, text_from(type->name)), type, "%s", type->name);
    }
    cr_expect_null(action_catalog_find(catalog, TEXT("no_such_action")));
    cr_expect_null(action_catalog_find(catalog, TEXT("")));
}

Test(registry, is_sorted_and_found_by_name)
{
    expect_sorted(&action_catalog_all);
    expect_sorted(&action_catalog_core);
}

Test(registry, core_is_the_group_of_that_name)
{
    size_t core = 0;
    for (size_t i = 0; i < action_catalog_all.count; i++)
        core += action_catalog_all.types[i].group == GROUP_CORE;
    cr_expect_eq(action_catalog_core.count, core);
    for (size_t i = 0; i < action_catalog_core.count; i++)
        cr_expect_eq(action_catalog_core.types[i].group, GROUP_CORE);
}

Test(registry, has_the_actions_of_the_contract)
{
    static const char *const core[] = {"delay",      "evaluate_condition", "seek_approval",
                                       "send_email", "send_notification",  "update_field"};
    static const char *const extended[] = {"allocate_inventory", "call_webhook", "create_alert"};
    for (size_t i = 0; i < sizeof core / sizeof *core; i++)
        cr_expect_not_null(action_catalog_find(&action_catalog_core, text_from(core[i])), "%s", core[i]);
    for (size_t i = 0; i < sizeof extended / sizeof *extended; i++) {
        cr_expect_not_null(action_catalog_find(&action_catalog_all, text_from(extended[i])), "%s", extended[i]);
        cr_expect_null(action_catalog_find(&action_catalog_core, text_from(extended[i])), "%s", extended[i]);
    }
}

Test(registry, tells_what_an_action_is)
{
    const struct action_type *update = action_catalog_find(&action_catalog_all, TEXT("update_field"));
    cr_assert_not_null(update);
    cr_expect_eq(update->effects, EFFECTS_WRITE);
    cr_expect_eq(update->dispatch, DISPATCH_LOCAL);
    cr_expect(update->idempotent);
    cr_expect_eq(update->needs, 1u << SERVICE_DATABASE);
    cr_expect_eq(update->timing.start_to_close_ms, 300000);
    cr_expect_eq(update->timing.retry_attempts, 3);
    cr_expect_eq(update->reference_count, 2u);
    cr_expect_str_eq(update->references[0].path, "new_value");
    cr_expect_eq(update->references[0].kind, REFERENCE_TEMPLATE);
    cr_expect_str_eq(update->outputs[0], "success");

    const struct action_type *mail = action_catalog_find(&action_catalog_all, TEXT("send_email"));
    cr_assert_not_null(mail);
    cr_expect_eq(mail->dispatch, DISPATCH_ACTIVITY);
    cr_expect_eq(mail->timing.start_to_close_ms, 1800000);
}

Test(registry, only_the_engine_performs_without_a_handler)
{
    for (size_t i = 0; i < action_catalog_all.count; i++) {
        const struct action_type *type = &action_catalog_all.types[i];
        cr_expect_eq(type->perform == NULL, type->dispatch == DISPATCH_ENGINE, "%s", type->name);
        bool of_engine = strcmp(type->name, "delay") == 0 || strcmp(type->name, "wait_for") == 0;
        cr_expect_eq(type->dispatch == DISPATCH_ENGINE, of_engine, "%s", type->name);
    }
}

Test(registry, examples_are_judged_as_they_say)
{
    struct arena *arena = test_arena();
    for (size_t i = 0; i < action_catalog_all.count; i++) {
        const struct action_type *type = &action_catalog_all.types[i];
        cr_expect_gt(type->example_count, 0u, "%s", type->name);
        for (size_t j = 0; j < type->example_count; j++) {
            const struct action_example *example = &type->examples[j];
            const struct json_value config = read_json(arena, example->config);
            struct decode_faults faults = {.arena = arena};
            type->check(arena, &config, &faults);
            expect_text(decode_faults_text(&faults, arena), example->fault != NULL ? example->fault : "");
        }
    }
    arena_free(arena);
}

Test(registry, a_config_that_cannot_be_read_is_refused)
{
    struct arena *arena = test_arena();
    const struct action_type *update = action_catalog_find(&action_catalog_all, TEXT("update_field"));
    struct action_call call = {.arena = arena};
    const struct services services = {0};
    struct json_value result;

    cr_assert_not_null(update);
    struct json_value config = read_json(arena, "{\"target_entity\":5,\"target_field\":\"id\",\"new_value\":1}");
    cr_expect_eq(update->perform(&call, &services, &config, &result), ACTION_OUTCOME_REFUSED);
    expect_text(call.failure, "failed to parse config: target_entity: expected string, found number");

    config = read_json(arena, "{\"target_entity\":\"core.currencies\",\"target_field\":\"x y\"}");
    cr_expect_eq(update->perform(&call, &services, &config, &result), ACTION_OUTCOME_REFUSED);
    expect_text(call.failure, "invalid target_entity: core.currencies; invalid target_field: x y");
    arena_free(arena);
}

Test(registry, faults_point_into_the_document)
{
    struct arena *arena = test_arena();
    const struct action_type *update = action_catalog_find(&action_catalog_all, TEXT("update_field"));
    struct decode_faults faults = {.arena = arena};

    cr_assert_not_null(update);
    const struct json_value config =
        read_json(arena, "{\"target_entity\":\"sales.orders\",\"target_field\":\"notes\",\"new_value\":1,"
                         "\"conditions\":[{\"field_name\":\"id\",\"operator\":\"equals\"},{\"field_name\":7}]}");
    update->check(arena, &config, &faults);
    cr_assert_eq(faults.count, 2u);
    expect_text(faults.items[0].pointer, "/conditions/1/field_name");
    cr_expect(faults.items[0].unreadable);
    expect_text(faults.items[1].pointer, "/conditions/1/operator");
    arena_free(arena);
}

Test(registry, many_faults_are_cut)
{
    struct arena *arena = test_arena();
    const struct action_type *condition = action_catalog_find(&action_catalog_all, TEXT("evaluate_condition"));
    struct buffer json = buffer_in(arena, MIB(1));
    struct decode_faults faults = {.arena = arena};

    cr_assert_not_null(condition);
    buffer_add(&json, TEXT("{\"conditions\":[{}"));
    for (int i = 0; i < 1000; i++)
        buffer_add(&json, TEXT(",{}"));
    buffer_add(&json, TEXT("]}"));
    const struct json_value config = read_json(arena, buffer_text(&json).data);
    condition->check(arena, &config, &faults);
    cr_expect_eq(faults.count, (size_t)LIMIT_DECODE_FAULTS);
    cr_expect(faults.exhausted);
    cr_expect(text_ends(decode_faults_text(&faults, arena), TEXT("; and more")));
    arena_free(arena);
}
