/* Tools that draw: a rule, a run of it. */
#include "agents/mcp_tools.h"
#include "authoring/graphviz.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "runs/run_picture.h"

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
    struct picture picture;
    if (picture_make(call->arena, &graph, &rule, &action_catalog_all, NULL, &picture, &error) != STATUS_OK)
        return mcp_fail_error(call, &error);
    return write_picture(call, &picture);
}

static bool draw_folded(struct mcp_call *call, const struct history_json *history, struct run_picture *run)
{
    struct error error = ERROR_IN(call->arena);
    struct picture picture;
    if (run_picture_read(run, call->arena, history->events, history->count, &error) != STATUS_OK)
        return mcp_fail_error(call, &error);
    if (!run_picture_has_graph(run))
        return mcp_fail(call, "the run has no graph: %.*s", TEXT_ARG(run->shown.summary.failure));
    if (run_picture_draw(run, NULL, call->arena, &picture, &error) != STATUS_OK)
        return mcp_fail_error(call, &error);
    return write_picture(call, &picture);
}

static bool draw_run(void *userdata, struct mcp_call *call)
{
    static const struct mcp_argument known[] = {
        {"file", JSON_STRING}, {"history", JSON_OBJECT}, {"workflow_id", JSON_STRING}, {"format", JSON_STRING}};
    struct history_json history;
    if (!mcp_check_arguments(call, known, 4) || !mcp_read_history(userdata, call, &history))
        return false;
    struct run_picture run = {0};
    bool good = draw_folded(call, &history, &run);
    run_picture_close(&run);
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
