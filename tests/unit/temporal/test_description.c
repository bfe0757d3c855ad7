/* The commands that describe a run. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "temporal/description.h"
#include "temporal/payload.h"
#include "temporal_api_enums.h"

static struct arena *arena;
static Api__RespondWorkflowTaskCompletedRequest request;

static void set_up(void)
{
    arena = arena_new(MIB(1), 0);
    request = (Api__RespondWorkflowTaskCompletedRequest)API__RESPOND_WORKFLOW_TASK_COMPLETED_REQUEST__INIT;
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(description, .init = set_up, .fini = tear_down);

static const struct run_description order = {.rule = {.data = "Say \"hi\"", .size = 8},
                                             .trigger = {.data = "on_create", .size = 9},
                                             .entity = {.data = "orders", .size = 6},
                                             .entity_id = {.data = "e-1", .size = 3},
                                             .entity_number = {.data = "SO-1", .size = 4}};

static void write(const struct workflow_answer *answer, unsigned attributes)
{
    cr_assert_eq(description_write(answer, attributes, NULL, arena, &request, NULL), STATUS_OK);
}

static struct text value_of(const Api__Payload *payload)
{
    bool foreign;
    return payload_read(payload, &foreign);
}

static void expect_memo(size_t at, const char *key, const char *value)
{
    const Api__Memo *memo = request.commands[0]->modify_workflow_properties_command_attributes->upserted_memo;
    cr_assert_lt(at, memo->n_fields);
    cr_expect(text_is(proto_text(memo->fields[at]->key), key));
    struct text found = value_of(memo->fields[at]->value);
    cr_expect(text_is(found, value), "%.*s", TEXT_ARG(found));
}

static const Api__SearchAttributes *attributes_of(const Api__Command *command)
{
    cr_assert_eq(command->command_type, API_COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES);
    return command->upsert_workflow_search_attributes_command_attributes->search_attributes;
}

static void expect_attribute(const Api__SearchAttributes *attributes, size_t at, const char *key, const char *value)
{
    cr_assert_lt(at, attributes->n_indexed_fields);
    cr_expect(text_is(proto_text(attributes->indexed_fields[at]->key), key));
    struct text found = value_of(attributes->indexed_fields[at]->value);
    cr_expect(text_is(found, value), "%.*s", TEXT_ARG(found));
}

Test(description, stands_before_the_other_commands)
{
    Api__Command complete = API__COMMAND__INIT, *commands[] = {&complete};
    request.commands = commands;
    request.n_commands = 1;
    write(&(struct workflow_answer){.description = &order}, DESCRIPTION_ALL_ATTRIBUTES);
    cr_assert_eq(request.n_commands, 3);
    cr_expect_eq(request.commands[0]->command_type, API_COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES);
    expect_memo(0, "rule", "\"Say \\\"hi\\\"\"");
    expect_memo(1, "entity", "\"orders SO-1\"");
    expect_memo(2, "trigger", "\"on_create\"");
    const Api__SearchAttributes *attributes = attributes_of(request.commands[1]);
    cr_expect_eq(attributes->n_indexed_fields, 4);
    expect_attribute(attributes, 0, "RuleName", "\"Say \\\"hi\\\"\"");
    expect_attribute(attributes, 1, "EntityName", "\"orders\"");
    expect_attribute(attributes, 2, "EntityId", "\"e-1\"");
    expect_attribute(attributes, 3, "EntityNumber", "\"SO-1\"");
    cr_expect_eq(request.commands[2], &complete);
}

Test(description, has_only_the_attributes_of_the_namespace)
{
    write(&(struct workflow_answer){.description = &order, .sets_failed_action = true, .failed_action = TEXT("pay")},
          description_attribute(TEXT("EntityId")));
    cr_assert_eq(request.n_commands, 2);
    const Api__SearchAttributes *attributes = attributes_of(request.commands[1]);
    cr_expect_eq(attributes->n_indexed_fields, 1);
    expect_attribute(attributes, 0, "EntityId", "\"e-1\"");
    cr_expect_eq(description_attribute(TEXT("entityid")), 0);
}

Test(description, is_nothing_where_nothing_is_known)
{
    const struct run_description unknown = {.rule = TEXT_NONE};
    write(&(struct workflow_answer){.description = &unknown}, DESCRIPTION_ALL_ATTRIBUTES);
    write(&(struct workflow_answer){.sets_failed_action = true, .failed_action = TEXT("pay")}, 0);
    write(&(struct workflow_answer){.failed_action = TEXT("pay")}, DESCRIPTION_ALL_ATTRIBUTES);
    cr_expect_eq(request.n_commands, 0);
}

Test(description, a_failed_action_comes_and_goes)
{
    write(&(struct workflow_answer){.sets_failed_action = true, .failed_action = TEXT("pay")},
          DESCRIPTION_ALL_ATTRIBUTES);
    expect_attribute(attributes_of(request.commands[0]), 0, "FailedAction", "\"pay\"");
    request.n_commands = 0;
    write(&(struct workflow_answer){.sets_failed_action = true}, DESCRIPTION_ALL_ATTRIBUTES);
    const Api__SearchAttributes *attributes = attributes_of(request.commands[0]);
    expect_attribute(attributes, 0, "FailedAction", "");
    cr_expect(text_is(proto_text(attributes->indexed_fields[0]->value->metadata[0]->value), "binary/null"));
}

Test(description, a_full_arena_is_reported_at_every_allocation)
{
    const struct workflow_answer answer = {.description = &order, .sets_failed_action = true};
    size_t allowed = 1;
    for (;; allowed++) {
        arena_fail_after(arena, allowed);
        enum status status = description_write(&answer, DESCRIPTION_ALL_ATTRIBUTES, NULL, arena, &request, NULL);
        arena_fail_after(arena, 0);
        if (status == STATUS_OK)
            break;
        cr_assert_eq(status, STATUS_BUDGET, "allocation %zu", allowed);
    }
    cr_expect_gt(allowed, 5);
}
