#include "tests/engine/world.h"

#include <stdio.h>
#include <string.h>

static const struct action_reference references[] = {{"text", REFERENCE_TEMPLATE}};
static const char *const answers[] = {"approved", "rejected", "timed_out"};
static const struct action_type types[] = {
    {.name = "test_activity",
     .effects = EFFECTS_EXTERNAL,
     .dispatch = DISPATCH_ACTIVITY,
     .references = references,
     .reference_count = 1},
    {.name = "test_ask",
     .mode = ACTION_MODE_HUMAN,
     .effects = EFFECTS_WRITE,
     .dispatch = DISPATCH_ACTIVITY,
     .outputs = answers,
     .output_count = 3,
     .asked_field = "who"},
    {.name = "test_pure",
     .effects = EFFECTS_PURE,
     .dispatch = DISPATCH_LOCAL,
     .references = references,
     .reference_count = 1},
    {.name = "test_write",
     .effects = EFFECTS_WRITE,
     .dispatch = DISPATCH_LOCAL,
     .references = references,
     .reference_count = 1},
};
const struct action_catalog world_catalog = {types, sizeof types / sizeof types[0]};

static void broken(struct world *world, const char *why, uint32_t action)
{
    if (world->broken == NULL) {
        world->broken = why;
        world->broken_at = action;
    }
}

static struct event *add_event(struct world *world, enum event_kind kind)
{
    if (world->event_count == WORLD_EVENTS) {
        broken(world, "the history does not end", UINT32_MAX);
        world->event_count--;
    }
    struct event *event = &world->events[world->event_count++];
    *event = (struct event){.kind = kind, .id = (int64_t)world->event_count};
    return event;
}

void world_begin(struct world *world, const struct plan *plan, bool holds, bool resumes, uint64_t seed)
{
    memset(world, 0, sizeof *world);
    world->plan = plan;
    world->outcome = *plan;
    world->holds = holds;
    world->resumes = resumes;
    if (holds || resumes)
        plan_repair(plan, &world->outcome);
    for (uint32_t i = 0; i < plan->action_count; i++)
        world->may_run[i] = holds && plan_holds(plan, i) && plan->actions[i].fix == FIX_RETRY ? 2 : 1;
    world->random.state = seed;
    world->arena = arena_new((size_t)256 << 20, 0);
    world->policy = (struct run_policy){.catalog = &world_catalog, .local = true, .hold = holds};
    struct event *started = add_event(world, EVENT_STARTED);
    started->payload = plan_input(plan, world->arena);
}

void world_end(struct world *world)
{
    run_free(world->cached);
    arena_free(world->arena);
}

static struct text result_text(struct world *world, uint32_t action)
{
    const struct plan_action *planned = &world->plan->actions[action];
    struct text output =
        planned->output != NULL ? arena_print(world->arena, ",\"output\":\"%s\"", planned->output) : TEXT("");
    struct text branch =
        planned->branch != NULL ? arena_print(world->arena, ",\"branch_taken\":\"%s\"", planned->branch) : TEXT("");
    return arena_print(world->arena, "{\"value\":%u%.*s%.*s}", action * 7, TEXT_ARG(output), TEXT_ARG(branch));
}

static bool has_value(const struct plan_action *planned)
{
    return planned->type != PLAN_DELAY && planned->type != PLAN_ASK && planned->type != PLAN_WAIT;
}

/* Checks that the request has the result that the config names if and only if the result is upstream. */
static void check_context(struct world *world, uint32_t action, const struct json_value *context)
{
    uint32_t asked = world->plan->actions[action].reads;
    bool whole = world->plan->actions[action].type == PLAN_UNKNOWN;
    for (uint32_t i = 0; i < world->plan->action_count; i++) {
        char key[32];
        snprintf(key, sizeof key, "a%u.value", i);
        const struct json_value *value = json_get(context, text_from(key));
        bool expected = (whole || i == asked) && world->results[i].size > 0 &&
                        oracle_upstream(world->plan, i, action) && has_value(&world->plan->actions[i]);
        int64_t number;
        if (expected != (value != NULL))
            broken(world, expected ? "a result upstream is not seen" : "a result is seen that is not upstream", action);
        else if (value != NULL && (!json_to_int64(value, &number) || number != i * 7))
            broken(world, "a wrong result is seen", action);
    }
    if (json_get(context, TEXT("entity_id")) == NULL)
        broken(world, "entity_id is not seen", action);
    if (!whole && json_get(context, TEXT("total")) != NULL)
        broken(world, "a field is sent that no config names", action);
}

