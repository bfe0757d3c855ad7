/* Two workers, a model of Temporal and a model of the database, driven by one seed: everything that may happen to them
   happens, and in the end every run has ended as the oracle says. One line repeats a seed that fails. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "postgres/database.h"
#include "tests/simulation/database_model.h"
#include "tests/simulation/erp_model.h"
#include "tests/simulation/fake_database.h"
#include "tests/simulation/guard.h"
#include "worker/debug.h"

#define MACHINES       2
#define EXECUTIONS_MAX 4
#define PROCESSES_MAX  64
#define STEPS_MAX      200000
#define BATCH          50 /* seeds of one child: what crashed workers leave behind goes with it */

/* ---- the workers ---- */

struct machine {
    unsigned number;
    struct worker_options options;
    struct process *process;
};

static struct machine machines[MACHINES];
static struct execution *executions[EXECUTIONS_MAX];
static unsigned execution_count, process_count, meddling_left, meddling_permille;
static bool calm;                                /* nothing goes wrong any more */
static bool ends_polls;                          /* ShutdownWorker ends all polls of a worker */
static struct process *processes[PROCESSES_MAX]; /* keeps what they left behind reachable, for leak checkers */

static void ready_changed(void *userdata, bool ready)
{
    ((struct machine *)userdata)->process->ready = ready;
}

static void draw_options(struct machine *machine)
{
    static const struct text queue = {"rules", 5};
    static const size_t caches[] = {0, KIB(60), MIB(16), MIB(16)};
    bool faults = sim.profile == PROFILE_ROUGH;
    machine->options = (struct worker_options){
        .target = TEXT("temporal:7233"),
        .namespace_ = TEXT("default"),
        .queues = &queue,
        .queue_count = 1,
        .only_activities = machine->number > 0 && sim_chance(5),
        .catalog = &simulation_catalog,
        .local = sim_chance(85),
        .describe = true,
        .cache_bytes = caches[sim_below(4)],
        .activities = 1 + sim_below(sim_chance(50) ? 3 : 20),
        .local_threads = 1 + sim_below(4),
        .async_threads = 1 + sim_below(2),
        .polls_max = sim_chance(30) ? 2 : 2 + sim_below(30),
        .activity_polls_max = sim_chance(30) ? 2 : 2 + sim_below(30),
        .stop_timeout_ms = faults ? sim_between(500, 20000) : 300000,
        .services_ping = erp_ping,
        .execution_changed = erp_execution_changed,
        .approvals_ended = erp_approvals_ended,
        .approvals_take_turn = erp_approvals_take_turn,
        .approvals_read = erp_approvals_read,
        .approvals_expire = erp_approvals_expire,
        .ready_changed = ready_changed,
        .userdata = machine,
    };
}

static void process_run(void *userdata)
{
    struct machine *machine = userdata;
    struct process *process = machine->process;
    process->database = fake_database_new();
    machine->options.services = erp_services(process->database);
    process->worker = worker_new(&machine->options);
    SIM_CHECK(process->worker != NULL, "no worker");
    worker_start(process->worker);
}

static void process_start(void *userdata)
{
    struct machine *machine = userdata;
    SIM_CHECK(process_count < PROCESSES_MAX, "too many processes");
    machine->process = SIM_NEW(struct process);
    *machine->process = (struct process){.number = process_count, .alive = true};
    processes[process_count++] = machine->process;
    sim_note("worker %u starts", machine->process->number);
    sim_run_as(machine->process, process_run, machine);
}

static void process_drop(struct machine *machine)
{
    machine->process->alive = false;
    model_process_gone(machine->process);
    if (machine->process->channel != NULL)
        channel_cut(machine->process->channel, true);
    sim_after(NULL, sim_between(100 * MS, 10 * S), process_start, machine);
}

static void stop_now(void *userdata)
{
    worker_stop(userdata);
}

static void process_stop(struct process *process)
{
    if (process->stop_us != 0)
        return;
    sim_note("worker %u is asked to stop", process->number);
    process->stop_us = sim.now_us;
    sim_run_as(process, stop_now, process->worker);
}

static void free_now(void *userdata)
{
    struct process *process = userdata;
    worker_free(process->worker);
    database_free(process->database);
}

