/* Plans of resumptions: of every recorded history, cut after every event, and of runs made up here. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "engine/names.h"
#include "engine/run.h"
#include "rule/resume_plan.h"
#include "temporal/history_json.h"

#define ID(letter_)  "a0000000-0000-4000-8000-00000000000" #letter_
#define RULE_ID      "11111111-1111-4111-8111-111111111111"
#define MIB_IN_BYTES ((size_t)1 << 20)
#define EVENTS_MAX   64

static struct arena *arena;
static struct error error;
static struct resume_plan plan;

static void set_up(void)
{
    arena = arena_new(4096 * MIB_IN_BYTES, 0);
    error = ERROR_IN(arena);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(resume_plan, .init = set_up, .fini = tear_down);

/* ---- recorded histories ---- */

static struct text read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *data = arena_alloc(arena, size, 1);
    cr_assert_eq(fread(data, 1, size, file), size, "%s", path);
    fclose(file);
    return (struct text){data, size};
}

static struct run *fold(const struct event *events, size_t count)
{
    static const struct run_policy policy = {.catalog = &action_catalog_all, .local = true};
    struct run *run = run_new(&policy);
    cr_assert_eq(run_fold(run, events, count, NULL, &error), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    return run;
}

static struct run *begin(struct text input)
{
    const struct event start = {.kind = EVENT_STARTED, .id = 1, .activity_type = TEXT(WORKFLOW_TYPE), .payload = input};
    return fold(&start, 1);
}

/* The new run begins with what is finished in the closed one, and with nothing else. */
static void check_kept(const struct run *closed, const char *name, size_t cut)
{
    struct run *next = begin(plan.input);
    cr_assert_eq(run_action_count(next), run_action_count(closed));
    for (size_t i = 0; i < run_action_count(closed); i++) {
        struct run_action before, after;
        run_action_at(closed, i, &before);
        run_action_at(next, i, &after);
        bool finished = before.state == ACTION_STATE_FINISHED;
        cr_expect_eq(finished, after.state == ACTION_STATE_FINISHED, "%s at %zu: %.*s is %s", name, cut,
                     TEXT_ARG(after.name), action_state_name(after.state));
        cr_expect(!finished || text_equal(before.result, after.result), "%s at %zu: %.*s", name, cut,
                  TEXT_ARG(after.name));
    }
    cr_expect(text_equal(run_effect_id(closed), run_effect_id(next)), "%s at %zu", name, cut);
    run_free(next);
}

static bool is_clear(struct text message)
{
    static const char *const known[] = {"started a branch of the Go worker that has not completed",
                                        "the run is a branch of the Go worker", "the run has completed",
                                        "the run was continued as new"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (text_find(message, text_from(known[i])) != SIZE_MAX)
            return true;
    return false;
}

struct tally {
    size_t resumed, refused;
};

/* Terminated after each of its events, unless it is over by then. */
static void try_cuts(const char *name, const struct history_json *history, struct tally *tally)
{
    struct event *events = ARENA_ARRAY(arena, history->count + 1, struct event);
    const struct resume_request request = {.run_id = TEXT("closed")};
    for (size_t cut = 1; cut <= history->count; cut++) {
        memcpy(events, history->events, cut * sizeof *events);
        size_t count = cut;
        if (events[cut - 1].kind != EVENT_CLOSED)
            events[count++] = (struct event){.kind = EVENT_CLOSED, .id = (int64_t)cut + 1, .close = CLOSE_TERMINATED};
        enum status status = resume_plan_make(arena, &action_catalog_all, events, count, &request, &plan, &error);
        cr_expect(status == STATUS_OK || (status == STATUS_INVALID && is_clear(error.message)), "%s at %zu: %.*s", name,
                  cut, TEXT_ARG(error.message));
        tally->resumed += status == STATUS_OK;
        tally->refused += status != STATUS_OK;
        if (status != STATUS_OK)
            continue;
        struct run *closed = fold(events, count);
        check_kept(closed, name, cut);
        run_free(closed);
    }
}

Test(resume_plan, of_every_recorded_history_at_every_event)
{
    struct tally tally = {0};
    DIR *folder = opendir(HISTORIES);
    cr_assert_not_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[1024];
        struct history_json history;
        if (!text_ends(text_from(entry->d_name), TEXT(".json")) || strcmp(entry->d_name, "manifest.json") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", HISTORIES, entry->d_name);
        cr_assert_eq(history_json_read(arena, read_file(path), &history, &error), STATUS_OK, "%s", path);
        try_cuts(entry->d_name, &history, &tally);
        arena_reset(arena);
    }
    closedir(folder);
    cr_expect_gt(tally.resumed, 800, "%zu", tally.resumed);
    cr_expect_gt(tally.refused, 400, "%zu", tally.refused);
}

/* ---- runs made up here ---- */

static struct event events[EVENTS_MAX];
static size_t event_count;

static void add(struct event event)
{
    event.id = (int64_t)++event_count;
    events[event_count - 1] = event;
}

#define ACTION(letter_, name_, type_, config_)                                                                         \
    "{\"id\":\"" ID(letter_) "\",\"name\":\"" name_ "\",\"action_type\":\"" type_                                      \
                             "\",\"is_active\":true,\"action_config\":" config_ "}"
#define CHECK  "{\"conditions\":[{\"field_name\":\"total\",\"operator\":\"greater_than\",\"value\":1}]}"
#define UPDATE "{\"target_entity\":\"sales.orders\",\"target_field\":\"notes\",\"new_value\":\"x\"}"
#define EDGE(source_, target_)                                                                                         \
    "{\"source_action_id\":\"" ID(source_) "\",\"target_action_id\":\"" ID(target_) "\",\"edge_type\":\"sequence\"}"
#define BEGIN(target_)          "{\"source_action_id\":null,\"target_action_id\":\"" ID(target_) "\",\"edge_type\":\"start\"}"
#define GRAPH(actions_, edges_) "{\"actions\":[" actions_ "],\"edges\":[" edges_ "]}"
/* check -> write -> send; the first two have finished and the third has failed. */
#define CHAIN                                                                                                          \
    GRAPH(ACTION(a, "check", "evaluate_condition",                                                                     \
                 CHECK) "," ACTION(b, "write", "update_field", UPDATE) "," ACTION(c, "send", "send_email", "{}"),      \
          BEGIN(a) "," EDGE(a, b) "," EDGE(b, c))

static void start(const char *graph)
{
    event_count = 0;
    add((struct event){.kind = EVENT_STARTED,
                       .activity_type = TEXT(WORKFLOW_TYPE),
                       .payload = arena_print(arena,
                                              "{\"rule_id\":\"" RULE_ID "\",\"execution_id\":\"" RULE_ID
                                              "\",\"graph\":%s,\"trigger_data\":{\"total\":5}}",
                                              graph)});
}

static void finish(const char *id, const char *result)
{
    add((struct event){.kind = EVENT_RESULT_RECORDED, .activity_id = text_from(id), .payload = text_from(result)});
}

static void fail(const char *id)
{
    add((struct event){.kind = EVENT_RESULT_RECORDED, .activity_id = text_from(id), .failure = TEXT("no")});
}

static void close_as(enum run_close close)
{
    add((struct event){.kind = EVENT_CLOSED, .close = close});
}

static void play_chain(void)
{
    start(CHAIN);
    finish(ID(a), "{\"output\":\"true\"}");
    finish(ID(b), "{\"records_affected\":1}");
    fail(ID(c));
    close_as(CLOSE_FAILED);
}

static enum status make(struct resume_request request)
{
    request.run_id = TEXT("closed");
    return resume_plan_make(arena, &action_catalog_all, events, event_count, &request, &plan, &error);
}

static void expect_refused(struct resume_request request, const char *why)
{
    cr_expect_eq(make(request), STATUS_INVALID, "%s", why);
    cr_expect(text_find(error.message, text_from(why)) != SIZE_MAX, "found    %.*s\nexpected %s",
              TEXT_ARG(error.message), why);
}

static const struct json_value *json(const char *text)
{
    struct json_value *value = ARENA_NEW(arena, struct json_value);
    cr_assert_eq(json_read(arena, text_from(text), value, &error), STATUS_OK);
    return value;
}

static struct resume_request with_config(const char *action, const char *config)
{
    struct resume_correction *correction = ARENA_NEW(arena, struct resume_correction);
    *correction = (struct resume_correction){.action = text_from(action), .file = "file", .config = *json(config)};
    return (struct resume_request){.corrections = correction, .correction_count = 1};
}

static struct resume_request with_rule(const char *rule)
{
    return (struct resume_request){.rule = json(rule)};
}

Test(resume_plan, says_what_is_kept_and_what_is_started)
{
    play_chain();
    cr_assert_eq(make((struct resume_request){0}), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    cr_assert_eq(plan.action_count, 3);
    const bool kept[] = {true, true, false};
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(plan.actions[i].kept, kept[i]);
        cr_expect_eq(plan.actions[i].first, !kept[i]);
        cr_expect_not(plan.actions[i].again);
    }
}

Test(resume_plan, from_an_action_performs_all_behind_it)
{
    play_chain();
    cr_assert_eq(make((struct resume_request){.from = TEXT("write")}), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    cr_expect(plan.actions[0].kept && !plan.actions[1].kept && plan.actions[1].first && plan.actions[1].again);
    cr_expect(resume_action_is(&plan.actions[1], RESUME_FINDS) && !resume_action_is(&plan.actions[1], RESUME_REPEATS));
    cr_assert_eq(make((struct resume_request){.from = TEXT("A0000000-0000-4000-8000-00000000000A")}), STATUS_OK);
    cr_expect(plan.actions[0].again && plan.actions[1].again && !plan.actions[1].first && !plan.actions[2].again);
    expect_refused((struct resume_request){.from = TEXT("writ")}, "no action \"writ\"; did you mean \"write\"?");
}

/* Though its request is a row too. */
Test(resume_plan, from_an_action_that_asks_people_asks_again)
{
    start(GRAPH(ACTION(a, "ask", "seek_approval", "{}") "," ACTION(b, "bad", "update_field", UPDATE),
                BEGIN(a) "," EDGE(a, b)));
    finish(ID(a), "{\"output\":\"approved\"}");
    fail(ID(b));
    close_as(CLOSE_FAILED);
    cr_assert_eq(make((struct resume_request){.from = TEXT("ask")}), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    cr_expect(resume_action_is(&plan.actions[0], RESUME_REPEATS) && !resume_action_is(&plan.actions[0], RESUME_FINDS));
}

Test(resume_plan, only_of_a_run_that_has_closed_short_of_its_end)
{
    static const struct {
        enum run_close close;
        const char *why;
    } cases[] = {{CLOSE_COMPLETED, "the run has completed: there is nothing left to do"},
                 {CLOSE_CONTINUED, "the run was continued as new"},
                 {CLOSE_NONE, "the run is still open"}};
    for (size_t i = 0; i < 3; i++) {
        start(CHAIN);
        if (cases[i].close != CLOSE_NONE)
            close_as(cases[i].close);
        expect_refused((struct resume_request){0}, cases[i].why);
    }
    static const enum run_close good[] = {CLOSE_FAILED, CLOSE_TIMED_OUT, CLOSE_TERMINATED, CLOSE_CANCELED};
    for (size_t i = 0; i < 4; i++) {
        start(CHAIN);
        close_as(good[i]);
        cr_expect_eq(make((struct resume_request){0}), STATUS_OK);
    }
    start(CHAIN);
    events[0].activity_type = TEXT("SomethingElse");
    expect_refused((struct resume_request){0}, "the run is not a run of a rule: its workflow type is SomethingElse");
}

Test(resume_plan, of_a_run_of_the_go_worker_repeats_no_effects)
{
    start(CHAIN);
    add((struct event){.kind = EVENT_ACTIVITY_SCHEDULED,
                       .activity_id = TEXT("5"),
                       .activity_type = TEXT(ACTIVITY_SYNC),
                       .payload = TEXT("{\"action_id\":\"" ID(a) "\"}")});
    close_as(CLOSE_TERMINATED);
    cr_expect_eq(make((struct resume_request){0}), STATUS_OK);
    expect_refused((struct resume_request){.from = TEXT("check")}, "their effects are not in a ledger");
}

Test(resume_plan, a_corrected_config_must_be_one_that_counts)
{
    play_chain();
    const char mail[] = "{\"recipients\":[\"a@example.com\"],\"subject\":\"s\",\"body\":\"b\"}";
    cr_expect_eq(make(with_config("send", mail)), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    cr_expect_neq(text_find(plan.input, TEXT("a@example.com")), SIZE_MAX);
    expect_refused(with_config("send", "{\"recipients\":7}"), "file: /recipients: ");
    expect_refused(with_config("send", "[]"), "file: expected an object, found array");
    expect_refused(with_config("write", UPDATE), "action write has finished: another config would change nothing");
    struct resume_request request = with_config("write", UPDATE);
    request.from = TEXT("check");
    expect_refused(request, "action write has taken effect");
    request = with_config("send", "{\"recipients\":7}");
    request.force = true;
    cr_expect_eq(make(request), STATUS_OK);
}

Test(resume_plan, a_corrected_rule_keeps_what_has_finished)
{
    play_chain();
    cr_expect_eq(
        make(with_rule(GRAPH(ACTION(a, "check", "evaluate_condition", CHECK) "," ACTION(
                                 b, "write", "update_field", UPDATE) "," ACTION(d, "note", "update_field", UPDATE),
                             BEGIN(a) "," EDGE(a, b) "," EDGE(b, d)))),
        STATUS_OK, "%.*s", TEXT_ARG(error.message));
    cr_expect(plan.actions[2].first && text_is(plan.actions[2].name, "note"));
    expect_refused(with_rule(GRAPH(ACTION(b, "write", "update_field", UPDATE), BEGIN(b))),
                   "the corrected rule lacks actions that have finished: check (" ID(a) ")");
    expect_refused(
        with_rule(GRAPH(ACTION(a, "check", "update_field", UPDATE) "," ACTION(b, "write", "update_field", UPDATE),
                        BEGIN(a) "," EDGE(a, b))),
        "action check (" ID(a) ") has finished as evaluate_condition, and is update_field");
    expect_refused(with_rule("{\"rule_id\":\"" ID(a) "\",\"graph\":{}}"), "the corrected rule is rule " ID(a));
    expect_refused(with_rule(GRAPH(ACTION(a, "check", "evaluate_condition", CHECK), BEGIN(a) "," EDGE(a, a))),
                   "the corrected rule: ");
    expect_refused(
        with_rule(GRAPH(ACTION(a, "check", "evaluate_condition", "{}") "," ACTION(b, "write", "update_field", "{}"),
                        BEGIN(a) "," EDGE(a, b))),
        "the corrected rule: /graph/actions/");
    expect_refused(
        with_rule(GRAPH(ACTION(a, "check", "evaluate_condition", CHECK) "," ACTION(b, "write", "update_field", UPDATE),
                        BEGIN(a) ",{\"source_action_id\":\"" ID(a) "\",\"target_action_id\":\"" ID(
                            b) "\",\"edge_type\":\"sequence\",\"source_output\":\"false\"}")),
        "action write has finished, but the corrected rule does not reach it");
}

Test(resume_plan, names_of_several_actions_are_not_taken)
{
    start(GRAPH(ACTION(a, "same", "evaluate_condition", CHECK) "," ACTION(b, "same", "evaluate_condition", CHECK),
                BEGIN(a) "," BEGIN(b)));
    close_as(CLOSE_FAILED);
    expect_refused((struct resume_request){.from = TEXT("same")}, "several actions are named same: use the id");
}

Test(resume_plan, of_an_input_that_was_refused_needs_a_rule)
{
    start(GRAPH(ACTION(a, "check", "evaluate_condition", CHECK), ""));
    close_as(CLOSE_FAILED);
    expect_refused((struct resume_request){0}, "its input was refused, so no action has run");
    cr_expect_eq(make(with_rule(GRAPH(ACTION(a, "check", "evaluate_condition", CHECK), BEGIN(a)))), STATUS_OK, "%.*s",
                 TEXT_ARG(error.message));
}

/* What is done travels in the input. */
Test(resume_plan, of_results_that_no_input_can_hold_is_refused)
{
    char *large = arena_alloc(arena, 3 * MIB_IN_BYTES, 1);
    memset(large, 'x', 3 * MIB_IN_BYTES - 1);
    memcpy(large, "{\"text\":\"", 9);
    memcpy(large + 3 * MIB_IN_BYTES - 3, "\"}", 2);
    start(CHAIN);
    finish(ID(a), large);
    fail(ID(b));
    close_as(CLOSE_FAILED);
    expect_refused((struct resume_request){0}, "make an input of 31");
}
