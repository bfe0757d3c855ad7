/* Counters, gauges and histograms of the process, in Prometheus terms: families of series, which differ by their
   labels. Both live as long as the process. Any thread, at any time. Locks: one, of the registry, a leaf: nothing is
   called under it but the C library. Changing a value takes none. */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include "base/buffer.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* Upper bounds of a histogram's buckets, in microseconds, ascending. */
#define METRIC_BUCKETS 14
extern const int64_t metric_short_times[METRIC_BUCKETS]; /* 1 ms to a minute */
extern const int64_t metric_long_times[METRIC_BUCKETS];  /* 10 ms to a day */

struct metric_family {
    const char *name; /* temporal_..., workflow_worker_...; a counter's ends in _total */
    const char *help;
    enum metric_kind kind;
    const int64_t *bounds; /* METRIC_HISTOGRAM: one of the above */
    /* The registry's: */
    struct metric *first, *last;
    struct metric_family *next;
};

/* A series. */
struct metric;

/* The series of the family with these labels; the first call adds it to what metrics_write prints, at 0. The format
   gives the labels, rendered: activity_type="ExecuteActionActivity"; "" for none. The family is static. Aborts when the
   system has no memory, as gRPC does. */
struct metric *metric_get(struct metric_family *family, const char *format, ...) PRINTF_LIKE(2, 3);
void metric_add(struct metric *metric, int64_t amount);
void metric_set(struct metric *metric, int64_t value);
/* Of a histogram; printed in seconds. Below zero counts as zero. */
void metric_observe(struct metric *metric, int64_t microseconds);
/* Of a histogram the sum, in microseconds. */
int64_t metric_value(const struct metric *metric);
/* Labels that every series has besides its own, rendered. Lives as long as the process. */
void metrics_set_labels(const char *labels);
/* Prometheus text format 0.0.4, families by name, series in the order in which they were added. */
void metrics_write(struct buffer *buffer);

#endif
