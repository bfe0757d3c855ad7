/* Checks the duration in a rule. The engine itself performs the action. */
#include "action/decode.h"
#include "base/duration.h"
#include "base/limits.h"
#include "generated/delay.h"

#define NANOSECONDS_PER_MILLISECOND 1000000

void check_delay(struct decoder *decoder, const struct delay_config *config)
{
    struct text text = config->duration;
    bool negative = text_starts(text, TEXT("-"));
    int64_t nanoseconds;
    if (text_find(text, TEXT("{{")) != SIZE_MAX)
        return;
    if (!duration_parse_rule(negative ? text_slice(text, 1, text.size) : text, &nanoseconds))
        decode_reject(decoder, "/duration", PUBLIC("invalid duration format: ") "%.*s",
                      TEXT_ARG(duration_fault(decoder->arena, text)));
    else if (negative || nanoseconds == 0)
        decode_reject(decoder, "/duration", PUBLIC("duration must be positive"));
    else if (nanoseconds > LIMIT_DELAY_MS * NANOSECONDS_PER_MILLISECOND)
        decode_reject(decoder, "/duration", PUBLIC("duration ") "%.*s" PUBLIC(" exceeds maximum of 720h0m0s"),
                      TEXT_ARG(duration_text(decoder->arena, nanoseconds)));
}
