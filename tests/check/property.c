/* Two properties of the check of rules, on random rules:

   - a rule without errors and warnings never meets an unknown variable or an unsuitable filter, regardless of the
     results;
   - each fault that is planted in such a rule is found, at its place.

   A failure prints the command that repeats it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action/expand.h"
#include "base/limits.h"
#include "check/rule_check.h"
#include "engine/names.h"
#include "engine/run.h"
#include "tests/check/random_rule.h"

#define RUNS_OF_A_RULE 3

struct property {
    uint64_t seed, clean, runs, planted[32];
    struct arena *arena;
    bool broken;
};

static void broken(struct property *property, const char *what, struct text more)
{
    fprintf(stderr, "FAILED: %s: %.*s; repeat with: check_property --seed %" PRIu64 " --count 1\n", what,
            TEXT_ARG(more), property->seed);
    property->broken = true;
}

/* ---- the check ---- */

/* False: the graph itself is faulty. */
static bool check(struct property *property, const struct random_rule *rule, struct check_faults *faults)
{
    struct json_value document;
    struct error error = ERROR_IN(property->arena);
    struct graph graph;
    struct text input = random_rule_input(rule, property->arena);
    if (json_read(property->arena, input, &document, &error) != STATUS_OK) {
        broken(property, "the rule does not read", error.message);
        return false;
    }
    *faults = (struct check_faults){.arena = property->arena};
    const struct rule_check_options options = {.catalog = &random_rule_catalog,
                                               .pointer = TEXT("/graph"),
                                               .trigger = json_get(&document, TEXT("trigger_data"))};
    if (graph_read(property->arena, property->arena, json_get(&document, TEXT("graph")), TEXT("/graph"), &graph, NULL,
                   &error) != STATUS_OK)
        return false;
    if (rule_check(&graph, &options, faults, &error) != STATUS_OK)
        broken(property, "the check fails", error.message);
    return !property->broken;
}

static bool is_clean(const struct check_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        if (faults->items[i].severity != CHECK_NOTE)
            return false;
    return true;
}

/* ---- runs ---- */

/* No check can know the values of numbers. */
static bool is_arithmetic(struct text note)
{
    return text_find(note, TEXT("by zero")) != SIZE_MAX || text_find(note, TEXT("out of range")) != SIZE_MAX;
}

static void expand(struct property *property, const struct command *command, struct arena *arena)
{
    const struct action_environment environment = {.catalog = &random_rule_catalog,
                                                   .now = TEXT("2026-06-17T09:12:44Z")};
    struct template_notes notes = {0};
    struct json_value config;
    struct error error = ERROR_IN(arena);
    if (action_expand(&environment, arena, &command->request, command->type, &config, &notes, &error) != STATUS_OK)
        broken(property, "a config does not expand", error.message);
    for (size_t i = 0; i < notes.warning_count && !property->broken; i++)
        if (!is_arithmetic(notes.warnings[i].text))
            broken(property, "a rule without faults meets one", notes.warnings[i].text);
}

static void apply(struct property *property, struct run *run, struct event event)
{
    static int64_t id;
    struct error error = ERROR_IN(property->arena);
    id = event.kind == EVENT_STARTED ? 1 : id + 1;
    event.id = id;
    if (run_apply(run, &event, &error) != STATUS_OK)
        broken(property, "an event is refused", error.message);
}

static bool decide(struct property *property, struct run *run, const struct random_rule *rule, struct random *random,
                   struct command_list *commands, size_t *next)
{
    struct error error = ERROR_IN(property->arena);
    bool performed = false;
    if (run_decide(run, true, commands, &error) != STATUS_OK)
        broken(property, "a run does not decide", error.message);
    for (; *next < commands->count && !property->broken; (*next)++) {
        struct command command = commands->items[*next];
        if (command.kind != COMMAND_PERFORM)
            continue;
        expand(property, &command, commands->arena);
        struct action_report report = {.outcome = ACTION_OUTCOME_DONE, .failure_type = ""};
        struct text result = random_rule_result(&rule->actions[command.action], random, commands->arena);
        if (random_rule_fails(rule, command.action, random)) {
            report.outcome = ACTION_OUTCOME_REFUSED;
            report.failure = TEXT("refused");
        }
        if (json_read(commands->arena, result, &report.result, &error) != STATUS_OK ||
            run_perform_done(run, command.action, &report, &error) != STATUS_OK)
            broken(property, "a result is refused", error.message);
        performed = true;
    }
    return performed && !property->broken;
}