/* Its loop has ended. */
static void process_end(struct machine *machine)
{
    struct process *process = machine->process;
    int64_t took_us = sim.now_us - process->stop_us;
    bool abandoned = worker_finish(process->worker) == WORKER_ABANDONED;
    SIM_CHECK(process->stop_us != 0, "worker %u ended though nobody stopped it", process->number);
    if (abandoned) {
        SIM_CHECK(took_us >= machine->options.stop_timeout_ms * MS, "worker %u is abandoned before its time",
                  process->number);
        sim_note("worker %u is abandoned", process->number);
    } else {
        SIM_CHECK(process->jobs == 0, "worker %u has ended with %u jobs under way", process->number, process->jobs);
        SIM_CHECK(channel_calls(process->channel) == 0, "worker %u has ended with %zu calls under way", process->number,
                  channel_calls(process->channel));
        if ((sim.profile != PROFILE_ROUGH || calm) && process->network_from_us <= process->stop_us)
            server_check_left(process);
        sim_note("worker %u has ended", process->number);
        sim_run_as(process, free_now, process);
        process->worker = NULL;
    }
    process->alive = false;
    model_process_gone(process);
    if (process->channel != NULL)
        channel_cut(process->channel, true);
    if (!calm)
        sim_after(NULL, sim_between(100 * MS, 10 * S), process_start, machine);
}

static void check_end(struct machine *machine)
{
    struct process *process = machine->process;
    if (!process->alive)
        return;
    if (process->ended)
        process_end(machine);
    if (!process->alive || process->ended || process->stop_us == 0)
        return;
    /* It may have stood still when it was asked to. */
    int64_t asked_us = process->paused_until_us > process->stop_us ? process->paused_until_us : process->stop_us;
    SIM_CHECK(sim.now_us - asked_us < machine->options.stop_timeout_ms * MS + 3 * S,
              "worker %u does not end: %zu calls, %u jobs", process->number, channel_calls(process->channel),
              process->jobs);
}

/* ---- what they say of themselves ---- */

struct used {
    int64_t tasks, activities, async;
};

static int64_t number_at(const struct json_value *slots, const char *kind, const char *member)
{
    int64_t number;
    const struct json_value *value = json_get(slots, text_from(kind));
    value = value != NULL ? json_get(value, text_from(member)) : NULL;
    SIM_CHECK(value != NULL && json_to_int64(value, &number), "debug does not say %s of %s", member, kind);
    return number;
}

static void debug_now(void *userdata)
{
    struct process *process = sim.current;
    channel_post_at_once(process->channel, true);
    SIM_CHECK(worker_debug(process->worker, userdata), "debug does not answer");
    channel_post_at_once(process->channel, false);
}

static struct used used_of(struct process *process)
{
    struct arena *arena = arena_new(MIB(8), 0);
    struct buffer buffer = buffer_in(arena, MIB(4));
    struct json_value json;
    struct error error = ERROR_IN(arena);
    sim_run_as(process, debug_now, &buffer);
    SIM_CHECK(json_read(arena, buffer_text(&buffer), &json, &error) == STATUS_OK, "debug is no JSON");
    const struct json_value *slots = json_get(&json, TEXT("slots"));
    SIM_CHECK(slots != NULL, "debug says nothing of slots");
    struct used used = {.tasks = number_at(slots, "workflow_tasks", "used"),
                        .activities = number_at(slots, "activities", "used"),
                        .async = number_at(slots, "async", "used")};
    const struct json_value *listed = json_get(&json, TEXT("workflow_tasks"));
    SIM_CHECK(listed != NULL && (int64_t)listed->array.count == used.tasks, "worker %u lists %zu tasks, and counts %d",
              process->number, listed->array.count, (int)used.tasks);
    listed = json_get(&json, TEXT("activities"));
    SIM_CHECK(listed != NULL && (int64_t)listed->array.count == used.activities + used.async,
              "worker %u lists %zu activities, and counts %d", process->number, listed->array.count,
              (int)(used.activities + used.async));
    arena_free(arena);
    return used;
}

static void check_slots(const struct machine *machine)
{
    struct process *process = machine->process;
    if (!process->alive || process->ended || process->worker == NULL)
        return;
    struct used used = used_of(process);
    SIM_CHECK(used.activities >= 0 && used.activities <= (int64_t)machine->options.activities,
              "worker %u has %d activities in %u slots", process->number, (int)used.activities,
              machine->options.activities);
    SIM_CHECK(used.tasks >= 0 && used.tasks <= LIMIT_OPEN_TASKS, "worker %u has %d workflow tasks", process->number,
              (int)used.tasks);
}

