/* Requests sent and failed, by name and code, as Temporal's SDKs count them: one for each try. */
#include <stdio.h>
#include <stdlib.h>

#include "temporal/operation.h"

static const char *const code_names[] = {
    [RPC_OK] = "OK",
    [RPC_CANCELED] = "CANCELLED",
    [RPC_UNKNOWN] = "UNKNOWN",
    [RPC_INVALID_ARGUMENT] = "INVALID_ARGUMENT",
    [RPC_DEADLINE_EXCEEDED] = "DEADLINE_EXCEEDED",
    [RPC_NOT_FOUND] = "NOT_FOUND",
    [RPC_ALREADY_EXISTS] = "ALREADY_EXISTS",
    [RPC_PERMISSION_DENIED] = "PERMISSION_DENIED",
    [RPC_RESOURCE_EXHAUSTED] = "RESOURCE_EXHAUSTED",
    [RPC_FAILED_PRECONDITION] = "FAILED_PRECONDITION",
    [RPC_ABORTED] = "ABORTED",
    [RPC_OUT_OF_RANGE] = "OUT_OF_RANGE",
    [RPC_UNIMPLEMENTED] = "UNIMPLEMENTED",
    [RPC_INTERNAL] = "INTERNAL",
    [RPC_UNAVAILABLE] = "UNAVAILABLE",
    [RPC_DATA_LOSS] = "DATA_LOSS",
    [RPC_UNAUTHENTICATED] = "UNAUTHENTICATED",
};

/* Kept for ever, as the registry keeps what is registered. labels: rendered, becomes the metric's. */
static struct metric *new_metric(enum metric_kind kind, const char *name, const char *help, char *labels)
{
    struct metric *metric = calloc(1, sizeof *metric);
    if (metric == NULL || labels == NULL)
        abort(); /* as gRPC does; see channel.c */
    *metric = (struct metric){.name = name, .labels = labels, .help = help, .kind = kind};
    metric->bounds = metric_short_times;
    metrics_register(metric);
    return metric;
}

/* code NULL: of no failure. */
static char *render_labels(const struct operation_kind *kind, const char *code)
{
    const char *name = kind->method + sizeof SERVICE - 1;
    char *labels = NULL;
    int size = code == NULL ? asprintf(&labels, "operation=\"%s\"", name)
                            : asprintf(&labels, "operation=\"%s\",status_code=\"%s\"", name, code);
    return size < 0 ? NULL : labels;
}

void operation_count_sent(const struct operation_kind *kind)
{
    struct metric **sent = &kind->counts->sent;
    if (*sent == NULL && kind->long_poll)
        *sent =
            new_metric(METRIC_COUNTER, "temporal_long_request", "Long polls sent, each try", render_labels(kind, NULL));
    else if (*sent == NULL)
        *sent = new_metric(METRIC_COUNTER, "temporal_request", "Requests sent, each try", render_labels(kind, NULL));
    metric_add(*sent, 1);
}

void operation_count_answered(const struct operation_kind *kind, int64_t took_us)
{
    struct metric **latency = &kind->counts->latency;
    if (*latency == NULL && kind->long_poll)
        *latency = new_metric(METRIC_HISTOGRAM, "temporal_long_request_latency_seconds",
                              "How long polls took, each try", render_labels(kind, NULL));
    else if (*latency == NULL)
        *latency = new_metric(METRIC_HISTOGRAM, "temporal_request_latency_seconds", "How long requests took, each try",
                              render_labels(kind, NULL));
    metric_observe(*latency, took_us);
}

void operation_count_failed(const struct operation_kind *kind, int code)
{
    if (code < 0 || code > RPC_UNAUTHENTICATED)
        code = RPC_UNKNOWN;
    struct metric **failed = &kind->counts->failed[code];
    if (*failed == NULL && kind->long_poll)
        *failed = new_metric(METRIC_COUNTER, "temporal_long_request_failure", "Long polls that failed, each try",
                             render_labels(kind, code_names[code]));
    else if (*failed == NULL)
        *failed = new_metric(METRIC_COUNTER, "temporal_request_failure", "Requests that failed, each try",
                             render_labels(kind, code_names[code]));
    metric_add(*failed, 1);
}
