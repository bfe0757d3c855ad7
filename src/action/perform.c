/* Performs an action: reads its request, expands its config, calls its handler, writes its output. */
#include "action/perform.h"

#include "action/expand.h"
#include "base/json_writer.h"
#include "base/limits.h"

static const char nil_id[] = "00000000-0000-0000-0000-000000000000";

/* The Go worker cannot read an empty id. */
static struct text written_id(struct text id)
{
    return id.size > 0 ? id : text_from(nil_id);
}

void action_request_write(struct buffer *buffer, const struct action_request *request)
{
    struct json_writer json = {buffer};
    json_begin_object(&json);
    json_member_text(&json, "action_id", written_id(request->action_id));
    json_member_text(&json, "action_name", request->action_name);
    json_member_text(&json, "action_type", request->action_type);
    json_member_value(&json, "config", &request->config);
    json_member_value(&json, "context", &request->context);
    json_member_text(&json, "rule_id", written_id(request->rule_id));
    json_member_text(&json, "execution_id", written_id(request->execution_id));
    if (request->effect_id.size > 0)
        json_member_text(&json, "effect_id", request->effect_id);
    json_member_text(&json, "rule_name", request->rule_name);
    if (request->ask > 0)
        json_member_integer(&json, "ask", request->ask);
    if (request->reminder > 0)
        json_member_integer(&json, "reminder", request->reminder);
    json_end_object(&json);
}

static enum status wrong_type(struct error *error, struct text key, enum json_type expected, enum json_type found)
{
    return error_set(error, STATUS_INVALID, TEXT_NONE, PUBLIC("%.*s: expected %s, found %s"), TEXT_ARG(key),
                     json_type_name(expected), json_type_name(found));
}

static enum status read_text(const struct json_value *object, struct text key, struct text *text, struct error *error)
{
    const struct json_value *value = json_get_lenient(object, key);
    if (value == NULL || value->type == JSON_NULL)
        return STATUS_OK;
    if (value->type != JSON_STRING)
        return wrong_type(error, key, JSON_STRING, value->type);
    *text = value->string;
    return STATUS_OK;
}

/* 0 when the member is absent. */
static uint32_t read_number(const struct json_value *object, struct text key)
{
    const struct json_value *value = json_get(object, key);
    int64_t number;
    return value != NULL && json_to_int64(value, &number) && number > 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
}

enum status action_request_read(struct arena *arena, struct text json, struct action_request *request,
                                struct error *error)
{
    *request = (struct action_request){.context = json_object(NULL, 0)};
    struct json_value document;
    enum status status = json_read(arena, json, &document, error);
    if (status != STATUS_OK)
        return status;
    if (document.type != JSON_OBJECT)
        return error_set(error, STATUS_INVALID, TEXT_NONE, PUBLIC("expected object, found %s"),
                         json_type_name(document.type));
    const struct {
        struct text key, *text;
    } texts[] = {
        {TEXT("action_id"), &request->action_id},       {TEXT("action_name"), &request->action_name},
        {TEXT("action_type"), &request->action_type},   {TEXT("rule_id"), &request->rule_id},
        {TEXT("execution_id"), &request->execution_id}, {TEXT("rule_name"), &request->rule_name},
        {TEXT("effect_id"), &request->effect_id},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == STATUS_OK; i++)
        status = read_text(&document, texts[i].key, texts[i].text, error);
    if (status != STATUS_OK)
        return status;
    request->ask = read_number(&document, TEXT("ask"));
    request->reminder = read_number(&document, TEXT("reminder"));
    const struct json_value *config = json_get_lenient(&document, TEXT("config"));
    const struct json_value *context = json_get_lenient(&document, TEXT("context"));
    if (config != NULL)
        request->config = *config;
    if (context == NULL || context->type == JSON_NULL)
        return STATUS_OK;
    if (context->type != JSON_OBJECT)
        return wrong_type(error, TEXT("context"), JSON_OBJECT, context->type);
    request->context = *context;
    return STATUS_OK;
}

void action_output_write(struct buffer *buffer, const struct action_request *request,
                         const struct action_report *report)
{
    struct json_writer json = {buffer};
    json_begin_object(&json);
    json_member_text(&json, "action_id", written_id(request->action_id));
    json_member_text(&json, "action_name", request->action_name);
    json_member_value(&json, "result", &report->result);
    json_member_boolean(&json, "success", true);
    if (report->stored_result)
        json_member_boolean(&json, "stored_result", true);
    json_end_object(&json);
}

