/* The completer of handlers against a real server. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "settings/settings.h"
#include "temporal/activity_completer.h"
#include "wire.h"

static struct wire wire;
static struct action_completer *completer;
static struct error error;

static void start_at(struct text address, const char *namespace_)
{
    const struct settings settings = {.temporal_target = address, .temporal_namespace = text_from(namespace_)};
    error = ERROR_IN(wire.arena);
    cr_assert_eq(activity_completer_start(&settings, &completer, &error), STATUS_OK, "%.*s", TEXT_ARG(error.message));
}

static void set_up(void)
{
    wire_open(&wire);
    start_at(text_from(getenv("TEMPORAL_ADDRESS")), "default");
}

static void tear_down(void)
{
    activity_completer_stop(completer);
    wire_close(&wire);
}

TestSuite(activity_completer, .init = set_up, .fini = tear_down);

static enum status complete(struct text token, const char *output)
{
    const struct wait_limit limit = {.deadline_us = clock_monotonic_us() + 60000000};
    error = ERROR_IN(wire.arena);
    return completer->complete(completer, token, text_from(output), &limit, &error);
}

/* The token of an activity that waits. */
static struct text schedule(const char *workflow)
{
    struct command command = wire_activity_command("a-1", "{\"action_id\":\"a-1\"}");
    wire_answer(&wire, wire_begin(&wire, workflow, "{}"), &command, 1);
    return wire_poll_activity(&wire)->token;
}

Test(activity_completer, completes_once)
{
    struct text token = schedule("once");
    cr_assert_eq(complete(token, "{\"success\":true}"), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    const struct event *done = wire_event(wire_poll(&wire), EVENT_ACTIVITY_COMPLETED);
    cr_expect(text_is(done->payload, "{\"success\":true}"));
    cr_expect_eq(complete(token, "{\"success\":true}"), STATUS_NOT_FOUND);
    cr_expect_gt(error.message.size, 0);
}

Test(activity_completer, an_activity_of_a_run_that_has_ended)
{
    struct text token = schedule("ended");
    (void)wire_tool(&wire, "workflow terminate", "ended");
    cr_expect_eq(complete(token, "{}"), STATUS_NOT_FOUND);
}

Test(activity_completer, what_never_was_a_token)
{
    cr_expect_eq(complete(TEXT("no token"), "{}"), STATUS_NOT_FOUND, "%.*s", TEXT_ARG(error.message));
    cr_expect_eq(complete((struct text){.data = "\0\377\n", .size = 3}, "{}"), STATUS_NOT_FOUND, "%.*s",
                 TEXT_ARG(error.message));
}

Test(activity_completer, an_output_that_is_too_large)
{
    struct text token = schedule("large");
    char *large = calloc(1, LIMIT_PAYLOAD_BYTES + 2);
    memset(large, ' ', LIMIT_PAYLOAD_BYTES + 1);
    cr_expect_eq(complete(token, large), STATUS_BUDGET);
    free(large);
    cr_expect_eq(complete(token, "{}"), STATUS_OK, "it still waits");
}

static bool is_canceled(void *userdata)
{
    return ++*(int *)userdata > 2;
}

/* Nobody listens at this address. A call that its caller gave up ends with the completer. */
Test(activity_completer, a_server_that_does_not_answer)
{
    activity_completer_stop(completer);
    start_at(TEXT("127.0.0.1:1"), "default");
    int asked = 0;
    const struct wait_limit limits[] = {
        {.is_canceled = is_canceled, .userdata = &asked},
        {.deadline_us = clock_monotonic_us() + 300000},
        {.deadline_us = 1},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        error = ERROR_IN(wire.arena);
        cr_expect_eq(completer->complete(completer, TEXT("token"), TEXT("{}"), &limits[i], &error), STATUS_UNAVAILABLE);
    }
    cr_expect_eq(asked, 3);
}
