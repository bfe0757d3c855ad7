/* Threads that post while calls come and go and the client is opened and freed. A plain program, because Criterion does
   not run under ThreadSanitizer, and that is what this one is for. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "temporal/client.h"

#define THREADS 4
#define POSTS   2000
#define ROUNDS  3

#define CHECK(condition_, ...)                                                                                         \
    do {                                                                                                               \
        if (!(condition_)) {                                                                                           \
            (void)fprintf(stderr, __VA_ARGS__);                                                                        \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Of the loop thread. */
struct house {
    struct client *client;
    struct channel *channel;
    unsigned heard, answered, canceled;
};

struct poster {
    struct house *house;
    pthread_t thread;
    unsigned heard;
};

struct letter {
    struct poster *poster;
    unsigned number;
};

static void answered(void *context, const struct client_result *result)
{
    struct house *house = context;
    CHECK(result->code == RPC_OK, "ping: %d %.*s\n", result->code, TEXT_ARG(result->message));
    house->answered++;
}

static void stop_soon(void *context, const struct client_result *result)
{
    struct house *house = context;
    (void)result;
    channel_stop(house->channel);
}

static void poll_ended(void *context, const struct workflow_task *task, const struct client_result *result)
{
    struct house *house = context;
    CHECK(task == NULL && result->code == RPC_CANCELED, "poll: %d\n", result->code);
    house->canceled++;
}

static void hear(void *context)
{
    struct letter *letter = context;
    struct house *house = letter->poster->house;
    CHECK(letter->number == letter->poster->heard, "a letter came out of turn\n");
    letter->poster->heard++;
    free(letter);
    if (++house->heard == THREADS * POSTS)
        channel_stop(house->channel);
}

static void *post_all(void *context)
{
    struct poster *poster = context;
    for (unsigned i = 0; i < POSTS; i++) {
        struct letter *letter = malloc(sizeof *letter);
        CHECK(letter != NULL, "out of memory\n");
        *letter = (struct letter){.poster = poster, .number = i};
        channel_post(poster->house->channel, hear, letter);
    }
    return NULL;
}

static void live_once(struct text address)
{
    struct house house = {.client = client_new(&(struct client_options){
                              .target = address, .namespace_ = TEXT("default"), .identity = TEXT("1@threads")})};
    struct arena *arena = arena_new(MIB(16), 0);
    CHECK(house.client != NULL && arena != NULL, "out of memory\n");
    house.channel = client_channel(house.client);
    struct poster posters[THREADS] = {0};
    for (unsigned i = 0; i < THREADS; i++) {
        posters[i].house = &house;
        CHECK(pthread_create(&posters[i].thread, NULL, post_all, &posters[i]) == 0, "no thread\n");
    }
    for (unsigned i = 0; i < 20; i++) {
        client_ping(house.client, arena, answered, &house);
        (void)client_poll_workflow_task(house.client, TEXT("threads"), TEXT_NONE, arena, poll_ended, &house);
    }
    channel_run(house.channel, false);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(posters[i].thread, NULL);
    while (house.answered < 20) {
        client_ping(house.client, arena, stop_soon, &house);
        channel_run(house.channel, false);
    }
    client_free(house.client);
    CHECK(house.canceled == 20, "%u of 20 polls ended\n", house.canceled);
    arena_free(arena);
}

int main(void)
{
    const char *address = getenv("TEMPORAL_ADDRESS");
    CHECK(address != NULL, "TEMPORAL_ADDRESS is not set: run me by with_temporal.py\n");
    for (unsigned i = 0; i < ROUNDS; i++)
        live_once(text_from(address));
    return 0;
}
