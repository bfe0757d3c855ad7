/* The registry of metrics and its page. */
#include "base/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct metric {
    struct metric *next; /* of its family */
    const struct metric_family *family;
    char *labels;
    _Atomic int64_t value;   /* the sum, in microseconds, of a histogram */
    _Atomic int64_t cells[]; /* one for each bucket of a histogram; the last: above every bound */
};

/* Sorted by name. */
static struct metric_family *registry;
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
    pthread_mutex_lock(&registry_lock);
    common_labels = labels;
    pthread_mutex_unlock(&registry_lock);
}

/* Under the lock. */
static void add_family(struct metric_family *family)
{
    struct metric_family **link = &registry;
    while (*link != NULL && strcmp((*link)->name, family->name) < 0)
        link = &(*link)->next;
    assert(*link == NULL || strcmp((*link)->name, family->name) != 0);
    family->next = *link;
    *link = family;
}

/* Under the lock. Takes ownership of the labels. */
static struct metric *add_metric(struct metric_family *family, char *labels)
{
    size_t cells = family->kind == METRIC_HISTOGRAM ? METRIC_BUCKETS + 1 : 0;
    struct metric *metric = calloc(1, sizeof(*metric) + cells * sizeof(metric->cells[0]));
    if (metric == NULL)
        abort();
    metric->family = family;
    metric->labels = labels;
    if (family->first == NULL) {
        add_family(family);
        family->first = metric;
    } else {
        family->last->next = metric;
    }
    family->last = metric;
    return metric;
}

struct metric *metric_get(struct metric_family *family, const char *format, ...)
{
    assert((family->kind == METRIC_HISTOGRAM) == (family->bounds != NULL));
    assert(family->kind != METRIC_COUNTER || text_ends(text_from(family->name), TEXT("_total")));
    va_list arguments;
    char *labels;
    va_start(arguments, format);
    if (vasprintf(&labels, format, arguments) < 0)
        abort();
    va_end(arguments);
    pthread_mutex_lock(&registry_lock);
    struct metric *metric = family->first;
    while (metric != NULL && strcmp(metric->labels, labels) != 0)
        metric = metric->next;
    if (metric == NULL)
        metric = add_metric(family, labels);
    else
        free(labels);
    pthread_mutex_unlock(&registry_lock);
    return metric;
}

void metric_add(struct metric *metric, int64_t amount)
{
    assert(amount >= 0 || metric->family->kind != METRIC_COUNTER);
    atomic_fetch_add_explicit(&metric->value, amount, memory_order_relaxed);
}

void metric_set(struct metric *metric, int64_t value)
{
    assert(metric->family->kind != METRIC_HISTOGRAM);
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void metric_observe(struct metric *metric, int64_t microseconds)
{
    assert(metric->family->kind == METRIC_HISTOGRAM);
    if (microseconds < 0)
        microseconds = 0;
    size_t cell = 0;
    while (cell < METRIC_BUCKETS && microseconds > metric->family->bounds[cell])
        cell++;
    metric_add(metric, microseconds);
    atomic_fetch_add_explicit(&metric->cells[cell], 1, memory_order_relaxed);
}

int64_t metric_value(const struct metric *metric)
{
    return atomic_load_explicit(&metric->value, memory_order_relaxed);
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

/* Writes name, suffix and labels. bound: the upper bound of a bucket, INT64_MAX for the last one. */
static void write_head(struct buffer *buffer, const struct metric *metric, const char *suffix, int64_t bound)
{
    const char *const labels[] = {common_labels, metric->labels};
    buffer_print(buffer, "%s%s", metric->family->name, suffix);
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
        count += atomic_load_explicit(&metric->cells[cell], memory_order_relaxed);
        write_head(buffer, metric, "_bucket", cell < METRIC_BUCKETS ? metric->family->bounds[cell] : INT64_MAX);
        buffer_print(buffer, "%" PRId64 "\n", count);
    }
    write_head(buffer, metric, "_sum", NO_BOUND);
    write_seconds(buffer, metric_value(metric));
    buffer_add_byte(buffer, '\n');
    write_head(buffer, metric, "_count", NO_BOUND);
    buffer_print(buffer, "%" PRId64 "\n", count);
}

static void write_family(struct buffer *buffer, const struct metric_family *family)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    buffer_print(buffer, "# HELP %s ", family->name);
    write_help(buffer, family->help);
    buffer_print(buffer, "\n# TYPE %s %s\n", family->name, kinds[family->kind]);
    for (const struct metric *metric = family->first; metric != NULL; metric = metric->next) {
        if (family->kind == METRIC_HISTOGRAM) {
            write_histogram(buffer, metric);
            continue;
        }
        write_head(buffer, metric, "", NO_BOUND);
        buffer_print(buffer, "%" PRId64 "\n", metric_value(metric));
    }
}

void metrics_write(struct buffer *buffer)
{
    pthread_mutex_lock(&registry_lock);
    for (const struct metric_family *family = registry; family != NULL; family = family->next)
        write_family(buffer, family);
    pthread_mutex_unlock(&registry_lock);
}
