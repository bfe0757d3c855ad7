/* The policies. */
#include "temporal/retry.h"

#include "base/backoff.h"
#include "temporal/refusal.h"

const struct retry_policy retry_calls = {
    .initial_ms = 100, .throttled_ms = 1000, .max_ms = 5000, .factor_percent = 170, .tries = 10, .within_us = 60000000};
const struct retry_policy retry_polls = {
    .initial_ms = 200, .throttled_ms = 1000, .max_ms = 10000, .factor_percent = 200, .every_code = true};
const struct retry_policy retry_waits = {
    .initial_ms = 200, .throttled_ms = 1000, .max_ms = 10000, .factor_percent = 200};
const struct retry_policy retry_never = {.tries = 1};

static bool is_retryable(const struct retry_policy *policy, int code, struct text message)
{
    if (policy->every_code)
        return code != RPC_CANCELED;
    const struct client_result result = {.code = code, .fault = refusal_fault(code, message), .message = message};
    return refusal_of(&result) == REFUSAL_PASSES;
}

int64_t retry_delay_ms(struct retry *retry, int code, struct text message, int64_t now_us)
{
    const struct retry_policy *policy = retry->policy;
    retry->tries++;
    if ((policy->tries != 0 && retry->tries >= policy->tries) || !is_retryable(policy, code, message))
        return -1;
    int64_t first_ms = code == RPC_RESOURCE_EXHAUSTED ? policy->throttled_ms : policy->initial_ms;
    int64_t delay_ms =
        backoff_with_jitter(backoff_delay(first_ms, policy->max_ms, policy->factor_percent, retry->tries));
    if (policy->within_us != 0 && now_us - retry->started_us + delay_ms * 1000 >= policy->within_us)
        return -1;
    return delay_ms;
}
