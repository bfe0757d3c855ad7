/* Checks the times of a wait in a rule. The engine itself performs the action. */
#include "action/decode.h"
#include "base/duration.h"
#include "base/limits.h"
#include "generated/wait_for.h"

#define NANOSECONDS_PER_MILLISECOND 1000000

void check_wait_for(struct decoder *decoder, const struct wait_for_config *config)
{
    int64_t nanoseconds;
    if (config->timeout.size == 0 || text_find(config->timeout, TEXT("{{")) != SIZE_MAX)
        return;
    if (!duration_parse_rule(config->timeout, &nanoseconds) || nanoseconds <= 0)
        decode_reject(decoder, "/timeout", PUBLIC("timeout must be a duration such as 90s, 2h or 7d"));
    else if (nanoseconds / NANOSECONDS_PER_MILLISECOND > LIMIT_ANSWER_TIME_MS)
        decode_reject(decoder, "/timeout", PUBLIC("timeout must be at most ten years"));
}
