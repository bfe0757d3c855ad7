/* Resumes one run. */
#include "runs/resume_run.h"

#include "base/json_writer.h"
#include "engine/names.h"
#include "runs/run_summary.h"
#include "temporal/client_runs.h"

const char *resume_outcome_name(enum resume_outcome outcome)
{
    static const char *const names[RESUME_OUTCOMES] = {"resumed", "would resume", "skipped", "refused", "failed"};
    return names[outcome];
}

/* Under way with one run. */
struct resuming {
    struct blocking_client *temporal;
    const struct resume_options *options;
    struct resume_result *result;
    struct described_run run; /* the newest of the workflow */
};

static void end(struct resuming *resuming, enum resume_outcome outcome, struct text reason)
{
    resuming->result->outcome = outcome;
    resuming->result->reason = reason.data != NULL ? reason : TEXT("out of memory");
}

/* What the server says of this run alone is no failure of the command. */
static void end_by_server(struct resuming *resuming)
{
    const struct client_result *answer = &resuming->temporal->result;
    bool final = answer->fault != CLIENT_FAULT_RPC || answer->code == RPC_NOT_FOUND ||
                 answer->code == RPC_INVALID_ARGUMENT || answer->code == RPC_FAILED_PRECONDITION;
    end(resuming, final ? RESUME_REFUSED : RESUME_FAILED, answer->message);
}

static void described(void *userdata, const struct described_run *description, const struct client_result *result)
{
    struct resuming *resuming = userdata;
    blocking_client_done(resuming->temporal, result);
    if (description != NULL)
        resuming->run = *description;
}

/* Whether the latest request succeeded. Without, the result says why. */
static bool is_answered(struct resuming *resuming)
{
    blocking_client_finish(resuming->temporal);
    if (resuming->temporal->result.code == RPC_OK)
        return true;
    end_by_server(resuming);
    return false;
}

static bool find_newest(struct resuming *resuming, struct text workflow_id, struct text run_id)
{
    struct blocking_client *temporal = resuming->temporal;
    client_describe_run(temporal->client, workflow_id, TEXT_NONE, temporal->arena, described, resuming);
    if (!is_answered(resuming))
        return false;
    const struct run_info *newest = &resuming->run.run;
    if (!text_equal(newest->run_id, run_id)) {
        end(resuming, RESUME_SKIPPED,
            arena_print(temporal->arena, "the workflow has a newer run, %.*s, which is %s", TEXT_ARG(newest->run_id),
                        run_close_name(newest->close)));
        return false;
    }
    resuming->result->close = newest->close;
    return true;
}

static bool make_plan(struct resuming *resuming)
{
    struct blocking_client *temporal = resuming->temporal;
    const struct resume_options *options = resuming->options;
    client_read_workflow(temporal->client, resuming->result->workflow_id, resuming->run.run.run_id, false,
                         temporal->arena, blocking_client_history_done, temporal);
    if (!is_answered(resuming))
        return false;
    if (temporal->history == NULL) {
        end(resuming, RESUME_REFUSED, TEXT("out of memory"));
        return false;
    }
    const struct resume_request request = {
        .run_id = resuming->run.run.run_id,
        .from = options->from,
        .corrections = options->corrections,
        .correction_count = options->correction_count,
        .rule = options->rule,
        .force = options->force,
    };
    struct error error = ERROR_IN(temporal->arena);
    if (resume_plan_make(temporal->arena, &action_catalog_all, temporal->history->events,
                         temporal->history->event_count, &request, &resuming->result->plan, &error) == STATUS_OK)
        return true;
    end(resuming, RESUME_REFUSED, error.message);
    return false;
}

static void start(struct resuming *resuming)
{
    struct blocking_client *temporal = resuming->temporal;
    struct resume_result *result = resuming->result;
    const struct event_start *began = result->plan.start->start;
    const struct workflow_start request = {
        .workflow_id = result->workflow_id,
        .workflow_type = TEXT(WORKFLOW_TYPE),
        .task_queue = resuming->run.run.task_queue,
        .input = result->plan.input,
        .resumes = resuming->run.run.run_id,
        .settings = began != NULL ? began->settings : TEXT_NONE,
        .execution_timeout_ms = resuming->run.execution_timeout_ms,
    };
    client_start_workflow(temporal->client, &request, temporal->arena, blocking_client_done, temporal);
    blocking_client_finish(temporal);
    if (temporal->result.code == RPC_OK) {
        result->outcome = RESUME_DONE;
        result->new_run_id = temporal->result.message;
    } else if (temporal->result.code == RPC_ALREADY_EXISTS) {
        end(resuming, RESUME_SKIPPED, TEXT("the workflow has a newer run"));
    } else {
        end_by_server(resuming);
    }
}

void resume_run(struct blocking_client *temporal, const struct resume_options *options, struct text workflow_id,
                struct text run_id, struct resume_result *result)
{
    struct resuming resuming = {.temporal = temporal, .options = options, .result = result};
    *result = (struct resume_result){.workflow_id = workflow_id, .run_id = run_id};
    if (!find_newest(&resuming, workflow_id, run_id) || !make_plan(&resuming))
        return;
    if (options->dry)
        result->outcome = RESUME_PLANNED;
    else
        start(&resuming);
}

static void write_names(struct json_writer *json, const char *key, const struct resume_plan *plan,
                        enum resume_part part)
{
    json_key(json, key);
    json_begin_array(json);
    for (size_t i = 0; i < plan->action_count; i++)
        if (resume_action_is(&plan->actions[i], part))
            json_put_text(json, plan->actions[i].name);
    json_end_array(json);
}

void resume_result_write_json(struct buffer *buffer, const struct resume_result *result)
{
    struct json_writer json = {buffer};
    bool planned = result->outcome == RESUME_DONE || result->outcome == RESUME_PLANNED;
    json_begin_object(&json);
    json_member_text(&json, "workflow_id", result->workflow_id);
    json_member_text(&json, "run_id", result->run_id);
    json_member_string(&json, "outcome", resume_outcome_name(result->outcome));
    if (result->new_run_id.size > 0)
        json_member_text(&json, "new_run_id", result->new_run_id);
    if (result->reason.size > 0)
        json_member_text(&json, "reason", result->reason);
    if (planned) {
        write_names(&json, "keeps", &result->plan, RESUME_KEEPS);
        write_names(&json, "starts", &result->plan, RESUME_STARTS);
    }
    json_end_object(&json);
    buffer_add_byte(buffer, '\n');
}