static void play(struct property *property, const struct random_rule *rule, struct random *random)
{
    const struct run_policy policy = {.catalog = &random_rule_catalog, .local = true};
    struct arena *arena = arena_must_new(MIB(64), KIB(64));
    struct run *run = run_new(&policy);
    struct command_list commands = {.arena = arena};
    size_t next = 0;
    apply(property, run,
          (struct event){.kind = EVENT_STARTED,
                         .activity_type = TEXT(WORKFLOW_TYPE),
                         .payload = random_rule_input(rule, property->arena)});
    apply(property, run, (struct event){.kind = EVENT_OTHER});
    apply(property, run, (struct event){.kind = EVENT_TASK_STARTED});
    while (!property->broken && decide(property, run, rule, random, &commands, &next))
        ;
    if (!property->broken && !run_is_over(run))
        broken(property, "a run does not end", TEXT(""));
    run_task_end(run);
    run_free(run);
    arena_free(arena);
    property->runs++;
}

/* ---- planted faults ---- */

enum plant {
    PLANT_UNCLOSED,
    PLANT_EMPTY_NAME,
    PLANT_INVALID_NAME,
    PLANT_UNKNOWN_VARIABLE,
    PLANT_UNKNOWN_BUILTIN,
    PLANT_UNKNOWN_FILTER,
    PLANT_FILTER_ARGUMENT,
    PLANT_FILTER_TYPE,
    PLANT_PATH_INTO_NUMBER,
    PLANT_UNKNOWN_FIELD,
    PLANT_OWN_RESULT,
    PLANT_LATER,
    PLANT_OTHER_BRANCH,
    PLANT_INACTIVE,
    PLANT_SOMETIMES,
    PLANT_OPTIONAL,
    PLANT_EXPRESSION_SYNTAX,
    PLANT_EXPRESSION_TYPE,
    PLANT_UNKNOWN_KEY,
    PLANT_UNKNOWN_OUTPUT,
    PLANT_COUNT
};

/* Faults that depend only on the text. */
static const struct {
    const char *text, *code;
    size_t column; /* of the fault in the text, counted from 0 */
} texts[PLANT_COUNT] = {
    [PLANT_UNCLOSED] = {" {{number", "unclosed_braces", 1},
    [PLANT_EMPTY_NAME] = {" {{ }}", "invalid_name", 3},
    [PLANT_INVALID_NAME] = {" {{order-number}}", "invalid_name", 3},
    [PLANT_UNKNOWN_VARIABLE] = {" {{nubmer}}", "unknown_variable", 3},
    [PLANT_UNKNOWN_BUILTIN] = {" {{$then}}", "unknown_variable", 3},
    [PLANT_UNKNOWN_FILTER] = {" {{number | upper}}", "unknown_filter", 12},
    [PLANT_FILTER_ARGUMENT] = {" {{total | currency:EURO}}", "filter_argument", 11},
    [PLANT_FILTER_TYPE] = {" {{tags | round:2}}", "filter_type", 10},
    [PLANT_PATH_INTO_NUMBER] = {" {{total.amount}}", "no_object", 3},
    [PLANT_UNKNOWN_FIELD] = {" {{customer.nmae}}", "unknown_field", 3},
    [PLANT_EXPRESSION_SYNTAX] = {" {{expr: total + }}", "expression_syntax", 16},
    [PLANT_EXPRESSION_TYPE] = {" {{expr: number * 2}}", "expression_type", 9},
};

/* Changes the rule so that the text of `reader` has the fault; sets its code and column. False: not possible. */
static bool plant_result(struct random_rule *rule, enum plant kind, uint32_t reader, const char **code, size_t *column)
{
    uint32_t source = reader, fork;
    switch (kind) {
    case PLANT_OWN_RESULT: *code = "own_result"; break;
    case PLANT_LATER:
        *code = "runs_later";
        source = random_rule_add(rule, "write", "-");
        random_rule_connect(rule, reader, NULL, source);
        break;
    case PLANT_OTHER_BRANCH:
        *code = "other_branch";
        source = random_rule_add(rule, "write", "-");
        random_rule_connect(rule, UINT32_MAX, NULL, source);
        break;
    case PLANT_INACTIVE:
        *code = "inactive_result";
        source = random_rule_add(rule, "write", "-");
        rule->actions[source].active = false;
        random_rule_connect(rule, UINT32_MAX, NULL, source);
        random_rule_connect(rule, source, NULL, reader);
        break;
    case PLANT_SOMETIMES:
        *code = "may_be_absent";
        fork = random_rule_add(rule, "decide", "-");
        source = random_rule_add(rule, "write", "-");
        random_rule_connect(rule, UINT32_MAX, NULL, fork);
        random_rule_connect(rule, fork, "true", source);
        random_rule_connect(rule, source, NULL, reader);
        break;
    case PLANT_OPTIONAL:
        *code = "may_be_absent";
        source = random_rule_add(rule, "write", "-");
        random_rule_connect(rule, UINT32_MAX, NULL, source);
        random_rule_connect(rule, source, NULL, reader);
        *column = random_rule_append(rule, reader, " {{a%u.rate}}", source) + 4;
        return true;
    default: return false;
    }
    *column = random_rule_append(rule, reader, " {{a%u.rows}}", source) + 4;
    return true;
}

