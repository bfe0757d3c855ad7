/* Tests a rule with the cases of a file. */
#ifndef AUTHORING_RULE_TEST_FILE_H
#define AUTHORING_RULE_TEST_FILE_H

#include "rule/rule_test.h"

/* Reads a file of cases and its rule, and plays them, all in the arena. *rule_file: the file of the rule; `force`: as
   of rule_test_run. A file that is not good is no error: test->faults says why. STATUS_NOT_FOUND,
   STATUS_INVALID: the file cannot be read, or is no JSON; STATUS_BUDGET: the arena is full. */
enum status rule_test_file(struct arena *arena, const char *file, bool force, const char **rule_file,
                           struct rule_test *test, struct error *error) MUST_CHECK;

#endif
