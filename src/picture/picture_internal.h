/* What the forms of a picture share. Only src/picture includes this. */
#ifndef PICTURE_PICTURE_INTERNAL_H
#define PICTURE_PICTURE_INTERNAL_H

#include "picture/picture.h"

/* The start is drawn as a node with this index. */
static inline uint32_t picture_start(const struct picture *picture)
{
    return picture->node_count;
}

bool picture_has_start(const struct picture *picture);

/* At most `limit` characters of the text in one line: control characters are blanks, "…" stands for the rest. .data
   NULL past the budget. */
struct text picture_line(struct arena *arena, struct text text, size_t limit) MUST_CHECK;
size_t picture_columns(struct text text); /* characters */

/* "8 ms", "1.4 s", "3 min", "2 h", "4 d"; empty when unknown. */
struct text picture_duration(struct arena *arena, int64_t duration_us) MUST_CHECK;
/* How the action ended: "true", "success (1 row)", "failed", "not run"; empty without a run. */
struct text picture_outcome(struct arena *arena, const struct picture_node *node) MUST_CHECK;
/* What is special of an action in the picture of a rule: "inactive", "unreachable"; "" as a rule. */
const char *picture_remark(const struct picture_node *node);
/* How it was executed: "local, 8 ms, 3 attempts"; may be empty. */
struct text picture_execution(struct arena *arena, const struct picture_node *node) MUST_CHECK;
/* "completed after 16 ms". */
struct text picture_conclusion(const struct picture *picture) MUST_CHECK;

#endif