static bool is_wait(const struct world *world, uint32_t action)
{
    return world->plan->actions[action].type == PLAN_WAIT;
}

/* Every edge from a reachable action must have settled before its target starts. */
static void check_started(struct world *world, uint32_t action)
{
    const struct plan *plan = &world->outcome;
    enum fate fates[PLAN_ACTIONS];
    oracle_fates(plan, fates);
    if (fates[action] != FATE_RUNS && fates[action] != FATE_FAILS)
        broken(world, "an action runs that must not", action);
    for (uint32_t k = 0; k < plan->edge_count; k++) {
        uint32_t source = plan->edges[k].source;
        bool waited = source != UINT32_MAX && is_wait(world, source) && world->signaled[source];
        if (plan->edges[k].target == action && source != UINT32_MAX && !world->ended[source] && !waited &&
            (fates[source] == FATE_RUNS || (fates[source] == FATE_FAILS && oracle_routed(plan, source))))
            broken(world, "an action starts before its live inputs have ended", action);
    }
}

/* Whether this attempt fails. An action that is retried after it was held, or after it failed its run, does not. */
static bool fails_now(const struct world *world, uint32_t action)
{
    bool again = (world->holds || world->resumes) && world->performed[action] > 0 && plan_holds(world->plan, action);
    return world->plan->actions[action].fails && !again;
}

static void note_end(struct world *world, uint32_t action)
{
    bool failed = fails_now(world, action);
    if (++world->performed[action] > world->may_run[action])
        broken(world, "an action ran too often", action);
    if (failed && world->holds && plan_holds(world->plan, action)) {
        world->held[action] = true;
        world->held_count++;
        return;
    }
    world->ended[action] = true;
    if (!failed)
        world->results[action] = result_text(world, action);
}

static void perform(struct world *world, struct run *run, const struct command *command, struct arena *arena)
{
    uint32_t action = plan_index(command->action_id);
    const struct plan_action *planned = &world->plan->actions[action];
    check_started(world, action);
    check_context(world, action, &command->request.context);
    struct error error = ERROR_IN(arena);
    struct action_report report = {.outcome = ACTION_OUTCOME_DONE};
    if (planned->type == PLAN_WRITE && planned->hands_over && world->attempts[action]++ == 0) {
        report.outcome = ACTION_OUTCOME_RETRY;
        report.failure = TEXT("not now");
    } else if (fails_now(world, action)) {
        note_end(world, action);
        report.outcome = ACTION_OUTCOME_REFUSED;
        report.failure = TEXT("planned");
    } else {
        note_end(world, action);
        if (json_read(arena, world->results[action], &report.result, &error) != STATUS_OK)
            broken(world, "test result does not read", action);
    }
    if (run_perform_done(run, command->action, &report, &error) != STATUS_OK)
        broken(world, "run_perform_done failed", action);
}

static struct text keep(struct world *world, struct text text)
{
    return arena_copy(world->arena, text);
}

/* Includes the event that is about to be added. */
static uint32_t activities_pending(const struct world *world)
{
    uint32_t count = 1;
    for (size_t i = 0; i < world->pending_count; i++)
        count += world->pending[i].is_timer ? 0 : 1;
    return count;
}

static void schedule(struct world *world, const struct command *command, bool is_timer)
{
    uint32_t action = plan_index(command->action_id);
    check_started(world, action);
    struct event *event = add_event(world, is_timer ? EVENT_TIMER_STARTED : EVENT_ACTIVITY_SCHEDULED);
    event->activity_id = keep(world, command_part_id(command));
    event->activity_type = keep(world, command->activity_type);
    event->payload = keep(world, command->payload);
    if (!is_timer) {
        struct json_value input;
        struct error error = ERROR_IN(world->arena);
        if (json_read(world->arena, event->payload, &input, &error) != STATUS_OK)
            broken(world, "an activity input does not read", action);
        else
            check_context(world, action, json_get(&input, TEXT("context")));
    }
    if (world->policy.pending_max > 0 && !is_timer && activities_pending(world) > world->policy.pending_max)
        broken(world, "more activities are pending than may be", action);
    if (command->ask > world->plan->actions[action].asked && !world->escalated[action])
        broken(world, "somebody is asked too early", action);
    if (world->pending_count == WORLD_PENDING) {
        broken(world, "more is scheduled than there are people", action);
        return;
    }
    bool is_aside = world->plan->actions[action].type == PLAN_ASK && command->ask == 0;
    if (is_aside && !is_timer && ++world->reminded[action] > 5)
        broken(world, "people are reminded too often", action);
    world->pending[world->pending_count++] = (struct pending){.action = action,
                                                              .ask = command->ask,
                                                              .event_id = event->id,
                                                              .is_timer = is_timer,
                                                              .aside = is_aside ? event->activity_id : TEXT_NONE};
}

