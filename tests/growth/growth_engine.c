/* Runs: what each action may read, deciding, continuing. */
#include "base/limits.h"
#include "engine/run.h"
#include "growth/growth.h"

#define RULE                                                                                                           \
    "{\"rule_id\":\"11111111-1111-4111-8111-111111111111\",\"execution_id\":\"22222222-2222-4222-8222-222222222222\"," \
    "\"rule_name\":\"Rule\",\"graph\":{\"actions\":%s,\"edges\":%s},\"trigger_data\":%s}"
/* The number of actions that fit into the input of a run. */
#define ACTIONS_MAX 6000

static const struct action_reference references[] = {{"text", REFERENCE_TEMPLATE}};
static const struct action_type types[] = {
    {.name = "call", .dispatch = DISPATCH_ACTIVITY, .references = references, .reference_count = 1},
    {.name = "delay", .dispatch = DISPATCH_ENGINE},
    {.name = "pure", .dispatch = DISPATCH_LOCAL, .references = references, .reference_count = 1},
    {.name = "whole", .dispatch = DISPATCH_LOCAL, .context_all = true},
};
static const struct action_catalog catalog = {types, sizeof types / sizeof *types};
static const struct run_policy local = {
    .catalog = &catalog, .local = true, .local_max = 200000, .continue_after = INT32_MAX};
static const struct run_policy activities = {.catalog = &catalog, .continue_after = INT32_MAX};

struct rule {
    struct buffer actions, edges;
    size_t edge_count;
};

static struct rule rule_begin(struct trial *trial)
{
    return (struct rule){.actions = document_begin(trial, "["), .edges = document_begin(trial, "[")};
}

static void add_action(struct trial *trial, struct rule *rule, size_t i, const char *name, const char *type,
                       const char *config)
{
    document_add(&rule->actions, i,
                 "{\"id\":\"%s\",\"name\":\"%s\",\"action_type\":\"%s\",\"is_active\":true,\"action_config\":%s}",
                 action_id(trial, i).data, name, type, config);
}

/* Adds an edge, which leads from the start when `from` and `to` are equal. */
static void add_edge(struct trial *trial, struct rule *rule, size_t from, size_t to)
{
    struct text source = from != to ? PRINT(trial, "\"%s\"", action_id(trial, from).data) : TEXT("null");
    document_add(&rule->edges, rule->edge_count++,
                 "{\"source_action_id\":%s,\"target_action_id\":\"%s\",\"edge_type\":\"%s\",\"sort_order\":%zu}",
                 source.data, action_id(trial, to).data, from != to ? "sequence" : "start", to);
}

static struct text rule_end(struct trial *trial, struct rule *rule, const char *fields)
{
    return PRINT(trial, RULE, document_end(&rule->actions, "]").data, document_end(&rule->edges, "]").data, fields);
}

static void apply(struct run *run, const struct event *event)
{
    struct arena *arena = arena_must_new(MIB(1), 0);
    struct error error = ERROR_IN(arena);
    expect(run_apply(run, event, &error) == STATUS_OK, error.message.data);
    arena_free(arena);
}

static struct run *start(const struct run_policy *policy, struct text input)
{
    struct run *run = run_new(policy);
    const struct event started = {.kind = EVENT_STARTED, .id = 1, .payload = input};
    apply(run, &started);
    return run;
}

/* Decides until the task has nothing left to do. Each PERFORM ends with `outcome`. Returns the number of commands. */
static size_t decide(struct run *run, enum action_outcome outcome, struct command_list *commands)
{
    struct error error = ERROR_IN(commands->arena);
    size_t next = 0, before;
    do {
        before = commands->count;
        expect(run_decide(run, true, commands, &error) == STATUS_OK, error.message.data);
        for (; next < commands->count; next++) {
            if (commands->items[next].kind != COMMAND_PERFORM)
                continue;
            static const struct json_member output = {{"output", 6}, {.type = JSON_STRING, .string = {"ok", 2}}};
            const struct action_report report = {.outcome = outcome, .result = json_object(&output, 1)};
            expect(run_perform_done(run, commands->items[next].action, &report, &error) == STATUS_OK, "done");
        }
    } while (commands->count != before);
    return commands->count;
}

/* A run from its start to its end in one task. */
static void perform_all(struct trial *trial, struct text input, enum action_outcome outcome)
{
    struct command_list commands = {.arena = trial->arena};
    begin(trial);
    struct run *run = start(&local, input);
    (void)decide(run, outcome, &commands);
    run_task_end(run);
    end(trial);
    expect(commands.count > 1, "nothing is done");
    run_free(run);
}

/* ---- what an action may read ---- */

static void one_action(struct trial *trial, struct text config, struct text fields)
{
    struct rule rule = rule_begin(trial);
    add_action(trial, &rule, 0, "Step", "pure", config.data);
    add_edge(trial, &rule, 0, 0);
    perform_all(trial, rule_end(trial, &rule, fields.data), ACTION_OUTCOME_DONE);
}