/* ---- what happens to them ---- */

static void meddle_with_run(void)
{
    struct execution *execution = executions[sim_below(EXECUTIONS_MAX)];
    if (execution == NULL)
        return;
    struct run *run = execution_newest(execution);
    uint32_t what = sim_below(100);
    if (what >= 60) {
        server_query(run);
    } else if (what >= 40) {
        server_cancel_activity(run);
    } else if (run->closed) {
        return;
    } else if (what >= 20) {
        server_signal(run);
    } else if (what >= 5) {
        sim_note("execution %u is to be canceled", execution->number);
        execution->canceled = true;
        server_cancel(run);
    } else {
        sim_note("execution %u is terminated", execution->number);
        execution->terminated = true;
        server_terminate(run);
    }
}

static void server_away(void)
{
    int64_t until_us = sim.now_us + sim_between(100 * MS, 20 * S);
    sim_note("the server is unavailable for %.3f s", (double)(until_us - sim.now_us) / 1e6);
    for (size_t i = 0; i < MACHINES; i++) {
        if (!machines[i].process->alive)
            continue;
        machines[i].process->network_from_us = until_us;
        channel_cut(machines[i].process->channel, false);
    }
}

static void meddle_with_worker(struct machine *machine)
{
    struct process *process = machine->process;
    if (!process->alive)
        return;
    switch (sim_below(4)) {
    case 0:
        sim_note("worker %u crashes", process->number);
        process_drop(machine);
        break;
    case 1: process_stop(process); break;
    case 2:
        if (process->paused_until_us > sim.now_us)
            break;
        process->late = true;
        process->paused_until_us = sim.now_us + sim_between(10 * MS, sim_chance(50) ? 2 * S : 60 * S);
        sim_note("worker %u stands still for %.3f s", process->number,
                 (double)(process->paused_until_us - sim.now_us) / 1e6);
        break;
    default:
        process->network_from_us = sim.now_us + sim_between(0, 10 * S);
        sim_note("worker %u is cut off for %.3f s", process->number,
                 (double)(process->network_from_us - sim.now_us) / 1e6);
        channel_cut(process->channel, false);
    }
}

static void meddle(void)
{
    if (meddling_left == 0 || sim_below(1000) >= meddling_permille)
        return;
    meddling_left--;
    uint32_t what = sim_below(10);
    if (sim.profile != PROFILE_ROUGH && ends_polls && sim_chance(25)) {
        struct process *process = machines[sim_below(MACHINES)].process;
        if (process->alive)
            process_stop(process); /* nothing may be lost by that */
    } else if (sim.profile != PROFILE_ROUGH) {
        meddle_with_run();
    } else if (what < 5) {
        meddle_with_worker(&machines[sim_below(MACHINES)]);
    } else if (what < 6) {
        server_away();
    } else if (what < 7) {
        int64_t away_us = sim_between(10 * MS, 15 * S);
        sim_note("the database is unavailable for %.3f s", (double)away_us / 1e6);
        fake_database_away(sim.now_us + away_us);
    } else {
        meddle_with_run();
    }
}

/* ---- one seed ---- */

static void start_execution(void *userdata)
{
    unsigned number = (unsigned)(uintptr_t)userdata;
    executions[number] = execution_start(number);
}