static void cancel_pending(struct world *world, const struct command *command)
{
    uint32_t action = plan_index(command->action_id);
    for (size_t i = 0; i < world->pending_count; i++) {
        struct pending *pending = &world->pending[i];
        bool timer = command->kind == COMMAND_CANCEL_TIMER;
        if (pending->action != action || pending->ask != command->ask || pending->canceling ||
            pending->is_timer != timer ||
            (timer && command->activity_id.size > 0 && !text_equal(pending->aside, command->activity_id)))
            continue;
        if (command->kind == COMMAND_CANCEL_ACTIVITY && pending->event_id != command->scheduled_id)
            broken(world, "another activity is canceled than that of the action", action);
        if ((is_wait(world, action) && !world->canceling) || (timer && pending->aside.size > 0)) {
            add_event(world, EVENT_TIMER_CANCELED)->scheduled_id = pending->event_id;
            *pending = world->pending[--world->pending_count];
            return;
        }
        pending->canceling = true;
        if (command->kind == COMMAND_CANCEL_ACTIVITY)
            add_event(world, EVENT_ACTIVITY_CANCEL_REQUESTED)->scheduled_id = pending->event_id;
        return;
    }
    broken(world, "something is canceled that is not pending", action);
}

/* Another run, with an empty history. */
static void begin_run(struct world *world, struct text input)
{
    run_free(world->cached);
    world->cached = NULL;
    world->event_count = world->applied = 0;
    add_event(world, EVENT_STARTED)->payload = input;
}

static void continue_run(struct world *world, const struct command *command)
{
    for (size_t i = 0; i < world->pending_count; i++)
        if (!world->pending[i].canceling && !is_wait(world, world->pending[i].action))
            broken(world, "the run continues as new while something is in flight", UINT32_MAX);
    world->pending_count = 0;
    world->continued++;
    begin_run(world, keep(world, command->payload));
}

/* Records that the engine has found the signal. */
static void end_wait(struct world *world, uint32_t action)
{
    if (!world->signaled[action])
        broken(world, "a wait ends without its signal", action);
    check_started(world, action);
    note_end(world, action);
}

static void carry_out(struct world *world, const struct command *command)
{
    switch (command->kind) {
    case COMMAND_PERFORM: break;
    case COMMAND_RECORD_RESULT: {
        uint32_t action = plan_index(command->action_id);
        if (command->activity_id.size > 0) {
            struct event *note = add_event(world, EVENT_RESULT_RECORDED);
            note->activity_id = keep(world, command->activity_id);
            note->payload = keep(world, command->payload);
            break;
        }
        if (is_wait(world, action) && !world->ended[action])
            end_wait(world, action);
        if (world->recorded[action] || !(world->ended[action] || world->held[action]))
            broken(world, "a result is recorded twice, or before it is there", action);
        world->recorded[action] = true;
        struct event *event = add_event(world, EVENT_RESULT_RECORDED);
        event->activity_id = keep(world, command->action_id);
        event->payload = keep(world, command->payload);
        event->failure = keep(world, command->failure);
        break;
    }
    case COMMAND_SCHEDULE_ACTIVITY: schedule(world, command, false); break;
    case COMMAND_START_TIMER: schedule(world, command, true); break;
    case COMMAND_CANCEL_ACTIVITY:
    case COMMAND_CANCEL_TIMER: cancel_pending(world, command); break;
    case COMMAND_COMPLETE: world->close = CLOSE_COMPLETED; break;
    case COMMAND_FAIL:
        world->close = CLOSE_FAILED;
        world->failure = keep(world, command->failure);
        break;
    case COMMAND_CANCEL: world->close = CLOSE_CANCELED; break;
    case COMMAND_CONTINUE_AS_NEW: continue_run(world, command); break;
    }
}

