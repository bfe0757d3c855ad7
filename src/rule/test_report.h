/* Reports on tests of rules: for a terminal, as JSON, and as JUnit's XML. Pure; single-threaded. */
#ifndef RULE_TEST_REPORT_H
#define RULE_TEST_REPORT_H

#include "base/json_writer.h"
#include "rule/rule_test.h"

/* Sums over all files. */
struct test_totals {
    size_t files, cases, failed; /* cases */
    size_t faulty;               /* files whose cases were not played */
    size_t edges, untaken;
};

void test_totals_add(struct test_totals *totals, const struct rule_test *test);

/* `file` is the name of the file of cases, or another name for it; `rule` is the name of the rule's file. */

/* Writes a line for each fault or case, with its differences, and one for each edge that no case took. */
void test_report_write(struct buffer *buffer, const char *file, const char *rule, const struct rule_test *test);
/* Writes "3 files, 7 cases: 7 passed; 12 of 12 edges taken". */
void test_totals_write(struct buffer *buffer, const struct test_totals *totals);

/* Writes {"file", "rule", "faults": [{"pointer", "message"}], "cases": [{"name", "passed", "status", "differences":
   [{"pointer", "expected", "got"}], "warnings"}], "edges": N, "untaken": [LABEL]}. */
void test_report_write_json(struct json_writer *json, const char *file, const char *rule, const struct rule_test *test);
/* Writes the members "files" to "untaken" of an open object. */
void test_totals_write_json(struct json_writer *json, const struct test_totals *totals);

/* Writes one <testsuite>; the caller writes test_junit_begin before the first and test_junit_end after the last. */
void test_junit_begin(struct buffer *buffer);
void test_junit_write(struct buffer *buffer, const char *file, const struct rule_test *test);
void test_junit_end(struct buffer *buffer);

#endif
