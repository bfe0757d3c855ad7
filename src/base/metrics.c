#include "base/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>

/* Ordered by name; those of one name in the order in which they came. */
static struct metric *registry;
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;

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

void metrics_write(struct buffer *buffer)
{
    const char *name = "";
    pthread_mutex_lock(&registry_lock);
    for (struct metric *metric = registry; metric != NULL; metric = metric->next) {
        if (strcmp(metric->name, name) != 0) {
            name = metric->name;
            buffer_print(buffer, "# HELP %s ", name);
            write_help(buffer, metric->help);
            buffer_print(buffer, "\n# TYPE %s %s\n", name, metric->kind == METRIC_COUNTER ? "counter" : "gauge");
        }
        buffer_add(buffer, text_from(name));
        if (metric->labels[0] != '\0')
            buffer_print(buffer, "{%s}", metric->labels);
        buffer_print(buffer, " %" PRId64 "\n", atomic_load_explicit(&metric->value, memory_order_relaxed));
    }
    pthread_mutex_unlock(&registry_lock);
}
