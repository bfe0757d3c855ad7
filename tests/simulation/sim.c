/* The clock, the queue and the seed of a simulation. */
#include "tests/simulation/sim.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOTES     4000
#define NOTE_SIZE 240

struct sim_event {
    int64_t at_us;
    uint64_t order;
    struct process *process;
    sim_function *function;
    void *userdata;
    bool canceled;
};

struct sim sim;

/* A heap: the earliest first. */
static struct sim_event **queue;
static size_t queued, capacity;
static uint64_t last_order;

static char notes[NOTES][NOTE_SIZE];
static uint64_t note_count;

/* ---- the queue ---- */

static bool is_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void push(struct sim_event *event)
{
    if (queued == capacity) {
        capacity = capacity > 0 ? 2 * capacity : 1024;
        queue = realloc(queue, capacity * sizeof(struct sim_event *));
        if (queue == NULL)
            abort();
    }
    size_t at = queued++;
    for (; at > 0 && is_before(event, queue[(at - 1) / 2]); at = (at - 1) / 2)
        queue[at] = queue[(at - 1) / 2];
    queue[at] = event;
}

static struct sim_event *pop(void)
{
    struct sim_event *first = queue[0], *last = queue[--queued];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= queued)
            break;
        if (child + 1 < queued && is_before(queue[child + 1], queue[child]))
            child++;
        if (!is_before(queue[child], last))
            break;
        queue[at] = queue[child];
        at = child;
    }
    queue[at] = last;
    return first;
}

void sim_begin(uint64_t seed, struct arena *arena, bool trace)
{
    sim = (struct sim){.random = {.state = seed}, .seed = seed, .arena = arena, .trace = trace, .now_us = S};
    queued = 0;
    last_order = 0;
    note_count = 0;
}

struct sim_event *sim_after(struct process *process, int64_t delay_us, sim_function *function, void *userdata)
{
    assert(delay_us >= 0);
    struct sim_event *event = SIM_NEW(struct sim_event);
    *event = (struct sim_event){.at_us = sim.now_us + delay_us,
                                .order = ++last_order,
                                .process = process,
                                .function = function,
                                .userdata = userdata};
    push(event);
    return event;
}

void sim_cancel(struct sim_event *event)
{
    if (event != NULL)
        event->canceled = true;
}

void sim_run_as(struct process *process, sim_function *function, void *userdata)
{
    struct process *before = sim.current;
    sim.current = process;
    function(userdata);
    sim.current = before;
}

bool sim_step(void)
{
    while (queued > 0) {
        struct sim_event *event = pop();
        struct process *process = event->process;
        if (event->canceled || (process != NULL && !process->alive))
            continue;
        if (process != NULL && process->paused_until_us > event->at_us) {
            event->at_us = process->paused_until_us;
            event->order = ++last_order;
            push(event);
            continue;
        }
        assert(event->at_us >= sim.now_us);
        sim.now_us = event->at_us;
        sim.steps++;
        event->canceled = true;
        sim_run_as(process, event->function, event->userdata);
        return true;
    }
    return false;
}

/* ---- the seed ---- */

uint32_t sim_below(uint32_t bound)
{
    return random_below(&sim.random, bound);
}

bool sim_chance(uint32_t percent)
{
    return random_chance(&sim.random, percent);
}

int64_t sim_between(int64_t from, int64_t to)
{
    assert(from <= to);
    return from + (int64_t)(random_next(&sim.random) % (uint64_t)(to - from + 1));
}

bool sim_fault(void)
{
    if (sim.faults_left == 0 || !sim_chance(sim.fault_percent))
        return false;
    sim.faults_left--;
    return true;
}

/* ---- memory and words ---- */

void *sim_memory(size_t size)
{
    void *memory = arena_alloc(sim.arena, size, 16);
    if (memory == NULL)
        abort();
    return memset(memory, 0, size);
}

struct text sim_print(const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    assert(size >= 0 && (size_t)size < sizeof text);
    return sim_copy(text_from(text));
}

struct text sim_copy(struct text text)
{
    char *copy = sim_memory(text.size + 1);
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    return (struct text){.data = copy, .size = text.size};
}

void sim_note(const char *format, ...)
{
    if (!sim.trace)
        return;
    char *note = notes[note_count++ % NOTES];
    int size = snprintf(note, NOTE_SIZE, "%10.3f s  ", (double)sim.now_us / 1e6);
    if (sim.current != NULL)
        size += snprintf(note + size, NOTE_SIZE - (size_t)size, "worker %u: ", sim.current->number);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(note + size, NOTE_SIZE - (size_t)size, format, arguments);
    va_end(arguments);
}

void sim_note_print(void)
{
    for (uint64_t i = note_count > NOTES ? note_count - NOTES : 0; i < note_count; i++)
        fprintf(stderr, "%s\n", notes[i % NOTES]);
}

_Noreturn void sim_fail(const char *format, ...)
{
    char why[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    sim_note_print();
    fprintf(stderr, "FAILED at %.3f s, step %" PRIu64 ": %s; repeat with: make simulate SEED=%" PRIu64 " LOG=1\n",
            (double)sim.now_us / 1e6, sim.steps, why, sim.seed);
    _exit(1);
}
