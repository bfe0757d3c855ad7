/* Every action that writes leaves the database in the same state whether it runs once, runs twice, runs twice at the
   same time, or loses its connection at any request and runs again. The effect ledger ensures this, with the same
   result. Without its table the handlers ensure it for one worker at a time, and the result of a repeat may differ.

   Each group of actions has a file with its table of effects; effects_once.c lists the groups. */
#ifndef TEST_EFFECTS_ONCE_H
#define TEST_EFFECTS_ONCE_H

#include "trial.h"

/* One performance of an action. The order ORDER has changed, as in effects_context. */
struct effect {
    const char *action, *config;
    const char *context;         /* JSON; NULL: that of the group */
    enum action_outcome outcome; /* on success */
    const char *undo;            /* SQL that undoes the effect */
    bool needs_ledger;           /* without the ledger, a repeat acts again */
};

struct effect_group {
    const struct effect *effects;
    size_t count;
    const char *rows;    /* SQL that inserts the rows on which they work; NULL: no rows */
    const char *context; /* JSON; NULL: the order ORDER, without a user */
};
#define EFFECT_GROUP(effects_, ...)                                                                                    \
    {                                                                                                                  \
        .effects = (effects_), .count = sizeof(effects_) / sizeof((effects_)[0]), __VA_ARGS__                          \
    }

/* Opens a fresh database with stock, an alert and the execution, and then the group's rows. */
void effects_set_up(const struct effect_group *group);
void effects_tear_down(void);

/* Each function performs every effect of the group in this way, and undoes it. */
void effects_perform_twice(void);
void effects_perform_twice_without_ledger(void);
void effects_write_what_the_spec_says(void);
void effects_perform_at_once(void);
void effects_lose_requests(void);
void effects_lose_answers(void);
void effects_lose_answers_without_ledger(void);
/* Each writes no column that `modifies` of its action does not list. */
void effects_write_what_they_say(void);
/* Performs every effect as a user of the database who has the rights in docs/operations.md, and those that rules need
   on the tables that they name. */
void effects_perform_with_least_rights(void);

/* The suite of a group, by its name. */
#define EFFECT_TESTS(group_)                                                                                           \
    static void group_##_set_up(void)                                                                                  \
    {                                                                                                                  \
        effects_set_up(&group_);                                                                                       \
    }                                                                                                                  \
    TestSuite(group_, .init = group_##_set_up, .fini = effects_tear_down);                                             \
    Test(group_, performed_twice)                                                                                      \
    {                                                                                                                  \
        effects_perform_twice();                                                                                       \
    }                                                                                                                  \
    Test(group_, performed_twice_without_the_ledger)                                                                   \
    {                                                                                                                  \
        effects_perform_twice_without_ledger();                                                                        \
    }                                                                                                                  \
    Test(group_, writes_what_the_spec_says)                                                                            \
    {                                                                                                                  \
        effects_write_what_the_spec_says();                                                                            \
    }                                                                                                                  \
    Test(group_, performed_twice_at_once)                                                                              \
    {                                                                                                                  \
        effects_perform_at_once();                                                                                     \
    }                                                                                                                  \
    Test(group_, request_lost_at_any_request)                                                                          \
    {                                                                                                                  \
        effects_lose_requests();                                                                                       \
    }                                                                                                                  \
    Test(group_, answer_lost_at_any_request)                                                                           \
    {                                                                                                                  \
        effects_lose_answers();                                                                                        \
    }                                                                                                                  \
    Test(group_, performed_with_least_rights)                                                                          \
    {                                                                                                                  \
        effects_perform_with_least_rights();                                                                           \
    }                                                                                                                  \
    Test(group_, answer_lost_at_any_request_without_the_ledger)                                                        \
    {                                                                                                                  \
        effects_lose_answers_without_ledger();                                                                         \
    }                                                                                                                  \
    Test(group_, written_columns)                                                                                      \
    {                                                                                                                  \
        effects_write_what_they_say();                                                                                 \
    }

#endif
