/* draw: a picture of a rule, or of a run of it. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authoring/graphviz.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "console/input_file.h"
#include "console/terminal.h"
#include "runs/run_picture.h"
#include "runs/server_history.h"

/* So many actions take Graphviz seconds. */
#define LARGE_PICTURE 500

enum format { FORMAT_UNKNOWN, FORMAT_ASCII, FORMAT_MERMAID, FORMAT_DOT, FORMAT_SVG };

static const struct {
    const char *name, *ending;
} formats[] = {
    [FORMAT_ASCII] = {"ascii", ".txt"},
    [FORMAT_MERMAID] = {"mermaid", ".mmd"},
    [FORMAT_DOT] = {"dot", ".dot"},
    [FORMAT_SVG] = {"svg", ".svg"},
};
enum { FORMAT_COUNT = sizeof formats / sizeof formats[0] };

struct drawing {
    const struct cli_command *command;
    struct arena *arena;
    const char *rule, *history, *output, *colour; /* files; NULL when absent */
    const char *workflow_id, *run_id;             /* NULL when absent */
    enum format format;
    enum cli_exit failure; /* how to end when a step fails, which reports why */

    struct json_value document; /* of the rule */
    struct graph graph;         /* of the rule */
    struct run_picture run;     /* closed when no run is shown */
    struct picture picture;
};

/* ---- the rule ---- */

static void print_faults(const struct drawing *drawing, const struct graph_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        if (!faults->items[i].warning)
            fprintf(stderr, "%s: %.*s: error: %.*s\n", input_file_name(drawing->rule),
                    TEXT_ARG(faults->items[i].pointer), TEXT_ARG(faults->items[i].message));
}

static bool read_rule(struct drawing *drawing)
{
    struct error error = ERROR_IN(drawing->arena);
    if (input_file_read_json(drawing->arena, drawing->rule, &drawing->document, &error) != STATUS_OK) {
        cli_fail(drawing->command, "%.*s", TEXT_ARG(error.message));
        return false;
    }
    const struct json_value *graph = json_get_lenient(&drawing->document, TEXT("graph"));
    struct text pointer = graph != NULL ? TEXT("/graph") : TEXT("");
    struct graph_faults faults = {.arena = drawing->arena};
    enum status status = graph_read(drawing->arena, drawing->arena, graph != NULL ? graph : &drawing->document, pointer,
                                    &drawing->graph, &faults, &error);
    if (status == STATUS_OK)
        return true;
    print_faults(drawing, &faults);
    cli_fail(drawing->command, status == STATUS_INVALID ? "%s is not a good rule: nothing was drawn" : "%s: %.*s",
             input_file_name(drawing->rule), TEXT_ARG(error.message));
    return false;
}

/* ---- the run ---- */

static bool read_history_file(struct drawing *drawing, struct history_json *history)
{
    struct error error = ERROR_IN(drawing->arena);
    struct text content;
    enum status status = input_file_read(drawing->arena, drawing->history, LIMIT_JSON_BYTES, &content, &error);
    if (status != STATUS_OK) {
        cli_fail(drawing->command, "%.*s", TEXT_ARG(error.message));
        return false;
    }
    if (history_json_read(drawing->arena, content, history, &error) == STATUS_OK)
        return true;
    cli_fail(drawing->command, "%s: %.*s: %.*s", input_file_name(drawing->history), TEXT_ARG(error.where),
             TEXT_ARG(error.message));
    return false;
}

static bool fetch_history(struct drawing *drawing, struct history_json *history)
{
    drawing->failure =
        server_history_read(drawing->command, drawing->arena, drawing->workflow_id, drawing->run_id, history);
    if (drawing->failure != CLI_SUCCESS)
        return false;
    drawing->failure = CLI_FAILURE;
    return true;
}

static bool fold_history(struct drawing *drawing, const struct history_json *history)
{
    struct error error = ERROR_IN(drawing->arena);
    if (run_picture_read(&drawing->run, drawing->arena, history->events, history->count, &error) != STATUS_OK) {
        cli_fail(drawing->command, "the history cannot be read: %.*s%s%.*s", TEXT_ARG(error.where),
                 error.where.size > 0 ? ": " : "", TEXT_ARG(error.message));
        return false;
    }
    if (!run_picture_has_graph(&drawing->run)) {
        cli_fail(drawing->command, "the run has no graph: %.*s", TEXT_ARG(drawing->run.shown.summary.failure));
        return false;
    }
    if (drawing->rule != NULL)
        drawing->run.document = drawing->document;
    return true;
}

