/* The files that `test` works on: files of cases, and rules without one. The cases of NAME.json are in NAME.test.json
   beside it, or in the folder `tests` there. */
#ifndef AUTHORING_TEST_FILES_H
#define AUTHORING_TEST_FILES_H

#include "base/arena.h"
#include "base/status.h"

#define CASES_SUFFIX ".test.json"

struct test_files {
    const char **cases; /* files of cases, in the order of the arguments, those of a folder sorted */
    size_t case_count, case_capacity;
    const char **rules; /* files NAME.json in folders that have no cases */
    size_t rule_count, rule_capacity;
};

/* Adds a file of cases, or those of a folder and of the folders in it. A rule, NAME.json, stands for its cases.
   STATUS_NOT_FOUND: it cannot be read; STATUS_BUDGET: the arena is full, or folders are nested too deeply. */
enum status test_files_add(struct arena *arena, const char *path, struct test_files *files,
                           struct error *error) MUST_CHECK;

/* The rule that belongs to a file of cases by its name: NAME.json beside NAME.test.json or, when that is in a folder
   `tests`, in the folder above. In the arena; NULL when the file has another name, or the arena is full. */
const char *test_files_rule(struct arena *arena, const char *cases);
/* A file beside this one, in the arena; `name` itself when it is an absolute path; NULL when the arena is full. */
const char *test_files_beside(struct arena *arena, const char *file, struct text name);

#endif
