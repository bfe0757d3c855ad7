#include <criterion/criterion.h>

#include "temporal/channel.h"
#include "temporal/refusal.h"
#include "temporal/retry.h"

/* Between half the backoff and all of it. */
static void expect_near(int64_t delay_ms, int64_t backoff_ms)
{
    cr_expect_geq(delay_ms, backoff_ms / 2, "%ld for %ld", (long)delay_ms, (long)backoff_ms);
    cr_expect_leq(delay_ms, backoff_ms, "%ld for %ld", (long)delay_ms, (long)backoff_ms);
}

static struct retry begin(const struct retry_policy *policy, int64_t now_us)
{
    return (struct retry){.policy = policy, .started_us = now_us};
}

Test(retry, calls_back_off_and_give_up)
{
    static const int64_t backoff[] = {100, 170, 289, 491, 834, 1417, 2408, 4093, 5000};
    struct retry retry = begin(&retry_calls, 0);
    for (size_t i = 0; i < 9; i++)
        expect_near(retry_delay_ms(&retry, RPC_UNAVAILABLE, TEXT_NONE, 0), backoff[i]);
    cr_expect_eq(retry_delay_ms(&retry, RPC_UNAVAILABLE, TEXT_NONE, 0), -1, "the tenth try was the last");
}

Test(retry, calls_give_up_when_the_next_try_would_be_too_late)
{
    struct retry retry = begin(&retry_calls, 1000000);
    cr_expect_gt(retry_delay_ms(&retry, RPC_UNAVAILABLE, TEXT_NONE, 60700000), 0);
    retry = begin(&retry_calls, 1000000);
    cr_expect_eq(retry_delay_ms(&retry, RPC_UNAVAILABLE, TEXT_NONE, 60950000), -1);
}

Test(retry, throttling_starts_at_a_second)
{
    struct retry retry = begin(&retry_calls, 0);
    expect_near(retry_delay_ms(&retry, RPC_RESOURCE_EXHAUSTED, TEXT("namespace rate limit exceeded"), 0), 1000);
    expect_near(retry_delay_ms(&retry, RPC_RESOURCE_EXHAUSTED, TEXT_NONE, 0), 1700);
    expect_near(retry_delay_ms(&retry, RPC_UNAVAILABLE, TEXT_NONE, 0), 289);
}

Test(retry, a_size_fault_is_told_from_throttling_by_its_text)
{
    cr_expect_eq(refusal_fault(RPC_OK, TEXT_NONE), CLIENT_FAULT_NONE);
    cr_expect_eq(refusal_fault(RPC_UNAVAILABLE, TEXT("larger than max")), CLIENT_FAULT_RPC);
    cr_expect_eq(refusal_fault(RPC_RESOURCE_EXHAUSTED, TEXT("namespace rate limit exceeded")), CLIENT_FAULT_RPC);
    cr_expect_eq(
        refusal_fault(RPC_RESOURCE_EXHAUSTED, TEXT("grpc: received message larger than max (5000000 vs. 4194304)")),
        CLIENT_FAULT_MESSAGE_TOO_LARGE);
    cr_expect_eq(refusal_fault(RPC_RESOURCE_EXHAUSTED, TEXT("trying to send message larger than max (9 vs. 8)")),
                 CLIENT_FAULT_MESSAGE_TOO_LARGE);
    cr_expect_eq(refusal_fault(RPC_RESOURCE_EXHAUSTED, TEXT("Received message larger than max (9 vs. 8)")),
                 CLIENT_FAULT_BUDGET, "a response that this process does not take");
}

Test(retry, too_large_is_no_throttling)
{
    static const char *const messages[] = {"Received message larger than max (4194400 vs. 4194304)",
                                           "grpc: received message larger than max (5000000 vs. 4194304)"};
    for (size_t i = 0; i < 2; i++) {
        struct retry retry = begin(&retry_calls, 0);
        cr_expect_eq(retry_delay_ms(&retry, RPC_RESOURCE_EXHAUSTED, text_from(messages[i]), 0), -1);
    }
}

Test(retry, only_codes_that_can_get_better)
{
    static const int better[] = {RPC_UNAVAILABLE, RPC_INTERNAL,          RPC_UNKNOWN,
                                 RPC_ABORTED,     RPC_DEADLINE_EXCEEDED, RPC_RESOURCE_EXHAUSTED};
    for (int code = RPC_CANCELED; code <= RPC_UNAUTHENTICATED; code++) {
        bool expected = false;
        for (size_t i = 0; i < sizeof better / sizeof *better; i++)
            expected = expected || better[i] == code;
        struct retry retry = begin(&retry_calls, 0);
        cr_expect_eq(retry_delay_ms(&retry, code, TEXT_NONE, 0) >= 0, expected, "code %d", code);
        retry = begin(&retry_polls, 0);
        cr_expect_eq(retry_delay_ms(&retry, code, TEXT_NONE, 0) >= 0, code != RPC_CANCELED, "a poll, code %d", code);
    }
}

