/* The texts and sizes of the boxes of a drawn picture. */
#include "picture/picture_box.h"

#include "picture/picture_internal.h"

#define NAME_CHARACTERS    40
#define FAILURE_CHARACTERS 60
#define LABEL_CHARACTERS   28

/* Widths of Helvetica from ' ' to '~', in thousandths of the font size. */
static const uint16_t widths[] = {278,  278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
                                  556,  556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
                                  1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
                                  667,  778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
                                  333,  556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
                                  556,  556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584};
_Static_assert(sizeof widths / sizeof widths[0] == '~' - ' ' + 1, "one width for each printable character of ASCII");

/* Sequences of three or more UTF-8 bytes include all characters that are as wide as they are high. */
static unsigned width_of(unsigned char byte)
{
    if (byte >= ' ' && byte <= '~')
        return widths[byte - ' '];
    return byte >= 0xe0 ? 1000 : byte >= 0xc0 ? 667 : 0;
}

double box_text_width(struct text text, double size, bool bold)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < text.size; i++)
        sum += width_of((unsigned char)text.data[i]);
    return (double)sum / 1000 * size * (bold ? 1.18 : 1.1);
}

struct text box_label(const struct picture *picture, const struct picture_edge *edge)
{
    return picture_line(picture->arena, edge->label, LABEL_CHARACTERS);
}

double box_label_width(struct text label)
{
    return box_text_width(label, 11, false) + 8;
}

static void add(struct box *box, enum box_role role, struct text text)
{
    if (text.size > 0)
        box->lines[box->count++] = (struct box_line){.role = role, .text = text};
}

/* The failure without the prefix that names the action. */
static struct text failure_of(struct arena *arena, const struct picture_node *node)
{
    struct text prefix = arena_print(arena, "action %.*s (%.*s): ", TEXT_ARG(node->name), TEXT_ARG(node->id));
    return text_starts(node->failure, prefix) ? text_slice(node->failure, prefix.size, node->failure.size)
                                              : node->failure;
}

static void add_run(struct box *box, struct arena *arena, const struct picture_node *node)
{
    struct text outcome = picture_outcome(arena, node), execution = picture_execution(arena, node);
    add(box, BOX_OUTCOME,
        arena_print(arena, "%.*s%s%.*s", TEXT_ARG(outcome), execution.size > 0 ? " · " : "", TEXT_ARG(execution)));
    add(box, BOX_FAILURE, picture_line(arena, failure_of(arena, node), FAILURE_CHARACTERS));
}

static void measure(struct box *box)
{
    double widest = 0;
    for (size_t i = 0; i < box->count; i++) {
        bool is_name = box->lines[i].role == BOX_NAME;
        double width = box_text_width(box->lines[i].text, is_name ? 13 : 11, is_name);
        widest = width > widest ? width : widest;
    }
    box->width = box->text_x + widest + BOX_PADDING + 3;
    box->height = (double)box->count * BOX_LINE_HEIGHT + 2 * BOX_PADDING - 4;
}

struct box box_of(const struct picture *picture, uint32_t index)
{
    struct box box = {.text_x = BOX_PADDING + 3};
    if (index == picture_start(picture)) {
        add(&box, BOX_TYPE,
            picture->start.size > 0 ? picture_line(picture->arena, picture->start, NAME_CHARACTERS) : TEXT("start"));
        measure(&box);
        return box;
    }
    const struct picture_node *node = &picture->nodes[index];
    add(&box, BOX_NAME, picture_line(picture->arena, node->name, NAME_CHARACTERS));
    add(&box, BOX_TYPE, picture_line(picture->arena, node->type, NAME_CHARACTERS));
    if (picture->has_run)
        add_run(&box, picture->arena, node);
    else
        add(&box, BOX_OUTCOME, text_from(picture_remark(node)));
    if (picture->has_run && node->state != PICTURE_NOT_RUN)
        box.text_x += 2 * BOX_BADGE + 6;
    if (node->decides)
        box.text_x += 6;
    measure(&box);
    box.width += node->decides ? 6 : 0;
    return box;
}
