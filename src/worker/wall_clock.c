#include "action/encode.h"
#include "base/clock.h"
#include "worker/parts.h"

struct text wall_clock(struct arena *arena)
{
    struct encoder encoder = {.arena = arena};
    return encode_timestamp(&encoder, clock_utc_seconds_us()).string;
}