static void begin(uint64_t seed, struct arena *arena, bool trace)
{
    sim_begin(seed, arena, trace);
    guard_begin();
    sim.profile = sim_chance(80) ? PROFILE_ROUGH : sim_chance(50) ? PROFILE_SLOW : PROFILE_CALM;
    bool rough = sim.profile == PROFILE_ROUGH;
    sim.fault_percent = rough ? 1 + sim_below(sim_chance(50) ? 3 : 20) : 0;
    sim.faults_left = rough ? sim_below(60) : 0;
    meddling_left = sim_below(12);
    meddling_permille = 1 + sim_below(sim_chance(50) ? 5 : 30);
    fiber_begin();
    fake_database_begin();
    erp_begin();
    ends_polls = sim_chance(50);
    server_begin(&(struct server_options){
        .ends_polls = ends_polls,
        .has_attributes = ends_polls,
        .scales_polls = sim_chance(50),
        .wants_heartbeats = sim_chance(50),
        .sets_timeouts = sim_chance(75),
        .page_events = sim_chance(50) ? 256 : 3 + sim_below(20),
        .continue_events = sim_chance(30) ? 12 + sim_below(60) : 0,
        .eager_percent = sim_chance(50) ? 100 : 50,
    });
    process_count = 0;
    calm = false;
    execution_count = 1 + sim_below(EXECUTIONS_MAX);
    memset(executions, 0, sizeof executions);
    for (unsigned i = 0; i < MACHINES; i++) {
        machines[i] = (struct machine){.number = i};
        draw_options(&machines[i]);
        process_start(&machines[i]);
    }
    for (unsigned i = 0; i < execution_count; i++)
        sim_after(NULL, sim_between(0, 5 * S), start_execution, (void *)(uintptr_t)i);
}

static bool all_closed(void)
{
    for (unsigned i = 0; i < execution_count; i++)
        if (executions[i] == NULL || !execution_newest(executions[i])->closed)
            return false;
    return true;
}

static void step(void)
{
    SIM_CHECK(sim_step(), "nothing happens any more");
    SIM_CHECK(sim.steps < STEPS_MAX, "too many steps");
    for (size_t i = 0; i < MACHINES; i++)
        check_end(&machines[i]);
    if (sim.steps % 64 == 0)
        for (size_t i = 0; i < MACHINES; i++)
            check_slots(&machines[i]);
}

/* Polls wherever it may, and does nothing else. */
static bool is_at_rest(const struct machine *machine)
{
    struct process *process = machine->process;
    const struct worker_options *options = &machine->options;
    if (!process->alive || !process->ready || process->jobs > 0)
        return false;
    unsigned tasks = options->only_activities ? 0 : 2, sticky = options->cache_bytes > 0 ? tasks : 0;
    unsigned activities = options->activities < 2 ? options->activities : 2;
    if (server_polls(process, 0) != tasks || server_polls(process, 1) != sticky ||
        server_polls(process, 2) != activities)
        return false;
    struct used used = used_of(process);
    return used.tasks == 0 && used.activities == 0 && used.async == 0;
}

static void come_to_rest(struct machine *machine)
{
    int64_t until_us = sim.now_us + 600 * S;
    while (!is_at_rest(machine)) {
        struct process *process = machine->process;
        SIM_CHECK(sim.now_us < until_us,
                  "worker %u does not come to rest: alive %d, ready %d, %u jobs, polls %u %u %u, slots %d %d %d",
                  process->number, process->alive, process->ready, process->jobs, server_polls(process, 0),
                  server_polls(process, 1), server_polls(process, 2), process->alive ? (int)used_of(process).tasks : 0,
                  process->alive ? (int)used_of(process).activities : 0,
                  process->alive ? (int)used_of(process).async : 0);
        step();
    }
}

static void run_seed(uint64_t seed, bool trace)
{
    struct arena *arena = arena_new(MIB(1024), MIB(1));
    begin(seed, arena, trace);
    while (!all_closed()) {
        SIM_CHECK(sim.now_us < 24 * 3600 * S, "the executions do not end");
        step();
        meddle();
    }
    sim.faults_left = 0;
    fake_database_calm();
    for (size_t i = 0; i < MACHINES; i++)
        come_to_rest(&machines[i]);
    calm = true;
    for (size_t i = 0; i < MACHINES; i++)
        process_stop(machines[i].process);
    while (machines[0].process->alive || machines[1].process->alive)
        step();
    for (unsigned i = 0; i < execution_count; i++)
        execution_judge(executions[i]);
    arena_free(arena);
}

/* ---- many of them ---- */

/* What a child does, seen by its parent. */
struct child {
    uint64_t to;
    volatile uint64_t seed; /* present one */
};

#define CHILDREN_MAX 64

static struct child *children; /* shared with them */
static pid_t pids[CHILDREN_MAX];
static volatile uint64_t present_seed;
static bool trace;
static unsigned failures_max = 3; /* enough to stop for */

static void crashed(int signal_number)
{
    char line[128];
    sim_note_print();
    int size = snprintf(line, sizeof line, "FAILED: signal %d; repeat with: make simulate SEED=%" PRIu64 " LOG=1\n",
                        signal_number, present_seed);
    (void)!write(STDERR_FILENO, line, (size_t)size);
    _exit(1);
}

