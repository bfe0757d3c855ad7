/* Counters, gauges and histograms of the process, in Prometheus terms: families of series that differ in their labels.
   Families and series live as long as the process. Any thread, at any time.
   Locks: one, of the registry, a leaf: only the C library is called under it. Changing a value takes no lock. */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include "base/buffer.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* Upper bounds of a histogram's buckets, in microseconds, ascending. */
#define METRIC_BUCKETS 14
extern const int64_t metric_short_times[METRIC_BUCKETS]; /* 1 ms to a minute */
extern const int64_t metric_long_times[METRIC_BUCKETS];  /* 10 ms to a day */

struct metric_family {
    const char *name; /* temporal_..., workflow_worker_...; the name of a counter ends in _total */
    const char *help;
    enum metric_kind kind;
    const int64_t *bounds; /* METRIC_HISTOGRAM: one of the above */
    /* For the registry only: */
    struct metric *first, *last;
    struct metric_family *next;
};

/* A series. */
struct metric;

/* The series of the family with these labels; the first call registers it for metrics_write, with the value 0. The
   format gives the rendered labels: activity_type="ExecuteActionActivity"; "" for none. The family is static. Aborts
   when the system has no memory, as gRPC does. */
struct metric *metric_get(struct metric_family *family, const char *format, ...) PRINTF_LIKE(2, 3);
void metric_add(struct metric *metric, int64_t amount);
void metric_set(struct metric *metric, int64_t value);
/* Adds an observation to a histogram, which is printed in seconds. A negative value counts as zero. */
void metric_observe(struct metric *metric, int64_t microseconds);
/* The value of a counter or gauge; the sum of a histogram, in microseconds. */
int64_t metric_value(const struct metric *metric);
/* Sets the rendered labels that every series has in addition to its own. The string must live as long as the
   process. */
void metrics_set_labels(const char *labels);
/* Writes the Prometheus text format 0.0.4: families by name, series in the order in which they were added. */
void metrics_write(struct buffer *buffer);

#endif
