/* Reports why a name is or may be absent. */
#include "check/check_internal.h"

/* One report. */
struct report {
    struct checker *checker;
    const struct binding *binding;
    struct text name;
    enum check_use use;
    const struct check_path *path;
    size_t column;
};

#define REPORT(report_, severity_, code_, ...)                                                                         \
    check_fault_add((report_)->checker->faults, (severity_), (code_), (report_)->path, (report_)->column, __VA_ARGS__)

static bool is_of_condition(const struct report *report)
{
    return report->use == CHECK_USE_FIELD || report->use == CHECK_USE_EXISTENCE;
}

/* The end of a message about a value that may be absent: what to do about it. */
static const char *remedy(const struct report *report)
{
    return is_of_condition(report) ? "; it is null then" : "; add '| default:...' for that case";
}

/* Whether a value that may be absent is reported, and how severely. It is not a fault when a template has a default for
   it, or a condition tests whether it exists. */
static bool may_be_absent(const struct report *report, enum check_severity *severity)
{
    *severity = is_of_condition(report) ? CHECK_NOTE : CHECK_WARNING;
    return report->use != CHECK_USE_DEFAULT && report->use != CHECK_USE_EXISTENCE;
}

static struct text action_name(const struct report *report, uint32_t action)
{
    return report->checker->scope->graph->actions[action].name;
}

static void report_unknown(const struct report *report)
{
    struct checker *checker = report->checker;
    const struct scope *scope = checker->scope;
    bool condition = is_of_condition(report);
    struct text nearest = scope_suggest(checker->scope, checker->action, condition ? SCOPE_CONDITION : SCOPE_TEMPLATE,
                                        report->binding, report->name, checker->scratch);
    bool lenient = report->use == CHECK_USE_DEFAULT || report->use == CHECK_USE_EXISTENCE;
    if (nearest.data == NULL && lenient)
        return;
    bool sure = scope->trigger != NULL && !lenient && !(condition && nearest.data == NULL);
    struct text where = TEXT("a field of trigger_data");
    if (scope->trigger == NULL && scope->options->entity != NULL)
        where = arena_print(checker->scratch, "a column of %s", scope->options->entity->name);
    REPORT(report, sure ? CHECK_ERROR : CHECK_WARNING, "unknown_variable",
           "unknown %s '%.*s': it is neither %.*s nor the result of an action that leads here%.*s",
           condition ? "field" : "variable", TEXT_ARG(report->name), TEXT_ARG(where),
           TEXT_ARG(check_advice(checker->scratch, nearest)));
}

static void report_member(const struct report *report, enum check_severity severity)
{
    struct checker *checker = report->checker;
    const struct binding *binding = report->binding;
    struct text nearest =
        scope_suggest(checker->scope, checker->action, SCOPE_TEMPLATE, binding, report->name, checker->scratch);
    REPORT(report, severity, "unknown_field", "%s'%.*s' has no field '%.*s'%.*s",
           binding->whole.inside == INSIDE_RESULT ? "the result of " : "", TEXT_ARG(binding->head),
           TEXT_ARG(binding->missing), TEXT_ARG(check_advice(checker->scratch, nearest)));
}

/* Reports a name that may be a field of the trigger but may also be a misspelled path into a result or a misspelled
   column of the entity. */
static void report_not_known(const struct report *report)
{
    struct checker *checker = report->checker;
    const struct entity_type *entity = checker->scope->options->entity;
    struct text nearest =
        scope_suggest(checker->scope, checker->action, SCOPE_TEMPLATE, report->binding, report->name, checker->scratch);
    if (nearest.data == NULL)
        return;
    if (entity != NULL)
        REPORT(report, CHECK_WARNING, "unknown_variable",
               "'%.*s' is neither a known column of %s nor the result of an action that leads here%.*s",
               TEXT_ARG(report->name), entity->name, TEXT_ARG(check_advice(checker->scratch, nearest)));
    else
        REPORT(report, CHECK_WARNING, "unknown_variable",
               "'%.*s' is not the result of an action that leads here; it must be a field of the trigger%.*s",
               TEXT_ARG(report->name), TEXT_ARG(check_advice(checker->scratch, nearest)));
}

