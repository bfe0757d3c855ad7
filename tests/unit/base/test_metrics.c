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
    static struct metric started = {.name = "workflow_worker_started_total",
                                    .labels = "queue=\"a\"",
                                    .help = "Runs that\nbegan \\ here",
                                    .kind = METRIC_COUNTER};
    static struct metric slots = {.name = "workflow_worker_slots", .labels = "", .help = "Free", .kind = METRIC_GAUGE};
    static struct metric started_too = {
        .name = "workflow_worker_started_total", .labels = "queue=\"b\"", .help = "not told", .kind = METRIC_COUNTER};
    metrics_register(&started);
    metrics_register(&slots);
    metrics_register(&started_too);
    metric_add(&started, 2);
    metric_add(&started, 3);
    metric_set(&slots, 9);
    metric_add(&slots, -10);
    metric_set(&started_too, INT64_MAX);

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
    static struct metric times = {
        .name = "times", .labels = "of=\"a\"", .help = "", .kind = METRIC_HISTOGRAM, .bounds = metric_short_times};
    metrics_register(&times);
    metrics_set_labels("where=\"here\"");
    static const int64_t observed[] = {-5, 0, 1000, 1001, 1500000, 60000000, 60000001};
    for (size_t i = 0; i < sizeof(observed) / sizeof(observed[0]); i++)
        metric_observe(&times, observed[i]);

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

static struct metric shared = {.name = "shared", .labels = "", .help = "", .kind = METRIC_COUNTER};

static void *add_many(void *unused)
{
    (void)unused;
    for (int i = 0; i < 10000; i++)
        metric_add(&shared, 1);
    return NULL;
}

Test(metrics, no_addition_is_lost_between_threads)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, add_many, NULL), 0);
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    cr_expect_eq(shared.value, 40000);
}
