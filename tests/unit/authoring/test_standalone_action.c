/* The request and the environment of an action outside of any workflow. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "authoring/standalone_action.h"
#include "base/limits.h"

static struct arena *arena;
static struct error error;
static char path[] = "/tmp/standalone-XXXXXX";

static void set_up(void)
{
    arena = arena_new(MIB(16), 0);
    error = ERROR_IN(arena);
    cr_assert_geq(mkstemp(path), 0);
}

static void tear_down(void)
{
    unlink(path);
    arena_free(arena);
}

TestSuite(standalone_action, .init = set_up, .fini = tear_down);

static void write_file(const char *content)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(content, file), 0);
    cr_assert_eq(fclose(file), 0);
}

static const char *message(const char *tail)
{
    return arena_print(arena, "%s: %s", path, tail).data;
}

Test(standalone_action, each_request_has_a_new_execution)
{
    struct action_request first, second;
    cr_assert_eq(standalone_action_request(arena, "update_field", NULL, &first, &error), STATUS_OK);
    cr_assert_eq(standalone_action_request(arena, "update_field", NULL, &second, &error), STATUS_OK);
    struct uuid id;
    cr_assert(uuid_parse(first.execution_id, &id));
    cr_assert(uuid_parse(first.action_id, &id));
    cr_assert_not(text_equal(first.execution_id, second.execution_id));
    cr_assert(text_is(first.action_type, "update_field"));
    cr_assert_eq(first.context.type, JSON_OBJECT);
    cr_assert_eq(first.context.object.count, 0);
}

Test(standalone_action, reads_the_context_from_a_file)
{
    write_file("{\"number\": \"A1\"}");
    struct action_request request;
    cr_assert_eq(standalone_action_request(arena, "send_email", path, &request, &error), STATUS_OK);
    cr_assert(text_is(json_get_text(&request.context, TEXT("number")), "A1"));
}

Test(standalone_action, refuses_a_context_that_is_no_object)
{
    write_file("[1]");
    struct action_request request;
    cr_assert_eq(standalone_action_request(arena, "send_email", path, &request, &error), STATUS_INVALID);
    cr_assert(text_is(error.message, message("expected object, found array")), "%.*s", TEXT_ARG(error.message));
}

Test(standalone_action, the_environment_waits_for_nothing)
{
    const struct action_environment environment = standalone_action_environment(arena);
    cr_assert(environment.local);
    cr_assert_not(environment.async);
    cr_assert_eq(environment.attempt, 1);
    cr_assert_eq(environment.catalog, &action_catalog_all);
    cr_assert_eq(environment.now.size, sizeof "2006-01-02T15:04:05Z" - 1, "%.*s", TEXT_ARG(environment.now));
}