/* Reports the result of an action that is never there. */
static void report_result(const struct report *report, enum check_severity severity)
{
    struct text source = action_name(report, report->binding->action);
    switch (report->binding->absence) {
    case ABSENCE_SELF:
        REPORT(report, severity, "own_result", "'%.*s' is this action itself: its result is not there before it ends",
               TEXT_ARG(source));
        break;
    case ABSENCE_LATER:
        REPORT(report, severity, "runs_later",
               "'%.*s' runs after this action: its result is not there yet; read it in an action after '%.*s'",
               TEXT_ARG(source), TEXT_ARG(source));
        break;
    case ABSENCE_ELSEWHERE:
        REPORT(report, severity, "other_branch",
               "no path leads from '%.*s' to this action, which cannot read its result; add an edge that makes it "
               "wait for '%.*s'",
               TEXT_ARG(source), TEXT_ARG(source));
        break;
    case ABSENCE_INACTIVE:
        REPORT(report, severity, "inactive_result", "'%.*s' is not active, so it has no result", TEXT_ARG(source));
        break;
    default: REPORT(report, severity, "never_runs", "'%.*s' never runs, so it has no result", TEXT_ARG(source)); break;
    }
}

/* Reports a member that the result lacks because the action has failed wherever this action runs. */
static void report_failed(const struct report *report, enum check_severity severity)
{
    struct text source = action_name(report, report->binding->action);
    if (report->binding->shape.forms == SHAPE_ABSENT)
        REPORT(report, severity, "failed_result",
               "'%.*s' has failed where this action runs: its result has no '%.*s', only 'output' and 'error'",
               TEXT_ARG(source), TEXT_ARG(report->binding->missing));
    else if (may_be_absent(report, &severity))
        REPORT(report, severity, "may_be_absent",
               "'%.*s' may be absent: '%.*s' has failed where this action runs, which leaves only 'output' and "
               "'error'%s",
               TEXT_ARG(report->name), TEXT_ARG(source), remedy(report));
}

static void report_not_always(const struct report *report, enum check_severity severity)
{
    const struct checker *checker = report->checker;
    uint32_t source = report->binding->action;
    const struct run_condition *missing = run_conditions_missing(&checker->scope->conditions, checker->action, source);
    struct text name = action_name(report, source);
    if (missing->action == UINT32_MAX)
        REPORT(report, severity, "may_be_absent",
               "'%.*s' may be absent: '%.*s' does not run on every path to this action%s", TEXT_ARG(report->name),
               TEXT_ARG(name), remedy(report));
    else if (missing->output.data == NULL)
        REPORT(report, severity, "may_be_absent", "'%.*s' may be absent: '%.*s' runs only when '%.*s' does not fail%s",
               TEXT_ARG(report->name), TEXT_ARG(name), TEXT_ARG(action_name(report, missing->action)), remedy(report));
    else
        REPORT(report, severity, "may_be_absent",
               "'%.*s' may be absent: '%.*s' runs only when '%.*s' ends with '%.*s'%s", TEXT_ARG(report->name),
               TEXT_ARG(name), TEXT_ARG(action_name(report, missing->action)), TEXT_ARG(missing->output),
               remedy(report));
}

/* Reports a value that is or may be absent only in some runs. */
static void report_sometimes(const struct report *report)
{
    const struct binding *binding = report->binding;
    enum check_severity severity;
    if (!may_be_absent(report, &severity))
        return;
    switch (binding->absence) {
    case ABSENCE_NOT_ALWAYS: report_not_always(report, severity); break;
    case ABSENCE_OPTIONAL:
        REPORT(report, severity, "may_be_absent", "'%.*s' may be absent: the field '%.*s' is optional%s",
               TEXT_ARG(report->name), TEXT_ARG(binding->missing), remedy(report));
        break;
    case ABSENCE_MAY_FAIL:
        REPORT(report, severity, "may_be_absent",
               "'%.*s' may be absent: '%.*s' may have failed and then has no '%.*s'%s", TEXT_ARG(report->name),
               TEXT_ARG(action_name(report, binding->action)), TEXT_ARG(binding->missing), remedy(report));
        break;
    case ABSENCE_MAY_SUCCEED:
        REPORT(report, severity, "may_be_absent", "'%.*s' may be absent: '%.*s' has an error only when it fails%s",
               TEXT_ARG(report->name), TEXT_ARG(action_name(report, binding->action)), remedy(report));
        break;
    case ABSENCE_FEWER:
        REPORT(report, severity, "may_be_absent", "'%.*s' may be absent: '%.*s' may have fewer items%s",
               TEXT_ARG(report->name), TEXT_ARG(binding->head), remedy(report));
        break;
    case ABSENCE_UNSURE:
        REPORT(report, severity, "may_be_absent", "'%.*s' may be absent: what '%.*s' holds is not known%s",
               TEXT_ARG(report->name), TEXT_ARG(binding->head), remedy(report));
        break;
    case ABSENCE_NO_VALUE:
        REPORT(report, severity, "may_be_absent", "'%.*s' may be absent: this trigger_data has no '%.*s'%s",
               TEXT_ARG(report->name), TEXT_ARG(binding->head), remedy(report));
        break;
    case ABSENCE_NO_USER:
        REPORT(report, severity, "may_be_absent", "'$me' may be absent: this trigger_data has no user_id%s",
               remedy(report));
        break;
    default:
        REPORT(report, severity, "may_be_absent", "'%.*s' may be absent%s", TEXT_ARG(report->name), remedy(report));
        break;
    }
}

