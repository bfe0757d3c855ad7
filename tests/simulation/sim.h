/* The simulated world: one clock, one queue of what is to happen, and one seed that everything is drawn from. One
   thread. */
#ifndef TESTS_SIMULATION_SIM_H
#define TESTS_SIMULATION_SIM_H

#include "base/arena.h"
#include "tests/engine/random.h"

#define MS INT64_C(1000)
#define S  INT64_C(1000000)

struct channel;
struct database;
struct sim_event;
struct worker;

/* One process with one worker: what a crash drops. Lives until the seed ends. */
struct process {
    unsigned number; /* another one for each process of a seed */
    bool alive;
    int64_t paused_until_us; /* nothing of it runs before */
    int64_t network_from_us; /* the server cannot be reached before */
    int64_t stop_us;         /* when it was asked to stop; 0: not yet */
    struct worker *worker;
    struct channel *channel;
    struct database *database;
    bool ended; /* its loop was stopped by its worker */
    bool ready;
    bool late;     /* it stood still, or got an answer late: it does not see how old a task is */
    unsigned jobs; /* on threads or in line for one */
};

struct sim {
    struct random random;
    uint64_t seed, steps;
    int64_t now_us;
    struct arena *arena;                                        /* of what lives until the seed ends */
    struct process *current;                                    /* whose code runs; NULL: none */
    enum { PROFILE_CALM, PROFILE_SLOW, PROFILE_ROUGH } profile; /* SLOW: activities take long, nothing fails */
    unsigned faults_left;                                       /* of the wire */
    unsigned fault_percent;                                     /* how often a call meets one */
    bool trace;                                                 /* keep the last steps */
};
extern struct sim sim;

typedef void sim_function(void *userdata);

/* Each seed begins and ends with these. */
void sim_begin(uint64_t seed, struct arena *arena, bool trace);
/* Runs the next step. False: nothing is to happen any more. */
bool sim_step(void);

/* Runs function after that time; while its process is paused it waits, once that is dead it never runs. process NULL:
   of the world around. The event lives until the seed ends. */
struct sim_event *sim_after(struct process *process, int64_t delay_us, sim_function *function, void *userdata);
void sim_cancel(struct sim_event *event); /* accepts NULL and one that ran */
/* Runs function as code of that process. */
void sim_run_as(struct process *process, sim_function *function, void *userdata);

uint32_t sim_below(uint32_t bound);
bool sim_chance(uint32_t percent);
int64_t sim_between(int64_t from, int64_t to); /* both may come */
/* Draws one of the faults of the wire that are left, if it is to be. */
bool sim_fault(void);

/* Zeroed; lives until the seed ends. */
void *sim_memory(size_t size);
#define SIM_NEW(type) ((type *)sim_memory(sizeof(type)))
struct text sim_print(const char *format, ...) PRINTF_LIKE(1, 2);
struct text sim_copy(struct text text);

/* One of the last steps, printed when the seed fails. */
void sim_note(const char *format, ...) PRINTF_LIKE(1, 2);
void sim_note_print(void);
/* The seed fails: says why and ends the process. */
_Noreturn void sim_fail(const char *format, ...) PRINTF_LIKE(1, 2);
#define SIM_CHECK(condition, ...)                                                                                      \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            sim_fail(__VA_ARGS__);                                                                                     \
    } while (0)

#endif
