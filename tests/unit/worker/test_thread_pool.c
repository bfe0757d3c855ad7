/* The pool alone: "the loop thread" is the test's own, which runs what is posted to it. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/limits.h"
#include "worker/thread_pool.h"

struct post {
    void (*function)(void *);
    void *context;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t came;
    struct post posts[4096];
    size_t first, last;
} box = {.lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER};

static void post(void *userdata, void (*function)(void *), void *context)
{
    cr_assert_eq(userdata, &box);
    pthread_mutex_lock(&box.lock);
    box.posts[box.last++] = (struct post){function, context};
    pthread_cond_signal(&box.came);
    pthread_mutex_unlock(&box.lock);
}

/* Runs so many posts, waiting for them. */
static void run_posts(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pthread_mutex_lock(&box.lock);
        while (box.first == box.last)
            pthread_cond_wait(&box.came, &box.lock);
        struct post next = box.posts[box.first++];
        pthread_mutex_unlock(&box.lock);
        next.function(next.context);
    }
}

static struct pool *make_pool(unsigned max_threads, int64_t idle_ms)
{
    struct pool *pool = pool_new(&(struct pool_options){.max_threads = max_threads,
                                                        .idle_ms = idle_ms,
                                                        .stack_bytes = LIMIT_THREAD_STACK,
                                                        .post = post,
                                                        .userdata = &box});
    cr_assert_not_null(pool);
    return pool;
}

/* A gate that holds workers until it is opened. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    unsigned waiting;
};
#define GATE                                                                                                           \
    {                                                                                                                  \
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER                                         \
    }

static void gate_pass(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->waiting++;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->open)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void gate_await(struct gate *gate, unsigned waiting)
{
    pthread_mutex_lock(&gate->lock);
    while (gate->waiting < waiting)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void gate_open(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

struct job {
    struct pool_job job;
    struct gate *gate;
    pthread_t worked_on, done_on;
    int order;
};

static atomic_int worked;
static int done_count;

static void work(struct pool_job *pool_job)
{
    struct job *job = (struct job *)pool_job;
    job->order = atomic_fetch_add(&worked, 1);
    job->worked_on = pthread_self();
    if (job->gate != NULL)
        gate_pass(job->gate);
}

static void done(struct pool_job *pool_job)
{
    struct job *job = (struct job *)pool_job;
    job->done_on = pthread_self();
    done_count++;
}

static void submit(struct pool *pool, struct job *job, struct gate *gate, bool urgent)
{
    job->job = (struct pool_job){.work = work, .done = done};
    job->gate = gate;
    pool_submit(pool, &job->job, urgent);
}

Test(thread_pool, work_runs_on_a_thread_and_done_on_the_loop, .timeout = 30)
{
    struct pool *pool = make_pool(4, 1000);
    struct job job;
    submit(pool, &job, NULL, false);
    run_posts(1);
    cr_assert_eq(done_count, 1);
    cr_assert(!pthread_equal(job.worked_on, pthread_self()));
    cr_assert(pthread_equal(job.done_on, pthread_self()));
    pool_free(pool);
}

Test(thread_pool, starts_threads_on_demand_and_no_more_than_allowed, .timeout = 30)
{
    struct pool *pool = make_pool(3, 60000);
    cr_assert_eq(pool_threads(pool), 1);
    struct gate gate = GATE;
    struct job jobs[5];
    for (size_t i = 0; i < 5; i++)
        submit(pool, &jobs[i], &gate, false);
    gate_await(&gate, 3);
    cr_assert_eq(pool_threads(pool), 3);
    cr_assert_eq(atomic_load(&worked), 3, "two jobs wait in the queue");
    gate_open(&gate);
    run_posts(5);
    cr_assert_eq(done_count, 5);
    pool_free(pool);
}

Test(thread_pool, urgent_jobs_go_first, .timeout = 30)
{
    struct pool *pool = make_pool(1, 60000);
    struct gate gate = GATE;
    struct job blocker, slow[2], urgent[2];
    submit(pool, &blocker, &gate, false);
    gate_await(&gate, 1);
    submit(pool, &slow[0], NULL, false);
    submit(pool, &slow[1], NULL, false);
    submit(pool, &urgent[0], NULL, true);
    submit(pool, &urgent[1], NULL, true);
    gate_open(&gate);
    run_posts(5);
    cr_assert_eq(urgent[0].order, 1);
    cr_assert_eq(urgent[1].order, 2);
    cr_assert_eq(slow[0].order, 3);
    cr_assert_eq(slow[1].order, 4);
    pool_free(pool);
}

Test(thread_pool, idle_threads_end_but_one, .timeout = 30)
{
    struct pool *pool = make_pool(3, 1);
    struct gate gate = GATE;
    struct job jobs[3];
    for (size_t i = 0; i < 3; i++)
        submit(pool, &jobs[i], &gate, false);
    gate_await(&gate, 3);
    gate_open(&gate);
    run_posts(3);
    while (pool_threads(pool) > 1)
        sched_yield();
    struct job last; /* the one that stayed still works */
    submit(pool, &last, NULL, false);
    run_posts(1);
    cr_assert_eq(done_count, 4);
    pool_free(pool);
}

Test(thread_pool, a_thousand_jobs, .timeout = 60)
{
    enum { COUNT = 1000 };
    static struct job jobs[COUNT];
    struct pool *pool = make_pool(8, 1000);
    for (size_t i = 0; i < COUNT; i++)
        submit(pool, &jobs[i], NULL, i % 3 == 0);
    run_posts(COUNT);
    cr_assert_eq(done_count, COUNT);
    cr_assert_leq(pool_threads(pool), 8);
    pool_free(pool);
}

Test(thread_pool, accepts_nothing)
{
    pool_free(NULL);
}
