/* Finds out what runs wait for. */
#include "runs/run_waits.h"

#include "action/perform.h"
#include "base/limits.h"
#include "console/terminal.h"
#include "picture/picture_text.h"

const char *wait_kind_name(enum wait_kind kind)
{
    static const char *const names[] = {
        [WAIT_DECISION] = "decision", [WAIT_PERSON] = "person", [WAIT_TIME] = "time", [WAIT_RETRY] = "retry",
        [WAIT_WORKER] = "worker",     [WAIT_PAUSED] = "paused", [WAIT_END] = "end",
    };
    return names[kind];
}

/* ---- reading ---- */

/* The events of a history are numbered from 1 without a gap. */
static const struct event *event_at(const struct event *events, size_t count, int64_t id)
{
    return id > 0 && (uint64_t)id <= count && events[id - 1].id == id ? &events[id - 1] : NULL;
}

static const struct pending_activity *find_activity(const struct described_run *description, struct text activity_id)
{
    for (size_t i = 0; description != NULL && i < description->activity_count; i++)
        if (text_equal(description->activities[i].activity_id, activity_id))
            return &description->activities[i];
    return NULL;
}

static enum wait_kind kind_of(const struct run_action *action, const struct pending_activity *activity)
{
    const struct action_type *type = action_catalog_find(&action_catalog_all, action->type);
    bool human = type != NULL && type->mode == ACTION_MODE_HUMAN;
    if (action->state == ACTION_STATE_HELD)
        return WAIT_DECISION;
    if (action->executor == EXECUTOR_TIMER)
        return WAIT_TIME;
    if (activity != NULL && activity->state == PENDING_PAUSED)
        return WAIT_PAUSED;
    if (activity != NULL && activity->state == PENDING_WAITS)
        return activity->attempt > 1 ? WAIT_RETRY : WAIT_WORKER;
    return human ? WAIT_PERSON : WAIT_END;
}

/* Reads who may answer, from the input of the activity that asks. False: the arena is full. */
static bool read_asked(struct arena *arena, struct text input, struct run_wait *wait)
{
    const struct action_type *type = action_catalog_find(&action_catalog_all, wait->action.type);
    struct action_request request;
    if (type == NULL || type->asked_field == NULL || action_request_read(arena, input, &request, NULL) != STATUS_OK)
        return true;
    const struct json_value *field = json_get_lenient(&request.config, text_from(type->asked_field));
    if (field == NULL || field->type != JSON_ARRAY)
        return true;
    struct text *asked = ARENA_ARRAY(arena, field->array.count, struct text);
    for (size_t i = 0; asked != NULL && i < field->array.count; i++)
        if (field->array.items[i].type == JSON_STRING)
            asked[wait->asked_count++] = field->array.items[i].string;
    wait->asked = asked;
    return asked != NULL;
}

/* When a timer or an activity of the history is over; 0: unknown. */
static int64_t end_of(const struct event *scheduled)
{
    bool timed = scheduled != NULL && scheduled->time_us > 0 && scheduled->duration_ms > 0;
    return timed ? scheduled->time_us + scheduled->duration_ms * 1000 : 0;
}

static struct run_wait wait_of(const struct run_action *action, const struct event *scheduled,
                               const struct described_run *description)
{
    bool is_activity = scheduled != NULL && scheduled->kind == EVENT_ACTIVITY_SCHEDULED;
    struct run_wait wait = {
        .action = *action,
        .activity_id = is_activity ? scheduled->activity_id : TEXT_NONE,
        .since_us = action->state == ACTION_STATE_HELD ? action->ended_us : action->started_us,
        .attempt = action->attempts,
        .failure = action->failure,
    };
    const struct pending_activity *activity = is_activity ? find_activity(description, wait.activity_id) : NULL;
    wait.kind = kind_of(action, activity);
    if (activity != NULL) {
        wait.attempt = activity->attempt;
        wait.failure = activity->last_failure;
        wait.until_us = activity->next_us;
    }
    if ((wait.kind == WAIT_TIME || wait.kind == WAIT_PERSON) && end_of(scheduled) > 0)
        wait.until_us = end_of(scheduled);
    return wait;
}

