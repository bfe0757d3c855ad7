/* Writes the layout input for Graphviz, and reads its answer. */
#include <stdlib.h>

#include "base/limits.h"
#include "picture/picture_box.h"
#include "picture/picture_internal.h"

#define POINTS_PER_INCH 72

/* ---- the question ---- */

static void write_node(const struct picture *picture, uint32_t index, struct buffer *buffer)
{
    struct box box = box_of(picture, index);
    buffer_print(buffer, "n%u [width=%.4f height=%.4f]\n", index, box.width / POINTS_PER_INCH,
                 box.height / POINTS_PER_INCH);
}

/* A label is an empty table of its size, so that the fonts of this machine do not matter. */
static void write_edge(const struct picture *picture, uint32_t index, struct buffer *buffer)
{
    const struct picture_edge *edge = &picture->edges[index];
    struct text label = box_label(picture, edge);
    uint32_t source = edge->source == GRAPH_START ? picture_start(picture) : edge->source;
    buffer_print(buffer, "n%u -> n%u [i=%u", source, edge->target, index);
    if (label.size > 0)
        buffer_print(buffer,
                     " label=<<TABLE BORDER=\"0\" CELLBORDER=\"0\" FIXEDSIZE=\"TRUE\" WIDTH=\"%.0f\" HEIGHT=\"%.0f\">"
                     "<TR><TD></TD></TR></TABLE>>",
                     box_label_width(label), LABEL_HEIGHT);
    buffer_add(buffer, TEXT("]\n"));
}

void picture_write_layout_input(const struct picture *picture, struct buffer *buffer)
{
    buffer_add(buffer, TEXT("digraph {\nnodesep=0.35; ranksep=0.4\n"
                            "node [shape=box fixedsize=true label=\"\"]\nedge [arrowsize=0.7]\n"));
    if (picture_has_start(picture))
        write_node(picture, picture_start(picture), buffer);
    for (uint32_t i = 0; i < picture->node_count; i++)
        write_node(picture, i, buffer);
    for (uint32_t i = 0; i < picture->edge_count; i++)
        write_edge(picture, i, buffer);
    buffer_add(buffer, TEXT("}\n"));
}

/* ---- the answer ---- */

struct answer {
    const struct picture *picture;
    struct picture_layout *layout;
    uint32_t nodes, edges; /* found */
    bool full;             /* the arena is full */
};

static bool read_number(const char **at, double *number)
{
    char *end;
    *number = strtod(*at, &end);
    if (end == *at || *number < -1e9 || *number > 1e9)
        return false;
    *at = end;
    return true;
}

/* "x,y", with y from the top. */
static bool read_point(const struct answer *answer, const char **at, struct picture_point *point)
{
    if (!read_number(at, &point->x) || *(*at)++ != ',' || !read_number(at, &point->y))
        return false;
    point->y = answer->layout->height - point->y;
    return true;
}

static bool read_member_point(const struct answer *answer, const struct json_value *object, struct text key,
                              struct picture_point *point)
{
    struct text text = json_get_text(object, key);
    const char *at = text.data;
    return text.size > 0 && read_point(answer, &at, point);
}

/* Reads a number from 0 to count - 1 after a prefix. */
static bool read_index(struct text text, size_t prefix, uint32_t count, uint32_t *index)
{
    int64_t number;
    if (text.size <= prefix || !text_to_int64(text_slice(text, prefix, text.size), &number) || number < 0 ||
        number >= count)
        return false;
    *index = (uint32_t)number;
    return true;
}

/* "0,0,width,height" */
static bool read_size(struct answer *answer, const struct json_value *document)
{
    struct text text = json_get_text(document, TEXT("bb"));
    const char *at = text.data;
    double left, bottom;
    return text.size > 0 && read_number(&at, &left) && *at++ == ',' && read_number(&at, &bottom) && *at++ == ',' &&
           read_number(&at, &answer->layout->width) && *at++ == ',' && read_number(&at, &answer->layout->height);
}

static bool read_node(struct answer *answer, const struct json_value *object)
{
    uint32_t index;
    answer->nodes++;
    return read_index(json_get_text(object, TEXT("name")), 1, answer->picture->node_count + 1, &index) &&
           read_member_point(answer, object, TEXT("pos"), &answer->layout->nodes[index]);
}

/* "e,x,y x,y x,y ...": the tip of the arrow, then the curve. */
static bool read_curve(struct answer *answer, struct text text, struct picture_curve *curve)
{
    size_t spaces = 0;
    for (size_t i = 0; i < text.size; i++)
        spaces += text.data[i] == ' ';
    curve->points = ARENA_ARRAY(answer->picture->arena, spaces + 1, struct picture_point);
    if (curve->points == NULL) {
        answer->full = true;
        return false;
    }
    const char *at = text.data;
    bool has_tip = text_starts(text, TEXT("e,"));
    at += has_tip ? 2 : 0;
    if (has_tip && (!read_point(answer, &at, &curve->tip) || *at++ != ' '))
        return false;
    while (read_point(answer, &at, &curve->points[curve->count])) {
        curve->count++;
        if (*at++ != ' ')
            break;
    }
    if (curve->count < 4 || curve->count % 3 != 1)
        return false;
    if (!has_tip)
        curve->tip = curve->points[curve->count - 1];
    return true;
}

static bool read_edge(struct answer *answer, const struct json_value *object)
{
    uint32_t index;
    answer->edges++;
    if (!read_index(json_get_text(object, TEXT("i")), 0, answer->picture->edge_count, &index))
        return false;
    struct picture_curve *curve = &answer->layout->curves[index];
    struct text pos = json_get_text(object, TEXT("pos"));
    if (curve->count > 0 || pos.size == 0 || !read_curve(answer, pos, curve))
        return false;
    return answer->picture->edges[index].label.size == 0 ||
           read_member_point(answer, object, TEXT("lp"), &curve->label);
}

static bool read_list(struct answer *answer, const struct json_value *list,
                      bool (*read)(struct answer *, const struct json_value *))
{
    if (list == NULL || list->type != JSON_ARRAY)
        return list == NULL;
    for (size_t i = 0; i < list->array.count; i++)
        if (!read(answer, &list->array.items[i]))
            return false;
    return true;
}

enum status picture_read_layout(const struct picture *picture, struct text json, struct picture_layout *layout,
                                struct error *error)
{
    *layout = (struct picture_layout){
        .nodes = ARENA_ARRAY(picture->arena, picture->node_count + 1, struct picture_point),
        .curves = ARENA_ARRAY(picture->arena, picture->edge_count, struct picture_curve),
    };
    if (layout->nodes == NULL || layout->curves == NULL)
        return error_budget(error);
    struct json_value document;
    enum status status = json_read(picture->arena, json, &document, error);
    if (status != STATUS_OK)
        return status;
    struct answer answer = {.picture = picture, .layout = layout};
    bool good = read_size(&answer, &document) && read_list(&answer, json_get(&document, TEXT("objects")), read_node) &&
                read_list(&answer, json_get(&document, TEXT("edges")), read_edge);
    if (answer.full)
        return error_budget(error);
    if (!good || answer.nodes != picture->node_count + picture_has_start(picture) ||
        answer.edges != picture->edge_count)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "Graphviz has answered with the layout of another picture");
    return STATUS_OK;
}