static void report_change(const struct report *report)
{
    const struct scope *scope = report->checker->scope;
    enum check_severity severity;
    struct text field = text_slice(report->binding->head, 4, report->binding->head.size);
    if (!may_be_absent(report, &severity))
        return;
    if (scope_event(scope).data != NULL && !scope_is_update(scope))
        REPORT(report, CHECK_ERROR, "no_change", "'%.*s' is there only in updates, and this event is %.*s",
               TEXT_ARG(report->name), TEXT_ARG(scope_event(scope)));
    else
        REPORT(report, severity, "no_change",
               "'%.*s' is there only when an update changes '%.*s', which this trigger_data does not%s",
               TEXT_ARG(report->name), TEXT_ARG(field), remedy(report));
}

bool check_binding(struct checker *checker, const struct binding *binding, struct text name, enum check_use use,
                   const struct check_path *path, size_t column)
{
    const struct report report = {
        .checker = checker, .binding = binding, .name = name, .use = use, .path = path, .column = column};
    bool never = binding->shape.forms == SHAPE_ABSENT;
    /* With a default, or when something else has the name, the run works without it. */
    enum check_severity severity = never && use != CHECK_USE_DEFAULT ? CHECK_ERROR : CHECK_WARNING;
    switch (binding->absence) {
    case ABSENCE_NO: return true;
    case ABSENCE_NOT_KNOWN: report_not_known(&report); return true;
    case ABSENCE_NO_NAME: report_unknown(&report); break;
    case ABSENCE_NO_MEMBER: report_member(&report, severity); break;
    case ABSENCE_NO_OBJECT:
        REPORT(&report, severity, "no_object", "'%.*s' is %.*s and has no field '%.*s'", TEXT_ARG(binding->head),
               TEXT_ARG(shape_describe(checker->scratch, binding->whole.forms)), TEXT_ARG(binding->missing));
        break;
    case ABSENCE_NO_ITEM:
        REPORT(&report, severity, "unknown_field", "'%.*s' has no item %.*s", TEXT_ARG(binding->head),
               TEXT_ARG(binding->missing));
        break;
    case ABSENCE_NO_LIST:
        REPORT(&report, severity, "no_object", "'%.*s' is %.*s and has no items", TEXT_ARG(binding->head),
               TEXT_ARG(shape_describe(checker->scratch, binding->whole.forms)));
        break;
    case ABSENCE_SELF:
    case ABSENCE_LATER:
    case ABSENCE_ELSEWHERE:
    case ABSENCE_INACTIVE:
    case ABSENCE_NEVER_RUNS: report_result(&report, severity); break;
    case ABSENCE_FAILED: report_failed(&report, severity); break;
    case ABSENCE_MAY_FAIL:
    case ABSENCE_MAY_SUCCEED:
    case ABSENCE_FEWER:
    case ABSENCE_NOT_ALWAYS:
    case ABSENCE_OPTIONAL:
    case ABSENCE_UNSURE:
    case ABSENCE_NO_VALUE:
    case ABSENCE_NO_USER: report_sometimes(&report); break;
    case ABSENCE_NO_CHANGE: report_change(&report); break;
    case ABSENCE_NO_BUILTIN:
        REPORT(&report, CHECK_ERROR, "unknown_variable", "unknown name '%.*s': there are $now and $me", TEXT_ARG(name));
        break;
    case ABSENCE_TEMPLATE_ONLY:
        REPORT(&report, CHECK_ERROR, "template_only", "'%.*s' can be read in templates, not in conditions",
               TEXT_ARG(name));
        break;
    }
    return !never;
}
