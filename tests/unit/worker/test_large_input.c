/* The warning of an action's large input. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "tests/unit/worker/server.h"

TestSuite(large_input, .init = server_set_up, .fini = server_tear_down, .timeout = 60);

static const struct call *last;

static void stop_at_the_answer(const struct call *call)
{
    if (call->kind != CALL_ANSWER)
        return;
    last = call;
    worker_stop(server.worker);
}

/* A rule of one action of this type whose whole input has that size. */
static struct text rule_with_input(const char *type, size_t bytes)
{
    /* What surrounds the characters below. */
    size_t frame = sizeof("{\"action_id\":\"a0000000-0000-4000-8000-000000000000\",\"action_name\":\"a0\","
                          "\"action_type\":\"\",\"config\":{\"note\":\"\"},\"context\":{},"
                          "\"execution_id\":\"c0000000-0000-4000-8000-000000000001\","
                          "\"rule_id\":\"b0000000-0000-4000-8000-000000000001\",\"rule_name\":\"test\"}") -
                   1 + text_from(type).size;
    struct text plain = rule(type, ">0"), empty = TEXT("\"action_config\":{");
    size_t at = text_find(plain, empty) + empty.size;
    struct buffer json = buffer_in(server.arena, MIB(4));
    buffer_add(&json, text_slice(plain, 0, at));
    buffer_add(&json, TEXT("\"note\":\""));
    for (size_t i = frame; i < bytes; i++)
        buffer_add_byte(&json, 'x');
    buffer_add_byte(&json, '"');
    buffer_add(&json, text_slice(plain, at, SIZE_MAX));
    return buffer_text(&json);
}

static struct text logged_with_input(const char *type, size_t bytes)
{
    log_capture();
    server.on_call = stop_at_the_answer;
    server_give_task(first_task("run", rule_with_input(type, bytes)), false);
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_not_null(last);
    struct text log = log_captured();
    cr_assert_eq(text_find(log, TEXT("xxxxxxxx")), SIZE_MAX, "payloads are not logged");
    return log;
}

Test(large_input, warns_of_the_large_input_of_an_activity)
{
    struct text log = logged_with_input("far", WARN_CONTEXT_BYTES + 1);
    cr_assert_eq(last->commands[0].payload.size, WARN_CONTEXT_BYTES + 1);
    cr_assert_eq(log_times(log, "The input of an action is large"), 1, "%.*s", TEXT_ARG(log));
    cr_assert_eq(log_times(log, "\"rule_name\":\"test\""), 1);
    cr_assert_eq(log_times(log, "\"action_name\":\"a0\""), 1);
    cr_assert_eq(log_times(log, "\"bytes\":204801"), 1);
}

Test(large_input, warns_of_the_large_input_of_a_local_action)
{
    struct text log = logged_with_input("pure", WARN_CONTEXT_BYTES + 1);
    cr_assert_eq(log_times(log, "\"bytes\":204801"), 1, "%.*s", TEXT_ARG(log));
}

Test(large_input, does_not_warn_of_an_input_at_the_limit)
{
    struct text log = logged_with_input("far", WARN_CONTEXT_BYTES);
    cr_assert_eq(last->commands[0].payload.size, WARN_CONTEXT_BYTES);
    cr_assert_eq(log_times(log, "The input of an action is large"), 0, "%.*s", TEXT_ARG(log));
}
