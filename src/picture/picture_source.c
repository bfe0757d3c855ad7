/* A picture in the languages of Mermaid and Graphviz. Names come from rules, so nothing in them may end a quoted text
   or begin markup. */
#include "picture/picture_internal.h"

#define NAME_COLUMNS 60

static const char *const glyphs[] = {
    [PICTURE_RULE] = "",       [PICTURE_NOT_RUN] = "", [PICTURE_PENDING] = "",  [PICTURE_RUNNING] = "▶ ",
    [PICTURE_WAITING] = "… ",  [PICTURE_DONE] = "✓ ",  [PICTURE_FAILED] = "✗ ", [PICTURE_SKIPPED] = "⤼ ",
    [PICTURE_CANCELED] = "■ ", [PICTURE_HELD] = "‖ ",
};

/* Fill, line and text: readable on light and on dark pages. */
struct ink {
    const char *fill, *line, *text, *mermaid, *dot;
};
static const struct ink inks[] = {
    [PICTURE_RULE] = {"#eef3f5", "#5b7079", "#14232a", "", ""},
    [PICTURE_NOT_RUN] = {"#f4f4f4", "#a9b1b5", "#6d777c", ",stroke-dasharray:4 3", ",dashed"},
    [PICTURE_PENDING] = {"#f4f4f4", "#8b969b", "#59646a", ",stroke-dasharray:1 3", ",dotted"},
    [PICTURE_RUNNING] = {"#dcebfb", "#1f6fb5", "#0d2f4f", "", ""},
    [PICTURE_WAITING] = {"#fdf1cf", "#a97800", "#4a3600", "", ""},
    [PICTURE_DONE] = {"#dff3e4", "#2e7d4f", "#11361f", "", ""},
    [PICTURE_FAILED] = {"#fbe0de", "#b3261e", "#5a120d", ",stroke-width:3px", ",bold"},
    [PICTURE_SKIPPED] = {"#f4f4f4", "#a9b1b5", "#6d777c", ",stroke-dasharray:4 3", ",dashed"},
    [PICTURE_CANCELED] = {"#f0e3ef", "#7d4a79", "#3d1f3b", "", ""},
    [PICTURE_HELD] = {"#fdf1cf", "#b3261e", "#4a3600", ",stroke-width:3px", ",bold"},
};

/* The lines of a node: its name, its type, and its outcome in the run. */
struct lines {
    struct text items[3];
    size_t count;
};

static struct lines lines_of(const struct picture *picture, const struct picture_node *node)
{
    struct arena *arena = picture->arena;
    struct text name = picture_line(arena, node->name, NAME_COLUMNS);
    struct lines lines = {.count = 2};
    lines.items[0] = arena_print(arena, "%s%.*s", glyphs[node->state], TEXT_ARG(name));
    lines.items[1] = picture_line(arena, node->type, NAME_COLUMNS);
    if (!picture->has_run)
        lines.items[2] = text_from(picture_remark(node));
    else {
        struct text outcome = picture_outcome(arena, node), execution = picture_execution(arena, node);
        lines.items[2] =
            arena_print(arena, "%.*s%s%.*s", TEXT_ARG(outcome), execution.size > 0 ? ": " : "", TEXT_ARG(execution));
    }
    lines.count += lines.items[2].size > 0;
    return lines;
}

/* ---- Mermaid ---- */

/* Writes characters that Mermaid or HTML could read as code as numeric references. */
static void write_mermaid_text(struct buffer *buffer, struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool plain = byte >= 0x80 || byte == ' ' || byte == '_' || byte == '-' || byte == '.' || byte == ',' ||
                     byte == ':' || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= 'a' && byte <= 'z');
        if (plain)
            buffer_add_byte(buffer, text.data[i]);
        else
            buffer_print(buffer, "#%u;", byte);
    }
}

static void write_mermaid_node(const struct picture *picture, uint32_t index, struct buffer *buffer)
{
    const struct picture_node *node = &picture->nodes[index];
    struct lines lines = lines_of(picture, node);
    buffer_print(buffer, "    n%u%s\"", index, node->decides ? "{{" : "[");
    for (size_t i = 0; i < lines.count; i++) {
        buffer_add(buffer, i > 0 ? TEXT("<br/>") : TEXT(""));
        write_mermaid_text(buffer, lines.items[i]);
    }
    buffer_print(buffer, "\"%s:::s%d\n", node->decides ? "}}" : "]", (int)node->state);
}

