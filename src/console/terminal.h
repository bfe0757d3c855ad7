/* What commands print for people: colour, tables, times. */
#ifndef CONSOLE_TERMINAL_H
#define CONSOLE_TERMINAL_H

#include "base/buffer.h"
#include "base/json_writer.h"

/* Whether stdout is a terminal whose cursor can be moved. */
bool terminal_is_live(void);
/* Whether it shows colours too: nobody has set NO_COLOR. */
bool terminal_is_coloured(void);
/* Lines of the terminal; a usual number where it does not say. */
size_t terminal_lines(void);

/* A table of texts. Columns are as wide as their widest cell; control characters in cells are blanks. */
#define TABLE_COLUMNS 8
struct table {
    struct buffer *buffer;
    bool coloured;
    unsigned columns;
    const char *titles[TABLE_COLUMNS];
    struct text *cells; /* row by row */
    size_t count, capacity;
};
/* Adds a cell, cut at `limit` characters. A full arena shows in the buffer. */
void table_add(struct table *table, struct text text, size_t limit);
/* Writes the titles and the rows. colour_of: the ANSI colour of a cell, or NULL; may be NULL. */
void table_write(struct table *table, const char *(*colour_of)(unsigned column, struct text cell));

/* How far a command is, on stderr if that is a terminal, once it takes longer than two seconds. Zero before the first
   call; done == total removes the line. */
struct progress {
    int64_t started_us;
    bool shown;
};
void progress_show(struct progress *progress, const char *what, size_t done, size_t total);

/* "2026-11-30 20:04:18", UTC; empty for 0. In the arena. */
struct text terminal_time(struct arena *arena, int64_t us) MUST_CHECK;
/* A key and its time in RFC 3339; null for 0. */
void json_member_time(struct json_writer *json, const char *key, int64_t us);

#endif
