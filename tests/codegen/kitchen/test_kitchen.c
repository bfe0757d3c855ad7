#include <criterion/criterion.h>
#include <string.h>

#include "action/registry.h"
#include "codegen/generated_support.h"
#include "fridge.h"
#include "generated/cook_everything.h"
#include "generated/services.h"
#include "oven.h"

#define REQUIRED                                                                                                       \
    "\"text_required\":\"four\",\"text_empty\":\"\",\"whole\":1,\"id\":\"5cf37266-3473-4006-984f-9325122678b7\","      \
    "\"anything_required\":1,\"place_required\":{\"x\":1,\"y\":2},\"texts_required\":[\"a\"]"

static const struct action_type *cook(void)
{
    const struct action_type *type = action_catalog_find(&action_catalog_all, TEXT("cook_everything"));
    cr_assert_not_null(type);
    return type;
}

static enum action_outcome perform(struct arena *arena, const char *config, struct action_call *call,
                                   struct json_value *result)
{
    static struct oven oven = {200};
    static struct fridge fridge = {5};
    const struct services services = {.oven = &oven, .fridge = &fridge};
    const struct json_value json = read_json(arena, config);

    *call = (struct action_call){.arena = arena, .attempt = 1};
    return cook()->perform(call, &services, &json, result);
}

Test(kitchen, groups_make_two_catalogs)
{
    cr_assert_gt(action_catalog_all.count, 2u);
    cr_assert_eq(action_catalog_core.count, 1u);
    cr_assert_str_eq(action_catalog_core.types[0].name, "just_look");
}

Test(kitchen, the_registry_has_what_the_spec_says)
{
    cr_expect_eq(cook()->mode, ACTION_MODE_ASYNC);
    cr_expect_eq(cook()->effects, EFFECTS_EXTERNAL);
    cr_expect_eq(cook()->dispatch, DISPATCH_ACTIVITY);
    cr_expect_not(cook()->idempotent);
    cr_expect(cook()->context_all);
    cr_expect_eq(cook()->needs, 1u << SERVICE_OVEN | 1u << SERVICE_FRIDGE);
    cr_expect_eq(cook()->timing.start_to_close_ms, 5400000);
    cr_expect_eq(cook()->timing.retry_attempts, 7);
    cr_expect_eq(cook()->timing.retry_initial_ms, 250);
    cr_expect_eq(cook()->timing.retry_maximum_ms, 120000);
    cr_expect_float_eq(cook()->timing.retry_coefficient, 1.5, 1e-9);
    cr_expect_eq(cook()->output_count, 2u);
    cr_expect_str_eq(cook()->outputs[1], "burnt");
}

Test(kitchen, references_name_every_key_of_a_place)
{
    static const char *const templates[] = {
        "text_template", "whole_any",       "fraction",          "exact",    "flag",     "id_template",
        "lasting",       "colour_optional", "anything_required", "rows[][]", "spices{}", "shelves{}[].jar"};
    static const char *const typed[] = {"notes{}", "plates[]{}", "leaflet"};
    static const char *const keys[] = {"key", "old_key", "older-key"};
    size_t found_templates = 0, found_typed = 0, found_keys = 0, found_late = 0;

    for (size_t i = 0; i < cook()->reference_count; i++) {
        const struct action_reference *reference = &cook()->references[i];
        for (size_t j = 0; j < sizeof templates / sizeof *templates; j++)
            found_templates +=
                reference->kind == REFERENCE_TEMPLATE && text_is(text_from(reference->path), templates[j]);
        for (size_t j = 0; j < sizeof typed / sizeof *typed; j++)
            found_typed += reference->kind == REFERENCE_TYPED && text_is(text_from(reference->path), typed[j]);
        for (size_t j = 0; j < sizeof keys / sizeof *keys; j++)
            found_keys += reference->kind == REFERENCE_CONTEXT_KEY && text_is(text_from(reference->path), keys[j]);
        found_late += reference->kind == REFERENCE_LATE && text_is(text_from(reference->path), "text_late");
    }
    cr_expect_eq(found_templates, 12u);
    cr_expect_eq(found_typed, 3u);
    cr_expect_eq(found_keys, 3u);
    cr_expect_eq(found_late, 1u);
    cr_expect_eq(cook()->reference_count, 19u);
}