Test(retry, polls_go_on_for_ever)
{
    static const int64_t backoff[] = {200, 400, 800, 1600, 3200, 6400, 10000, 10000};
    struct retry retry = begin(&retry_polls, 0);
    for (size_t i = 0; i < 8; i++)
        expect_near(retry_delay_ms(&retry, RPC_UNAVAILABLE, TEXT_NONE, 0), backoff[i]);
    for (size_t i = 0; i < 100000; i++)
        expect_near(retry_delay_ms(&retry, RPC_UNAVAILABLE, TEXT_NONE, INT64_MAX / 2), 10000);
}

Test(retry, never_is_never)
{
    struct retry retry = begin(&retry_never, 0);
    cr_expect_eq(retry_delay_ms(&retry, RPC_UNAVAILABLE, TEXT_NONE, 0), -1);
}

Test(retry, delays_have_jitter)
{
    unsigned differ = 0;
    for (size_t i = 0; i < 50; i++) {
        struct retry one = begin(&retry_polls, 0), other = begin(&retry_polls, 0);
        differ += retry_delay_ms(&one, RPC_UNAVAILABLE, TEXT_NONE, 0) !=
                  retry_delay_ms(&other, RPC_UNAVAILABLE, TEXT_NONE, 0);
    }
    cr_expect_gt(differ, 40);
}

static enum refusal refusal(enum client_fault fault, int code, const char *message)
{
    return refusal_of(&(struct client_result){.code = code, .fault = fault, .message = text_from(message)});
}

Test(refusal, of_this_process)
{
    cr_expect_eq(refusal(CLIENT_FAULT_NONE, RPC_OK, ""), REFUSAL_NONE);
    cr_expect_eq(refusal(CLIENT_FAULT_PAYLOAD_TOO_LARGE, RPC_RESOURCE_EXHAUSTED, "result of action a"), REFUSAL_FINAL);
    cr_expect_eq(refusal(CLIENT_FAULT_MESSAGE_TOO_LARGE, RPC_RESOURCE_EXHAUSTED, "request"), REFUSAL_FINAL);
    cr_expect_eq(refusal(CLIENT_FAULT_BUDGET, RPC_RESOURCE_EXHAUSTED, "out of memory"), REFUSAL_HERE);
    cr_expect_eq(refusal(CLIENT_FAULT_UNREADABLE, RPC_INTERNAL, "no key"), REFUSAL_HERE);
}

Test(refusal, of_the_server)
{
    static const enum refusal expected[RPC_UNAUTHENTICATED + 1] = {
        [RPC_CANCELED] = REFUSAL_HERE,
        [RPC_UNKNOWN] = REFUSAL_PASSES,
        [RPC_INVALID_ARGUMENT] = REFUSAL_FINAL,
        [RPC_DEADLINE_EXCEEDED] = REFUSAL_PASSES,
        [RPC_NOT_FOUND] = REFUSAL_MOOT,
        [RPC_ALREADY_EXISTS] = REFUSAL_MOOT,
        [RPC_PERMISSION_DENIED] = REFUSAL_HERE,
        [RPC_RESOURCE_EXHAUSTED] = REFUSAL_PASSES,
        [RPC_FAILED_PRECONDITION] = REFUSAL_MOOT,
        [RPC_ABORTED] = REFUSAL_PASSES,
        [RPC_OUT_OF_RANGE] = REFUSAL_FINAL,
        [RPC_UNIMPLEMENTED] = REFUSAL_HERE,
        [RPC_INTERNAL] = REFUSAL_PASSES,
        [RPC_UNAVAILABLE] = REFUSAL_PASSES,
        [RPC_DATA_LOSS] = REFUSAL_HERE,
        [RPC_UNAUTHENTICATED] = REFUSAL_HERE,
    };
    for (int code = RPC_CANCELED; code <= RPC_UNAUTHENTICATED; code++)
        cr_expect_eq(refusal(CLIENT_FAULT_RPC, code, "why"), expected[code], "code %d", code);
}

Test(refusal, an_invalid_argument_is_told_apart_by_its_text)
{
    static const struct {
        const char *message;
        enum refusal refusal;
    } rows[] = {
        {"UnhandledCommand", REFUSAL_MOOT},
        {"PendingActivitiesLimitExceeded: the number of pending activities, 2000, has reached the per-workflow limit",
         REFUSAL_MOOT},
        {"BadSearchAttributes: Namespace default has no mapping defined for search attribute RuleName",
         REFUSAL_ATTRIBUTES},
        {"BadScheduleActivityAttributes: invalid StartToCloseTimeout", REFUSAL_FINAL},
        {"BadStartTimerAttributes: An invalid StartToFireTimeout is set on command", REFUSAL_FINAL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(refusal(CLIENT_FAULT_RPC, RPC_INVALID_ARGUMENT, rows[i].message), rows[i].refusal, "%s",
                     rows[i].message);
}
