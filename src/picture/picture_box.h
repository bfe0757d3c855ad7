/* The boxes of a drawn picture: their texts and their sizes in points. Only src/picture includes this. */
#ifndef PICTURE_PICTURE_BOX_H
#define PICTURE_PICTURE_BOX_H

#include "picture/picture.h"

enum { BOX_LINES = 4 };

enum box_role { BOX_NAME, BOX_TYPE, BOX_OUTCOME, BOX_FAILURE };

struct box_line {
    enum box_role role;
    struct text text; /* one line, cut to a maximum length */
};

struct box {
    struct box_line lines[BOX_LINES];
    size_t count;
    double width, height;
    double text_x; /* where the lines begin, from the left edge */
};

#define BOX_LINE_HEIGHT 16.0
#define BOX_PADDING     9.0
#define BOX_BADGE       9.0 /* radius */
#define LABEL_HEIGHT    16.0

/* The box of a node, or of the start for picture_start. The texts live in the picture's arena; .data NULL past its
   cap. */
struct box box_of(const struct picture *picture, uint32_t node);
/* The estimated width of a text; most sans-serif fonts stay below it. */
double box_text_width(struct text text, double size, bool bold);
/* The text of an edge's label as it is drawn, and the width of its background. */
struct text box_label(const struct picture *picture, const struct picture_edge *edge);
double box_label_width(struct text label);

#endif
