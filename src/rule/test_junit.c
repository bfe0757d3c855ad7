/* Tests of rules as JUnit's XML. */
#include "base/limits.h"
#include "rule/test_report.h"

/* Writes the text of an element or attribute. XML cannot represent most control characters. */
static void add_escaped(struct buffer *buffer, struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        switch (byte) {
        case '&': buffer_add(buffer, TEXT("&amp;")); break;
        case '<': buffer_add(buffer, TEXT("&lt;")); break;
        case '>': buffer_add(buffer, TEXT("&gt;")); break;
        case '"': buffer_add(buffer, TEXT("&quot;")); break;
        case '\n': buffer_add(buffer, TEXT("&#10;")); break;
        case '\t': buffer_add(buffer, TEXT("&#9;")); break;
        default:
            if (byte < ' ')
                buffer_add(buffer, TEXT("\xef\xbf\xbd"));
            else
                buffer_add_byte(buffer, text.data[i]);
        }
    }
}

static void write_differences(struct buffer *buffer, const struct case_differences *differences)
{
    buffer_print(buffer, "      <failure message=\"%zu difference%s\">", differences->count,
                 differences->count == 1 ? "" : "s");
    for (size_t i = 0; i < differences->count; i++) {
        const struct case_difference *difference = &differences->items[i];
        add_escaped(buffer, difference->pointer);
        buffer_add(buffer, TEXT("\n  expected "));
        add_escaped(buffer, difference->expected);
        buffer_add(buffer, TEXT("\n  got      "));
        add_escaped(buffer, difference->got);
        buffer_add_byte(buffer, '\n');
    }
    buffer_add(buffer, TEXT("</failure>\n"));
}

static void begin_case(struct buffer *buffer, const char *file, struct text name)
{
    buffer_add(buffer, TEXT("    <testcase classname=\""));
    add_escaped(buffer, text_from(file));
    buffer_add(buffer, TEXT("\" name=\""));
    add_escaped(buffer, name);
    buffer_add(buffer, TEXT("\">\n"));
}

static void write_faults(struct buffer *buffer, const char *file, const struct case_faults *faults)
{
    begin_case(buffer, file, TEXT("the file can be read"));
    buffer_add(buffer, TEXT("      <error message=\"the file is not good\">"));
    for (size_t i = 0; i < faults->count; i++) {
        add_escaped(buffer, faults->items[i].pointer);
        buffer_add(buffer, TEXT(": "));
        add_escaped(buffer, faults->items[i].message);
        buffer_add_byte(buffer, '\n');
    }
    buffer_add(buffer, TEXT("</error>\n    </testcase>\n"));
}

static void write_refusal(struct buffer *buffer, const char *file, const struct rule_document *document)
{
    struct buffer lines = buffer_in(buffer->arena, MIB(16));
    rule_document_write_faults(document, "rule", RULE_FAULT_FLOW, &lines);
    begin_case(buffer, file, TEXT("the rule is good"));
    buffer_add(buffer, TEXT("      <error message=\"the rule is not good\">"));
    add_escaped(buffer, buffer_text(&lines));
    buffer_add(buffer, TEXT("</error>\n    </testcase>\n"));
}

void test_junit_begin(struct buffer *buffer)
{
    buffer_add(buffer, TEXT("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"));
}

void test_junit_end(struct buffer *buffer)
{
    buffer_add(buffer, TEXT("</testsuites>\n"));
}

void test_junit_write(struct buffer *buffer, const char *file, const struct rule_test *test)
{
    bool faulty = test->faults.count > 0 || test->refused;
    buffer_add(buffer, TEXT("  <testsuite name=\""));
    add_escaped(buffer, text_from(file));
    buffer_print(buffer, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%d\">\n", faulty ? 1 : test->outcome_count,
                 faulty ? 0 : test->failed, faulty);
    if (test->faults.count > 0)
        write_faults(buffer, file, &test->faults);
    else if (test->refused)
        write_refusal(buffer, file, &test->document);
    for (size_t i = 0; !faulty && i < test->outcome_count; i++) {
        const struct case_outcome *outcome = &test->outcomes[i];
        begin_case(buffer, file, outcome->rule_case->name);
        if (outcome->differences.count > 0)
            write_differences(buffer, &outcome->differences);
        buffer_add(buffer, TEXT("    </testcase>\n"));
    }
    buffer_add(buffer, TEXT("  </testsuite>\n"));
}