static _Noreturn void run_batch(struct child *child, uint64_t from)
{
    signal(SIGABRT, crashed);
    signal(SIGALRM, crashed);
#ifndef __SANITIZE_ADDRESS__
    signal(SIGSEGV, crashed);
#endif
    for (uint64_t seed = from; seed < child->to; seed++) {
        present_seed = child->seed = seed;
        (void)alarm(20);
        run_seed(seed, trace);
        if (trace)
            sim_note_print();
    }
    child->seed = child->to;
    _exit(0);
}

static void child_start(struct child *child, uint64_t from, uint64_t to)
{
    child->seed = from;
    child->to = to;
    pid_t pid = fork();
    if (pid == 0)
        run_batch(child, from);
    pids[child - children] = pid;
    if (pid < 0) {
        perror("fork");
        exit(2);
    }
}

static void show_progress(uint64_t done, uint64_t count, unsigned failed)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " seeds, %u failed ", done, count, failed);
}

/* Returns how many have failed; a few are enough. */
static unsigned run_seeds(uint64_t first, uint64_t count, unsigned jobs)
{
    uint64_t next = first, end = first + count;
    unsigned failed = 0, running = 0;
    for (;;) {
        for (unsigned i = 0; i < jobs && failed < failures_max; i++) {
            struct child *child = &children[i];
            if (pids[i] != 0 || (child->seed >= child->to && next == end))
                continue;
            uint64_t from = child->seed < child->to ? child->seed : next;
            uint64_t to = child->seed < child->to ? child->to : (end - next < BATCH ? end : next + BATCH);
            if (from == next)
                next = to;
            child_start(child, from, to);
            running++;
        }
        if (running == 0)
            break;
        int status;
        pid_t pid = wait(&status);
        for (unsigned i = 0; i < jobs; i++) {
            if (pids[i] != pid)
                continue;
            pids[i] = 0;
            running--;
            if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
                continue;
            if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
                fprintf(stderr, "FAILED: status %d; repeat with: make simulate SEED=%" PRIu64 " LOG=1\n", status,
                        children[i].seed);
            children[i].seed++; /* the rest of its batch */
            failed++;
        }
        show_progress(next - first, count, failed);
    }
    show_progress(next - first, count, failed);
    if (isatty(STDERR_FILENO))
        fputc('\n', stderr);
    return failed;
}

static const char usage[] = "Usage: simulation [--seed N] [--count N] [--failures N] [--jobs N] [--trace]\n\n"
                            "Simulates two workers, Temporal and a database from `count` seeds, the first one `seed`.\n"
                            "A seed that fails prints the command that repeats it.\n\n"
                            "  --failures N  stop after N failed seeds\n"
                            "  --jobs N      processes at once; by default one for each processor\n"
                            "  --trace       print each step\n\n"
                            "Example: simulation --seed 4711 --count 1 --trace\n";

static uint64_t number(const char *text)
{
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0')
        return value;
    fprintf(stderr, "simulation: expected a number, found '%s'\n", text);
    exit(2);
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, count = 1000;
    unsigned jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'},
        {"count", required_argument, NULL, 'c'},
        {"failures", required_argument, NULL, 'f'},
        {"jobs", required_argument, NULL, 'j'},
        {"trace", no_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (option) {
        case 's': seed = number(optarg); break;
        case 'c': count = number(optarg); break;
        case 'f': failures_max = (unsigned)number(optarg); break;
        case 'j': jobs = (unsigned)number(optarg); break;
        case 't': trace = true; break;
        case 'h': fputs(usage, stdout); return EXIT_SUCCESS;
        default: fputs(usage, stderr); return 2;
        }
    }
    if (optind < argc) {
        fputs(usage, stderr);
        return 2;
    }
    jobs = jobs < 1 ? 1 : jobs > CHILDREN_MAX ? CHILDREN_MAX : jobs;
    children = mmap(NULL, CHILDREN_MAX * sizeof *children, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (children == MAP_FAILED) {
        perror("mmap");
        return 2;
    }
    unsigned failed = run_seeds(seed, count, jobs);
    printf("%" PRIu64 " seeds, %u failed\n", count, failed);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
