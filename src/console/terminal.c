/* Output for people. */
#include "console/terminal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/date.h"
#include "picture/picture_text.h"

#define PROGRESS_AFTER_US 2000000

bool terminal_is_live(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

bool terminal_is_coloured(void)
{
    return terminal_is_live() && getenv("NO_COLOR") == NULL;
}

size_t terminal_lines(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 2 ? size.ws_row : 24;
}

void table_add(struct table *table, struct text text, size_t limit)
{
    struct arena *arena = table->buffer->arena;
    struct text *cells = arena_reserve(arena, table->cells, table->count, &table->capacity, sizeof *table->cells);
    struct text line = picture_line(arena, text, limit);
    if (cells == NULL || line.data == NULL) {
        table->buffer->failed = true;
        return;
    }
    table->cells = cells;
    table->cells[table->count++] = line;
}

static void write_cell(const struct table *table, struct text text, size_t width, const char *colour)
{
    bool coloured = table->coloured && colour != NULL && text.size > 0;
    if (coloured)
        buffer_print(table->buffer, "\x1b[%sm", colour);
    buffer_add(table->buffer, text);
    if (coloured)
        buffer_add(table->buffer, TEXT("\x1b[0m"));
    for (size_t used = picture_columns(text); used < width; used++)
        buffer_add_byte(table->buffer, ' ');
}

void table_write(struct table *table, const char *(*colour_of)(unsigned column, struct text cell))
{
    size_t widths[TABLE_COLUMNS] = {0};
    assert(table->columns > 0 && table->columns <= TABLE_COLUMNS && table->count % table->columns == 0);
    for (unsigned i = 0; i < table->columns; i++)
        widths[i] = strlen(table->titles[i]);
    for (size_t i = 0; i < table->count; i++) {
        size_t columns = picture_columns(table->cells[i]);
        size_t *width = &widths[i % table->columns];
        *width = columns > *width ? columns : *width;
    }
    for (size_t i = 0; i < table->count + table->columns; i++) {
        unsigned column = (unsigned)(i % table->columns);
        bool title = i < table->columns, last = column + 1 == table->columns;
        struct text cell = title ? text_from(table->titles[column]) : table->cells[i - table->columns];
        const char *colour = title ? "1" : colour_of != NULL ? colour_of(column, cell) : NULL;
        write_cell(table, cell, last ? 0 : widths[column] + 2, colour);
        if (last)
            buffer_add_byte(table->buffer, '\n');
    }
}

void progress_show(struct progress *progress, const char *what, size_t done, size_t total)
{
    int64_t now_us = clock_monotonic_us();
    if (progress->started_us == 0)
        progress->started_us = now_us;
    if (progress->shown && done >= total)
        fprintf(stderr, "\r\x1b[K");
    progress->shown = done < total && isatty(STDERR_FILENO) && now_us - progress->started_us > PROGRESS_AFTER_US;
    if (progress->shown)
        fprintf(stderr, "\r%zu of %zu %s", done, total, what);
}

struct text terminal_time(struct arena *arena, int64_t us)
{
    return us > 0 && us <= DATE_US_MAX ? date_text(arena, us, TEXT("2006-01-02 15:04:05")) : TEXT("");
}

void json_member_time(struct json_writer *json, const char *key, int64_t us)
{
    bool known = us > 0 && us <= DATE_US_MAX;
    json_member_text_or_null(json, key, known ? date_text(json->buffer->arena, us, DATE_RFC3339) : TEXT_NONE);
}
