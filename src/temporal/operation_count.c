/* Counts requests by name and code as Temporal's SDKs do: each try is one. */
#include <string.h>

#include "temporal/operation.h"

/* For short requests and for long polls. */
static struct metric_family sent[] = {
    {.name = "temporal_request_total", .help = "Requests sent, each try", .kind = METRIC_COUNTER},
    {.name = "temporal_long_request_total", .help = "Long polls sent, each try", .kind = METRIC_COUNTER},
};
static struct metric_family failed[] = {
    {.name = "temporal_request_failure_total", .help = "Requests that failed, each try", .kind = METRIC_COUNTER},
    {.name = "temporal_long_request_failure_total", .help = "Long polls that failed, each try", .kind = METRIC_COUNTER},
};
static struct metric_family latency[] = {
    {.name = "temporal_request_latency_seconds",
     .help = "How long requests took, each try",
     .kind = METRIC_HISTOGRAM,
     .bounds = metric_short_times},
    {.name = "temporal_long_request_latency_seconds",
     .help = "How long polls took, each try",
     .kind = METRIC_HISTOGRAM,
     .bounds = metric_short_times},
};

static const char *name_of(const struct operation_kind *kind)
{
    return strrchr(kind->method, '/') + 1;
}

void operation_count_sent(const struct operation_kind *kind)
{
    struct metric **metric = &kind->counts->sent;
    if (*metric == NULL)
        *metric = metric_get(&sent[kind->long_poll], "operation=\"%s\"", name_of(kind));
    metric_add(*metric, 1);
}

void operation_count_answered(const struct operation_kind *kind, int64_t took_us)
{
    struct metric **metric = &kind->counts->latency;
    if (*metric == NULL)
        *metric = metric_get(&latency[kind->long_poll], "operation=\"%s\"", name_of(kind));
    metric_observe(*metric, took_us);
}

void operation_count_failed(const struct operation_kind *kind, int code)
{
    if (code < 0 || code > RPC_UNAUTHENTICATED)
        code = RPC_UNKNOWN;
    struct metric **metric = &kind->counts->failed[code];
    if (*metric == NULL)
        *metric = metric_get(&failed[kind->long_poll], "operation=\"%s\",status_code=\"%s\"", name_of(kind),
                             rpc_code_name(code));
    metric_add(*metric, 1);
}
