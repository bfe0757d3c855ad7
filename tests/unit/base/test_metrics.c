/* The page of metrics. */
#include <criterion/criterion.h>
#include <pthread.h>

#include "base/limits.h"
#include "base/metrics.h"

static struct text written(struct arena *arena)
{
    struct buffer buffer = buffer_in(arena, KIB(64));
    metrics_write(&buffer);
    return buffer_text(&buffer);
}

Test(metrics, writes_prometheus_text_grouped_by_name)
{
    static struct metric_family starts = {
        .name = "workflow_worker_started_total", .help = "Runs that\nbegan \\ here", .kind = METRIC_COUNTER};
    static struct metric_family frees = {.name = "workflow_worker_slots", .help = "Free", .kind = METRIC_GAUGE};
    struct metric *started = metric_get(&starts, "queue=\"%c\"", 'a');
    struct metric *slots = metric_get(&frees, "%s", "");
    struct metric *started_too = metric_get(&starts, "queue=\"%c\"", 'b');
    metric_add(started, 2);
    metric_add(started, 3);
    metric_set(slots, 9);
    metric_add(slots, -10);
    metric_add(started_too, INT64_MAX);
    cr_expect_eq(metric_value(slots), -1);

    struct arena *arena = arena_new(MIB(1), 0);
    struct text text = written(arena);
    cr_assert_not_null(text.data);
    cr_expect_str_eq(text.data, "# HELP workflow_worker_slots Free\n"
                                "# TYPE workflow_worker_slots gauge\n"
                                "workflow_worker_slots -1\n"
                                "# HELP workflow_worker_started_total Runs that\\nbegan \\\\ here\n"
                                "# TYPE workflow_worker_started_total counter\n"
                                "workflow_worker_started_total{queue=\"a\"} 5\n"
                                "workflow_worker_started_total{queue=\"b\"} 9223372036854775807\n");
    arena_free(arena);
}

Test(metrics, a_histogram_has_buckets_in_seconds)
{
    static struct metric_family family = {
        .name = "times", .help = "", .kind = METRIC_HISTOGRAM, .bounds = metric_short_times};
    struct metric *times = metric_get(&family, "of=\"a\"");
    metrics_set_labels("where=\"here\"");
    static const int64_t observed[] = {-5, 0, 1000, 1001, 1500000, 60000000, 60000001};
    for (size_t i = 0; i < sizeof(observed) / sizeof(observed[0]); i++)
        metric_observe(times, observed[i]);

    struct arena *arena = arena_new(MIB(1), 0);
    cr_expect_str_eq(written(arena).data, "# HELP times \n"
                                          "# TYPE times histogram\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"0.001\"} 3\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"0.002\"} 4\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"0.005\"} 4\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"0.01\"} 4\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"0.02\"} 4\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"0.05\"} 4\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"0.1\"} 4\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"0.2\"} 4\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"0.5\"} 4\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"1\"} 4\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"2\"} 5\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"5\"} 5\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"10\"} 5\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"60\"} 6\n"
                                          "times_bucket{where=\"here\",of=\"a\",le=\"+Inf\"} 7\n"
                                          "times_sum{where=\"here\",of=\"a\"} 121.502002\n"
                                          "times_count{where=\"here\",of=\"a\"} 7\n");
    arena_free(arena);
}

Test(metrics, none_is_an_empty_page)
{
    struct arena *arena = arena_new(MIB(1), 0);
    struct text text = written(arena);
    cr_expect(text.data != NULL && text.size == 0);
    arena_free(arena);
}

static void *add_many(void *shared)
{
    for (int i = 0; i < 10000; i++)
        metric_add(shared, 1);
    return NULL;
}

Test(metrics, no_addition_is_lost_between_threads)
{
    static struct metric_family family = {.name = "shared_total", .help = "", .kind = METRIC_COUNTER};
    struct metric *shared = metric_get(&family, "%s", "");
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, add_many, shared), 0);
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    cr_expect_eq(metric_value(shared), 40000);
}

Test(metrics, the_same_labels_give_the_same_series)
{
    static struct metric_family family = {.name = "again_total", .help = "", .kind = METRIC_COUNTER};
    struct metric *first = metric_get(&family, "of=\"%c\"", 'a');
    metric_add(first, 1);
    cr_expect_neq(metric_get(&family, "of=\"%c\"", 'b'), first);
    cr_expect_eq(metric_get(&family, "of=\"%c\"", 'a'), first);
    cr_expect_eq(metric_value(first), 1);
}