/* One call of action_perform. */
struct performance {
    const struct action_environment *environment;
    struct arena *arena;
    const struct action_request *request;
    struct action_report *report;
};

static struct uuid parse_id(struct text text)
{
    struct uuid uuid;
    return uuid_parse(text, &uuid) ? uuid : (struct uuid){0};
}

/* Fills the report with the failure "action NAME (ID): STEP WHY". */
static void fail(const struct performance *performance, enum action_outcome outcome, const char *failure_type,
                 const char *step, struct failure why)
{
    const struct action_request *request = performance->request;
    char id[UUID_TEXT_SIZE + 1];
    uuid_format(parse_id(request->action_id), id);
    struct failure failure =
        failure_print(performance->arena, PUBLIC("%saction %.*s (%s): %s"),
                      performance->environment->async ? "async " : "", TEXT_ARG(request->action_name), id, step);
    if (failure.text.data != NULL)
        failure = failure_join(performance->arena, failure, why);
    if (failure.text.data == NULL)
        failure = FAILURE_TEXT("action: out of the memory budget of this task");
    *performance->report = (struct action_report){.outcome = outcome,
                                                  .failure_type = failure_type,
                                                  .failure = failure.text,
                                                  .failure_head = failure.head,
                                                  .failure_tail = failure.tail,
                                                  .reason = why.text};
}

static void fail_handler(const struct performance *performance, enum action_outcome outcome, struct failure why)
{
    fail(performance, outcome, "wrapError", performance->environment->async ? "start: " : "execute: ",
         why.text.size > 0 ? why : FAILURE_TEXT("no reason given"));
}

/* NULL when the request is valid; otherwise the text of the Go worker. */
static const char *request_fault(const struct action_request *request)
{
    if (uuid_is_nil(parse_id(request->action_id)))
        return "action_id is required";
    if (request->action_name.size == 0)
        return "action_name is required";
    return request->action_type.size == 0 ? "action_type is required" : NULL;
}

static struct action_call make_call(const struct performance *performance)
{
    const struct action_environment *environment = performance->environment;
    const struct action_request *request = performance->request;
    const struct json_value *context = &request->context;
    return (struct action_call){
        .arena = performance->arena,
        .execution_id = parse_id(request->execution_id),
        .effect_id = parse_id(request->effect_id.size > 0 ? request->effect_id : request->execution_id),
        .rule_id = parse_id(request->rule_id),
        .action_id = parse_id(request->action_id),
        .ask = request->ask,
        .reminder = request->reminder,
        .entity_id = parse_id(json_get_text(context, TEXT("entity_id"))),
        .user_id = parse_id(json_get_text(context, TEXT("user_id"))),
        .stand_in = environment->stand_in,
        .rule_name = request->rule_name,
        .action_name = request->action_name,
        .action_type = request->action_type,
        .entity_name = json_get_text(context, TEXT("entity_name")),
        .event_type = json_get_text(context, TEXT("event_type")),
        .attempt = environment->attempt,
        .scheduled_us = environment->scheduled_us,
        .last_attempt = environment->last_attempt,
        .task_token = environment->async ? environment->task_token : TEXT_NONE,
        .context = context,
        .local = environment->local,
        .limit = environment->limit,
    };
}

/* The names that templates may use in addition to the context. Points into itself: do not copy. */
struct scope {
    struct json_member builtins[2], extra[4];
    struct json_value builtin_object;
    struct expand_data data;
};

static void fill_scope(const struct action_environment *environment, const struct action_request *request,
                       struct scope *scope)
{
    struct text now = environment->now;
    const struct json_value *user = json_get(&request->context, TEXT("user_id"));
    size_t builtin_count = 0, extra_count = 0;
    if (user != NULL)
        scope->builtins[builtin_count++] = (struct json_member){TEXT("$me"), *user};
    if (now.size > 0) {
        scope->builtins[builtin_count++] = (struct json_member){TEXT("$now"), json_string(now)};
        scope->extra[extra_count++] = (struct json_member){TEXT("timestamp"), json_string(now)};
    }
    scope->extra[extra_count++] = (struct json_member){TEXT("execution_id"), json_string(request->execution_id)};
    scope->extra[extra_count++] = (struct json_member){TEXT("rule_name"), json_string(request->rule_name)};
    if (!uuid_is_nil(parse_id(request->rule_id)))
        scope->extra[extra_count++] = (struct json_member){TEXT("rule_id"), json_string(request->rule_id)};
    scope->builtin_object = json_object(scope->builtins, builtin_count);
    scope->data = (struct expand_data){.context = &request->context,
                                       .builtins = &scope->builtin_object,
                                       .extra = scope->extra,
                                       .extra_count = extra_count};
}