/* Reads the people whom an action asks one by one and who have not answered. False: the arena is full. */
static bool read_unanswered(struct arena *arena, const struct run *run, size_t action, struct run_wait *wait)
{
    struct run_ask ask;
    struct text *asked = ARENA_ARRAY(arena, wait->action.people.asked, struct text);
    for (size_t i = 0; asked != NULL && i < wait->action.people.asked && run_ask_at(run, action, i, &ask); i++)
        if (ask.open)
            asked[wait->asked_count++] = ask.approver;
    wait->asked = asked;
    wait->kind = WAIT_PERSON;
    return asked != NULL;
}

bool run_waits_read(struct arena *arena, const struct run *run, const struct event *events, size_t event_count,
                    const struct described_run *description, struct run_waits *waits)
{
    size_t count = run_action_count(run), capacity = 0;
    *waits = (struct run_waits){0};
    for (size_t i = 0; i < count; i++) {
        struct run_action action;
        run_action_at(run, i, &action);
        if (action.state != ACTION_STATE_HELD && action.state != ACTION_STATE_SCHEDULED &&
            action.state != ACTION_STATE_PERFORMING)
            continue;
        struct run_wait *items = arena_reserve(arena, waits->items, waits->count, &capacity, sizeof *waits->items);
        if (items == NULL)
            return false;
        waits->items = items;
        const struct event *scheduled = event_at(events, event_count, action.scheduled_id);
        struct run_wait *wait = &waits->items[waits->count++];
        *wait = wait_of(&action, scheduled, description);
        bool one_by_one = action.people.asked > 0 && action.state != ACTION_STATE_HELD;
        bool asks = wait->kind == WAIT_PERSON && scheduled != NULL;
        if (one_by_one && !read_unanswered(arena, run, i, wait))
            return false;
        if (one_by_one) {
            wait->remind_us = end_of(event_at(events, event_count, action.people.remind_id));
            wait->escalate_us = end_of(event_at(events, event_count, action.people.escalate_id));
        }
        if (!one_by_one && asks && !read_asked(arena, scheduled->payload, wait))
            return false;
    }
    return true;
}

/* ---- words ---- */

/* " for 3 min", or nothing when it is not known since when. */
static struct text for_time(struct arena *arena, int64_t since_us, int64_t now_us)
{
    return since_us > 0 && now_us >= since_us
               ? arena_print(arena, " for %.*s", TEXT_ARG(picture_duration(arena, now_us - since_us)))
               : TEXT("");
}

static struct text in_time(struct arena *arena, int64_t until_us, int64_t now_us)
{
    return until_us > now_us ? arena_print(arena, "in %.*s", TEXT_ARG(picture_duration(arena, until_us - now_us)))
                             : TEXT("now");
}

static struct text outputs_of(struct arena *arena, const struct run_action *action)
{
    const struct action_type *type = action_catalog_find(&action_catalog_all, action->type);
    struct text all = TEXT("");
    for (size_t i = 0; type != NULL && i < type->output_count; i++)
        all = arena_print(arena, "%.*s%s%s", TEXT_ARG(all),
                          i == 0                       ? ": "
                          : i + 1 < type->output_count ? ", "
                                                       : " or ",
                          type->outputs[i]);
    return all;
}

struct text run_wait_failure(const struct run_wait *wait)
{
    struct text failure = wait->failure, id = wait->action.id;
    size_t at = id.size > 0 ? text_find(failure, id) : SIZE_MAX;
    if (at == SIZE_MAX || at > LIMIT_WORKFLOW_ID)
        return failure;
    struct text rest = text_slice(failure, at + id.size, failure.size);
    return text_starts(rest, TEXT("): ")) ? text_slice(rest, 3, rest.size) : failure;
}