static void warn_of_other_actions(const struct drawing *drawing)
{
    size_t count = run_action_count(drawing->run.run), others = 0;
    for (size_t i = 0; i < count; i++) {
        struct run_action action;
        run_action_at(drawing->run.run, i, &action);
        others += graph_find(&drawing->graph, action.id) == UINT32_MAX;
    }
    if (others > 0)
        fprintf(stderr, PROGRAM " draw: warning: %zu of the run's %zu actions are not in %s\n", others, count,
                input_file_name(drawing->rule));
}

static bool read_run(struct drawing *drawing)
{
    struct history_json history;
    if (drawing->history == NULL && drawing->workflow_id == NULL)
        return true;
    if (!(drawing->history != NULL ? read_history_file(drawing, &history) : fetch_history(drawing, &history)) ||
        !fold_history(drawing, &history))
        return false;
    if (drawing->rule != NULL)
        warn_of_other_actions(drawing);
    return true;
}

/* ---- drawing ---- */

static enum status write_svg(struct drawing *drawing, struct buffer *output, struct error *error)
{
    struct buffer input = buffer_in(drawing->arena, LIMIT_PICTURE_BYTES);
    picture_write_layout_input(&drawing->picture, &input);
    struct text graph = buffer_text(&input), answer;
    if (graph.data == NULL)
        return error_budget(error);
    struct picture_layout layout;
    if (drawing->picture.node_count >= LARGE_PICTURE && isatty(STDERR_FILENO))
        fprintf(stderr, PROGRAM " draw: placing %u actions\n", drawing->picture.node_count);
    enum status status = graphviz_layout(drawing->arena, graph.data, &answer, error);
    if (status == STATUS_OK)
        status = picture_read_layout(&drawing->picture, answer, &layout, error);
    if (status == STATUS_OK)
        picture_write_svg(&drawing->picture, &layout, output);
    return status;
}

static bool is_coloured(const struct drawing *drawing)
{
    if (drawing->colour != NULL && strcmp(drawing->colour, "auto") != 0)
        return strcmp(drawing->colour, "always") == 0;
    return drawing->output == NULL && terminal_is_coloured();
}

static enum status write_picture(struct drawing *drawing, struct buffer *output, struct error *error)
{
    switch (drawing->format) {
    case FORMAT_MERMAID: picture_write_mermaid(&drawing->picture, output); return STATUS_OK;
    case FORMAT_DOT: picture_write_dot(&drawing->picture, output); return STATUS_OK;
    case FORMAT_SVG: return write_svg(drawing, output, error);
    default: picture_write_tree(&drawing->picture, is_coloured(drawing), output); return STATUS_OK;
    }
}

static enum cli_exit save(const struct drawing *drawing, struct text text)
{
    if (drawing->output == NULL) {
        cli_print(text);
        return cli_finish(drawing->command, CLI_SUCCESS);
    }
    FILE *file = fopen(drawing->output, "w");
    bool written = file != NULL && fwrite(text.data, 1, text.size, file) == text.size;
    int fault = errno;
    if (file != NULL && fclose(file) != 0 && written) {
        written = false;
        fault = errno;
    }
    return written ? CLI_SUCCESS
                   : cli_fail(drawing->command, "cannot write %s: %s", drawing->output, strerrordesc_np(fault));
}

static enum cli_exit draw(struct drawing *drawing)
{
    if ((drawing->rule != NULL && !read_rule(drawing)) || !read_run(drawing))
        return drawing->failure;
    struct error error = ERROR_IN(drawing->arena);
    struct buffer output = buffer_in(drawing->arena, LIMIT_PICTURE_BYTES);
    const struct graph *graph = drawing->rule != NULL ? &drawing->graph : NULL;
    enum status status = drawing->run.run != NULL
                             ? run_picture_draw(&drawing->run, graph, drawing->arena, &drawing->picture, &error)
                             : picture_make(drawing->arena, graph, &drawing->document, &action_catalog_all, NULL,
                                            &drawing->picture, &error);
    if (status == STATUS_OK)
        status = write_picture(drawing, &output, &error);
    if (status != STATUS_OK)
        return cli_fail(drawing->command, "%.*s", TEXT_ARG(error.message));
    struct text text = buffer_text(&output);
    return text.data != NULL
               ? save(drawing, text)
               : cli_fail(drawing->command, "the picture does not fit in memory: choose another --format");
}

/* ---- the command ---- */

static enum format format_named(const char *name)
{
    for (int i = FORMAT_ASCII; i < FORMAT_COUNT; i++)
        if (strcmp(formats[i].name, name) == 0)
            return (enum format)i;
    return FORMAT_UNKNOWN;
}

