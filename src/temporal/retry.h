/* When to send a failed call again, as the official SDKs do. Pure; any thread. */
#ifndef TEMPORAL_RETRY_H
#define TEMPORAL_RETRY_H

#include "temporal/client.h"

struct retry_policy {
    int64_t initial_ms;
    int64_t throttled_ms; /* instead, after RESOURCE_EXHAUSTED */
    int64_t maximum_ms;
    int64_t factor_percent;
    unsigned tries;    /* in all; 0: for ever */
    int64_t within_us; /* of the first try; 0: for ever */
    bool every_code;   /* but RPC_CANCELED; else only codes that say that trying again can help */
};

extern const struct retry_policy retry_calls; /* 100 ms x1.7 to 5 s, at most 10 tries in 60 s */
extern const struct retry_policy retry_polls; /* 200 ms x2 to 10 s, for ever and whatever the code */
extern const struct retry_policy retry_waits; /* 200 ms x2 to 10 s, for ever */
extern const struct retry_policy retry_never;

struct retry {
    const struct retry_policy *policy;
    unsigned tries; /* failed so far */
    int64_t started_us;
    uint64_t random;
};

/* What this status of a failed call means. */
enum client_fault retry_fault(int code, struct text message);

/* seed: any number; the same one gives the same jitter. */
struct retry retry_begin(const struct retry_policy *policy, int64_t now_us, uint64_t seed);
/* After a failed try with this gRPC status and message: how long to wait before the next one (the backoff within 20 %
   either way), or -1 to give up. */
int64_t retry_delay_ms(struct retry *retry, int code, struct text message, int64_t now_us);

#endif
