/* Tools that draw: a rule, a run of it. */
#include "base/json_writer.h"
#include "base/limits.h"
#include "cli/graphviz.h"
#include "cli/mcp_tools.h"
#include "picture/picture.h"

#define FORMAT                                                                                                         \
    "\"format\":{\"enum\":[\"mermaid\",\"ascii\",\"dot\",\"svg\"],\"description\":\"mermaid unless it says "           \
    "otherwise; "                                                                                                      \
    "ascii is a tree for terminals\"}"
#define PICTURE_SCHEMA                                                                                                 \
    "{\"type\":\"object\",\"required\":[\"format\",\"picture\"],\"properties\":{\"format\":{\"type\":\"string\"},"     \
    "\"picture\":{\"type\":\"string\"}}}"

static bool write_svg(struct mcp_call *call, const struct picture *picture, struct buffer *output)
{
    struct error error = ERROR_IN(call->arena);
    struct buffer input = buffer_in(call->arena, LIMIT_PICTURE_BYTES);
    struct picture_layout layout;
    picture_write_layout_input(picture, &input);
    struct text graph = buffer_text(&input), answer;
    if (graph.data == NULL)
        return mcp_fail(call, "the picture does not fit in memory");
    enum status status = graphviz_layout(call->arena, graph.data, &answer, &error);
    if (status == STATUS_OK)
        status = picture_read_layout(picture, answer, &layout, &error);
    if (status != STATUS_OK)
        return mcp_fail_error(call, &error);
    picture_write_svg(picture, &layout, output);
    return true;
}

/* Draws in the form that the arguments name. */
static bool write_picture(struct mcp_call *call, const struct picture *picture)
{
    const char *named = mcp_argument_text(call, "format");
    struct text format = text_from(named != NULL ? named : "mermaid");
    struct buffer output = buffer_in(call->arena, LIMIT_PICTURE_BYTES);
    if (text_is(format, "mermaid"))
        picture_write_mermaid(picture, &output);
    else if (text_is(format, "ascii"))
        picture_write_tree(picture, false, &output);
    else if (text_is(format, "dot"))
        picture_write_dot(picture, &output);
    else if (!text_is(format, "svg"))
        return mcp_fail(call, "/format: expected mermaid, ascii, dot or svg, found \"%.*s\"", TEXT_ARG(format));
    else if (!write_svg(call, picture, &output))
        return false;
    struct text drawn = buffer_text(&output);
    if (drawn.data == NULL)
        return mcp_fail(call, "the picture does not fit in memory");
    struct json_writer json = {&call->result};
    json_begin_object(&json);
    json_member_text(&json, "format", format);
    json_member_text(&json, "picture", drawn);
    json_end_object(&json);
    return true;
}

static bool draw_graph(struct mcp_call *call, const struct graph *graph, const struct json_value *document,
                       const struct picture_run *shown)
{
    struct picture picture;
    struct error error = ERROR_IN(call->arena);
    if (picture_make(call->arena, graph, document, &action_catalog_all, shown, &picture, &error) != STATUS_OK)
        return mcp_fail_error(call, &error);
    return write_picture(call, &picture);
}

static bool draw_rule(void *userdata, struct mcp_call *call)
{
    static const struct mcp_argument known[] = {{"rule", JSON_OBJECT}, {"file", JSON_STRING}, {"format", JSON_STRING}};
    (void)userdata;
    struct json_value rule;
    struct graph graph;
    struct error error = ERROR_IN(call->arena);
    if (!mcp_check_arguments(call, known, 3) || !mcp_read_json(call, "rule", "file", &rule))
        return false;
    const struct json_value *inner = json_get_lenient(&rule, TEXT("graph"));
    struct text pointer = inner != NULL ? TEXT("/graph") : TEXT("");
    if (graph_read(call->arena, call->arena, inner != NULL ? inner : &rule, pointer, &graph, NULL, &error) != STATUS_OK)
        return mcp_fail(call, "%.*s; validate_rule says where", TEXT_ARG(error.message));
    return draw_graph(call, &graph, &rule, NULL);
}

static bool draw_folded(struct mcp_call *call, const struct history_json *history, struct picture_run *shown,
                        struct run *run)
{
    struct error error = ERROR_IN(call->arena);
    struct json_value document = json_null();
    if (run_fold(run, history->events, history->count, &shown->summary, &error) != STATUS_OK)
        return mcp_fail_error(call, &error);
    run_skip_inactive(run);
    if (run_graph(run) == NULL)
        return mcp_fail(call, "the run has no graph: %.*s", TEXT_ARG(shown->summary.failure));
    if (json_read(call->arena, history->events[0].payload, &document, NULL) != STATUS_OK)
        document = json_null();
    shown->run = run;
    shown->event_count = history->count;
    for (size_t i = 0; i < history->count; i++) {
        shown->task_count += history->events[i].kind == EVENT_TASK_STARTED;
        shown->activity_count += history->events[i].kind == EVENT_ACTIVITY_SCHEDULED;
    }
    return draw_graph(call, run_graph(run), &document, shown);
}

static bool draw_run(void *userdata, struct mcp_call *call)
{
    static const struct mcp_argument known[] = {
        {"file", JSON_STRING}, {"history", JSON_OBJECT}, {"workflow_id", JSON_STRING}, {"format", JSON_STRING}};
    static const struct run_policy policy = {.catalog = &action_catalog_all, .local = true};
    struct history_json history;
    if (!mcp_check_arguments(call, known, 4) || !mcp_read_history(userdata, call, &history))
        return false;
    struct picture_run shown = {0};
    struct run *run = run_new(&policy);
    bool good = run != NULL ? draw_folded(call, &history, &shown, run) : mcp_fail(call, "out of memory");
    run_free(run);
    return good;
}

const struct mcp_tool mcp_draw_rule = {
    .name = "draw_rule",
    .title = "Draw a rule",
    .description = "A picture of a rule for people to look at.",
    .input_schema =
        "{\"type\":\"object\",\"properties\":{" MCP_RULE_SOURCE "," FORMAT "},\"additionalProperties\":false}",
    .output_schema = PICTURE_SCHEMA,
    .call = draw_rule,
};

const struct mcp_tool mcp_draw_run = {
    .name = "draw_run",
    .title = "Draw a run",
    .description = "A picture of a run on its rule: what each action has done, how long it took, what failed.",
    .input_schema =
        "{\"type\":\"object\",\"properties\":{" MCP_RUN_SOURCE "," FORMAT "},\"additionalProperties\":false}",
    .output_schema = PICTURE_SCHEMA,
    .open_world = true,
    .call = draw_run,
};
