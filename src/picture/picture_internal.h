/* Shared by the forms of a picture. Only src/picture includes this. */
#ifndef PICTURE_PICTURE_INTERNAL_H
#define PICTURE_PICTURE_INTERNAL_H

#include "picture/picture.h"
#include "picture/picture_text.h"

/* The start is drawn as a node with this index. */
static inline uint32_t picture_start(const struct picture *picture)
{
    return picture->node_count;
}

bool picture_has_start(const struct picture *picture);

/* A remark on an action in the picture of a rule: "inactive", "unreachable"; usually "". */
const char *picture_remark(const struct picture_node *node);
/* How the action was executed: "local, 8 ms, 3 attempts"; may be empty. */
struct text picture_execution(struct arena *arena, const struct picture_node *node) MUST_CHECK;

#endif
