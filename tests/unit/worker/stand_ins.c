#include <pthread.h>
#include <string.h>
#include <time.h>

#include "tests/unit/worker/server.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned meeting, waiting;
static bool is_open;

static const struct json_member done_members[] = {{{"output", 6}, {.type = JSON_STRING, .string = {"true", 4}}}};

static enum action_outcome do_it(struct action_call *call, const struct services *services,
                                 const struct json_value *config, struct json_value *result)
{
    (void)call;
    (void)services;
    (void)config;
    *result = json_object(done_members, 1);
    return ACTION_OUTCOME_DONE;
}

static enum action_outcome do_refuse(struct action_call *call, const struct services *services,
                                     const struct json_value *config, struct json_value *result)
{
    (void)services;
    (void)config;
    (void)result;
    return action_refuse(call, "it may not be");
}

static enum action_outcome do_flaky(struct action_call *call, const struct services *services,
                                    const struct json_value *config, struct json_value *result)
{
    return call->local ? action_retry(call, "not now") : do_it(call, services, config, result);
}

/* Ends only when another one runs too. */
static enum action_outcome do_meet(struct action_call *call, const struct services *services,
                                   const struct json_value *config, struct json_value *result)
{
    pthread_mutex_lock(&lock);
    meeting++;
    pthread_cond_broadcast(&changed);
    while (meeting < 2)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return do_it(call, services, config, result);
}

static unsigned entered, inside, most_inside;

/* Ends when its four are inside: the first to the fourth that enter, the fifth to the eighth, and so on. */
static enum action_outcome do_crowd(struct action_call *call, const struct services *services,
                                    const struct json_value *config, struct json_value *result)
{
    pthread_mutex_lock(&lock);
    unsigned last = entered++ / 4 * 4 + 4;
    inside++;
    most_inside = inside > most_inside ? inside : most_inside;
    pthread_cond_broadcast(&changed);
    while (entered < last)
        pthread_cond_wait(&changed, &lock);
    inside--;
    pthread_mutex_unlock(&lock);
    return do_it(call, services, config, result);
}

unsigned crowd_most(void)
{
    return most_inside;
}

static enum action_outcome do_patient(struct action_call *call, const struct services *services,
                                      const struct json_value *config, struct json_value *result)
{
    (void)services;
    (void)config;
    (void)result;
    while (!action_canceled(call))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return action_retry(call, "canceled");
}

/* Works as long as it may. */
static enum action_outcome do_slow(struct action_call *call, const struct services *services,
                                   const struct json_value *config, struct json_value *result)
{
    (void)services;
    (void)config;
    (void)result;
    while (wait_limit_left_us(&call->limit) > 0)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return action_retry(call, "no time left");
}

void gate_pass(void)
{
    pthread_mutex_lock(&lock);
    waiting++;
    pthread_cond_broadcast(&changed);
    while (!is_open)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static enum action_outcome do_stubborn(struct action_call *call, const struct services *services,
                                       const struct json_value *config, struct json_value *result)
{
    gate_pass();
    return do_it(call, services, config, result);
}

static enum action_outcome do_busy(struct action_call *call, const struct services *services,
                                   const struct json_value *config, struct json_value *result)
{
    (void)services;
    (void)config;
    (void)result;
    return action_retry_after(call, 90000, "come back later");
}

/* Many values, each as large as a value may be. */
static enum action_outcome do_large(struct action_call *call, const struct services *services,
                                    const struct json_value *config, struct json_value *result)
{
    (void)services;
    (void)config;
    enum { COUNT = 64, SIZE = 50000 };
    struct json_member *members = ARENA_ARRAY(call->arena, COUNT, struct json_member);
    char *letters = arena_alloc(call->arena, SIZE, 1);
    if (members == NULL || letters == NULL)
        return action_retry(call, "out of memory");
    memset(letters, 'x', SIZE);
    for (size_t i = 0; i < COUNT; i++)
        members[i] = (struct json_member){arena_print(call->arena, "k%zu", i),
                                          json_string((struct text){.data = letters, .size = SIZE})};
    *result = json_object(members, COUNT);
    return ACTION_OUTCOME_DONE;
}

void gate_close(void)
{
    pthread_mutex_lock(&lock);
    is_open = false;
    waiting = 0;
    pthread_mutex_unlock(&lock);
}

void gate_open(void)
{
    pthread_mutex_lock(&lock);
    is_open = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void gate_await(void)
{
    pthread_mutex_lock(&lock);
    while (waiting == 0)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

#define LOCAL(name_, effects_, perform_)                                                                               \
    {                                                                                                                  \
        .name = (name_), .effects = (effects_), .dispatch = DISPATCH_LOCAL, .idempotent = true, .perform = (perform_)  \
    }
#define ACTIVITY(name_, perform_)                                                                                      \
    {                                                                                                                  \
        .name = (name_), .effects = EFFECTS_WRITE, .dispatch = DISPATCH_ACTIVITY, .perform = (perform_)                \
    }

#define ASYNC(name_, perform_)                                                                                         \
    {                                                                                                                  \
        .name = (name_), .mode = ACTION_MODE_ASYNC, .effects = EFFECTS_EXTERNAL, .dispatch = DISPATCH_ACTIVITY,        \
        .perform = (perform_)                                                                                          \
    }

static const char *const answers[] = {"approved", "rejected", "timed_out"};

static const struct action_type types[] = {
    {.name = "ask",
     .mode = ACTION_MODE_HUMAN,
     .effects = EFFECTS_WRITE,
     .dispatch = DISPATCH_ACTIVITY,
     .outputs = answers,
     .output_count = sizeof answers / sizeof *answers},
    ACTIVITY("busy", do_busy),
    LOCAL("crowd", EFFECTS_WRITE, do_crowd),
    ACTIVITY("far", do_it),
    LOCAL("flaky", EFFECTS_WRITE, do_flaky),
    ASYNC("hold", do_stubborn),
    ACTIVITY("large", do_large),
    ASYNC("later", do_it),
    LOCAL("meet", EFFECTS_WRITE, do_meet),
    ACTIVITY("once", do_patient),
    {.name = "patient",
     .effects = EFFECTS_WRITE,
     .dispatch = DISPATCH_ACTIVITY,
     .idempotent = true,
     .perform = do_patient},
    LOCAL("pure", EFFECTS_PURE, do_it),
    LOCAL("refuse", EFFECTS_WRITE, do_refuse),
    ACTIVITY("slow", do_slow),
    ACTIVITY("stubborn", do_stubborn),
    LOCAL("write", EFFECTS_WRITE, do_it),
};

const struct action_catalog stand_ins = {types, sizeof(types) / sizeof(types[0])};
