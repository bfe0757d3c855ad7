/* Performs an action and logs the warnings of its templates. */
#include "worker/logged_action.h"

struct log_context action_log_context(const struct log_context *run, const struct action_request *request)
{
    struct log_context context = run != NULL ? *run : (struct log_context){0};
    context.rule_id = request->rule_id;
    context.rule_name = request->rule_name;
    context.execution_id = request->execution_id;
    context.action_id = request->action_id;
    context.action_name = request->action_name;
    context.action_type = request->action_type;
    return context;
}

void logged_action_perform(const struct action_environment *environment, struct arena *arena,
                           const struct action_request *request, struct action_report *report)
{
    const struct log_context *before = log_get_context(), context = action_log_context(before, request);
    (void)log_set_context(&context);
    action_perform(environment, arena, request, report);
    for (size_t i = 0; i < report->notes.warning_count; i++)
        log_line(LOG_WARN, "Template warning", LOG_FAILURE("warning", report->notes.warnings[i]));
    (void)log_set_context(before);
}
