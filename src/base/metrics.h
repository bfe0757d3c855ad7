/* Counters, gauges and histograms of the process, in Prometheus terms. A metric is an object that lives as long as
   the process and is registered once; adding to one is an atomic add. Any thread, at any time. */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stdatomic.h>

#include "base/buffer.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* Upper bounds of a histogram's buckets, in microseconds, ascending. */
#define METRIC_BUCKETS 14
extern const int64_t metric_short_times[METRIC_BUCKETS]; /* 1 ms to a minute */
extern const int64_t metric_long_times[METRIC_BUCKETS];  /* 10 ms to a day */

struct metric {
    const char *name;   /* temporal_..., workflow_worker_... */
    const char *labels; /* rendered, e.g. activity_type="ExecuteActionActivity"; "" for none */
    const char *help;
    enum metric_kind kind;
    const int64_t *bounds;  /* METRIC_HISTOGRAM: one of the above */
    _Atomic int64_t value;  /* of a histogram the sum, in microseconds */
    _Atomic int64_t cells[METRIC_BUCKETS + 1]; /* those above every bound come last */
    struct metric *next; /* owned by the registry */
};

/* Adds a metric to what metrics_write prints; once per metric. */
void metrics_register(struct metric *metric);
void metric_add(struct metric *metric, int64_t amount);
void metric_set(struct metric *metric, int64_t value);
/* Of a histogram; told in seconds. Below zero counts as zero. */
void metric_observe(struct metric *metric, int64_t microseconds);
/* Labels that every metric has besides its own, rendered; before anything is written. Lives as long as the process. */
void metrics_set_labels(const char *labels);
/* Prometheus text format 0.0.4, grouped by name. */
void metrics_write(struct buffer *buffer);

#endif
