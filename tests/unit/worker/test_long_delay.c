/* The warning of a delay that no new rule may have. */
#include <criterion/criterion.h>

#include "tests/unit/worker/server.h"

TestSuite(long_delay, .init = server_set_up, .fini = server_tear_down, .timeout = 60);

#define WARNING "Delay exceeds the limit for rules"

static const struct call *last;

static void stop_at_the_answer(const struct call *call)
{
    if (call->kind != CALL_ANSWER)
        return;
    last = call;
    worker_stop(server.worker);
}

static struct text logged_with_delay(const char *duration)
{
    struct text plain = rule("delay", ">0"), empty = TEXT("\"action_config\":{");
    size_t at = text_find(plain, empty) + empty.size;
    struct text input = arena_print(server.arena, "%.*s\"duration\":\"%s\"%.*s", TEXT_ARG(text_slice(plain, 0, at)),
                                    duration, TEXT_ARG(text_slice(plain, at, SIZE_MAX)));
    log_capture();
    server.on_call = stop_at_the_answer;
    server_give_task(first_task("run", input), false);
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_not_null(last);
    cr_assert_eq(last->commands[0].kind, COMMAND_START_TIMER);
    return log_captured();
}

Test(long_delay, warns_and_sleeps)
{
    struct text log = logged_with_delay("721h");
    cr_assert_eq(last->commands[0].duration_ms, INT64_C(2595600000));
    cr_assert_eq(log_times(log, WARNING), 1, "%.*s", TEXT_ARG(log));
    cr_assert_eq(log_times(log, "\"action_name\":\"a0\""), 1);
    cr_assert_eq(log_times(log, "\"duration_ms\":2595600000"), 1);
}

Test(long_delay, does_not_warn_of_the_longest_that_rules_may_have)
{
    struct text log = logged_with_delay("720h");
    cr_assert_eq(log_times(log, WARNING), 0, "%.*s", TEXT_ARG(log));
}
