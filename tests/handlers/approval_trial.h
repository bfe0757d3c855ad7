/* The tests of an action that asks people through the same code as seek_approval. The actions differ only in their
   specs. test_seek_approval.c has the tests of the shared code. */
#ifndef TEST_APPROVAL_TRIAL_H
#define TEST_APPROVAL_TRIAL_H

#include <criterion/criterion.h>

#include "trial.h"

void approval_open(const char *action_type);
void approval_close(void);
void approval_asks_once(void);
void approval_ends_with_the_answer(void);
void approval_refuses_where_nobody_can_be_asked(void);
void approval_has_every_validation_message(void);

#define APPROVAL_TESTS(action_)                                                                                        \
    static void set_up(void)                                                                                           \
    {                                                                                                                  \
        approval_open(#action_);                                                                                       \
    }                                                                                                                  \
    TestSuite(action_, .init = set_up, .fini = approval_close);                                                        \
    Test(action_, asks_once)                                                                                           \
    {                                                                                                                  \
        approval_asks_once();                                                                                          \
    }                                                                                                                  \
    Test(action_, ends_with_the_answer)                                                                                \
    {                                                                                                                  \
        approval_ends_with_the_answer();                                                                               \
    }                                                                                                                  \
    Test(action_, refuses_where_nobody_can_be_asked)                                                                   \
    {                                                                                                                  \
        approval_refuses_where_nobody_can_be_asked();                                                                  \
    }                                                                                                                  \
    Test(action_, every_validation_message)                                                                            \
    {                                                                                                                  \
        approval_has_every_validation_message();                                                                       \
    }

#endif