static void write_mermaid_edge(const struct picture *picture, const struct picture_edge *edge, struct buffer *buffer)
{
    if (edge->source == GRAPH_START)
        buffer_add(buffer, TEXT("    start"));
    else
        buffer_print(buffer, "    n%u", edge->source);
    buffer_add(buffer, !picture->has_run ? TEXT(" -->") : edge->taken ? TEXT(" ==>") : TEXT(" -.->"));
    if (edge->label.size > 0) {
        buffer_add(buffer, TEXT("|\""));
        write_mermaid_text(buffer, picture_line(picture->arena, edge->label, NAME_COLUMNS));
        buffer_add(buffer, TEXT("\"|"));
    }
    buffer_print(buffer, " n%u\n", edge->target);
}

void picture_write_mermaid(const struct picture *picture, struct buffer *buffer)
{
    bool used[PICTURE_STATES] = {false};
    buffer_add(buffer, TEXT("flowchart TD\n"));
    if (picture_has_start(picture)) {
        buffer_add(buffer, TEXT("    start([\""));
        write_mermaid_text(buffer, picture->start.size > 0 ? picture_line(picture->arena, picture->start, NAME_COLUMNS)
                                                           : TEXT("start"));
        buffer_add(buffer, TEXT("\"])\n"));
    }
    for (uint32_t i = 0; i < picture->node_count; i++) {
        write_mermaid_node(picture, i, buffer);
        used[picture->nodes[i].state] = true;
    }
    for (uint32_t i = 0; i < picture->edge_count; i++)
        write_mermaid_edge(picture, &picture->edges[i], buffer);
    for (int i = 0; i < PICTURE_STATES; i++)
        if (used[i])
            buffer_print(buffer, "    classDef s%d fill:%s,stroke:%s,color:%s%s\n", i, inks[i].fill, inks[i].line,
                         inks[i].text, inks[i].mermaid);
}

/* ---- Graphviz ---- */

static void write_dot_text(struct buffer *buffer, struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            buffer_add_byte(buffer, '\\');
        /* Graphviz reads HTML entities in labels. */
        if (text.data[i] == '&')
            buffer_add(buffer, TEXT("&amp;"));
        else
            buffer_add_byte(buffer, text.data[i]);
    }
}

static void write_dot_node(const struct picture *picture, uint32_t index, struct buffer *buffer)
{
    const struct picture_node *node = &picture->nodes[index];
    const struct ink *ink = &inks[node->state];
    struct lines lines = lines_of(picture, node);
    buffer_print(buffer, "    n%u [label=\"", index);
    for (size_t i = 0; i < lines.count; i++) {
        buffer_add(buffer, i > 0 ? TEXT("\\n") : TEXT(""));
        write_dot_text(buffer, lines.items[i]);
    }
    buffer_print(buffer, "\" shape=%s style=\"filled%s%s\" fillcolor=\"%s\" color=\"%s\" fontcolor=\"%s\"]\n",
                 node->decides ? "hexagon" : "box", node->decides ? "" : ",rounded", ink->dot, ink->fill, ink->line,
                 ink->text);
}

static void write_dot_edge(const struct picture *picture, const struct picture_edge *edge, struct buffer *buffer)
{
    if (edge->source == GRAPH_START)
        buffer_add(buffer, TEXT("    start"));
    else
        buffer_print(buffer, "    n%u", edge->source);
    buffer_print(buffer, " -> n%u [", edge->target);
    if (edge->label.size > 0) {
        buffer_add(buffer, TEXT("label=\" "));
        write_dot_text(buffer, picture_line(picture->arena, edge->label, NAME_COLUMNS));
        buffer_add(buffer, TEXT(" \" "));
    }
    buffer_print(buffer, "style=%s]\n", !picture->has_run ? "solid" : edge->taken ? "bold" : "dashed");
}

void picture_write_dot(const struct picture *picture, struct buffer *buffer)
{
    buffer_add(buffer, TEXT("digraph rule {\n    node [fontname=\"sans-serif\" fontsize=12 margin=\"0.15,0.08\"]\n"
                            "    edge [fontname=\"sans-serif\" fontsize=10]\n"));
    if (picture_has_start(picture)) {
        buffer_add(buffer, TEXT("    start [shape=box style=rounded label=\""));
        write_dot_text(buffer, picture->start.size > 0 ? picture_line(picture->arena, picture->start, NAME_COLUMNS)
                                                       : TEXT("start"));
        buffer_add(buffer, TEXT("\"]\n"));
    }
    for (uint32_t i = 0; i < picture->node_count; i++)
        write_dot_node(picture, i, buffer);
    for (uint32_t i = 0; i < picture->edge_count; i++)
        write_dot_edge(picture, &picture->edges[i], buffer);
    buffer_add(buffer, TEXT("}\n"));
}
