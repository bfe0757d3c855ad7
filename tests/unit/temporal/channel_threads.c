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
struct loop {
    struct client *client;
    struct channel *channel;
    unsigned received, answered, canceled;
};

struct sender {
    struct loop *loop;
    pthread_t thread;
    unsigned received;
};

struct message {
    struct sender *sender;
    unsigned number;
};

static void answered(void *userdata, const struct client_result *result)
{
    struct loop *loop = userdata;
    CHECK(result->code == RPC_OK, "ping: %d %.*s\n", result->code, TEXT_ARG(result->message));
    loop->answered++;
}

static void stop_soon(void *userdata, const struct client_result *result)
{
    struct loop *loop = userdata;
    (void)result;
    channel_stop(loop->channel);
}

static void poll_ended(void *userdata, const struct workflow_task *task, const struct client_result *result)
{
    struct loop *loop = userdata;
    CHECK(task == NULL && result->code == RPC_CANCELED, "poll: %d\n", result->code);
    loop->canceled++;
}

static void receive(void *userdata)
{
    struct message *message = userdata;
    struct loop *loop = message->sender->loop;
    CHECK(message->number == message->sender->received, "a message came out of order\n");
    message->sender->received++;
    free(message);
    if (++loop->received == THREADS * POSTS)
        channel_stop(loop->channel);
}

static void *post_all(void *userdata)
{
    struct sender *sender = userdata;
    for (unsigned i = 0; i < POSTS; i++) {
        struct message *message = malloc(sizeof *message);
        CHECK(message != NULL, "out of memory\n");
        *message = (struct message){.sender = sender, .number = i};
        channel_post(sender->loop->channel, receive, message);
    }
    return NULL;
}

static void live_once(struct text address)
{
    struct loop loop = {.client = client_new(&(struct client_options){
                            .target = address, .namespace_ = TEXT("default"), .identity = TEXT("1@threads")})};
    struct arena *arena = arena_new(MIB(16), 0);
    CHECK(loop.client != NULL && arena != NULL, "out of memory\n");
    loop.channel = client_channel(loop.client);
    struct sender senders[THREADS] = {0};
    for (unsigned i = 0; i < THREADS; i++) {
        senders[i].loop = &loop;
        CHECK(pthread_create(&senders[i].thread, NULL, post_all, &senders[i]) == 0, "no thread\n");
    }
    for (unsigned i = 0; i < 20; i++) {
        client_ping(loop.client, arena, answered, &loop);
        (void)client_poll_workflow_task(loop.client, TEXT("threads"), TEXT_NONE, arena, poll_ended, &loop);
    }
    channel_run(loop.channel, false);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(senders[i].thread, NULL);
    while (loop.answered < 20) {
        client_ping(loop.client, arena, stop_soon, &loop);
        channel_run(loop.channel, false);
    }
    client_free(loop.client);
    CHECK(loop.canceled == 20, "%u of 20 polls ended\n", loop.canceled);
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
