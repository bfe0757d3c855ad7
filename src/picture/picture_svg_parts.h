/* Parts of an SVG picture. Only src/picture includes this. */
#ifndef PICTURE_PICTURE_SVG_PARTS_H
#define PICTURE_PICTURE_SVG_PARTS_H

#include "picture/picture.h"

/* Writes text as the content of an element. Replaces what XML would read as markup and what XML does not allow. */
void svg_write_escaped(struct buffer *buffer, struct text text);
/* A <text> element whose baseline starts at x, y. `class` may be NULL. */
void svg_write_text(struct buffer *buffer, double x, double y, const char *class, struct text text);
/* Writes the badge of a state, with radius BOX_BADGE around x, y; nothing for a state without a badge. */
void svg_write_badge(struct buffer *buffer, enum picture_state state, double x, double y);
const char *svg_state_class(enum picture_state state);

/* ---- what surrounds the boxes: picture_svg_frame.c ---- */

#define SVG_MARGIN 16.0

/* The lines under a picture of a run, and the size of the whole SVG picture. */
struct svg_frame {
    double width, height;
    double left, top; /* where the layout begins */
    double foot;      /* where the lines under the layout begin */
    struct text conclusion;
    struct text failure[6]; /* its lines */
    size_t failure_lines;
};

struct svg_frame svg_frame_of(const struct picture *picture, const struct picture_layout *layout);
/* Writes the opening tag, the texts for readers who do not see the picture, the style and the title. */
void svg_write_head(const struct picture *picture, const struct svg_frame *frame, struct buffer *buffer);
/* Writes the conclusion, the failure, the legend and the closing tag. */
void svg_write_foot(const struct picture *picture, const struct svg_frame *frame, struct buffer *buffer);

#endif
