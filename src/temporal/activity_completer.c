#include "temporal/activity_completer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "settings/settings.h"
#include "temporal/client.h"

#define CHECK_CANCELED_MS 100

struct activity_completer {
    struct action_completer interface; /* first */
    struct arena *arena;               /* of the keys' ids */
    struct payload_keys keys;
    struct client *client;
    pthread_t thread; /* runs the client's channel */
};

/* One call. It belongs to the waiting thread and to the loop, since either may be the last to need it. */
struct completion {
    struct activity_completer *completer;
    struct arena *arena;
    struct text token, output;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    /* Under the lock: */
    unsigned holders;
    bool has_ended;
    int code;
    enum client_fault fault;
    struct text message;
};

/* Call this with the lock held; it unlocks the lock. */
static void release(struct completion *completion)
{
    assert(completion->holders > 0);
    bool last = --completion->holders == 0;
    pthread_mutex_unlock(&completion->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&completion->lock);
    pthread_cond_destroy(&completion->ended);
    arena_free(completion->arena);
}

/* ---- on the loop ---- */

static void answered(void *userdata, const struct client_result *result)
{
    struct completion *completion = userdata;
    struct text message = arena_copy(completion->arena, result->message);
    pthread_mutex_lock(&completion->lock);
    completion->has_ended = true;
    completion->code = result->code;
    completion->fault = result->fault;
    completion->message = message.data != NULL ? message : TEXT("");
    pthread_cond_signal(&completion->ended);
    release(completion);
}

static void send(void *userdata)
{
    struct completion *completion = userdata;
    client_complete_activity(completion->completer->client, completion->token, completion->output, completion->arena,
                             answered, completion);
}

static void *run_loop(void *userdata)
{
    const struct activity_completer *completer = userdata;
    channel_run(client_channel(completer->client), false);
    return NULL;
}

static void stop_loop(void *userdata)
{
    channel_stop(userdata);
}

/* ---- on the waiting thread ---- */

/* NULL when out of memory. */
static struct completion *new_completion(struct activity_completer *completer, struct text token, struct text output)
{
    struct arena *arena = arena_new(LIMIT_ACTIVITY_ARENA, 0);
    struct completion *completion = arena != NULL ? ARENA_NEW(arena, struct completion) : NULL;
    if (completion == NULL) {
        arena_free(arena);
        return NULL;
    }
    *completion = (struct completion){.completer = completer,
                                      .arena = arena,
                                      .token = arena_copy(arena, token),
                                      .output = arena_copy(arena, output),
                                      .holders = 2};
    if (completion->token.data == NULL || completion->output.data == NULL) {
        arena_free(arena);
        return NULL;
    }
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&completion->lock, NULL);
    pthread_cond_init(&completion->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return completion;
}

static struct timespec soon(void)
{
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    when.tv_nsec += CHECK_CANCELED_MS * 1000000L;
    if (when.tv_nsec >= 1000000000) {
        when.tv_nsec -= 1000000000;
        when.tv_sec++;
    }
    return when;
}

/* The lock is held. False: the limit has passed. */
static bool wait(struct completion *completion, const struct wait_limit *limit)
{
    while (!completion->has_ended && !wait_limit_is_over(limit)) {
        const struct timespec until = soon();
        (void)pthread_cond_timedwait(&completion->ended, &completion->lock, &until);
    }
    return completion->has_ended;
}

/* A server that does not know the namespace of the token is not the server that has the run. */
static bool nobody_waits(const struct completion *completion)
{
    if (completion->code == RPC_INVALID_ARGUMENT)
        return true;
    return completion->code == RPC_NOT_FOUND && text_find(completion->message, TEXT("amespace")) == SIZE_MAX;
}

static enum status status_of(const struct completion *completion)
{
    if (completion->code == RPC_OK)
        return STATUS_OK;
    if (completion->fault != CLIENT_FAULT_RPC)
        return STATUS_BUDGET;
    return nobody_waits(completion) ? STATUS_NOT_FOUND : STATUS_UNAVAILABLE;
}

static enum status complete(struct action_completer *interface, struct text token, struct text output,
                            const struct wait_limit *limit, struct error *error)
{
    struct activity_completer *completer = (struct activity_completer *)interface;
    struct completion *completion = new_completion(completer, token, output);
    if (completion == NULL)
        return error_budget(error);
    channel_post(client_channel(completer->client), send, completion);
    pthread_mutex_lock(&completion->lock);
    enum status status = STATUS_UNAVAILABLE;
    if (wait(completion, limit))
        status = status_of(completion);
    if (status != STATUS_OK)
        (void)error_set(error, status, TEXT_NONE, PUBLIC("%s") ": %.*s",
                        completion->has_ended ? rpc_code_name(completion->code) : "CANCELED",
                        TEXT_ARG(completion->has_ended ? completion->message : TEXT("Temporal does not answer")));
    release(completion);
    return status;
}

/* ---- start and stop ---- */

static bool open_client(struct activity_completer *completer, const struct settings *settings)
{
    struct error keys = ERROR_IN(completer->arena); /* the ids of the keys live in it */
    if (payload_keys_read(settings->payload_keys, &completer->keys, &keys) != STATUS_OK)
        return false;
    completer->client = client_new(&(struct client_options){
        .target = settings->temporal_target,
        .namespace_ = settings->temporal_namespace,
        .identity = arena_print(completer->arena, "%ld@workflow-worker-completer", (long)getpid()),
        .security = security_of(settings),
        .keys = &completer->keys,
    });
    return completer->client != NULL;
}

static bool start_thread(struct activity_completer *completer)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, LIMIT_THREAD_STACK);
    bool started = pthread_create(&completer->thread, &attributes, run_loop, completer) == 0;
    pthread_attr_destroy(&attributes);
    return started;
}

static void free_completer(struct activity_completer *completer)
{
    client_free(completer->client);
    arena_free(completer->arena);
    free(completer);
}

enum status activity_completer_start(const struct settings *settings, struct action_completer **interface,
                                     struct error *error)
{
    *interface = NULL;
    struct activity_completer *completer = calloc(1, sizeof *completer);
    if (completer == NULL)
        return error_budget(error);
    completer->interface.complete = complete;
    completer->arena = arena_new(KIB(64), 0);
    if (completer->arena == NULL || !open_client(completer, settings) || !start_thread(completer)) {
        free_completer(completer);
        return error_budget(error);
    }
    *interface = &completer->interface;
    return STATUS_OK;
}

void activity_completer_stop(struct action_completer *interface)
{
    struct activity_completer *completer = (struct activity_completer *)interface;
    channel_post(client_channel(completer->client), stop_loop, client_channel(completer->client));
    pthread_join(completer->thread, NULL);
    free_completer(completer);
}
