/* Reads open runs, several at once. */
#include "runs/open_waits.h"

#include "base/limits.h"
#include "console/terminal.h"
#include "runs/run_picture.h"

#define READS_AT_ONCE 16
#define READ_ARENA    MIB(1024)

struct reading {
    struct blocking_client *temporal;
    struct open_waits *waits;
    struct run_page page;
    struct arena *histories; /* of the reads under way */
    bool full;
};

static bool copy(struct arena *arena, struct text *text)
{
    *text = arena_copy(arena, *text);
    return text->data != NULL;
}

static bool copy_asked(struct arena *arena, struct run_wait *wait)
{
    struct text *asked = ARENA_ARRAY(arena, wait->asked_count, struct text);
    bool copied = asked != NULL;
    for (size_t i = 0; i < wait->asked_count && copied; i++) {
        asked[i] = wait->asked[i];
        copied = copy(arena, &asked[i]);
    }
    wait->asked = asked;
    return copied;
}

/* Keeps the wait beyond its history. */
static bool add(struct reading *reading, const struct workflow_task *task, const struct run_subject *subject,
                const struct run_wait *wait)
{
    struct arena *arena = reading->temporal->arena;
    struct open_waits *waits = reading->waits;
    struct open_wait *items = arena_reserve(arena, waits->items, waits->count, &waits->capacity, sizeof *waits->items);
    if (items == NULL)
        return false;
    waits->items = items;
    struct open_wait *kept = &items[waits->count++];
    *kept = (struct open_wait){
        .workflow_id = task->workflow_id, .run_id = task->run_id, .subject = *subject, .wait = *wait};
    kept->wait.action.result = TEXT_NONE;
    return copy(arena, &kept->subject.rule) && copy(arena, &kept->subject.entity) &&
           copy(arena, &kept->subject.number) && copy(arena, &kept->subject.entity_id) &&
           copy(arena, &kept->wait.action.id) && copy(arena, &kept->wait.action.name) &&
           copy(arena, &kept->wait.action.type) && copy(arena, &kept->wait.action.failure) &&
           copy(arena, &kept->wait.failure) && copy(arena, &kept->wait.activity_id) && copy_asked(arena, &kept->wait);
}

static bool add_waits(struct reading *reading, const struct workflow_task *task, const struct run_picture *picture)
{
    struct run_waits waits;
    struct run_subject subject;
    if (!run_waits_read(reading->histories, picture->run, task->events, task->event_count, NULL, &waits))
        return false;
    if (!run_subject_of_input(reading->histories, task->events[0].payload, &subject))
        subject = (struct run_subject){0};
    for (size_t i = 0; i < waits.count; i++) {
        bool people = waits.items[i].kind == WAIT_PERSON || waits.items[i].kind == WAIT_DECISION;
        if (people && !add(reading, task, &subject, &waits.items[i]))
            return false;
    }
    return true;
}

static void history_read(void *userdata, const struct workflow_task *task, const struct client_result *result)
{
    struct reading *reading = userdata;
    struct run_picture picture = {0};
    (void)result;
    bool read = task != NULL && task->event_count > 0 &&
                run_picture_read(&picture, reading->histories, task->events, task->event_count, NULL) == STATUS_OK;
    if (!read)
        reading->waits->unread++;
    else if (run_picture_has_graph(&picture))
        reading->full = !add_waits(reading, task, &picture) || reading->full;
    run_picture_close(&picture);
}

/* False: out of memory. */
static bool read_histories(struct reading *reading, const struct run_info *runs, size_t count)
{
    reading->histories = arena_new(READ_ARENA, 0);
    if (reading->histories == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        client_read_workflow(reading->temporal->client, runs[i].workflow_id, runs[i].run_id, false, reading->histories,
                             history_read, reading);
    blocking_client_finish(reading->temporal);
    arena_free(reading->histories);
    return !reading->full;
}

static void page_read(void *userdata, const struct run_page *page, const struct client_result *result)
{
    struct reading *reading = userdata;
    reading->page = page != NULL ? *page : (struct run_page){0};
    blocking_client_done(reading->temporal, result);
}

enum cli_exit open_waits_read(struct blocking_client *temporal, const struct settings *settings, size_t limit,
                              struct open_waits *waits)
{
    struct reading reading = {.temporal = temporal, .waits = waits};
    struct text runs = run_reference_query(temporal->arena, settings);
    struct text query = arena_print(temporal->arena, "%.*s AND ExecutionStatus = 'Running'", TEXT_ARG(runs));
    *waits = (struct open_waits){0};
    client_list_runs(temporal->client, query, TEXT_NONE, (int32_t)limit + 1, temporal->arena, page_read, &reading);
    if (!blocking_client_wait(temporal, "cannot list the open runs"))
        return CLI_FAILURE;
    waits->more = reading.page.count > limit;
    waits->run_count = waits->more ? limit : reading.page.count;
    struct progress progress = {0};
    for (size_t i = 0; i < waits->run_count; i += READS_AT_ONCE) {
        size_t left = waits->run_count - i, count = left < READS_AT_ONCE ? left : READS_AT_ONCE;
        if (!read_histories(&reading, &reading.page.runs[i], count))
            return cli_out_of_memory(temporal->command);
        progress_show(&progress, "open runs read", i + count, waits->run_count);
    }
    return CLI_SUCCESS;
}
