#include "fake_channel.h"

#include <criterion/criterion.h>
#include <stdlib.h>

struct channel {
    struct channel_timer *timers;
    bool stopped;
};

struct channel_call {
    bool canceled;
    rpc_done *done;
    void *userdata;
};

struct channel_timer {
    struct channel_timer *next;
    void (*function)(void *);
    void *userdata;
};

struct fake_channel fake;

static struct channel_timer *add_timer(struct channel *channel, void (*function)(void *), void *userdata)
{
    struct channel_timer **end = &channel->timers;
    while (*end != NULL)
        end = &(*end)->next;
    *end = calloc(1, sizeof **end);
    cr_assert_not_null(*end);
    **end = (struct channel_timer){.function = function, .userdata = userdata};
    return *end;
}

struct channel *channel_new(const struct channel_options *options)
{
    (void)options;
    fake = (struct fake_channel){0};
    return calloc(1, sizeof(struct channel));
}

void channel_free(struct channel *channel)
{
    channel_run(channel, true);
    free(channel);
}

static void answer(void *userdata)
{
    struct channel_call call = *(struct channel_call *)userdata;
    free(userdata);
    call.done(call.userdata, call.canceled ? &(struct rpc_answer){.code = RPC_CANCELED} : &fake.answer);
}

struct channel_call *channel_call(struct channel *channel, const char *method, struct text request, struct arena *arena,
                                  int64_t deadline_ms, bool wait_for_ready, rpc_done *done, void *userdata)
{
    (void)method;
    (void)request;
    (void)arena;
    (void)deadline_ms;
    (void)wait_for_ready;
    struct channel_call *call = calloc(1, sizeof *call);
    cr_assert_not_null(call);
    *call = (struct channel_call){.done = done, .userdata = userdata};
    fake.calls++;
    (void)add_timer(channel, answer, call);
    return call;
}

void channel_cancel(struct channel_call *call)
{
    call->canceled = true;
}

struct channel_timer *channel_after(struct channel *channel, int64_t delay_ms, void (*function)(void *), void *userdata)
{
    fake.waited_ms += delay_ms;
    return add_timer(channel, function, userdata);
}

void channel_timer_cancel(struct channel_timer *timer)
{
    timer->function = NULL;
}

void channel_post(struct channel *channel, void (*function)(void *), void *userdata)
{
    (void)add_timer(channel, function, userdata);
}

void channel_run(struct channel *channel, bool until_idle)
{
    channel->stopped = false;
    while (channel->timers != NULL && !channel->stopped) {
        struct channel_timer timer = *channel->timers;
        free(channel->timers);
        channel->timers = timer.next;
        if (timer.function != NULL)
            timer.function(timer.userdata);
    }
    cr_assert(until_idle || channel->stopped, "nothing is left that could end this loop");
}

void channel_stop(struct channel *channel)
{
    channel->stopped = true;
}

void channel_each_turn(struct channel *channel, void (*function)(void *), void *userdata)
{
    (void)channel;
    (void)function;
    (void)userdata;
}
