#include "base/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>

/* Ordered by name; those of one name in the order in which they came. */
static struct metric *registry;
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;

static const char *common_labels = "";

#define MS INT64_C(1000)
#define S  INT64_C(1000000)
const int64_t metric_short_times[METRIC_BUCKETS] = {1 * MS,   2 * MS,   5 * MS, 10 * MS, 20 * MS, 50 * MS, 100 * MS,
                                                    200 * MS, 500 * MS, 1 * S,  2 * S,   5 * S,   10 * S,  60 * S};
const int64_t metric_long_times[METRIC_BUCKETS] = {10 * MS, 50 * MS, 100 * MS, 500 * MS, 1 * S,   2 * S,    5 * S,
                                                   10 * S,  30 * S,  60 * S,   300 * S,  600 * S, 3600 * S, 86400 * S};

void metrics_set_labels(const char *labels)
{
    common_labels = labels;
}

void metrics_register(struct metric *metric)
{
    pthread_mutex_lock(&registry_lock);
    struct metric **place = &registry;
    while (*place != NULL && strcmp((*place)->name, metric->name) <= 0) {
        assert(*place != metric);
        place = &(*place)->next;
    }
    metric->next = *place;
    *place = metric;
    pthread_mutex_unlock(&registry_lock);
}

void metric_add(struct metric *metric, int64_t amount)
{
    atomic_fetch_add_explicit(&metric->value, amount, memory_order_relaxed);
}

void metric_set(struct metric *metric, int64_t value)
{
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void metric_observe(struct metric *metric, int64_t microseconds)
{
    if (microseconds < 0)
        microseconds = 0;
    size_t cell = 0;
    while (cell < METRIC_BUCKETS && microseconds > metric->bounds[cell])
        cell++;
    metric_add(metric, microseconds);
    atomic_fetch_add_explicit(&metric->cells[cell], 1, memory_order_relaxed);
}

static void write_help(struct buffer *buffer, const char *help)
{
    for (; *help != '\0'; help++) {
        if (*help == '\\')
            buffer_add(buffer, TEXT("\\\\"));
        else if (*help == '\n')
            buffer_add(buffer, TEXT("\\n"));
        else
            buffer_add_byte(buffer, *help);
    }
}

static int64_t read_number(const _Atomic int64_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

/* 1500000 as 1.5 */
static void write_seconds(struct buffer *buffer, int64_t microseconds)
{
    buffer_print(buffer, "%" PRId64, microseconds / 1000000);
    int64_t rest = microseconds % 1000000;
    int digits = 6;
    while (rest != 0 && rest % 10 == 0) {
        rest /= 10;
        digits--;
    }
    if (rest != 0)
        buffer_print(buffer, ".%0*" PRId64, digits, rest);
}

enum { NO_BOUND = -1 };

/* Name, suffix and labels; bound: of a bucket, INT64_MAX for the last. */
static void write_head(struct buffer *buffer, const struct metric *metric, const char *suffix, int64_t bound)
{
    const char *const labels[] = {common_labels, metric->labels};
    buffer_print(buffer, "%s%s", metric->name, suffix);
    char before = '{';
    for (size_t i = 0; i < 2; i++) {
        if (labels[i][0] == '\0')
            continue;
        buffer_print(buffer, "%c%s", before, labels[i]);
        before = ',';
    }
    if (bound != NO_BOUND) {
        buffer_print(buffer, "%cle=\"", before);
        before = ',';
        if (bound == INT64_MAX)
            buffer_add(buffer, TEXT("+Inf"));
        else
            write_seconds(buffer, bound);
        buffer_add_byte(buffer, '"');
    }
    buffer_add(buffer, before == ',' ? TEXT("} ") : TEXT(" "));
}

static void write_histogram(struct buffer *buffer, const struct metric *metric)
{
    int64_t count = 0;
    for (size_t cell = 0; cell <= METRIC_BUCKETS; cell++) {
        count += read_number(&metric->cells[cell]);
        write_head(buffer, metric, "_bucket", cell < METRIC_BUCKETS ? metric->bounds[cell] : INT64_MAX);
        buffer_print(buffer, "%" PRId64 "\n", count);
    }
    write_head(buffer, metric, "_sum", NO_BOUND);
    write_seconds(buffer, read_number(&metric->value));
    buffer_add_byte(buffer, '\n');
    write_head(buffer, metric, "_count", NO_BOUND);
    buffer_print(buffer, "%" PRId64 "\n", count);
}

void metrics_write(struct buffer *buffer)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    const char *name = "";
    pthread_mutex_lock(&registry_lock);
    for (struct metric *metric = registry; metric != NULL; metric = metric->next) {
        if (strcmp(metric->name, name) != 0) {
            name = metric->name;
            buffer_print(buffer, "# HELP %s ", name);
            write_help(buffer, metric->help);
            buffer_print(buffer, "\n# TYPE %s %s\n", name, kinds[metric->kind]);
        }
        if (metric->kind == METRIC_HISTOGRAM) {
            write_histogram(buffer, metric);
            continue;
        }
        write_head(buffer, metric, "", NO_BOUND);
        buffer_print(buffer, "%" PRId64 "\n", read_number(&metric->value));
    }
    pthread_mutex_unlock(&registry_lock);
}