/* Applies events [from, count) to the run. */
static void fold(struct world *world, struct run *run, size_t from, struct arena *arena)
{
    struct error error = ERROR_IN(arena);
    for (size_t i = from; i < world->event_count; i++)
        if (run_apply(run, &world->events[i], &error) != STATUS_OK)
            broken(world, "run_apply failed", UINT32_MAX);
}

/* A run rebuilt from the history must be equal to the cached one. */
static void check_replay(struct world *world, struct arena *arena)
{
    struct run *replayed = run_new(&world->policy);
    fold(world, replayed, 0, arena);
    run_skip_inactive(world->cached);
    run_skip_inactive(replayed);
    if (!text_equal(run_graph_state(world->cached, arena), run_graph_state(replayed, arena)))
        broken(world, "the run rebuilt from its history differs from the cached one", UINT32_MAX);
    run_free(replayed);
}

static void decide_all(struct world *world, struct arena *arena, struct command_list *answer)
{
    struct command waiting[PLAN_ACTIONS];
    size_t waiting_count = 0;
    uint32_t performed = 0;
    struct error error = ERROR_IN(arena);
    do {
        size_t before = answer->count;
        bool may = world->perform_limit == 0 || performed < world->perform_limit;
        if (run_decide(world->cached, may, answer, &error) != STATUS_OK)
            broken(world, "run_decide failed", UINT32_MAX);
        for (size_t i = before; i < answer->count; i++)
            if (answer->items[i].kind == COMMAND_PERFORM)
                waiting[waiting_count++] = answer->items[i];
        if (waiting_count == 0)
            break;
        size_t pick = world->in_order ? 0 : random_below(&world->random, (uint32_t)waiting_count);
        perform(world, world->cached, &waiting[pick], arena);
        memmove(&waiting[pick], &waiting[pick + 1], (--waiting_count - pick) * sizeof waiting[0]);
        if (++performed > world->policy.local_max && world->policy.local_max > 0)
            broken(world, "more is performed in one task than may be", UINT32_MAX);
    } while (world->broken == NULL);
}

/* ---- people ---- */

static void send_update(struct world *world, uint32_t action, struct arena *arena)
{
    static const char *const names[] = {[FIX_RETRY] = "retry", [FIX_SKIP] = "skip", [FIX_FAIL] = "fail"};
    struct run_update update = {
        .id = arena_print(world->arena, "update %u", ++world->updates),
        .name = text_from(names[world->plan->actions[action].fix]),
        .input = arena_print(world->arena, "{\"action\":\"%.*s\"}", TEXT_ARG(plan_id(action, world->arena))),
    };
    struct error error = ERROR_IN(arena);
    enum status status = run_accept(world->cached, &update, &error);
    if (status != (world->held[action] && !world->canceling ? STATUS_OK : STATUS_INVALID))
        broken(world, "an update has the wrong answer", action);
    if (status != STATUS_OK)
        return;
    world->held[action] = world->recorded[action] = false;
    world->held_count--;
    world->ended[action] = world->plan->actions[action].fix != FIX_RETRY;
    world->accepted[world->accepted_count++] = (struct event){
        .kind = EVENT_UPDATE_ACCEPTED, .activity_id = update.id, .activity_type = update.name, .payload = update.input};
}

/* Sends updates for some of the actions on hold, or for all of them when nothing else can happen, and now and then for
   an action that is not on hold. */
static void send_updates(struct world *world, bool all, struct arena *arena)
{
    if (random_chance(&world->random, 10))
        send_update(world, random_below(&world->random, world->plan->action_count), arena);
    for (uint32_t i = 0; i < world->plan->action_count && world->broken == NULL; i++)
        if (world->held[i] && (all || random_chance(&world->random, 40)))
            send_update(world, i, arena);
}

static void end_task(struct world *world, bool tells_hold)
{
    add_event(world, EVENT_TASK_COMPLETED)->holds = tells_hold;
    for (size_t i = 0; i < world->accepted_count; i++) {
        struct event *event = add_event(world, EVENT_UPDATE_ACCEPTED);
        int64_t id = event->id;
        *event = world->accepted[i];
        event->id = id;
    }
    world->accepted_count = 0;
    /* Another worker with another setting may take the next task: the run keeps the setting with which it began. */
    world->policy.hold = false;
}

/* The run in the cache, or a new one without a history. */
static void find_run(struct world *world)
{
    if (world->cached != NULL && !world->evict_always)
        return;
    run_free(world->cached);
    world->cached = run_new(&world->policy);
    world->applied = 0;
}