Test(kitchen, what_should_not_be_used_any_more_is_named)
{
    static const char *const paths[] = {"pinch", "dash", "layers[].thin"};
    cr_expect_str_eq(cook()->deprecated, "Order in.");
    cr_assert_eq(cook()->deprecation_count, 3u);
    for (size_t i = 0; i < 3; i++)
        cr_expect_str_eq(cook()->deprecations[i].path, paths[i]);
    cr_expect_str_eq(cook()->deprecations[1].instead, "Use `spoons`, \"heaped\".");
    const struct action_type *look = action_catalog_find(&action_catalog_all, TEXT("just_look"));
    cr_assert_not_null(look);
    cr_expect_null(look->deprecated);
    cr_expect_eq(look->deprecation_count, 0u);
}

Test(kitchen, names_to_read_besides_are_each_there_once)
{
    const struct action_type *look = action_catalog_find(&action_catalog_all, TEXT("just_look"));
    cr_assert_not_null(look);
    cr_expect_not(look->context_all);
    cr_assert_eq(look->context_name_count, 2u);
    cr_expect_str_eq(look->context_names[0], "hunger");
    cr_expect_str_eq(look->context_names[1], "mood");
    cr_expect_eq(cook()->context_name_count, 0u);
}

Test(kitchen, names_that_an_action_needs)
{
    const struct action_type *look = action_catalog_find(&action_catalog_all, TEXT("look_around"));
    cr_assert_not_null(look);
    cr_expect_eq(look->context_name_count, 6u);
    cr_assert_eq(look->needed_name_count, 3u);
    const struct action_needed_name *place = &look->needed_names[0], *door = &look->needed_names[1],
                                    *name = &look->needed_names[2];
    cr_expect_str_eq(place->name, "place");
    cr_expect_str_eq(place->others[1], "hall");
    cr_expect_null(place->others[2]);
    cr_expect_eq(place->kind, FIELD_UUID);
    cr_expect_str_eq(place->when_field, "everywhere");
    cr_expect_str_eq(place->when_value, "false");
    cr_expect(place->when_absent);
    cr_expect_eq(door->kind, FIELD_ANY);
    cr_expect_str_eq(door->when_value, "left");
    cr_expect_not(door->when_absent);
    cr_expect_null(name->when_field);
    cr_expect_str_eq(name->late_name, "guest");
}

Test(kitchen, expanded_templates_become_values)
{
    struct arena *arena = test_arena();
    struct action_call call;
    struct json_value result;
    const enum action_outcome outcome =
        perform(arena,
                "{" REQUIRED ",\"text_template\":\"x\",\"whole_any\":\" 12 \",\"fraction\":\"1.5\",\"exact\":\"0.10\","
                "\"flag\":\"false\",\"id_template\":\"{5CF37266-3473-4006-984F-9325122678B7}\",\"lasting\":\"90s\","
                "\"colour_optional\":\"two\",\"colour_open\":\"RED\"}",
                &call, &result);

    cr_assert_eq(outcome, ACTION_OUTCOME_DONE, "%.*s", TEXT_ARG(call.failure));
    expect_text(json_get_text(&result, TEXT("text")), "x");
    expect_json(arena, json_get(&result, TEXT("whole")), "12");
    expect_json(arena, json_get(&result, TEXT("fraction")), "1.5");
    expect_json(arena, json_get(&result, TEXT("exact")), "0.1");
    expect_json(arena, json_get(&result, TEXT("flag")), "false");
    expect_text(json_get_text(&result, TEXT("id")), "5cf37266-3473-4006-984f-9325122678b7");
    expect_text(json_get_text(&result, TEXT("lasting")), "1m30s");
    expect_text(json_get_text(&result, TEXT("colour_optional")), "red");
    expect_text(json_get_text(&result, TEXT("output")), "burnt");
    arena_free(arena);
}

Test(kitchen, a_result_that_the_spec_does_not_have_is_refused)
{
    struct arena *arena = test_arena();
    struct action_call call;
    struct json_value result;

    cr_assert_eq(perform(arena, "{" REQUIRED ",\"text_template\":\"no such\"}", &call, &result),
                 ACTION_OUTCOME_REFUSED);
    expect_text(call.failure, "the handler's result is not valid: output: 7 is not one of its 2 values");
    arena_free(arena);
}

Test(kitchen, a_map_keeps_the_order_of_the_config)
{
    struct arena *arena = test_arena();
    struct action_call call;
    struct json_value result;

    cr_assert_eq(perform(arena, "{" REQUIRED ",\"spices\":{\"salt\":3,\"anise\":\" 2 \",\"Salt\":1}}", &call, &result),
                 ACTION_OUTCOME_REFUSED);
    expect_text(call.failure, "there is no spice called Salt");
    cr_expect_eq(call.failure_head, 0u); /* the log must not contain the key */
    cr_assert_eq(perform(arena, "{" REQUIRED ",\"spices\":{\"salt\":3,\"anise\":\" 2 \"}}", &call, &result),
                 ACTION_OUTCOME_DONE);
    expect_json(arena, json_get(&result, TEXT("used")), "{\"salt\":3,\"anise\":2}");
    cr_assert_eq(perform(arena, "{" REQUIRED ",\"text_template\":\"twice\",\"spices\":{\"salt\":3}}", &call, &result),
                 ACTION_OUTCOME_REFUSED);
    arena_free(arena);
}