enum status action_expand(const struct action_environment *environment, struct arena *arena,
                          const struct action_request *request, const struct action_type *type,
                          struct json_value *config, struct template_notes *notes, struct error *error)
{
    struct scope scope;
    fill_scope(environment, request, &scope);
    return expand_config(arena, type, &request->config, &scope.data, config, notes, error);
}

/* Adds `output` if the handler set none, as the Go worker does, and cuts values that are too large. */
static enum status finish_result(struct arena *arena, const struct json_value *result, struct json_value *finished)
{
    static const struct json_value success = {.type = JSON_STRING, .string = {.data = "success", .size = 7}};
    size_t count = result->type == JSON_OBJECT ? result->object.count : 0;
    if (count > 0 && json_get(result, TEXT("output")) != NULL)
        return action_result_cut(arena, result, finished);
    struct json_member *members = ARENA_ARRAY(arena, count + 1, struct json_member);
    if (members == NULL)
        return STATUS_BUDGET;
    for (size_t i = 0; i < count; i++)
        members[i] = result->object.members[i];
    members[count] = (struct json_member){.key = TEXT("output"), .value = success};
    const struct json_value completed = json_object(members, count + 1);
    return action_result_cut(arena, &completed, finished);
}

static void perform(const struct performance *performance, const struct action_type *type, struct template_notes *notes)
{
    struct json_value config, result = json_object(NULL, 0);
    struct error error = ERROR_IN(performance->arena);
    struct scope scope;
    const struct action_request *request = performance->request;
    fill_scope(performance->environment, request, &scope);
    enum status status = expand_config(performance->arena, type, &request->config, &scope.data, &config, notes, &error);
    if (status != STATUS_OK) {
        fail_handler(performance, ACTION_OUTCOME_REFUSED, error_failure(&error));
        return;
    }
    struct action_call call = make_call(performance);
    struct uuid idempotency_key = {0};
    call.idempotency_key = &idempotency_key;
    call.names = &scope.data;
    call.notes = notes;
    enum action_outcome outcome = type->perform(&call, performance->environment->services, &config, &result);
    outcome = action_check_outcome(&call, outcome, type->mode != ACTION_MODE_SYNC);
    if (call.reminder > 0)
        result = json_object(NULL, 0); /* a reminder has no answer to return */
    if (outcome == ACTION_OUTCOME_DONE && !action_mask_result(&call, &result))
        outcome = ACTION_OUTCOME_REFUSED;
    struct action_report *report = performance->report;
    *report = (struct action_report){.outcome = outcome, .failure_type = "", .stored_result = call.stored_result};
    switch (outcome) {
    case ACTION_OUTCOME_PENDING: break;
    case ACTION_OUTCOME_DONE:
        if (finish_result(performance->arena, &result, &report->result) != STATUS_OK)
            fail_handler(performance, ACTION_OUTCOME_REFUSED,
                         FAILURE_TEXT("the result is larger than the memory budget of this task"));
        break;
    case ACTION_OUTCOME_RETRY:
        fail_handler(performance, outcome, action_failure(&call));
        report->retry_delay_ms = call.retry_delay_ms;
        break;
    case ACTION_OUTCOME_REFUSED: fail_handler(performance, outcome, action_failure(&call)); break;
    }
}

void action_perform(const struct action_environment *environment, struct arena *arena,
                    const struct action_request *request, struct action_report *report)
{
    const struct performance performance = {
        .environment = environment, .arena = arena, .request = request, .report = report};
    const char *fault = request_fault(request);
    if (fault != NULL) {
        fail(&performance, ACTION_OUTCOME_REFUSED, "wrapError", "invalid input: ", failure_public(text_from(fault)));
        return;
    }
    const struct action_type *type = action_catalog_find(environment->catalog, request->action_type);
    if (type == NULL || type->perform == NULL || (environment->async && type->mode == ACTION_MODE_SYNC)) {
        fail(&performance, ACTION_OUTCOME_REFUSED, "", "no handler registered for type ",
             failure_public(request->action_type));
        return;
    }
    struct template_notes notes = {0};
    perform(&performance, type, &notes);
    report->notes = notes;
}
