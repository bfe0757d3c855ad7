/* Reports on tests of rules, for people and as JSON. */
#include "rule/test_report.h"

#include "rule/case_compare.h"

void test_totals_add(struct test_totals *totals, const struct rule_test *test)
{
    totals->files++;
    totals->faulty += test->faults.count > 0 || test->refused;
    if (test->faults.count > 0 || test->refused)
        return;
    totals->cases += test->outcome_count;
    totals->failed += test->failed;
    totals->edges += test->edges.graph.edge_count;
    totals->untaken += test->untaken;
}

/* ---- for a terminal ---- */

static void write_line(struct buffer *buffer, const char *head, struct text text)
{
    buffer_add(buffer, text_from(head));
    buffer_add(buffer, text);
    buffer_add_byte(buffer, '\n');
}

static void write_case(struct buffer *buffer, const char *file, const struct case_outcome *outcome)
{
    const struct case_differences *differences = &outcome->differences;
    buffer_print(buffer, "%s  %s: ", differences->count == 0 ? "ok  " : "FAIL", file);
    write_line(buffer, "", outcome->rule_case->name);
    for (size_t i = 0; i < differences->count; i++) {
        write_line(buffer, "        ", differences->items[i].pointer);
        write_line(buffer, "          expected ", differences->items[i].expected);
        write_line(buffer, "          got      ", differences->items[i].got);
    }
    if (differences->exhausted)
        write_line(buffer, "        ", TEXT("and more"));
    for (size_t i = 0; i < outcome->warning_count; i++)
        write_line(buffer, "        warning: ", outcome->warnings[i]);
}

void test_report_write(struct buffer *buffer, const char *file, const char *rule, const struct rule_test *test)
{
    for (size_t i = 0; i < test->faults.count; i++) {
        const struct case_fault *fault = &test->faults.items[i];
        buffer_print(buffer, "%s: %.*s%serror: ", file, TEXT_ARG(fault->pointer), fault->pointer.size > 0 ? ": " : "");
        write_line(buffer, "", fault->message);
    }
    for (size_t i = 0; test->faults.count == 0 && i < test->outcome_count; i++)
        write_case(buffer, file, &test->outcomes[i]);
    for (uint32_t i = 0; test->untaken > 0 && i < test->edges.graph.edge_count; i++) {
        if (test->edges.covered[i] || test->left_out[i])
            continue;
        buffer_print(buffer, "%s: no case takes ", rule);
        write_line(buffer, "", test->edges.labels[i]);
    }
    /* A fault of the rule itself may be the reason why a case fails. */
    if (test->failed > 0 || test->refused)
        rule_document_write_faults(&test->document, rule, test->refused ? RULE_FAULT_FLOW : RULE_FAULT_CONFIG, buffer);
    if (test->refused)
        buffer_print(buffer, "%s: the rule has errors: no case was played; --force plays the cases anyway\n", file);
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

void test_totals_write(struct buffer *buffer, const struct test_totals *totals)
{
    buffer_print(buffer, "%zu file%s, %zu case%s: %zu passed", totals->files, plural(totals->files), totals->cases,
                 plural(totals->cases), totals->cases - totals->failed);
    if (totals->failed > 0)
        buffer_print(buffer, ", %zu failed", totals->failed);
    if (totals->faulty > 0)
        buffer_print(buffer, "; %zu faulty file%s", totals->faulty, plural(totals->faulty));
    buffer_print(buffer, "; %zu of %zu edges taken\n", totals->edges - totals->untaken, totals->edges);
}

/* ---- JSON ---- */

static void write_json_case(struct json_writer *json, const struct case_outcome *outcome)
{
    const struct case_differences *differences = &outcome->differences;
    json_begin_object(json);
    json_member_text(json, "name", outcome->rule_case->name);
    json_member_boolean(json, "passed", differences->count == 0);
    json_member_string(json, "status", case_status_name(outcome->close));
    json_key(json, "differences");
    json_begin_array(json);
    for (size_t i = 0; i < differences->count; i++) {
        json_begin_object(json);
        json_member_text(json, "pointer", differences->items[i].pointer);
        json_member_text(json, "expected", differences->items[i].expected);
        json_member_text(json, "got", differences->items[i].got);
        json_end_object(json);
    }
    json_end_array(json);
    json_key(json, "warnings");
    json_begin_array(json);
    for (size_t i = 0; i < outcome->warning_count; i++)
        json_put_text(json, outcome->warnings[i]);
    json_end_array(json);
    json_end_object(json);
}

static void write_json_faults(struct json_writer *json, const struct case_faults *faults)
{
    json_key(json, "faults");
    json_begin_array(json);
    for (size_t i = 0; i < faults->count; i++) {
        json_begin_object(json);
        json_member_text(json, "pointer", faults->items[i].pointer);
        json_member_text(json, "message", faults->items[i].message);
        json_end_object(json);
    }
    json_end_array(json);
}

static void write_rule_errors(struct json_writer *json, const struct rule_document *document)
{
    json_key(json, "rule_errors");
    json_begin_array(json);
    for (size_t i = 0; i < document->fault_count; i++) {
        if (document->faults[i].kind < RULE_FAULT_CONFIG)
            continue;
        json_begin_object(json);
        rule_fault_write_json(json, &document->faults[i]);
        json_end_object(json);
    }
    json_end_array(json);
}

void test_report_write_json(struct json_writer *json, const char *file, const char *rule, const struct rule_test *test)
{
    json_begin_object(json);
    json_member_string(json, "file", file);
    json_member_string(json, "rule", rule);
    write_json_faults(json, &test->faults);
    write_rule_errors(json, &test->document);
    json_key(json, "cases");
    json_begin_array(json);
    for (size_t i = 0; test->faults.count == 0 && i < test->outcome_count; i++)
        write_json_case(json, &test->outcomes[i]);
    json_end_array(json);
    json_member_integer(json, "edges", test->edges.graph.edge_count);
    json_key(json, "untaken");
    json_begin_array(json);
    for (uint32_t i = 0; test->untaken > 0 && i < test->edges.graph.edge_count; i++)
        if (!test->edges.covered[i] && !test->left_out[i])
            json_put_text(json, test->edges.labels[i]);
    json_end_array(json);
    json_end_object(json);
}

void test_totals_write_json(struct json_writer *json, const struct test_totals *totals)
{
    json_member_integer(json, "files", (int64_t)totals->files);
    json_member_integer(json, "cases", (int64_t)totals->cases);
    json_member_integer(json, "passed", (int64_t)(totals->cases - totals->failed));
    json_member_integer(json, "failed", (int64_t)totals->failed);
    json_member_integer(json, "faulty", (int64_t)totals->faulty);
    json_member_integer(json, "edges", (int64_t)totals->edges);
    json_member_integer(json, "untaken", (int64_t)totals->untaken);
}