static void names_and_fields(struct trial *trial, size_t size)
{
    struct buffer config = document_begin(trial, "{\"text\":\""), fields = document_begin(trial, "{");
    for (size_t i = 0; i < size; i++) {
        buffer_print(&config, "{{field_%zu}}", i);
        document_add(&fields, i, "\"field_%zu\":%zu", i, i);
    }
    one_action(trial, document_end(&config, "\"}"), document_end(&fields, "}"));
}

static void names_with_dots(struct trial *trial, size_t size)
{
    struct buffer config = document_begin(trial, "{\"text\":\""), fields = document_begin(trial, "{\"a\":{\"b\":{");
    for (size_t i = 0; i < size; i++) {
        buffer_print(&config, "{{a.b.field_%zu}}", i);
        document_add(&fields, i, "\"field_%zu\":%zu", i, i);
    }
    one_action(trial, document_end(&config, "\"}"), document_end(&fields, "}}}"));
}

static void dots_of_a_name(struct trial *trial, size_t size)
{
    struct buffer config = document_begin(trial, "{\"text\":\"{{");
    for (size_t i = 0; i < size; i++)
        buffer_add_byte(&config, i % 2 == 0 ? 'a' : '.');
    one_action(trial, document_end(&config, "}}\"}"), TEXT("{\"a\":{}}"));
}

static struct text chain_of(struct trial *trial, size_t size, const char *type, const char *name, const char *config)
{
    struct rule rule = rule_begin(trial);
    for (size_t i = 0; i < size; i++) {
        add_action(trial, &rule, i, name != NULL ? name : PRINT(trial, "Step %zu", i).data, type, config);
        add_edge(trial, &rule, i > 0 ? i - 1 : 0, i);
    }
    return rule_end(trial, &rule, "{\"entity_id\":\"x\"}");
}

/* Each action of a chain reads the result of the first one. */
static void far_reads(struct trial *trial, size_t size)
{
    perform_all(trial, chain_of(trial, size, "pure", NULL, "{\"text\":\"{{Step 0.output}}\"}"), ACTION_OUTCOME_DONE);
}

/* Each of two chains reads names that only the other chain has. */
static void reads_of_others(struct trial *trial, size_t size)
{
    struct rule rule = rule_begin(trial);
    for (size_t i = 0; i < size; i++) {
        add_action(trial, &rule, i, PRINT(trial, "Step %zu", i).data, "pure",
                   PRINT(trial, "{\"text\":\"{{Step %d.output}}\"}", i % 2 == 0 ? 1 : 0).data);
        add_edge(trial, &rule, i > 1 ? i - 2 : i, i);
    }
    perform_all(trial, rule_end(trial, &rule, "{}"), ACTION_OUTCOME_DONE);
}

static void equal_names(struct trial *trial, size_t size)
{
    perform_all(trial, chain_of(trial, size, "pure", "Step", "{\"text\":\"{{Step.output}}\"}"), ACTION_OUTCOME_DONE);
}

/* The last action of a fan reads all results. */
static void whole_context(struct trial *trial, size_t size)
{
    struct rule rule = rule_begin(trial);
    for (size_t i = 0; i < size; i++) {
        bool last = i + 1 == size;
        add_action(trial, &rule, i, PRINT(trial, "Step %zu", i).data, last ? "whole" : "pure", "{}");
        if (!last)
            add_edge(trial, &rule, i, i);
    }
    for (size_t i = 0; i + 1 < size; i++)
        add_edge(trial, &rule, i, size - 1);
    perform_all(trial, rule_end(trial, &rule, "{}"), ACTION_OUTCOME_DONE);
}

/* ---- deciding ---- */

static struct text fan_of(struct trial *trial, size_t size, const char *type)
{
    struct rule rule = rule_begin(trial);
    for (size_t i = 0; i < size; i++) {
        add_action(trial, &rule, i, PRINT(trial, "Step %zu", i).data, type, "{\"duration\":\"1h\"}");
        add_edge(trial, &rule, i, i);
    }
    return rule_end(trial, &rule, "{}");
}

static void local_chain(struct trial *trial, size_t size)
{
    perform_all(trial, chain_of(trial, size, "pure", NULL, "{}"), ACTION_OUTCOME_DONE);
}

static void local_fan(struct trial *trial, size_t size)
{
    perform_all(trial, fan_of(trial, size, "pure"), ACTION_OUTCOME_DONE);
}

static void handed_over(struct trial *trial, size_t size)
{
    perform_all(trial, fan_of(trial, size, "pure"), ACTION_OUTCOME_RETRY);
}

static void failed(struct trial *trial, size_t size)
{
    perform_all(trial, fan_of(trial, size, "pure"), ACTION_OUTCOME_REFUSED);
}

