/* Reads and writes messages. */
#include "mcp/mcp_stream.h"

#include "base/limits.h"

enum line_end { LINE_READ, LINE_TOO_LONG, LINE_NONE };

/* Reads up to the end of the line or of the input. A line that is too long is read to its end and dropped. */
static enum line_end read_line(FILE *input, struct buffer *line)
{
    int byte;
    while ((byte = getc(input)) != EOF && byte != '\n')
        if (!line->failed)
            buffer_add_byte(line, (char)byte);
    if (line->failed)
        return LINE_TOO_LONG;
    return byte == EOF && line->size == 0 ? LINE_NONE : LINE_READ;
}

static bool write_answer(struct buffer *out, FILE *output)
{
    struct text text = buffer_text(out);
    return text.data != NULL && fwrite(text.data, 1, text.size, output) == text.size && fflush(output) == 0;
}

/* False: the input has ended, or *good is false. */
static bool serve_one(struct mcp_server *server, struct arena *arena, FILE *input, FILE *output, bool *good)
{
    struct buffer line = buffer_in(arena, LIMIT_MCP_MESSAGE);
    struct buffer out = buffer_in(arena, LIMIT_MCP_ANSWER);
    enum line_end end = read_line(input, &line);
    if (end == LINE_NONE)
        return false;
    if (end == LINE_TOO_LONG)
        mcp_refuse_long(&out);
    else
        mcp_handle(server, arena, buffer_text(&line), &out);
    *good = write_answer(&out, output);
    return *good;
}

bool mcp_serve(struct mcp_server *server, FILE *input, FILE *output)
{
    bool good = true, open = true;
    while (open) {
        struct arena *arena = arena_new(LIMIT_MCP_ARENA, 0);
        if (arena == NULL)
            return false;
        open = serve_one(server, arena, input, output, &good);
        arena_free(arena);
    }
    return good;
}
