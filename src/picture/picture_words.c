/* The words of a picture. */
#include <inttypes.h>

#include "picture/picture_internal.h"

bool picture_has_start(const struct picture *picture)
{
    return picture->first_edge[picture->node_count] < picture->edge_count;
}

const char *picture_state_name(enum picture_state state)
{
    static const char *const names[] = {
        [PICTURE_RULE] = "",           [PICTURE_NOT_RUN] = "not run", [PICTURE_PENDING] = "not started",
        [PICTURE_RUNNING] = "running", [PICTURE_WAITING] = "waiting", [PICTURE_DONE] = "done",
        [PICTURE_FAILED] = "failed",   [PICTURE_SKIPPED] = "skipped", [PICTURE_CANCELED] = "canceled",
        [PICTURE_HELD] = "held",
    };
    return names[state];
}

struct text picture_outcome(struct arena *arena, const struct picture_node *node)
{
    if (node->state != PICTURE_DONE)
        return text_from(picture_state_name(node->state));
    struct text output = node->output.size > 0 ? picture_line(arena, node->output, 40) : TEXT("done");
    if (node->rows < 0)
        return output;
    return arena_print(arena, "%.*s (%" PRId64 " row%s)", TEXT_ARG(output), node->rows, node->rows == 1 ? "" : "s");
}

const char *picture_remark(const struct picture_node *node)
{
    return !node->reachable ? "unreachable" : !node->active ? "inactive" : "";
}

struct text picture_execution(struct arena *arena, const struct picture_node *node)
{
    struct buffer words = buffer_in(arena, 256);
    struct text duration = picture_duration(arena, node->duration_us);
    if (node->how != NULL)
        buffer_print(&words, "%s", node->how);
    if (duration.size > 0)
        buffer_print(&words, "%s%.*s", words.size > 0 ? ", " : "", TEXT_ARG(duration));
    if (node->attempts > 1)
        buffer_print(&words, "%s%u attempts", words.size > 0 ? ", " : "", node->attempts);
    return buffer_text(&words);
}

struct text picture_conclusion(const struct picture *picture)
{
    static const char *const words[] = {[CLOSE_NONE] = "running",
                                        [CLOSE_COMPLETED] = "completed",
                                        [CLOSE_FAILED] = "failed",
                                        [CLOSE_CANCELED] = "canceled",
                                        [CLOSE_TERMINATED] = "terminated",
                                        [CLOSE_TIMED_OUT] = "timed out",
                                        [CLOSE_CONTINUED] = "continued as new"};
    struct text duration = picture_duration(picture->arena, picture->duration_us);
    if (picture->close == CLOSE_NONE || duration.size == 0)
        return text_from(words[picture->close]);
    return arena_print(picture->arena, "%s after %.*s", words[picture->close], TEXT_ARG(duration));
}
