/* Cases of work that grows with one input, and their measurement. */
#ifndef GROWTH_GROWTH_H
#define GROWTH_GROWTH_H

#include "base/buffer.h"
#include "base/json.h"
#include "growth/count.h"

/* The measurement of one size. A case makes its input, then works on it between begin and end. */
struct trial {
    struct arena *arena;
    uint64_t begun, steps;
};
static inline void begin(struct trial *trial)
{
    trial->begun = count_steps();
}
static inline void end(struct trial *trial)
{
    trial->steps += count_steps() - trial->begun;
}

struct growth_case {
    const char *name;
    size_t least, most; /* smallest and largest size; each size is ten times the previous one */
    void (*run)(struct trial *trial, size_t size);
};

/* Ends the program with this message unless the condition holds. */
void expect(bool condition, const char *message);

extern const struct growth_case json_cases[], graph_cases[], action_cases[], check_cases[], engine_cases[],
    history_cases[], rule_cases[];

/* ---- inputs ---- */

/* A text made by printf into the trial's arena. */
#define PRINT(trial_, ...) arena_print((trial_)->arena, __VA_ARGS__)
/* The UUID of action i. */
struct text action_id(struct trial *trial, size_t i);

/* Builds a JSON document piece by piece. */
struct buffer document_begin(struct trial *trial, const char *head);
/* `head` is that of document_begin: a comma goes in front of all but the first item. */
void document_add(struct buffer *document, size_t index, const char *format, ...) PRINTF_LIKE(3, 4);
struct text document_end(struct buffer *document, const char *tail);
struct json_value read_document(struct trial *trial, struct text document);

#endif
