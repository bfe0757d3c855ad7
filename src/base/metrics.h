/* Counters and gauges of the process, in Prometheus terms. A metric is an object that lives as long as
   the process and is registered once; adding to one is an atomic add. Any thread, at any time. */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stdatomic.h>

#include "base/buffer.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

struct metric {
    const char *name;   /* temporal_..., workflow_worker_... */
    const char *labels; /* rendered, e.g. activity_type="ExecuteActionActivity"; "" for none */
    const char *help;
    enum metric_kind kind;
    _Atomic int64_t value;
    struct metric *next; /* owned by the registry */
};

/* Adds a metric to what metrics_write prints; once per metric. */
void metrics_register(struct metric *metric);
void metric_add(struct metric *metric, int64_t amount);
void metric_set(struct metric *metric, int64_t value);
/* Prometheus text format 0.0.4, grouped by name. */
void metrics_write(struct buffer *buffer);

#endif