static void expect_fault(struct property *property, const struct random_rule *rule, const char *code, const char *place,
                         size_t column)
{
    struct check_faults faults;
    if (!check(property, rule, &faults))
        return;
    for (size_t i = 0; i < faults.count; i++)
        if (strcmp(faults.items[i].code, code) == 0 && text_is(faults.items[i].pointer, place) &&
            faults.items[i].column == column && faults.items[i].severity != CHECK_NOTE)
            return;
    broken(property, "a planted fault is not found",
           arena_print(property->arena, "%s at %s:%zu in %.*s", code, place, column,
                       TEXT_ARG(random_rule_input(rule, property->arena))));
}

/* Plants a fault in an action that runs on some path. */
static void plant(struct property *property, const struct random_rule *clean, enum plant kind, uint32_t reader)
{
    struct random_rule rule = *clean;
    char place[100];
    const char *code = texts[kind].code;
    size_t column = 0;
    (void)snprintf(place, sizeof place, "/graph/actions/%u/action_config/text", reader);
    if (code != NULL) {
        column = random_rule_append(&rule, reader, "%s", texts[kind].text) + texts[kind].column + 1;
    } else if (kind == PLANT_UNKNOWN_KEY) {
        code = "unknown_key";
        rule.actions[reader].extra = ",\"as\":\"row\",\"txt\":\"-\"";
        (void)snprintf(place, sizeof place, "/graph/actions/%u/action_config/txt", reader);
    } else if (kind == PLANT_UNKNOWN_OUTPUT) {
        code = "unknown_output";
        (void)snprintf(place, sizeof place, "/graph/edges/%u/source_output", rule.edge_count);
        random_rule_connect(&rule, reader, "maybe", random_rule_add(&rule, "write", "-"));
    } else if (!plant_result(&rule, kind, reader, &code, &column)) {
        broken(property, "no such plant", TEXT(""));
    }
    expect_fault(property, &rule, code, place, column);
    property->planted[kind]++;
}

static void try_seed(struct property *property)
{
    struct random random = {.state = property->seed};
    struct random_rule rule;
    struct check_faults faults;
    random_rule_make(&rule, &random);
    if (!check(property, &rule, &faults) || !is_clean(&faults))
        return;
    property->clean++;
    for (unsigned i = 0; i < RUNS_OF_A_RULE && !property->broken; i++)
        play(property, &rule, &random);
    /* The first action always runs; any other action may never run. */
    if (rule.actions[0].active && !property->broken)
        plant(property, &rule, (enum plant)random_below(&random, PLANT_COUNT), 0);
}

int main(int argc, char **argv)
{
    struct property property = {.seed = 1};
    uint64_t runs = 1000, rules = UINT64_MAX;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seed") == 0)
            property.seed = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--runs") == 0)
            runs = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--count") == 0)
            rules = strtoull(argv[i + 1], NULL, 10);
    }
    property.arena = arena_must_new(MIB(256), KIB(256));
    uint64_t tried = 0, planted = 0;
    unsigned kinds = 0;
    for (; tried < rules && property.runs < runs && !property.broken; tried++, property.seed++) {
        try_seed(&property);
        arena_reset(property.arena);
    }
    arena_free(property.arena);
    for (unsigned i = 0; i < PLANT_COUNT; i++) {
        planted += property.planted[i];
        kinds += property.planted[i] > 0 ? 1 : 0;
    }
    printf("%" PRIu64 " random rules, %" PRIu64 " of them clean, %" PRIu64 " runs; %" PRIu64
           " faults of %u kinds planted\n",
           tried, property.clean, property.runs, planted, kinds);
    bool enough = rules != UINT64_MAX || kinds == PLANT_COUNT;
    return !property.broken && enough ? EXIT_SUCCESS : EXIT_FAILURE;
}