Test(kitchen, keys_of_maps_are_not_for_the_log)
{
    struct arena *arena = test_arena();
    struct action_call call;
    struct json_value result;

    cr_assert_eq(perform(arena, "{" REQUIRED ",\"plates\":[{\"secret\":[]}]}", &call, &result), ACTION_OUTCOME_REFUSED);
    expect_text(call.failure,
                "cannot read the recipe: plates[0].secret: expected string, number or boolean, found array");
    const struct failure failure = action_failure(&call);
    expect_text(failure_redact(arena, &failure, 200), "cannot read the recipe: plates[0].\u2026 (6 bytes): expected "
                                                      "string, number or boolean, found array");
    arena_free(arena);
}

/* Results that no handler can intend, and the field that the error names. */
Test(kitchen, a_result_that_is_not_valid_is_refused_with_its_field)
{
    static const struct {
        const char *mischief, *fault;
    } rows[] = {
        {"colour", "colour: 99 is not one of its 2 values"},
        {"text", "text: a text is not UTF-8, or has a NUL in it"},
        {"step", "steps[1].name: a text is not UTF-8, or has a NUL in it"},
        {"row", "rows[1][0]: a text of 5 bytes is not a decimal number"},
        {"colours", "colours[2]: 2 is not one of its 2 values"},
        {"list", "wholes: a list of 3 items has none"},
        {"free", "free: expected object, found array"},
        {"place", "place_optional.z: a text is not UTF-8, or has a NUL in it"},
        {"twice", "used: a key appears twice"},
        {"key", "used: key 0 is not valid text"},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct action_call call;
        struct json_value result;
        const struct text config =
            arena_print(arena, "{" REQUIRED ",\"text_template\":\"%s\",\"spices\":{\"salt\":3}}", rows[i].mischief);
        cr_assert_eq(perform(arena, config.data, &call, &result), ACTION_OUTCOME_REFUSED, "%s", rows[i].mischief);
        expect_text(call.failure, arena_print(arena, "the handler's result is not valid: %s", rows[i].fault).data);
    }
    arena_free(arena);
}

Test(kitchen, enums_have_texts)
{
    expect_text(cook_everything_colour_text(COOK_EVERYTHING_COLOUR_BLUE), "blue");
    expect_text(cook_everything_colour_open_text(COOK_EVERYTHING_COLOUR_OPEN_INFRA_RED), "infra-red");
    expect_text(cook_everything_output_text(COOK_EVERYTHING_OUTPUT_BURNT), "burnt");
    expect_text(cook_everything_result_colour_text(COOK_EVERYTHING_RESULT_COLOUR_GREEN), "green");
    cr_expect_null(cook_everything_colour_open_text(COOK_EVERYTHING_COLOUR_OPEN_OTHER).data);
    cr_expect_null(cook_everything_output_text((enum cook_everything_output)2).data);
    cr_expect_null(cook_everything_output_text((enum cook_everything_output) - 1).data);
}

Test(kitchen, a_check_by_hand_refuses_before_the_handler)
{
    struct arena *arena = test_arena();
    struct action_call call;
    struct json_value result;

    cr_assert_eq(perform(arena, "{" REQUIRED ",\"text_default\":\"poison\"}", &call, &result), ACTION_OUTCOME_REFUSED);
    expect_text(call.failure, "\"poison\" is not food");
    cr_assert_eq(call.failure_head, 1u); /* the log must not contain the value */
    arena_free(arena);
}

Test(kitchen, a_check_by_hand_finds_faults_of_a_saved_config)
{
    struct arena *arena = test_arena();
    const struct json_value config =
        read_json(arena, "{" REQUIRED ",\"at_required\":\"2026-02-10T21:18:31Z\",\"colour_open\":\"red\","
                         "\"plain_only\":\"here\",\"guests\":{\"friends\":[\"Ana\"]},"
                         "\"text_default\":\"poison\"}");
    const struct json_value incomplete = read_json(arena, "{" REQUIRED ",\"text_default\":\"poison\"}");
    struct decode_faults faults = {0};

    cook()->check(arena, &config, &faults);
    expect_text(decode_faults_text(&faults, arena), "\"poison\" is not food");
    expect_text(faults.items[0].pointer, "/text_default");

    faults = (struct decode_faults){0};
    cook()->check(arena, &incomplete, &faults); /* only a config without other faults is checked */
    for (size_t i = 0; i < faults.count; i++)
        cr_expect(!text_is(faults.items[i].pointer, "/text_default"));
    cr_assert_gt(faults.count, 0u);
    arena_free(arena);
}

