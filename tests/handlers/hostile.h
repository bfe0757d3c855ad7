/* Text with a meaning in SQL, JSON, arrays or formats, in every member of a database action that accepts text from a
   rule or an entity: it changes only its own value. Each group of actions has its places in a separate file,
   hostile_*.c, which ends with HOSTILE_TESTS. */
#ifndef TEST_HOSTILE_H
#define TEST_HOSTILE_H

#include <criterion/criterion.h>

#include "trial.h"

/* Where a text can stand: each @ in config and context stands for it, as a JSON string. */
struct hostile_place {
    const char *action, *config, *context;
    const char *kept; /* a query that returns the text when the action is done; NULL: none */
};

struct hostile_group {
    const struct hostile_place *places;
    size_t count;
    void (*set_up)(void); /* adds rows to what trial_open makes; may be NULL */
    const char *rest;     /* SQL expressions, separated by commas: what no place may change */
    const char *clean;    /* statements that undo what the actions may write */
};

/* Opens a database for the group. The two tests call it. */
void hostile_open(const struct hostile_group *group);
void hostile_close(void);

/* Tries each text in each place. */
void hostile_texts(const struct hostile_group *group);
/* Tries each text as the names of the run itself: action, rule, execution. */
void hostile_names(const struct hostile_group *group);

/* The two tests of a group, as a suite of this name. */
#define HOSTILE_TESTS(suite_, group_)                                                                                  \
    static void suite_##_set_up(void)                                                                                  \
    {                                                                                                                  \
        hostile_open(&(group_));                                                                                       \
    }                                                                                                                  \
    TestSuite(suite_, .init = suite_##_set_up, .fini = hostile_close);                                                 \
    Test(suite_, texts_change_only_their_own_value)                                                                    \
    {                                                                                                                  \
        hostile_texts(&(group_));                                                                                      \
    }                                                                                                                  \
    Test(suite_, names_of_rules_and_actions)                                                                           \
    {                                                                                                                  \
        hostile_names(&(group_));                                                                                      \
    }

#endif