/* Each activity completes in a separate task, which decides. */
static void task_by_task(struct trial *trial, struct text input)
{
    struct run *run = start(&activities, input);
    struct arena *arena = arena_must_new(MIB(1024), 0);
    int64_t *pending = ARENA_ARRAY(trial->arena, 2 * ACTIONS_MAX, int64_t);
    size_t first = 0, last = 0;
    int64_t id = 1;
    expect(pending != NULL, "memory");
    begin(trial);
    do {
        struct command_list commands = {.arena = arena};
        apply(run, &(struct event){.kind = EVENT_TASK_STARTED, .id = ++id});
        (void)decide(run, ACTION_OUTCOME_DONE, &commands);
        for (size_t i = 0; i < commands.count; i++) {
            if (commands.items[i].kind != COMMAND_SCHEDULE_ACTIVITY)
                continue;
            pending[last++] = ++id;
            apply(run, &(struct event){
                           .kind = EVENT_ACTIVITY_SCHEDULED, .id = id, .activity_id = commands.items[i].action_id});
        }
        run_task_end(run);
        arena_reset(arena);
        if (first == last)
            break;
        apply(run, &(struct event){.kind = EVENT_ACTIVITY_COMPLETED,
                                   .id = ++id,
                                   .scheduled_id = pending[first++],
                                   .payload = TEXT("{\"result\":{\"output\":\"ok\"}}")});
    } while (!run_is_over(run));
    end(trial);
    expect(run_is_over(run), "the run does not end");
    arena_free(arena);
    run_free(run);
}

static void wide_tasks(struct trial *trial, size_t size)
{
    task_by_task(trial, fan_of(trial, size, "call"));
}

/* ---- continuing ---- */

static void continued(struct trial *trial, size_t size)
{
    const struct run_policy policy = {.catalog = &catalog, .local = true, .local_max = 200000, .continue_after = 1};
    struct run *run = start(&policy, chain_of(trial, size, "pure", NULL, "{}"));
    struct command_list commands = {.arena = trial->arena};
    /* All actions except the last one, which waits. */
    for (size_t i = 0; i < run_action_count(run) - 1; i++) {
        struct run_action action;
        run_action_at(run, i, &action);
        apply(run, &(struct event){.kind = EVENT_RESULT_RECORDED,
                                   .id = (int64_t)i + 2,
                                   .activity_id = action.id,
                                   .payload = TEXT("{\"output\":\"ok\"}")});
    }
    apply(run, &(struct event){.kind = EVENT_TASK_STARTED, .id = (int64_t)size + 9, .suggest_continue = true});
    struct error error = ERROR_IN(trial->arena);
    begin(trial);
    expect(run_decide(run, false, &commands, &error) == STATUS_OK, error.message.data);
    expect(commands.count == 1 && commands.items[0].kind == COMMAND_CONTINUE_AS_NEW, "does not continue as new");
    struct run *next = start(&local, commands.items[0].payload);
    expect(run_graph_state(next, trial->arena).data != NULL, "no state");
    end(trial);
    run_task_end(run);
    run_free(run);
    run_free(next);
}

static void refused(struct trial *trial, size_t size)
{
    struct rule rule = rule_begin(trial);
    for (size_t i = 0; i < size; i++)
        document_add(&rule.actions, i, "{\"id\":\"no id %zu\",\"name\":7}", i);
    struct text input = rule_end(trial, &rule, "{}");
    struct command_list commands = {.arena = trial->arena};
    begin(trial);
    struct run *run = start(&local, input);
    expect(decide(run, ACTION_OUTCOME_DONE, &commands) == 1, "not refused");
    end(trial);
    run_task_end(run);
    run_free(run);
}

const struct growth_case engine_cases[] = {
    {"engine: names and fields", 1000, 100000, names_and_fields},
    {"engine: names with dots", 1000, 100000, names_with_dots},
    {"engine: dots of a name", 100, LIMIT_CONTEXT_NAME, dots_of_a_name},
    {"engine: reads of the first", 600, ACTIONS_MAX, far_reads},
    {"engine: reads of others", 600, ACTIONS_MAX, reads_of_others},
    {"engine: equal names", 600, ACTIONS_MAX, equal_names},
    {"engine: whole context", 600, ACTIONS_MAX, whole_context},
    {"engine: chain", 600, ACTIONS_MAX, local_chain},
    {"engine: fan", 600, ACTIONS_MAX, local_fan},
    {"engine: handed over", 600, ACTIONS_MAX, handed_over},
    {"engine: failed", 600, ACTIONS_MAX, failed},
    {"engine: tasks of a fan", 600, ACTIONS_MAX, wide_tasks},
    {"engine: continued", 400, 4000, continued},
    {"engine: faults", 1000, 100000, refused},
    {NULL, 0, 0, NULL},
};
