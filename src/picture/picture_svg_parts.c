/* Text and badges in SVG. */
#include "picture/picture_svg_parts.h"

#include "picture/picture_box.h"

static const char *entity_of(char byte)
{
    switch (byte) {
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '&': return "&amp;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

/* U+FFFE and U+FFFF are not XML characters. */
static bool is_no_character(struct text text, size_t at)
{
    struct text three = text_slice(text, at, 3);
    return text_equal(three, TEXT("\xef\xbf\xbe")) || text_equal(three, TEXT("\xef\xbf\xbf"));
}

void svg_write_escaped(struct buffer *buffer, struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        const char *entity = entity_of(text.data[i]);
        if (entity != NULL) {
            buffer_add(buffer, text_from(entity));
        } else if (is_no_character(text, i)) {
            buffer_add(buffer, TEXT("\xef\xbf\xbd"));
            i += 2;
        } else {
            bool control = (unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f;
            buffer_add_byte(buffer, control ? ' ' : text.data[i]);
        }
    }
}

void svg_write_text(struct buffer *buffer, double x, double y, const char *class, struct text text)
{
    buffer_print(buffer, "<text x=\"%.1f\" y=\"%.1f\"", x, y);
    if (class != NULL)
        buffer_print(buffer, " class=\"%s\"", class);
    buffer_add(buffer, TEXT(">"));
    svg_write_escaped(buffer, text);
    buffer_add(buffer, TEXT("</text>\n"));
}

const char *svg_state_class(enum picture_state state)
{
    static const char *const classes[] = {
        [PICTURE_RULE] = "rule",       [PICTURE_NOT_RUN] = "idle",    [PICTURE_PENDING] = "pending",
        [PICTURE_RUNNING] = "running", [PICTURE_WAITING] = "waiting", [PICTURE_DONE] = "done",
        [PICTURE_FAILED] = "failed",   [PICTURE_SKIPPED] = "skipped", [PICTURE_CANCELED] = "canceled",
        [PICTURE_HELD] = "failed", /* with a different badge */
    };
    return classes[state];
}

/* The badges, around 0,0: a filled outline, and the lines in it. */
static const struct {
    const char *outline, *lines;
} badges[] = {
    [PICTURE_PENDING] = {"M0-8a8 8 0 1 0 .1 0z", "M-4 0h.1M0 0h.1M4 0h.1"},
    [PICTURE_RUNNING] = {"M0-9a9 9 0 1 0 .1 0z", "M-2.5-4.5v9l7-4.5z"},
    [PICTURE_WAITING] = {"M0-9a9 9 0 1 0 .1 0z", "M0-5v5l4 2.5"},
    [PICTURE_DONE] = {"M0-9a9 9 0 1 0 .1 0z", "M-4 .5l3 3 5.5-6.5"},
    [PICTURE_FAILED] = {"M-3.7-9h7.4l5.3 5.3v7.4l-5.3 5.3h-7.4l-5.3-5.3v-7.4z", "M-3.5-3.5l7 7M-3.5 3.5l7-7"},
    [PICTURE_SKIPPED] = {"M-8-8h16v16h-16z", "M-4 4l8-8"},
    [PICTURE_CANCELED] = {"M-8-8h16v16h-16z", "M-3.5-3.5h7v7h-7z"},
    [PICTURE_HELD] = {"M-3.7-9h7.4l5.3 5.3v7.4l-5.3 5.3h-7.4l-5.3-5.3v-7.4z", "M-2.5-4v8M2.5-4v8"},
};

void svg_write_badge(struct buffer *buffer, enum picture_state state, double x, double y)
{
    if (state >= sizeof badges / sizeof badges[0] || badges[state].outline == NULL)
        return;
    buffer_print(buffer,
                 "<g transform=\"translate(%.1f %.1f)\"><path class=\"badge\" d=\"%s\"/><path class=\"sign\" d=\"%s\"/>"
                 "</g>\n",
                 x, y, badges[state].outline, badges[state].lines);
}