/* Returns whether another task is wanted at once. */
static bool do_task(struct world *world)
{
    struct arena *arena = arena_new((size_t)64 << 20, 0);
    world->tasks++;
    add_event(world, EVENT_OTHER);
    add_event(world, EVENT_TASK_STARTED);
    find_run(world);
    fold(world, world->cached, world->applied, arena);
    world->applied = world->event_count;
    check_replay(world, arena);
    if (world->holds)
        send_updates(world, world->pending_count == 0, arena);

    struct command_list answer = {.arena = arena};
    decide_all(world, arena, &answer);
    bool more = run_wants_task(world->cached);
    run_task_end(world->cached);
    end_task(world, run_must_tell_hold(world->cached));
    unsigned continued = world->continued;
    for (size_t i = 0; i < answer.count && world->broken == NULL; i++)
        carry_out(world, &answer.items[i]);
    arena_free(arena);
    return more || world->continued != continued;
}

/* One person answers. An answer after the decision, or to a canceled request, changes nothing. */
static void answer(struct world *world, const struct pending *asked)
{
    const struct plan_action *planned = &world->plan->actions[asked->action];
    if (asked->canceling && random_chance(&world->random, 50)) {
        add_event(world, EVENT_ACTIVITY_CANCELED)->scheduled_id = asked->event_id;
        return;
    }
    bool approves = asked->ask > planned->asked ? strcmp(planned->output, "approved") == 0
                                                : (planned->approving >> (asked->ask - 1) & 1) != 0;
    struct event *event = add_event(world, EVENT_ACTIVITY_COMPLETED);
    event->scheduled_id = asked->event_id;
    event->payload = arena_print(world->arena, "{\"result\":{\"output\":\"%s\"}}", approves ? "approved" : "rejected");
    if (world->ended[asked->action])
        return;
    unsigned approved = world->approved[asked->action] += approves,
             rejected = world->rejected[asked->action] += !approves;
    unsigned people = planned->asked + (world->escalated[asked->action] ? planned->later : 0);
    bool unanimous = planned->required == planned->asked;
    if (approved >= planned->required || people - rejected < planned->required || (unanimous && rejected > 0))
        note_end(world, asked->action);
}

/* A timer fires, or a reminder was sent or could not be sent. */
static void end_aside(struct world *world, const struct pending *done)
{
    if (done->is_timer) {
        bool escalates = text_find(done->aside, TEXT("/escalate")) != SIZE_MAX;
        world->escalated[done->action] = world->escalated[done->action] || escalates;
        add_event(world, EVENT_TIMER_FIRED)->scheduled_id = done->event_id;
        return;
    }
    bool fails = random_chance(&world->random, 20);
    struct event *event = add_event(world, fails ? EVENT_ACTIVITY_FAILED : EVENT_ACTIVITY_COMPLETED);
    event->scheduled_id = done->event_id;
    event->payload = TEXT("{\"result\":{\"output\":\"success\"},\"success\":true}");
}

/* ---- a closed run is resumed ---- */

/* Now and then chooses an action that is performed again, with all actions behind it. */
static void choose_again(struct world *world, bool again[PLAN_ACTIONS])
{
    const struct plan *plan = world->plan;
    uint32_t from = random_chance(&world->random, 30) ? random_below(&world->random, plan->action_count) : UINT32_MAX;
    for (uint32_t i = 0; i < plan->action_count; i++)
        again[i] = from != UINT32_MAX && (i == from || oracle_upstream(plan, from, i));
}

/* Forgets that the actions that run again had ended. */
static void forget_ended(struct world *world, const bool again[PLAN_ACTIONS])
{
    for (uint32_t i = 0; i < world->plan->action_count; i++) {
        bool failed = plan_holds(world->plan, i) && world->results[i].size == 0;
        if (!world->ended[i] || again[i] || failed)
            world->approved[i] = world->rejected[i] = world->reminded[i] = 0, world->escalated[i] = false;
        if (!world->ended[i] || !(again[i] || failed))
            continue;
        world->ended[i] = world->recorded[i] = world->signaled[i] = false;
        world->results[i] = TEXT_NONE;
        world->may_run[i] = world->performed[i] + 1;
    }
    world->pending_count = 0;
}