/* By the ending of the file that the picture goes to. */
static enum format format_of_output(const char *output)
{
    for (int i = FORMAT_ASCII; i < FORMAT_COUNT && output != NULL; i++)
        if (text_ends(text_from(output), text_from(formats[i].ending)))
            return (enum format)i;
    return FORMAT_ASCII;
}

static bool is_colour(const char *word)
{
    return strcmp(word, "auto") == 0 || strcmp(word, "always") == 0 || strcmp(word, "never") == 0;
}

static enum cli_exit check_usage(struct drawing *drawing, int argc, char **argv)
{
    if (argc - optind > 1)
        return cli_usage_error(drawing->command, "one file at a time");
    drawing->rule = argv[optind];
    if (drawing->rule == NULL && drawing->history == NULL && drawing->workflow_id == NULL)
        return cli_usage_error(drawing->command, "which file?");
    if (drawing->history != NULL && drawing->workflow_id != NULL)
        return cli_usage_error(drawing->command, "--history and --workflow-id exclude each other");
    if (drawing->run_id != NULL && drawing->workflow_id == NULL)
        return cli_usage_error(drawing->command, "--run-id of which --workflow-id?");
    if (drawing->format == FORMAT_UNKNOWN)
        drawing->format = format_of_output(drawing->output);
    return CLI_SUCCESS;
}

static const struct option options[] = {
    {"format", required_argument, NULL, 'f'},  {"output", required_argument, NULL, 'o'},
    {"history", required_argument, NULL, 'y'}, {"workflow-id", required_argument, NULL, 'w'},
    {"run-id", required_argument, NULL, 'r'},  {"color", required_argument, NULL, 'c'},
    {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    struct drawing drawing = {.command = command, .arena = arena, .failure = CLI_FAILURE, .document = json_null()};
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'f':
            drawing.format = format_named(optarg);
            if (drawing.format == FORMAT_UNKNOWN)
                return cli_usage_error(command, "--format is ascii, mermaid, dot or svg, not '%s'", optarg);
            break;
        case 'o': drawing.output = optarg; break;
        case 'y': drawing.history = optarg; break;
        case 'w': drawing.workflow_id = optarg; break;
        case 'r': drawing.run_id = optarg; break;
        case 'c':
            if (!is_colour(optarg))
                return cli_usage_error(command, "--color is auto, always or never, not '%s'", optarg);
            drawing.colour = optarg;
            break;
        default: return cli_option_end(command, option);
        }
    }
    enum cli_exit code = check_usage(&drawing, argc, argv);
    if (code == CLI_SUCCESS)
        code = draw(&drawing);
    run_picture_close(&drawing.run);
    return code;
}

const struct cli_command command_draw = {
    .name = "draw",
    .synopsis = "[FILE] [--history FILE | --workflow-id ID [--run-id ID]] [--format FORMAT] [--output FILE]",
    .summary = "Draw a rule, or a run of it",
    .help = "FILE is a WorkflowInput or a bare graph in JSON; - is stdin. Without FILE the graph is that of the run.\n"
            "A run shows the state of each action, its output, duration, attempts and error, and the edges taken.\n"
            "\n"
            "Options:\n"
            "  --history FILE      the run of a history, as 'temporal workflow show --output json' prints it\n"
            "  --workflow-id ID    the newest run of a workflow, from the server\n"
            "  --run-id ID         another run of that workflow\n"
            "  --format FORMAT     ascii (a tree of lines, the default), mermaid, dot, or svg, which needs Graphviz's\n"
            "                      library libgvc6; by default as the ending of --output says: .txt, .mmd, .dot, .svg\n"
            "  --output FILE       where the picture goes, instead of stdout\n"
            "  --color WHEN        auto, always or never, for ascii\n"
            "\n"
            "Examples:\n"
            "  " PROGRAM " draw examples/release-paid-order.json\n"
            "  " PROGRAM " draw examples/release-paid-order.json --output rule.svg\n"
            "  " PROGRAM " draw --workflow-id workflow-...\n"
            "  temporal workflow show -w workflow-... --output json | " PROGRAM " draw --history - --format mermaid\n"
            "\n"
            "The settings are read only with --workflow-id.\n"
            "\n"
            "Exit code: 0 drawn, 1 not drawn, 2 wrong usage or settings.\n",
    .settings = SETTINGS_TEMPORAL | SETTINGS_LOG,
    .arena_bytes = MIB(4096),
    .options = options,
    .run = run,
};
