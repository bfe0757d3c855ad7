/* The surroundings of the boxes of an SVG picture: style, title, conclusion, legend. */
#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "picture/picture_box.h"
#include "picture/picture_internal.h"
#include "picture/picture_svg_parts.h"

#define TITLE_CHARACTERS 80
#define TITLE_HEIGHT     26.0
#define FOOT_LINE        18.0
#define LEGEND_HEIGHT    26.0
#define FAILURE_LINES    (sizeof((struct svg_frame *)0)->failure / sizeof(struct text))

/* Custom properties of one theme: paper, text, faint text, lines, then line and fill of each kind of state. */
#define THEME(paper, ink, faint, line, box, done, done_fill, failed, failed_fill, running, running_fill, waiting,      \
              waiting_fill, canceled, canceled_fill)                                                                   \
    "--paper:" paper ";--ink:" ink ";--faint:" faint ";--line:" line ";--box:" box ";--done:" done                     \
    ";--done-fill:" done_fill ";--failed:" failed ";--failed-fill:" failed_fill ";--running:" running                  \
    ";--running-fill:" running_fill ";--waiting:" waiting ";--waiting-fill:" waiting_fill ";--canceled:" canceled      \
    ";--canceled-fill:" canceled_fill

static const char style[] =
    "<style>\n"
    ".workflow-picture{" THEME(
        "#ffffff", "#16242b", "#56666e", "#7d8d95", "#f3f6f7", "#22713f", "#e4f4e9", "#b3261e", "#fce4e2", "#1b66a8",
        "#e0eefb", "#8a6100", "#fdf2d3", "#7a4577",
        "#f3e6f2") "}\n"
                   "@media(prefers-color-scheme:dark){.workflow-picture{" THEME(
                       "#12191d", "#e6edf0", "#9fb0b8", "#7b8c95", "#1d272c", "#6cc58a", "#173323", "#ff8f85",
                       "#45201d", "#7ab8f0", "#16304a", "#e6bb55", "#3d3113", "#d59bd1",
                       "#3a2338") "}}\n"
                                  ".workflow-picture text{font:11px Helvetica,Arial,sans-serif;fill:var(--ink)}\n"
                                  ".workflow-picture .paper{fill:var(--paper)}\n"
                                  ".workflow-picture .heading{font-size:15px;font-weight:bold}\n"
                                  ".workflow-picture .name{font-size:13px;font-weight:bold}\n"
                                  ".workflow-picture .type,.workflow-picture .start text,.workflow-picture "
                                  ".note{fill:var(--faint)}\n"
                                  ".workflow-picture .middle{text-anchor:middle}\n"
                                  ".workflow-picture "
                                  ".box{fill:var(--fill,var(--box));stroke:var(--edge,var(--line));stroke-width:1.2}\n"
                                  ".workflow-picture .start .box{fill:var(--paper)}\n"
                                  ".workflow-picture .edge path{fill:none;stroke:var(--line);stroke-width:1.2}\n"
                                  ".workflow-picture .edge .tip{fill:var(--line)}\n"
                                  ".workflow-picture .edge.taken path{stroke:var(--ink);stroke-width:2.2}\n"
                                  ".workflow-picture .edge.taken .tip{fill:var(--ink);stroke-width:1}\n"
                                  ".workflow-picture .edge.idle path{stroke-dasharray:4 4}\n"
                                  ".workflow-picture .edge.idle .tip{stroke-dasharray:none}\n"
                                  ".workflow-picture .label rect{fill:var(--paper)}\n"
                                  ".workflow-picture .label text{fill:var(--faint)}\n"
                                  ".workflow-picture .label.taken text{fill:var(--ink);font-weight:bold}\n"
                                  ".workflow-picture .badge{fill:var(--edge,var(--line));stroke:none}\n"
                                  ".workflow-picture "
                                  ".sign{fill:none;stroke:var(--paper);stroke-width:2;stroke-linecap:round;stroke-"
                                  "linejoin:round}\n"
                                  ".workflow-picture .done{--edge:var(--done);--fill:var(--done-fill)}\n"
                                  ".workflow-picture .failed{--edge:var(--failed);--fill:var(--failed-fill)}\n"
                                  ".workflow-picture .failed .box{stroke-width:2.4}\n"
                                  ".workflow-picture .running{--edge:var(--running);--fill:var(--running-fill)}\n"
                                  ".workflow-picture .waiting{--edge:var(--waiting);--fill:var(--waiting-fill)}\n"
                                  ".workflow-picture .canceled{--edge:var(--canceled);--fill:var(--canceled-fill)}\n"
                                  ".workflow-picture .idle .box,.workflow-picture .skipped "
                                  ".box{--fill:var(--paper);stroke-dasharray:5 4}\n"
                                  ".workflow-picture .pending .box{--fill:var(--paper);stroke-dasharray:1.5 3}\n"
                                  ".workflow-picture .idle .name,.workflow-picture .skipped "
                                  ".name{fill:var(--faint);font-weight:normal}\n"
                                  ".workflow-picture .outcome{fill:var(--edge,var(--faint))}\n"
                                  ".workflow-picture .failure{fill:var(--failed)}\n"
                                  "</style>\n";

