/* A picture as SVG: edges and boxes at the positions in the layout. */
#include "picture/picture_box.h"
#include "picture/picture_internal.h"
#include "picture/picture_svg_parts.h"

struct drawing {
    const struct picture *picture;
    const struct picture_layout *layout;
    struct svg_frame frame;
    struct buffer *buffer;
};

static struct picture_point placed(const struct drawing *drawing, struct picture_point point)
{
    return (struct picture_point){.x = point.x + drawing->frame.left, .y = point.y + drawing->frame.top};
}

/* ---- edges ---- */

/* The arrow is as long as it is wide. */
static void write_arrow(struct buffer *buffer, struct picture_point end, struct picture_point tip)
{
    double side_x = (end.y - tip.y) / 2, side_y = (tip.x - end.x) / 2;
    buffer_print(buffer, "<path class=\"tip\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fz\"/>", tip.x, tip.y, end.x + side_x,
                 end.y + side_y, end.x - side_x, end.y - side_y);
}

static const char *edge_class(const struct drawing *drawing, const struct picture_edge *edge)
{
    return !drawing->picture->has_run ? "edge" : edge->taken ? "edge taken" : "edge idle";
}

static void write_curve(const struct drawing *drawing, uint32_t index)
{
    struct buffer *buffer = drawing->buffer;
    const struct picture_curve *curve = &drawing->layout->curves[index];
    struct picture_point point = placed(drawing, curve->points[0]);
    buffer_print(buffer, "<g class=\"%s\"><path d=\"M%.1f %.1fC", edge_class(drawing, &drawing->picture->edges[index]),
                 point.x, point.y);
    for (size_t i = 1; i < curve->count; i++) {
        point = placed(drawing, curve->points[i]);
        buffer_print(buffer, "%s%.1f %.1f", i > 1 ? " " : "", point.x, point.y);
    }
    buffer_add(buffer, TEXT("\"/>"));
    write_arrow(buffer, point, placed(drawing, curve->tip));
    buffer_add(buffer, TEXT("</g>\n"));
}

static void write_label(const struct drawing *drawing, uint32_t index)
{
    const struct picture_edge *edge = &drawing->picture->edges[index];
    struct text label = box_label(drawing->picture, edge);
    if (label.size == 0)
        return;
    struct picture_point at = placed(drawing, drawing->layout->curves[index].label);
    double width = box_label_width(label);
    buffer_print(drawing->buffer,
                 "<g class=\"label%s\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"3\"/>",
                 edge->taken ? " taken" : "", at.x - width / 2 + 3, at.y - LABEL_HEIGHT / 2, width - 6, LABEL_HEIGHT);
    svg_write_text(drawing->buffer, at.x, at.y + 4, "middle", label);
    buffer_add(drawing->buffer, TEXT("</g>\n"));
}

/* ---- boxes ---- */

/* A node that decides has a box with pointed sides; other nodes have one with round corners. */
static void write_outline(struct buffer *buffer, bool pointed, double x, double y, const struct box *box,
                          const char *class)
{
    if (pointed)
        buffer_print(buffer, "<path class=\"%s\" d=\"M%.1f %.1fh%.1fl8 %.1fl-8 %.1fh-%.1fl-8-%.1fz\"/>\n", class, x + 8,
                     y, box->width - 16, box->height / 2, box->height / 2, box->width - 16, box->height / 2);
    else
        buffer_print(buffer, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"6\"/>\n",
                     class, x, y, box->width, box->height);
}

static void write_lines(struct buffer *buffer, const struct box *box, double x, double y)
{
    static const char *const classes[] = {
        [BOX_NAME] = "name", [BOX_TYPE] = "type", [BOX_OUTCOME] = "outcome", [BOX_FAILURE] = "failure"};
    for (size_t i = 0; i < box->count; i++)
        svg_write_text(buffer, x + box->text_x, y + BOX_PADDING + 10 + (double)i * BOX_LINE_HEIGHT,
                       classes[box->lines[i].role], box->lines[i].text);
}

/* The text that appears while the pointer rests on the box. */
static void write_tooltip(const struct drawing *drawing, const struct picture_node *node)
{
    struct buffer *buffer = drawing->buffer;
    struct arena *arena = drawing->picture->arena;
    buffer_add(buffer, TEXT("<title>"));
    svg_write_escaped(buffer, node->name);
    buffer_add(buffer, TEXT(" ("));
    svg_write_escaped(buffer, node->type);
    buffer_add(buffer, TEXT(")"));
    if (drawing->picture->has_run) {
        buffer_add(buffer, TEXT(": "));
        svg_write_escaped(buffer, picture_outcome(arena, node));
    }
    if (node->failure.size > 0) {
        buffer_add(buffer, TEXT(": "));
        svg_write_escaped(buffer, picture_line(arena, node->failure, 1000));
    }
    buffer_add(buffer, TEXT("</title>\n"));
}

static void write_node(const struct drawing *drawing, uint32_t index)
{
    struct buffer *buffer = drawing->buffer;
    const struct picture_node *node = &drawing->picture->nodes[index];
    struct box box = box_of(drawing->picture, index);
    struct picture_point middle = placed(drawing, drawing->layout->nodes[index]);
    double x = middle.x - box.width / 2, y = middle.y - box.height / 2;
    const char *state =
        !drawing->picture->has_run && *picture_remark(node) != '\0' ? "skipped" : svg_state_class(node->state);
    buffer_print(buffer, "<g class=\"node %s\">", state);
    write_tooltip(drawing, node);
    if (node->attempts > 1)
        write_outline(buffer, node->decides, x + 4, y + 4, &box, "box again");
    write_outline(buffer, node->decides, x, y, &box, "box");
    if (drawing->picture->has_run)
        svg_write_badge(buffer, node->state, x + box.text_x - BOX_BADGE - 7, middle.y);
    write_lines(buffer, &box, x, y);
    buffer_add(buffer, TEXT("</g>\n"));
}

static void write_start(const struct drawing *drawing)
{
    struct buffer *buffer = drawing->buffer;
    uint32_t start = picture_start(drawing->picture);
    struct box box = box_of(drawing->picture, start);
    struct picture_point middle = placed(drawing, drawing->layout->nodes[start]);
    double x = middle.x - box.width / 2, y = middle.y - box.height / 2;
    buffer_print(buffer,
                 "<g class=\"start\"><rect class=\"box\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                 "rx=\"%.1f\"/>\n",
                 x, y, box.width, box.height, box.height / 2);
    write_lines(buffer, &box, x, y);
    buffer_add(buffer, TEXT("</g>\n"));
}

void picture_write_svg(const struct picture *picture, const struct picture_layout *layout, struct buffer *buffer)
{
    const struct drawing drawing = {
        .picture = picture, .layout = layout, .frame = svg_frame_of(picture, layout), .buffer = buffer};
    svg_write_head(picture, &drawing.frame, buffer);
    for (uint32_t i = 0; i < picture->edge_count; i++)
        if (!picture->edges[i].taken)
            write_curve(&drawing, i);
    for (uint32_t i = 0; i < picture->edge_count; i++)
        if (picture->edges[i].taken)
            write_curve(&drawing, i);
    if (picture_has_start(picture))
        write_start(&drawing);
    for (uint32_t i = 0; i < picture->node_count; i++)
        write_node(&drawing, i);
    for (uint32_t i = 0; i < picture->edge_count; i++)
        write_label(&drawing, i);
    svg_write_foot(picture, &drawing.frame, buffer);
}
