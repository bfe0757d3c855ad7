/* When a failed call is sent again: the policies of Temporal's official SDKs. Any thread, one struct retry each. */
#ifndef TEMPORAL_RETRY_H
#define TEMPORAL_RETRY_H

#include "temporal/client.h"

struct retry_policy {
    int64_t initial_ms;
    int64_t throttled_ms; /* instead of initial_ms after RPC_RESOURCE_EXHAUSTED */
    int64_t max_ms;
    unsigned factor_percent; /* from one delay to the next */
    unsigned tries;          /* in total; 0: no limit */
    int64_t within_us;       /* since the first try; 0: no limit */
    bool every_code;         /* retries all codes but RPC_CANCELED; else only those of transient failures */
};

extern const struct retry_policy retry_calls; /* 100 ms x1.7 to 5 s, at most 10 tries in 60 s */
extern const struct retry_policy retry_polls; /* 200 ms x2 to 10 s, without end, after every code */
extern const struct retry_policy retry_waits; /* 200 ms x2 to 10 s, without end */
extern const struct retry_policy retry_never;

/* The retries of one call. Initialize it with the policy and the time of the first try. */
struct retry {
    const struct retry_policy *policy;
    int64_t started_us; /* on the clock of clock_monotonic_us */
    unsigned tries;     /* that have failed */
};

/* After a try that failed with this gRPC status and message: the delay before the next one (the backoff with jitter),
   or -1 to give up. */
int64_t retry_delay_ms(struct retry *retry, int code, struct text message, int64_t now_us);

#endif