Test(kitchen, a_duration_that_is_absent_is_its_default)
{
    struct arena *arena = test_arena();
    struct action_call call;
    struct json_value result;

    cr_assert_eq(perform(arena, "{" REQUIRED ",\"lasting_default\":\"\"}", &call, &result), ACTION_OUTCOME_DONE);
    expect_text(json_get_text(&result, TEXT("lasting")), "1d12h");
    cr_assert_eq(perform(arena, "{" REQUIRED ",\"lasting_default\":\"90m\"}", &call, &result), ACTION_OUTCOME_DONE);
    expect_text(json_get_text(&result, TEXT("lasting")), "1h30m");
    arena_free(arena);
}

Test(kitchen, what_templates_left_is_judged)
{
    struct arena *arena = test_arena();
    struct action_call call;
    struct json_value result;
    const enum action_outcome outcome = perform(arena,
                                                "{" REQUIRED ",\"text_template\":\"far too long\",\"whole_any\":\"\","
                                                "\"exact\":\"100\",\"flag\":\"yes\",\"id_template\":\"{{id}}\","
                                                "\"colour_optional\":\"three\"}",
                                                &call, &result);

    cr_assert_eq(outcome, ACTION_OUTCOME_REFUSED);
    expect_text(call.failure, "cannot read the recipe: text_template: must have at most 8 characters, found 12; "
                              "whole_any: expected integer, found \"\"; exact: must be at most 99.99, found 100; "
                              "flag: expected boolean, found \"yes\"; id_template: expected UUID, found \"{{id}}\"; "
                              "colour three!");
    arena_free(arena);
}

Test(kitchen, a_text_of_a_wrong_type_is_told_with_the_words_of_the_spec)
{
    struct arena *arena = test_arena();
    struct action_call call;
    struct json_value result;

    cr_assert_eq(perform(arena, "{" REQUIRED ",\"text\":{}}", &call, &result), ACTION_OUTCOME_REFUSED);
    expect_text(call.failure, "cannot read the recipe: text: expected string, found object");
    arena_free(arena);
}

Test(kitchen, values_shown_in_faults_are_cut)
{
    struct arena *arena = test_arena();
    struct buffer json = buffer_in(arena, 1 << 16);
    struct action_call call;
    struct json_value result;

    buffer_add(&json, TEXT("{" REQUIRED ",\"colour_optional\":\""));
    for (int i = 0; i < 1000; i++)
        buffer_add(&json, TEXT("\u00e4"));
    buffer_add(&json, TEXT("\"}"));
    cr_assert_eq(perform(arena, buffer_text(&json).data, &call, &result), ACTION_OUTCOME_REFUSED);
    cr_expect_eq(call.failure.size, sizeof "colour ...!" - 1 + 200);
    cr_expect(text_ends(call.failure, TEXT("\u00e4...!")));
    cr_expect(text_is_utf8(call.failure));
    arena_free(arena);
}

Test(kitchen, outcomes_of_the_body_are_handed_on)
{
    struct arena *arena = test_arena();
    const struct action_type *look = action_catalog_find(&action_catalog_all, TEXT("just_look"));
    struct action_call call = {.arena = arena, .attempt = 1};
    const struct json_value null = {0};
    struct json_value result;

    cr_assert_not_null(look);
    cr_assert_eq(look->perform(&call, NULL, &null, &result), ACTION_OUTCOME_DONE);
    expect_json(arena, &result, "{\"output\":\"success\"}");
    call.attempt = 2;
    cr_assert_eq(look->perform(&call, NULL, &null, &result), ACTION_OUTCOME_RETRY);
    expect_text(call.failure, "looked already");
    arena_free(arena);
}

Test(kitchen, texts_come_through_whole)
{
    cr_expect_not_null(strstr(cook()->documentation, "First line with */ the end of a comment."));
    cr_expect_not_null(strstr(cook()->documentation, "\u00e4 \u20ac"));
    cr_expect_not_null(strstr(cook()->summary, "?\?/ a trigraph"));
    struct arena *arena = test_arena();
    const struct json_value schema = read_json(arena, cook()->json_schema);
    expect_text(json_get_text(&schema, TEXT("title")), "cook_everything");
    arena_free(arena);
}