/* ---- measures ---- */

static double legend_width(enum picture_state state, bool again)
{
    return 2 * BOX_BADGE + 22 + box_text_width(text_from(again ? "retried" : picture_state_name(state)), 11, false);
}

/* Marks the states that the picture has; returns whether an action was retried. */
static bool note_states(const struct picture *picture, bool *found)
{
    bool again = false;
    for (uint32_t i = 0; i < picture->node_count; i++) {
        found[picture->nodes[i].state] = true;
        again = again || picture->nodes[i].attempts > 1;
    }
    return again;
}

static double whole_legend(const struct picture *picture)
{
    bool found[PICTURE_STATES] = {false};
    bool again = note_states(picture, found);
    double width = again ? legend_width(PICTURE_DONE, true) : 0;
    for (int i = 0; i < PICTURE_STATES; i++)
        width += found[i] ? legend_width((enum picture_state)i, false) : 0;
    return width;
}

/* Breaks a text into lines of that width, at blanks where possible. */
static size_t wrap(struct arena *arena, struct text text, double width, struct text *lines, size_t max)
{
    size_t count = 0;
    size_t characters = (size_t)(width / 6.2);
    text = picture_line(arena, text, characters * max * 4 / 5);
    while (text.size > 0 && count < max) {
        size_t size = text.size;
        if (picture_columns(text) > characters) {
            size = text_cut_utf8(text, characters).size;
            const char *blank = memrchr(text.data, ' ', size);
            size = blank != NULL && blank > text.data ? (size_t)(blank - text.data) : size;
        }
        lines[count++] = text_slice(text, 0, size);
        text = text_trim(text_slice(text, size, text.size));
    }
    return count;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

struct svg_frame svg_frame_of(const struct picture *picture, const struct picture_layout *layout)
{
    struct svg_frame frame = {.top = SVG_MARGIN};
    struct arena *arena = picture->arena;
    double width = layout->width;
    if (picture->title.size > 0) {
        frame.top += TITLE_HEIGHT;
        width = larger(width, box_text_width(picture_line(arena, picture->title, TITLE_CHARACTERS), 15, true));
    }
    double height = layout->height;
    if (picture->has_run) {
        struct text conclusion = picture_conclusion(picture);
        frame.conclusion = arena_print(
            arena, "%.*s: %" PRIu64 " history events, %" PRIu64 " workflow task%s, %" PRIu64 " activit%s",
            TEXT_ARG(conclusion), picture->event_count, picture->task_count, picture->task_count == 1 ? "" : "s",
            picture->activity_count, picture->activity_count == 1 ? "y" : "ies");
        width = larger(width, larger(whole_legend(picture), box_text_width(frame.conclusion, 11, true)));
        if (picture->failure.size > 0)
            width = larger(width, 420);
        frame.failure_lines = wrap(arena, picture->failure, width, frame.failure, FAILURE_LINES);
        height += FOOT_LINE * (double)(1 + frame.failure_lines) + LEGEND_HEIGHT;
    }
    frame.left = SVG_MARGIN + (width - layout->width) / 2;
    frame.foot = frame.top + layout->height + FOOT_LINE;
    frame.width = width + 2 * SVG_MARGIN;
    frame.height = frame.top + height + SVG_MARGIN;
    return frame;
}

/* ---- texts for readers who do not see the picture ---- */

static void write_targets(const struct picture *picture, uint32_t source, struct buffer *buffer)
{
    for (uint32_t i = picture->first_edge[source]; i < picture->first_edge[source + 1]; i++) {
        const struct picture_edge *edge = &picture->edges[i];
        buffer_add(buffer, i == picture->first_edge[source] ? TEXT("; then ") : TEXT(", "));
        svg_write_escaped(buffer, picture->nodes[edge->target].name);
        if (edge->label.size > 0) {
            buffer_add(buffer, TEXT(" if "));
            svg_write_escaped(buffer, edge->label);
        }
    }
}

static void write_description(const struct picture *picture, struct buffer *buffer)
{
    buffer_print(buffer, "<desc>%u action%s.\n", picture->node_count, picture->node_count == 1 ? "" : "s");
    for (uint32_t i = 0; i < picture->node_count; i++) {
        const struct picture_node *node = &picture->nodes[i];
        svg_write_escaped(buffer, node->name);
        buffer_add(buffer, TEXT(", "));
        svg_write_escaped(buffer, node->type);
        struct text outcome = picture_outcome(picture->arena, node);
        if (outcome.size > 0) {
            buffer_add(buffer, TEXT(": "));
            svg_write_escaped(buffer, outcome);
        }
        write_targets(picture, i, buffer);
        buffer_add(buffer, TEXT(".\n"));
    }
    buffer_add(buffer, TEXT("</desc>\n"));
}

void svg_write_head(const struct picture *picture, const struct svg_frame *frame, struct buffer *buffer)
{
    buffer_print(buffer,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"workflow-picture\" role=\"img\" width=\"%.0f\" "
                 "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n<title>",
                 frame->width, frame->height, frame->width, frame->height);
    svg_write_escaped(buffer, picture->title.size > 0 ? picture->title : TEXT("Rule"));
    if (picture->has_run) {
        buffer_add(buffer, TEXT(": "));
        svg_write_escaped(buffer, picture_conclusion(picture));
    }
    buffer_add(buffer, TEXT("</title>\n"));
    write_description(picture, buffer);
    buffer_add(buffer, text_from(style));
    buffer_print(buffer, "<rect class=\"paper\" width=\"%.0f\" height=\"%.0f\" rx=\"8\"/>\n", frame->width,
                 frame->height);
    if (picture->title.size > 0)
        svg_write_text(buffer, SVG_MARGIN, SVG_MARGIN + 12, "heading",
                       picture_line(picture->arena, picture->title, TITLE_CHARACTERS));
}

static double write_legend_entry(struct buffer *buffer, enum picture_state state, bool again, double x, double y)
{
    buffer_print(buffer, "<g class=\"node %s\">", svg_state_class(state));
    if (state == PICTURE_NOT_RUN || again) {
        double size = 2 * BOX_BADGE - 4;
        if (again)
            buffer_print(buffer, "<rect class=\"box again\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
                         x + 5, y - size / 2 + 3, size, size);
        buffer_print(buffer, "<rect class=\"box\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\"/>",
                     x + 2, y - size / 2, size, size);
    } else {
        svg_write_badge(buffer, state, x + BOX_BADGE, y);
    }
    buffer_add(buffer, TEXT("</g>\n"));
    svg_write_text(buffer, x + 2 * BOX_BADGE + 5, y + 4, "note",
                   text_from(again ? "retried" : picture_state_name(state)));
    return legend_width(state, again);
}

static void write_legend(const struct picture *picture, double y, struct buffer *buffer)
{
    bool found[PICTURE_STATES] = {false};
    bool again = note_states(picture, found);
    double x = SVG_MARGIN;
    for (int i = 0; i < PICTURE_STATES; i++)
        if (found[i])
            x += write_legend_entry(buffer, (enum picture_state)i, false, x, y);
    if (again)
        write_legend_entry(buffer, PICTURE_DONE, true, x, y);
}

void svg_write_foot(const struct picture *picture, const struct svg_frame *frame, struct buffer *buffer)
{
    double y = frame->foot;
    if (picture->has_run) {
        svg_write_text(buffer, SVG_MARGIN, y, NULL, frame->conclusion);
        for (size_t i = 0; i < frame->failure_lines; i++)
            svg_write_text(buffer, SVG_MARGIN, y += FOOT_LINE, "failure", frame->failure[i]);
        write_legend(picture, y + FOOT_LINE, buffer);
    }
    buffer_add(buffer, TEXT("</svg>\n"));
}