/* The cached run and a run that is rebuilt from the history pass on the same. */
static void resume_run(struct world *world)
{
    bool again[PLAN_ACTIONS];
    struct arena *arena = arena_new((size_t)64 << 20, 0);
    struct run *replayed = run_new(&world->policy);
    choose_again(world, again);
    add_event(world, EVENT_CLOSED);
    find_run(world);
    fold(world, world->cached, world->applied, arena);
    fold(world, replayed, 0, arena);
    const struct run_resumption resumption = {.run_id = TEXT("closed"), .again = again};
    struct text input = run_resumed_input(replayed, &resumption, arena);
    if (!text_equal(input, run_resumed_input(world->cached, &resumption, arena)))
        broken(world, "the input differs by which a run and its history are resumed", UINT32_MAX);
    forget_ended(world, again);
    world->close = CLOSE_NONE;
    world->failure = TEXT_NONE;
    world->resumed++;
    begin_run(world, keep(world, input));
    run_free(replayed);
    arena_free(arena);
}

/* Sends the signal for which the action waits, or another signal of the same name. */
static void send_signal(struct world *world, uint32_t action, bool matches)
{
    struct event *event = add_event(world, EVENT_SIGNALED);
    event->activity_type = arena_print(world->arena, "go %u", action % 2);
    event->payload = arena_print(world->arena, "{\"n\":%u}", matches ? action : 999);
    world->signaled[action] = world->signaled[action] || matches;
}

/* Signals come at any time: before an action waits, while it waits, and some without any effect. */
static void send_signals(struct world *world)
{
    uint32_t action = random_below(&world->random, world->plan->action_count);
    if (is_wait(world, action) && !world->signaled[action] && random_chance(&world->random, 30))
        send_signal(world, action, random_chance(&world->random, 60));
}

static void finish_pending(struct world *world)
{
    size_t pick = world->in_order ? 0 : random_below(&world->random, (uint32_t)world->pending_count);
    struct pending done = world->pending[pick];
    if (is_wait(world, done.action)) {
        if (!world->signaled[done.action])
            send_signal(world, done.action, true);
        return;
    }
    memmove(&world->pending[pick], &world->pending[pick + 1], (--world->pending_count - pick) * sizeof done);
    if (done.aside.size > 0) {
        end_aside(world, &done);
        return;
    }
    if (done.ask > 0) {
        answer(world, &done);
        return;
    }
    bool failed = fails_now(world, done.action);
    note_end(world, done.action);
    if (done.is_timer) {
        add_event(world, EVENT_TIMER_FIRED)->scheduled_id = done.event_id;
        return;
    }
    struct event *event = add_event(world, failed ? EVENT_ACTIVITY_FAILED : EVENT_ACTIVITY_COMPLETED);
    event->scheduled_id = done.event_id;
    if (failed)
        event->failure = TEXT("planned");
    else
        event->payload = arena_print(world->arena, "{\"action_id\":null,\"result\":%.*s,\"success\":true}",
                                     TEXT_ARG(world->results[done.action]));
}

/* Whether the run is terminated now. */
static bool is_terminated(struct world *world)
{
    if (world->terminations == 0 || !random_chance(&world->random, 15))
        return false;
    world->terminations--;
    return true;
}

static void ask_to_cancel(struct world *world)
{
    if (!world->cancel_at_random || !random_chance(&world->random, 20))
        return;
    add_event(world, EVENT_CANCEL_REQUESTED);
    world->cancel_at_random = false;
    world->canceling = true;
}

/* Plays until the run is closed or a rule is broken. */
static void play_run(struct world *world)
{
    bool more = do_task(world);
    while (world->close == CLOSE_NONE && world->broken == NULL) {
        if (!more && world->pending_count == 0 && world->held_count == 0) {
            broken(world, "the run waits for nothing", UINT32_MAX);
            return;
        }
        send_signals(world);
        if (is_terminated(world)) {
            world->close = CLOSE_TERMINATED;
            return;
        }
        if (!more && world->pending_count > 0)
            finish_pending(world);
        while (!more && world->pending_count > 0 && random_chance(&world->random, 30))
            finish_pending(world);
        ask_to_cancel(world);
        more = do_task(world);
    }
}

void world_play(struct world *world)
{
    play_run(world);
    while (world->resumes && world->close != CLOSE_COMPLETED && world->broken == NULL) {
        resume_run(world);
        play_run(world);
        if (world->resumed > PLAN_ACTIONS + 8)
            broken(world, "the run is resumed without end", UINT32_MAX);
    }
}
