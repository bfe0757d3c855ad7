/* A picture as a tree of lines, for terminals. */
#include <inttypes.h>

#include "base/limits.h"
#include "picture/picture_internal.h"

#define NAME_COLUMNS 60
/* The largest number of levels that a line shows; a deeper line begins with the number of levels left out. */
#define SHOWN_LEVELS 40

struct line {
    struct text branch;              /* "│  ├─ true ─ " */
    struct text name;                /* "↘ name" for a node that stands further down */
    const struct picture_node *node; /* NULL for a reference */
};

#define NOBODY UINT32_MAX

/* The edges of a node that are still to be drawn, and then the nodes in which its branches meet. */
struct level {
    uint32_t next, end;
    uint32_t first_meeting, last_meeting; /* a list; NOBODY: it is empty */
    uint32_t opened;                      /* number of lines when it was opened */
    bool straight;                        /* its targets stand below the node, not indented */
};

/* A node with several incoming edges. */
struct meeting {
    uint32_t pending; /* edges to the node that are not drawn yet */
    uint32_t seen;    /* number of lines when the first of them was drawn */
    uint32_t level;   /* the innermost level that contains all of them */
    uint32_t next;    /* in the list of that level */
};

struct tree {
    const struct picture *picture;
    struct arena *arena;
    struct meeting *meetings; /* one for each node */
    struct level *levels;     /* the first one, that of the start, is never replaced */
    uint32_t depth;
    struct line *lines;
    uint32_t line_count;
    bool failed;
};

static bool start_tree(struct tree *tree)
{
    const struct picture *picture = tree->picture;
    tree->meetings = ARENA_ARRAY(tree->arena, picture->node_count, struct meeting);
    tree->levels = ARENA_ARRAY(tree->arena, (size_t)picture->node_count + 1, struct level);
    tree->lines = ARENA_ARRAY(tree->arena, (size_t)picture->edge_count + 2 * (size_t)picture->node_count, struct line);
    if (tree->meetings == NULL || tree->levels == NULL || tree->lines == NULL)
        return false;
    for (uint32_t i = 0; i < picture->edge_count; i++) {
        uint32_t source = picture->edges[i].source;
        tree->meetings[picture->edges[i].target].pending += source == GRAPH_START || picture->nodes[source].reachable;
    }
    return true;
}

static void open_level(struct tree *tree, uint32_t source)
{
    const struct picture *picture = tree->picture;
    uint32_t first = picture->first_edge[source];
    uint32_t end = source < picture->node_count ? picture->first_edge[source + 1] : picture->edge_count;
    if (first < end)
        tree->levels[tree->depth++] = (struct level){
            .next = first,
            .end = end,
            .first_meeting = NOBODY,
            .last_meeting = NOBODY,
            .opened = tree->line_count,
            .straight = end - first == 1 && picture->edges[first].label.size == 0,
        };
}

/* The drawn part of a line. */
static struct text branch_of(struct tree *tree, struct text label)
{
    struct buffer branch = buffer_in(tree->arena, KIB(4));
    uint32_t left_out = tree->depth > SHOWN_LEVELS ? tree->depth - SHOWN_LEVELS : 0;
    if (left_out > 0)
        buffer_print(&branch, "(%u) ", left_out);
    for (uint32_t i = left_out; i < tree->depth; i++) {
        const struct level *level = &tree->levels[i];
        bool more = level->next < level->end, own = i + 1 == tree->depth;
        if (level->straight)
            continue;
        if (own)
            buffer_add(&branch, more ? TEXT("├─ ") : TEXT("└─ "));
        else
            buffer_add(&branch, more ? TEXT("│  ") : TEXT("   "));
    }
    if (label.size > 0)
        buffer_print(&branch, "%.*s ─ ", TEXT_ARG(label));
    return buffer_text(&branch);
}

static void add_line(struct tree *tree, uint32_t node, struct text label, bool below)
{
    struct line *line = &tree->lines[tree->line_count++];
    *line = (struct line){
        .branch = branch_of(tree, picture_line(tree->arena, label, NAME_COLUMNS)),
        .name = picture_line(tree->arena, tree->picture->nodes[node].name, NAME_COLUMNS),
        .node = below ? NULL : &tree->picture->nodes[node],
    };
    if (below)
        line->name = arena_print(tree->arena, "↘ %.*s", TEXT_ARG(line->name));
    tree->failed = tree->failed || line->branch.data == NULL || line->name.data == NULL;
}