/* ", reminded twice, again in 2 h, others are asked in 3 h", as far as it applies. */
static struct text reminders_of(struct arena *arena, const struct run_wait *wait, int64_t now_us)
{
    static const char *const times[] = {"", ", reminded once", ", reminded twice"};
    uint32_t sent = wait->action.people.reminders;
    struct text text = sent < 3 ? text_from(times[sent]) : arena_print(arena, ", reminded %u times", sent);
    if (wait->remind_us > 0)
        text = arena_print(arena, "%.*s, %s %.*s", TEXT_ARG(text), sent > 0 ? "again" : "reminded",
                           TEXT_ARG(in_time(arena, wait->remind_us, now_us)));
    if (wait->escalate_us > 0)
        text = arena_print(arena, "%.*s, others are asked %.*s", TEXT_ARG(text),
                           TEXT_ARG(in_time(arena, wait->escalate_us, now_us)));
    return text;
}

struct text run_wait_text(struct arena *arena, const struct run_wait *wait, int64_t now_us)
{
    struct text since = for_time(arena, wait->since_us, now_us);
    struct text why = run_wait_failure(wait);
    struct text failure = why.size > 0 ? arena_print(arena, ": %.*s", TEXT_ARG(why)) : TEXT("");
    switch (wait->kind) {
    case WAIT_DECISION: return arena_print(arena, "is held%.*s%.*s", TEXT_ARG(since), TEXT_ARG(failure));
    case WAIT_PERSON:
        return arena_print(arena, "waits%.*s for a person%.*s%s%.*s%.*s", TEXT_ARG(since),
                           TEXT_ARG(outputs_of(arena, &wait->action)), wait->until_us > 0 ? ", times out " : "",
                           TEXT_ARG(wait->until_us > 0 ? in_time(arena, wait->until_us, now_us) : TEXT("")),
                           TEXT_ARG(reminders_of(arena, wait, now_us)));
    case WAIT_TIME:
        return arena_print(arena, "waits%.*s, ends %.*s", TEXT_ARG(since),
                           TEXT_ARG(in_time(arena, wait->until_us, now_us)));
    case WAIT_RETRY:
        return arena_print(arena, "attempt %u is due %.*s, the one before failed%.*s", wait->attempt,
                           TEXT_ARG(in_time(arena, wait->until_us, now_us)), TEXT_ARG(failure));
    case WAIT_WORKER: return arena_print(arena, "waits%.*s for a worker", TEXT_ARG(since));
    case WAIT_PAUSED:
        return arena_print(arena, "is paused before attempt %u%s%.*s", wait->attempt,
                           failure.size > 0 ? ", the one before failed" : "", TEXT_ARG(failure));
    case WAIT_END: break;
    }
    if (wait->attempt <= 1)
        return arena_print(arena, "runs%.*s", TEXT_ARG(since));
    return arena_print(arena, "attempt %u runs%.*s, the one before failed%.*s", wait->attempt, TEXT_ARG(since),
                       TEXT_ARG(failure));
}

/* Its name, if a shell takes that for one word, else its id. */
static struct text word_for(const struct run_action *action)
{
    bool plain = action->name.size > 0;
    for (size_t i = 0; i < action->name.size && plain; i++) {
        char byte = action->name.data[i];
        plain =
            (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
    }
    return plain ? action->name : action->id;
}

struct text run_wait_command(struct arena *arena, const struct run_wait *wait, struct text run_id)
{
    struct text action = word_for(&wait->action);
    switch (wait->kind) {
    case WAIT_DECISION: return arena_print(arena, "retry %.*s --action %.*s", TEXT_ARG(run_id), TEXT_ARG(action));
    case WAIT_PERSON:
        return arena_print(arena, "complete %.*s %.*s --output OUTPUT", TEXT_ARG(run_id), TEXT_ARG(action));
    default: return TEXT("");
    }
}

void run_wait_write_times(struct json_writer *json, const struct run_wait *wait)
{
    json_member_time(json, "since", wait->since_us);
    json_member_time(json, "until", wait->until_us);
    json_member_integer(json, "reminders", wait->action.people.reminders);
    json_member_time(json, "remind_at", wait->remind_us);
    json_member_time(json, "escalate_at", wait->escalate_us);
}
