/* Reads what runs are about. */
#include "runs/run_subject.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/uuid.h"
#include "console/terminal.h"

/* Reads of first events under way at once. */
#define READS_AT_ONCE 32
/* Each reads a page of its history. */
#define READ_ARENA MIB(1024)

struct text run_execution_in(struct text workflow_id)
{
    struct uuid uuid;
    if (workflow_id.size <= UUID_TEXT_SIZE)
        return TEXT_NONE;
    struct text end = text_slice(workflow_id, workflow_id.size - UUID_TEXT_SIZE, UUID_TEXT_SIZE);
    return text_starts(workflow_id, TEXT("workflow-")) && uuid_parse(end, &uuid) ? end : TEXT_NONE;
}

static bool copy(struct arena *arena, struct text *text)
{
    *text = arena_copy(arena, *text);
    return text->data != NULL;
}

struct text run_subject_record(struct arena *arena, const struct run_subject *subject)
{
    struct text name = subject->number.size > 0 ? subject->number : subject->entity_id;
    return arena_print(arena, "%.*s%s%.*s", TEXT_ARG(subject->entity),
                       subject->entity.size > 0 && name.size > 0 ? " " : "", TEXT_ARG(name));
}

bool run_subject_of_input(struct arena *arena, struct text input, struct run_subject *subject)
{
    struct json_value document;
    *subject = (struct run_subject){0};
    if (json_read(arena, input, &document, NULL) != STATUS_OK)
        return false;
    const struct json_value *trigger = json_get_lenient(&document, TEXT("trigger_data"));
    subject->rule = json_get_text(&document, TEXT("rule_name"));
    subject->entity = json_get_text(trigger, TEXT("entity_name"));
    subject->number = json_get_text(trigger, TEXT("number"));
    subject->entity_id = json_get_text(trigger, TEXT("entity_id"));
    return true;
}

/* The text of a field that is a text, or a list of one, as search attributes may be. */
static struct text field_text(struct arena *arena, const struct run_field *fields, size_t count, const char *name)
{
    struct json_value value;
    for (size_t i = 0; i < count; i++) {
        if (!text_is(fields[i].name, name) || json_read(arena, fields[i].value, &value, NULL) != STATUS_OK)
            continue;
        bool list = value.type == JSON_ARRAY && value.array.count > 0;
        const struct json_value *item = list ? &value.array.items[0] : &value;
        return item->type == JSON_STRING ? item->string : TEXT_NONE;
    }
    return TEXT_NONE;
}

/* "orders SO-2026-1042": the name of an entity, and the number of the record or its id. */
static void split_record(struct text record, struct run_subject *subject)
{
    struct uuid uuid;
    subject->entity = text_split(&record, ' ');
    if (uuid_parse(record, &uuid))
        subject->entity_id = record;
    else
        subject->number = record;
}

bool run_subject_of_info(struct arena *arena, const struct run_info *info, struct run_subject *subject)
{
    const struct run_field *attributes = info->attributes;
    size_t count = info->attribute_count;
    *subject = (struct run_subject){.rule = field_text(arena, info->memo, info->memo_count, "rule")};
    split_record(field_text(arena, info->memo, info->memo_count, "entity"), subject);
    if (subject->rule.size == 0)
        subject->rule = field_text(arena, attributes, count, "RuleName");
    if (subject->entity.size == 0)
        subject->entity = field_text(arena, attributes, count, "EntityName");
    if (subject->number.size == 0)
        subject->number = field_text(arena, attributes, count, "EntityNumber");
    if (subject->entity_id.size == 0)
        subject->entity_id = field_text(arena, attributes, count, "EntityId");
    return subject->rule.size > 0 && subject->entity.size > 0;
}

void run_subject_write_json(struct json_writer *json, struct text workflow_id, const struct run_subject *subject)
{
    json_member_text_or_null(json, "execution_id", run_execution_in(workflow_id));
    json_member_text_or_null(json, "rule", subject->rule);
    json_member_text_or_null(json, "entity", subject->entity);
    json_member_text_or_null(json, "number", subject->number);
    json_member_text_or_null(json, "entity_id", subject->entity_id);
}

/* ---- from first events ---- */

struct start_read {
    struct arena *arena; /* of the result */
    struct run_subject *subject;
    bool read, full;
};

static bool stop_reading(void *userdata, const struct event *events, size_t first, size_t count)
{
    (void)userdata;
    (void)events;
    (void)first;
    (void)count;
    return false;
}

static void start_read(void *userdata, const struct workflow_task *task, const struct client_result *result)
{
    struct start_read *read = userdata;
    (void)result;
    if (task == NULL || task->event_count == 0)
        return;
    struct arena *scratch = arena_new(MIB(256), 0);
    struct run_subject subject;
    if (scratch != NULL && run_subject_of_input(scratch, task->events[0].payload, &subject)) {
        read->full = !copy(read->arena, &subject.rule) || !copy(read->arena, &subject.entity) ||
                     !copy(read->arena, &subject.number) || !copy(read->arena, &subject.entity_id);
        *read->subject = subject;
        read->read = !read->full;
    }
    arena_free(scratch);
}

/* Reads the starts of those runs that are in the list, at most READS_AT_ONCE. */
static bool read_starts(struct blocking_client *temporal, const struct run_info *const *runs,
                        struct run_subject *const *subjects, size_t count, size_t *unread)
{
    struct arena *pages = arena_new(READ_ARENA, 0);
    struct start_read reads[READS_AT_ONCE];
    if (pages == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        reads[i] = (struct start_read){.arena = temporal->arena, .subject = subjects[i]};
        client_follow_run(temporal->client, runs[i]->workflow_id, runs[i]->run_id, stop_reading, pages, start_read,
                          &reads[i]);
    }
    blocking_client_finish(temporal);
    bool full = false;
    for (size_t i = 0; i < count; i++) {
        full = full || reads[i].full;
        *unread += !reads[i].read;
    }
    arena_free(pages);
    return !full;
}

bool run_subjects_read(struct blocking_client *temporal, const struct run_info *runs, size_t count,
                       struct run_subject *subjects, size_t *unread)
{
    const struct run_info *starts[READS_AT_ONCE];
    struct run_subject *results[READS_AT_ONCE];
    size_t pending = 0;
    bool good = true;
    struct progress progress = {0};
    *unread = 0;
    for (size_t i = 0; i < count && good; i++) {
        if (!run_subject_of_info(temporal->arena, &runs[i], &subjects[i])) {
            subjects[i] = (struct run_subject){0};
            starts[pending] = &runs[i];
            results[pending++] = &subjects[i];
        }
        if (pending == READS_AT_ONCE || (i + 1 == count && pending > 0)) {
            good = read_starts(temporal, starts, results, pending, unread);
            pending = 0;
            progress_show(&progress, "runs read", i + 1, count);
        }
    }
    return good;
}