/* The innermost level that was open at line number `seen`, at most `limit`. */
static uint32_t level_since(const struct tree *tree, uint32_t seen, uint32_t limit)
{
    uint32_t low = 0, high = limit < tree->depth - 1 ? limit : tree->depth - 1;
    while (low < high) {
        uint32_t middle = high - (high - low) / 2;
        if (tree->levels[middle].opened <= seen)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* Draws an edge to a node with several incoming edges. Once all these are drawn, the node is queued in the innermost
   level that contains them all, which then draws it. */
static void meet(struct tree *tree, const struct picture_edge *edge, bool first)
{
    struct meeting *meeting = &tree->meetings[edge->target];
    if (first) {
        meeting->seen = tree->line_count;
        meeting->level = tree->depth - 1;
    } else {
        meeting->level = level_since(tree, meeting->seen, meeting->level);
    }
    add_line(tree, edge->target, edge->label, true);
    if (--meeting->pending > 0)
        return;
    struct level *level = &tree->levels[meeting->level];
    meeting->next = NOBODY;
    if (level->first_meeting == NOBODY)
        level->first_meeting = edge->target;
    else
        tree->meetings[level->last_meeting].next = edge->target;
    level->last_meeting = edge->target;
}

static void draw_edge(struct tree *tree, const struct picture_edge *edge, bool joins)
{
    struct level *level = &tree->levels[tree->depth - 1];
    level->next++;
    if (joins) {
        meet(tree, edge, tree->meetings[edge->target].seen == NOBODY);
        return;
    }
    add_line(tree, edge->target, edge->label, false);
    /* A straight edge replaces its level, so that a long chain needs no more levels than a short one. */
    if (level->straight && tree->depth > 1)
        tree->depth--;
    open_level(tree, edge->target);
}

static void draw_meeting(struct tree *tree, struct level *level)
{
    uint32_t node = level->first_meeting;
    level->first_meeting = tree->meetings[node].next;
    level->straight = true;
    add_line(tree, node, TEXT_NONE, false);
    if (level->first_meeting == NOBODY && tree->depth > 1)
        tree->depth--;
    open_level(tree, node);
}

static void draw(struct tree *tree)
{
    const struct picture *picture = tree->picture;
    bool *joins = ARENA_ARRAY(tree->arena, picture->node_count, bool);
    if (joins == NULL) {
        tree->failed = true;
        return;
    }
    for (uint32_t i = 0; i < picture->node_count; i++) {
        joins[i] = tree->meetings[i].pending > 1;
        tree->meetings[i].seen = NOBODY;
    }
    open_level(tree, picture_start(picture));
    while (tree->depth > 0 && !tree->failed) {
        struct level *level = &tree->levels[tree->depth - 1];
        const struct picture_edge *edge = &picture->edges[level->next];
        if (level->next < level->end)
            draw_edge(tree, edge, joins[edge->target]);
        else if (level->first_meeting != NOBODY)
            draw_meeting(tree, level);
        else
            tree->depth--;
    }
    for (uint32_t i = 0; i < picture->node_count && !tree->failed; i++)
        if (!picture->nodes[i].reachable)
            add_line(tree, i, TEXT_NONE, false);
}

/* ---- writing ---- */

#define BOLD  "1"
#define DIM   "2"
#define RED   "31"
#define GREEN "32"
#define AMBER "33"

struct paper {
    struct buffer *buffer;
    bool coloured;
    size_t name_columns, type_columns;
};

static void paint(const struct paper *paper, const char *colour, struct text text)
{
    bool coloured = paper->coloured && colour != NULL && text.size > 0;
    if (coloured)
        buffer_print(paper->buffer, "\x1b[%sm", colour);
    buffer_add(paper->buffer, text);
    if (coloured)
        buffer_add(paper->buffer, TEXT("\x1b[0m"));
}

static void pad(const struct paper *paper, size_t used, size_t columns)
{
    for (; used < columns; used++)
        buffer_add_byte(paper->buffer, ' ');
}

static const char *colour_of(enum picture_state state)
{
    switch (state) {
    case PICTURE_DONE: return GREEN;
    case PICTURE_FAILED:
    case PICTURE_CANCELED: return RED;
    case PICTURE_WAITING:
    case PICTURE_HELD: return AMBER;
    case PICTURE_NOT_RUN:
    case PICTURE_PENDING:
    case PICTURE_SKIPPED: return DIM;
    default: return NULL;
    }
}

static void write_run(const struct paper *paper, struct arena *arena, const struct picture_node *node)
{
    struct text how = node->how != NULL ? text_from(node->how) : TEXT("-");
    struct text duration = picture_duration(arena, node->duration_us);
    struct text outcome = picture_outcome(arena, node);
    pad(paper, 0, 2);
    buffer_add(paper->buffer, how);
    pad(paper, how.size, 10);
    pad(paper, duration.size, 7);
    buffer_add(paper->buffer, duration);
    pad(paper, 0, 2);
    paint(paper, colour_of(node->state), outcome);
    if (node->attempts > 1)
        buffer_print(paper->buffer, ", %u attempts", node->attempts);
}

static void write_line(const struct paper *paper, const struct picture *picture, const struct line *line)
{
    struct arena *arena = picture->arena;
    bool begun = line->node != NULL && (line->node->how != NULL || !picture->has_run);
    paint(paper, DIM, line->branch);
    paint(paper, begun ? BOLD : DIM, line->name);
    if (line->node != NULL) {
        struct text type = picture_line(arena, line->node->type, NAME_COLUMNS);
        pad(paper, picture_columns(line->branch) + picture_columns(line->name), paper->name_columns);
        pad(paper, 0, 2);
        buffer_add(paper->buffer, type);
        if (picture->has_run) {
            pad(paper, picture_columns(type), paper->type_columns);
            write_run(paper, arena, line->node);
        } else if (*picture_remark(line->node) != '\0') {
            pad(paper, picture_columns(type), paper->type_columns + 2);
            paint(paper, DIM, text_from(picture_remark(line->node)));
        }
    }
    buffer_add_byte(paper->buffer, '\n');
}

static void measure(struct paper *paper, const struct tree *tree)
{
    for (uint32_t i = 0; i < tree->line_count; i++) {
        const struct line *line = &tree->lines[i];
        size_t columns = picture_columns(line->branch) + picture_columns(line->name);
        paper->name_columns = columns > paper->name_columns ? columns : paper->name_columns;
        size_t type = line->node != NULL ? picture_columns(line->node->type) : 0;
        type = type < NAME_COLUMNS ? type : NAME_COLUMNS;
        paper->type_columns = type > paper->type_columns ? type : paper->type_columns;
    }
}

static void write_conclusion(const struct paper *paper, const struct picture *picture)
{
    struct text conclusion = picture_conclusion(picture);
    const char *colour = picture->close == CLOSE_COMPLETED ? GREEN : picture->close == CLOSE_NONE ? NULL : RED;
    buffer_add_byte(paper->buffer, '\n');
    paint(paper, colour, conclusion);
    buffer_print(paper->buffer, ": %" PRIu64 " history events, %" PRIu64 " workflow task%s, %" PRIu64 " activit%s\n",
                 picture->event_count, picture->task_count, picture->task_count == 1 ? "" : "s",
                 picture->activity_count, picture->activity_count == 1 ? "y" : "ies");
    if (picture->failure.size > 0) {
        paint(paper, RED, picture_line(picture->arena, picture->failure, SIZE_MAX - 1));
        buffer_add_byte(paper->buffer, '\n');
    }
}

void picture_write_tree(const struct picture *picture, bool coloured, struct buffer *buffer)
{
    struct tree tree = {.picture = picture, .arena = picture->arena};
    if (start_tree(&tree))
        draw(&tree);
    else
        tree.failed = true;
    struct paper paper = {.buffer = buffer, .coloured = coloured};
    measure(&paper, &tree);
    for (uint32_t i = 0; i < tree.line_count; i++)
        write_line(&paper, picture, &tree.lines[i]);
    if (picture->has_run && picture->event_count > 0)
        write_conclusion(&paper, picture);
    buffer->failed = buffer->failed || tree.failed;
}
