/* Graphviz, loaded when a picture needs it: it brings 40 shared objects, and no other command should carry them. */
#ifndef AUTHORING_GRAPHVIZ_H
#define AUTHORING_GRAPHVIZ_H

#include "base/buffer.h"
#include "base/status.h"

/* Lays out a graph in Graphviz's language, NUL-terminated, with the engine `dot`; the answer, in the format json0,
   lives in the arena. Works in a child process, so that neither a crash nor a leak of the library is one of this
   process; call it while no other thread runs. STATUS_NOT_FOUND: Graphviz is not installed. STATUS_BUDGET: the arena is
   full, or the layout takes more than LIMIT_LAYOUT_SECONDS of CPU. STATUS_INTERNAL: Graphviz has failed. */
enum status graphviz_layout(struct arena *arena, const char *graph, struct text *answer,
                            struct error *error) MUST_CHECK;

#endif
