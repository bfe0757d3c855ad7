/* Every row of contract handlers 5.1 and 5.4, with a second text where design part 7 decides otherwise. */
#include "action/template.h"
#include "support.h"

#include <string.h>

#define SAME NULL

struct row {
    const char *template;
    const char *contract; /* what the Go worker gives; NULL for what is not in its tables */
    const char *decided;  /* SAME, or what design part 7 makes of it */
};

static const char data[] =
    "{\"name\":\"john DOE\",\"amount\":1234.5,\"big\":1234567,\"huge\":12345678901,\"snum\":\"42.567\",\"neg\":-3.7,"
    "\"n5\":2.5,\"active\":true,\"nul\":null,\"empty\":\"\",\"tags\":[\"urgent\",\"vip\"],\"nums\":[1,2.5,3],"
    "\"emptyarr\":[],\"obj\":{\"a\":1,\"b\":{\"c\":\"deep\"}},\"d\":\"2024-01-15T14:30:05Z\",\"d2\":\"2024-01-15\","
    "\"long\":\"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\","
    "\"ts\":\"2026-02-10 21:18:31.5 +0000 UTC\",\"html\":\"<b>&\",\"sales.orders\":{\"id\":\"X1\"},\"qty\":10,"
    "\"price\":9.99,\"Step One.status\":\"ok\",\"a-b\":\"dash\",\"large\":9007199254740993,\"tiny\":0.0000001}";

static struct text expand(struct arena *arena, const char *template, const struct json_value *context,
                          struct template_notes *notes)
{
    struct text out;
    struct error error = ERROR_IN(arena);
    enum status status = template_expand(arena, text_from(template), context, NULL, &out, notes, &error);
    cr_assert_eq(status, STATUS_OK, "%s: %.*s", template, TEXT_ARG(error.message));
    return out;
}

static void check_rows_with(const char *context_text, const struct row *rows, size_t count)
{
    struct arena *arena = test_arena();
    const struct json_value context = test_json(arena, context_text);
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        const char *expected = row->decided != SAME ? row->decided : row->contract;
        cr_assert(row->decided == SAME || row->contract == NULL || strcmp(row->decided, row->contract) != 0,
                  "%s: decided as the contract has it", row->template);
        struct template_notes notes = {0};
        struct text found = expand(arena, row->template, &context, &notes);
        cr_expect(text_is(found, expected), "%s: found '%.*s', expected '%s'", row->template, TEXT_ARG(found),
                  expected);
    }
    arena_free(arena);
}

#define CHECK_ROWS(rows_) check_rows_with(data, (rows_), sizeof(rows_) / sizeof((rows_)[0]))

/* 5.1: the engine that knew neither blanks nor filters. */
Test(template, simple_rows)
{
    static const struct row rows[] = {
        {"Order {{number}}", "Order A1", SAME},
        {"{{ number }}", "{{ number }}", "A1"},
        {"{{total | currency:USD}}", "{{total | currency:USD}}", "$5.00"},
        {"{{qty}}", "1.5e+06", "1500000"},
        {"{{x}}", "<nil>", ""},
        {"{{tags}}", "[a b]", "[\"a\",\"b\"]"},
        {"{{obj}}", "map[a:<nil> b:1]", "{\"a\":null,\"b\":1}"},
        {"{{obj.b}}", "{{obj.b}}", "1"},
        {"{{Step One.status}}", "ok", SAME},
        {"{{missing}}", "{{missing}}", ""},
        {"{{{name}}}", "{{{name}}}", SAME},
    };
    check_rows_with("{\"number\":\"A1\",\"total\":5,\"qty\":1500000,\"x\":null,\"tags\":[\"a\",\"b\"],"
                    "\"obj\":{\"b\":1,\"a\":null},\"Step One.status\":\"ok\",\"name\":\"x\"}",
                    rows, sizeof rows / sizeof rows[0]);
}

Test(template, variables)
{
    static const struct row rows[] = {
        {"{{name}}", "john DOE", SAME},
        {"{{ name }}", "john DOE", SAME},
        {"{{\tname}}", "john DOE", SAME},
        {"{{amount}}", "1234.5", SAME},
        {"{{big}}", "1.234567e+06", "1234567"},
        {"{{huge}}", "1.2345678901e+10", "12345678901"},
        {"{{active}}", "true", SAME},
        {"{{nul}}", "", SAME},
        {"{{missing}}", "", SAME},
        {"{{$me}}", "", SAME},
        {"{{$now}}", "", SAME},
        {"{{obj.zz}}", "", SAME},
        {"{{tags.0}}", "", SAME},
        {"{{name.}}", "", SAME},
        {"{{tags}}", "[\"urgent\",\"vip\"]", SAME},
        {"{{nums}}", "[1,2.5,3]", SAME},
        {"{{obj}}", "{\"a\":1,\"b\":{\"c\":\"deep\"}}", SAME},
        {"{{obj.a}}", "1", SAME},
        {"{{obj.b.c}}", "deep", SAME},
        {"{{sales.orders.id}}", "X1", SAME},
        {"{{html}}", "<b>&", SAME},
        {"{{}}", "{{}}", SAME},
        {"{{name}", "{{name}", SAME},
        {"{name}", "{name}", SAME},
        {"{{ }}", "{{ }}", SAME},
        {"{{1abc}}", "{{1abc}}", SAME},
        {"{{a-c}}", "{{a-c}}", SAME},
        {"{{_x}}", "{{_x}}", SAME},
        {"{{name|}}", "{{name|}}", SAME},
        {"{{{name}}}", "{{{name}}}", SAME},
        {"{{Step Two.status}}", "{{Step Two.status}}", SAME},
        {"{{name}} and {{a-c}}", "{{name}} and {{a-c}}", "john DOE and {{a-c}}"},
        /* keys that are no names, but are there */
        {"{{Step One.status}}", "{{Step One.status}}", "ok"},
        {"{{ Step One.status | uppercase }}", NULL, "OK"},
        {"{{a-b}}", "{{a-b}}", "dash"},
        {"{{large}}", NULL, "9007199254740993"},
        {"{{tiny}}", NULL, "0.0000001"},
        /* what is no placeholder, next to what is one */
        {"{{}}{{name}}", NULL, "{{}}john DOE"},
        {"{{a}b}}{{qty}}}}", NULL, "{{a}b}}10}}"},
        {"}}{{ {{qty}}", NULL, "}}{{ {{qty}}"},
        {"{{qty}}{{qty}}", NULL, "1010"},
        {"", NULL, ""},
        {"{{", NULL, "{{"},
        {"{{qty", NULL, "{{qty"},
    };
    CHECK_ROWS(rows);
}

Test(template, filters_of_text)
{
    static const struct row rows[] = {
        {"{{name | uppercase}}", "JOHN DOE", SAME},
        {"{{name|lowercase}}", "john doe", SAME},
        {"{{name | capitalize}}", "John doe", SAME},
        {"{{name | trim | uppercase}}", "JOHN DOE", SAME},
        {"{{active | uppercase}}", "TRUE", SAME},
        {"{{nul | uppercase}}", "<NIL>", SAME},
        {"{{nul | trim}}", "<nil>", SAME},
        {"{{tags | uppercase}}", "[URGENT VIP]", SAME},
        {"{{obj | uppercase}}", "MAP[A:1 B:MAP[C:DEEP]]", SAME},
        {"{{empty | capitalize}}", "", SAME},
        {"{{long | truncate}}", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN...", SAME},
        {"{{long | truncate:5}}", "01234...", SAME},
        {"{{long | truncate:abc}}", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN...", SAME},
        {"{{long | truncate:-5}}", NULL, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN..."},
        {"{{long | truncate:0}}", "...", SAME},
        {"{{long | truncate:62}}", NULL, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"},
        {"{{long | truncate:61}}", NULL, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY..."},
        {"{{long | truncate:5 | uppercase}}", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMN...", "01234..."},
        {"{{amount | truncate:3}}", "123...", SAME},
        {"{{name | nosuch}}", "john DOE", SAME},
        {"{{name | uppercase | nosuch}}", "john DOE", SAME},
        {"{{name | nosuch | uppercase}}", "john DOE", SAME},
        {"{{name | upper case}}", NULL, "{{name | upper case}}"},
    };
    CHECK_ROWS(rows);
}

Test(template, filters_of_lists)
{
    static const struct row rows[] = {
        {"{{tags | join}}", "urgent, vip", SAME},
        {"{{tags | join:, }}", "urgent, vip", SAME},
        {"{{nums | join:_}}", "1_2.5_3", SAME},
        {"{{tags | join:;}}", "{{tags | join:;}}", "urgent;vip"},
        {"{{name | join:-}}", "{{name | join:-}}", "john DOE"},
        {"{{tags | first}}", "urgent", SAME},
        {"{{tags | last}}", "vip", SAME},
        {"{{emptyarr | first}}", "", SAME},
        {"{{emptyarr | first | default:x}}", "x", SAME},
        {"{{obj | join}}", "map[a:1 b:map[c:deep]]", SAME},
        {"{{tags | join:_ | uppercase}}", NULL, "URGENT_VIP"},
        {"{{tags | join: - }}", NULL, "urgent-vip"},
        {"{{tags | join:,}}", NULL, "urgent,vip"},
        {"{{tags | join:; | uppercase}}", NULL, "URGENT; VIP"},
        {"{{tags | join: }}", NULL, "urgent vip"},
        {"{{tags | join:}}", NULL, "urgentvip"},
        {"{{tags | join:::}}", NULL, "urgent::vip"},
        {"{{emptyarr | join}}", NULL, ""},
        {"{{emptyarr | last}}", NULL, ""},
        {"{{name | last}}", NULL, "john DOE"},
    };
    CHECK_ROWS(rows);
}

Test(template, filter_default)
{
    static const struct row rows[] = {
        {"{{nul | default:none}}", "none", SAME},
        {"{{empty | default:none}}", "none", SAME},
        {"{{nul | default:No notes | uppercase}}", "NO NOTES ", "NO NOTES"},
        {"{{missing | default:none}}", "", "none"},
        {"{{ missing | default: none }}", NULL, "none"},
        {"{{$me | default:none}}", NULL, "none"},
        {"{{name | default:none}}", NULL, "john DOE"},
        {"{{qty | default:none}}", NULL, "10"},
        {"{{missing | default}}", NULL, ""},
        {"{{missing | uppercase}}", NULL, ""},
        {"{{missing | uppercase | default:none}}", NULL, "none"},
        {"{{missing | default:none | uppercase}}", NULL, "NONE"},
        {"{{missing | default:5 | currency}}", NULL, "$5.00"},
        {"{{missing | default:none | nosuch}}", NULL, ""},
        {"{{missing | default:at 12:30, room 4/b (left)}}", NULL, "at 12:30, room 4/b (left)"},
    };
    CHECK_ROWS(rows);
}

Test(template, filter_currency)
{
    static const struct row rows[] = {
        {"{{amount | currency}}", "$1234.50", "$1,234.50"},
        {"{{amount | currency:USD}}", "$1234.50", "$1,234.50"},
        {"{{amount | currency:XYZ}}", "$1234.50", "$1,234.50"},
        {"{{amount | currency:usd}}", "$1234.50", "$1,234.50"},
        {"{{amount | currency:EUR}}", "€1234.50", "€1,234.50"},
        {"{{amount | currency:CHF}}", "CHF 1234.50", "CHF 1,234.50"},
        {"{{amount | currency:JPY}}", "¥1234", "¥1,234"},
        {"{{amount | currency:EUR }}", "$1234.50", "€1,234.50"},
        {"{{amount | currency: EUR}}", "$1234.50", "€1,234.50"},
        {"{{n5 | currency:JPY}}", "¥2", SAME},
        {"{{neg | currency:USD}}", "$-3.70", SAME},
        {"{{big | currency:USD}}", "$1234567.00", "$1,234,567.00"},
        {"{{snum | currency:USD}}", "$42.57", SAME},
        {"{{name | currency:USD}}", "john DOE", SAME},
        {"{{active | currency}}", "true", SAME},
        {"{{nul | currency}}", "", SAME},
        {"{{amount | round:2 | currency:USD}}", "$1235.00", "$1,234.50"},
        {"{{amount|round:2|currency:EUR}}", "€1234.50", "€1,234.50"},
        {"{{qty | currency:GBP}}", NULL, "£10.00"},
        {"{{qty | currency:INR}}", NULL, "₹10.00"},
        {"{{qty | currency:CNY}}", NULL, "¥10.00"},
        {"{{qty | currency:CAD}}", NULL, "$10.00"},
        {"{{huge | currency:JPY}}", NULL, "¥12,345,678,901"},
        {"{{large | currency}}", NULL, "$9,007,199,254,740,993.00"},
        {"{{tiny | currency}}", NULL, "$0.00"},
    };
    CHECK_ROWS(rows);

    static const struct row middles[] = {
        {"{{a | currency}}", NULL, "$0.12"},     {"{{b | currency}}", NULL, "$0.14"},
        {"{{c | currency}}", NULL, "$2.68"},     {"{{e | currency}}", NULL, "$0.13"},
        {"{{f | currency}}", NULL, "$1,000.00"}, {"{{g | currency}}", NULL, "$-1,000.00"},
        {"{{h | currency}}", NULL, "$0.00"},     {"{{i | currency:JPY}}", NULL, "¥0"},
        {"{{j | currency:JPY}}", NULL, "¥-2"},   {"{{k | currency}}", NULL, "$100.00"},
        {"{{l | currency}}", NULL, "$999.00"},
    };
    check_rows_with("{\"a\":0.125,\"b\":0.135,\"c\":2.675,\"e\":\"0.1250001\",\"f\":\"999.995\",\"g\":-999.995,"
                    "\"h\":-0.004,\"i\":-0.5,\"j\":-1.5,\"k\":1e2,\"l\":999}",
                    middles, sizeof middles / sizeof middles[0]);
}

Test(template, filter_round)
{
    static const struct row rows[] = {
        {"{{snum | round:1}}", "42.6", SAME},
        {"{{amount | round}}", "1235", SAME},
        {"{{amount | round:2}}", "1234.5", "1234.50"}, /* as the documents show: 1500.00 */
        {"{{neg | round}}", "-3", "-4"},
        {"{{n5 | round}}", "3", SAME},
        {"{{huge | round}}", "1.2345678901e+10", "12345678901"},
        {"{{amount | round:x}}", NULL, "1235"},
        {"{{amount | round:-1}}", NULL, "1235"},
        {"{{qty | round:3}}", NULL, "10.000"},
        {"{{qty | round:21}}", NULL, "10.00000000000000000000"},
        {"{{name | round}}", NULL, "john DOE"},
        {"{{large | round:1}}", NULL, "9007199254740993.0"},
    };
    CHECK_ROWS(rows);
}

Test(template, filter_format_date)
{
    static const struct row rows[] = {
        {"{{d | formatDate}}", "2024-01-15", SAME},
        {"{{d | formatDate:short}}", "Jan 15, 2024", SAME},
        {"{{d | formatDate:long}}", "Monday, January 15, 2024", SAME},
        {"{{d | formatDate:time}}", "14:30:05", SAME},
        {"{{d | formatDate:datetime}}", "2024-01-15 14:30:05", SAME},
        {"{{d | formatDate:01.02.2006}}", "01.15.2024", SAME},
        {"{{d | formatDate:Jan 2}}", "Jan 15", SAME},
        {"{{d | formatDate:15:04}}", "14", "14:30"},
        {"{{d | formatDate:short }}", "short ", "Jan 15, 2024"},
        {"{{d | formatDate:2006-01-02}}", "{{d | formatDate:2006-01-02}}", "2024-01-15"},
        {"{{d | formatDate:2006/01/02}}", "{{d | formatDate:2006/01/02}}", "2024/01/15"},
        {"{{ts | formatDate:short}}", "2026-02-10 21:18:31.5 +0000 UTC", "Feb 10, 2026"},
        {"{{amount | formatDate}}", "1234.5", SAME},
        {"{{d2 | formatDate:Mon 02 Jan 2006 | uppercase}}", NULL, "MON 15 JAN 2024"},
        {"{{name | formatDate}}", NULL, "john DOE"},
        {"{{d | formatDate:2006-01-02T15:04:05Z07:00}}", NULL, "2024-01-15T14:30:05Z"},
    };
    CHECK_ROWS(rows);
}

Test(template, expressions)
{
    static const struct row rows[] = {
        {"{{expr: qty * price}}", "99.9", SAME},
        {"{{expr: qty * price | currency:USD}}", "$99.90", SAME},
        {"{{expr: qty * price | round:1}}", "99.9", SAME},
        {"{{expr: (qty + 2) * 3}}", "36", SAME},
        {"{{expr: 10 % 4}}", "2", SAME},
        {"{{expr: -qty}}", "-10", SAME},
        {"{{expr: 7 / 2}}", "3.5", SAME},
        {"{{expr: 1 / 3}}", "0.3333333333", SAME},
        {"{{expr: big * 1000000}}", "1234567000000", SAME},
        {"{{expr: snum + 1}}", "43.567", SAME},
        {"{{expr: price * 3 - 0.77}}", "29.2", SAME},
        {"{{expr: qty / 0}}", "{{expr: qty / 0}}", SAME},
        {"{{expr: nope + 1}}", "{{expr: nope + 1}}", SAME},
        {"{{expr: --qty}}", "{{expr: --qty}}", SAME},
        {"{{expr: obj.a + 1}}", "{{expr: obj.a + 1}}", SAME},
        {"{{expr: active + 1}}", "{{expr: active + 1}}", SAME},
        {"{{ expr:qty+1 }}", NULL, "11"},
        {"{{expr: 0.1 + 0.2}}", NULL, "0.3"},
        {"{{expr: large + 1}}", NULL, "9007199254740994"},
        {"{{expr: 12345678.25 * 1.5}}", NULL, "18518517.375"},
        {"{{expr: 2 / 3}}", NULL, "0.6666666667"},
        {"{{expr: 0 - 2 / 3}}", NULL, "-0.6666666667"},
        {"{{expr: 100000000000 / 7}}", NULL, "14285714286"},
        {"{{expr: 10 / 4 / 5}}", NULL, "0.5"},
        {"{{expr: 1 / 8}}", NULL, "0.125"},
        {"{{expr: 1 / 1024 / 1024 / 1024}}", NULL, "0.000000000931322574615478515625"},
        {"{{expr: -7 % 3}}", NULL, "-1"},
        {"{{expr: neg + 1}}", NULL, "-2.7"},
        {"{{expr: -neg}}", NULL, "3.7"},
        {"{{expr: 7.5 % -2}}", NULL, "1.5"},
        {"{{expr: 7 % 0}}", NULL, "{{expr: 7 % 0}}"},
        {"{{expr: 3 - -3}}", NULL, "6"},
        {"{{expr: 2 - 2}}", NULL, "0"},
        {"{{expr: -0}}", NULL, "0"},
        {"{{expr: 0.5 * 2}}", NULL, "1"},
        {"{{expr: 5.0}}", NULL, "5"},
        {"{{expr: 0.05 - 1}}", NULL, "-0.95"},
        {"{{expr:}}", NULL, "{{expr:}}"},
        {"{{expr: (1 + 2}}", NULL, "{{expr: (1 + 2}}"},
        {"{{expr: 1 2}}", NULL, "{{expr: 1 2}}"},
        {"{{expr: 1.2.3}}", NULL, "{{expr: 1.2.3}}"},
        {"{{expr: 1e3}}", NULL, "{{expr: 1e3}}"},
        {"{{expr: 2 ^ 3}}", NULL, "{{expr: 2 ^ 3}}"},
        {"{{expr: qty | no-filter}}", NULL, "{{expr: qty | no-filter}}"},
        {"{{expr: qty | nosuch}}", NULL, "10"},
        {"{{expr: nope | default:1}}", NULL, "{{expr: nope | default:1}}"},
    };
    CHECK_ROWS(rows);
}

Test(template, expressions_out_of_range)
{
    static const struct row rows[] = {
        {"{{expr: a * 1}}", NULL, "9999999999999999999999999999999999999"},
        {"{{expr: a + 1}}", NULL, "{{expr: a + 1}}"},
        {"{{expr: a * a}}", NULL, "{{expr: a * a}}"},
        {"{{expr: 1701411834604692317316873037158841057 + 99999999999999999999999999999999999.99}}", NULL,
         "{{expr: 1701411834604692317316873037158841057 + 99999999999999999999999999999999999.99}}"},
        {"{{expr: e * 1}}", NULL, "{{expr: e * 1}}"},
        {"{{expr: t + 1}}", NULL, "{{expr: t + 1}}"},
        {"{{expr: 1 % t}}", NULL, "{{expr: 1 % t}}"},
        {"{{expr: t * t}}", NULL, "{{expr: t * t}}"},
        {"{{expr: t / e}}", NULL, "{{expr: t / e}}"},
        {"{{expr: 1 / t}}", NULL, "{{expr: 1 / t}}"},
        {"{{expr: t / t}}", NULL, "1"},
        {"{{expr: 0 / t + 0 * t}}", NULL, "0"},
        {"{{expr: t / a}}", NULL, "{{expr: t / a}}"},
        {"{{expr: a / 3}}", NULL, "3333333333333333333333333333333333333"},
        {"{{expr: a / 7}}", NULL, "1428571428571428571428571428571428571"},
    };
    check_rows_with("{\"a\":9999999999999999999999999999999999999,\"e\":1e40,\"t\":1e-290}", rows,
                    sizeof rows / sizeof rows[0]);
}

/* Brackets within brackets end at a bound, not at the end of the stack. */
Test(template, expressions_nested)
{
    struct arena *arena = test_arena();
    const struct json_value context = test_json(arena, "{}");
    for (size_t depth = LIMIT_EXPRESSION_DEPTH - 1; depth <= LIMIT_EXPRESSION_DEPTH + 1; depth++) {
        struct buffer buffer = buffer_in(arena, 1000);
        buffer_add(&buffer, TEXT("{{expr:"));
        for (size_t i = 0; i < depth; i++)
            buffer_add_byte(&buffer, '(');
        buffer_add_byte(&buffer, '1');
        for (size_t i = 0; i < depth; i++)
            buffer_add_byte(&buffer, ')');
        buffer_add(&buffer, TEXT("}}"));
        struct template_notes notes = {0};
        struct text source = buffer_text(&buffer), found = expand(arena, source.data, &context, &notes);
        cr_expect_eq(text_is(found, "1"), depth <= LIMIT_EXPRESSION_DEPTH);
        cr_expect_eq(notes.warning_count, depth <= LIMIT_EXPRESSION_DEPTH ? 0 : 1);
    }
    arena_free(arena);
}

Test(template, notes)
{
    static const struct {
        const char *template, *note; /* NULL: none */
    } rows[] = {
        {"{{name}}", NULL},
        {"no placeholder", NULL},
        {"{{}}", NULL},
        {"{{missing}}", "missing variable: missing"},
        {"{{missing | uppercase}}", "missing variable: missing"},
        {"{{$me}}", "missing variable: $me"},
        {"{{missing | default:x}}", NULL},
        {"{{nul}}", NULL},
        {"{{ }}", "invalid placeholder {{}}: empty variable name"},
        {"{{1abc}}", "invalid placeholder {{1abc}}: invalid variable name: 1abc"},
        {"{{$1}}", "invalid placeholder {{$1}}: invalid variable name: $1"},
        {"{{name | a-b:c}}", "invalid placeholder {{name | a-b:c}}: invalid filter name: a-b"},
        {"{{name | nosuch}}", "unknown filter: nosuch"},
        {"{{name | currency}}", "filter currency does not fit its value"},
        {"{{name | round}}", "filter round does not fit its value"},
        {"{{name | formatDate}}", "filter formatDate does not fit its value"},
        {"{{expr: qty / 0}}", "expr eval failed \"qty / 0\": division by zero"},
        {"{{expr: qty % 0}}", "expr eval failed \"qty % 0\": modulo by zero"},
        {"{{expr: nope + 1}}", "expr eval failed \"nope + 1\": unknown variable \"nope\""},
        {"{{expr: active + 1}}", "expr eval failed \"active + 1\": variable \"active\" is not a number but boolean"},
        {"{{expr: 1 +}}", "expr eval failed \"1 +\": unexpected end of expression"},
        {"{{expr: (1}}", "expr eval failed \"(1\": missing closing parenthesis"},
        {"{{expr: --qty}}", "expr eval failed \"--qty\": unexpected character '-' at position 2"},
        {"{{expr: 1 é}}", "expr eval failed \"1 é\": unexpected character 'é' at position 3"},
        {"{{expr: 1.}}", "expr eval failed \"1.\": invalid number \"1.\""},
        {"{{expr: big * big * big * big * big * big * big}}",
         "expr eval failed \"big * big * big * big * big * big * big\": number out of range"},
    };
    struct arena *arena = test_arena();
    const struct json_value context = test_json(arena, data);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct template_notes notes = {0};
        (void)expand(arena, rows[i].template, &context, &notes);
        cr_expect_eq(notes.warning_count, rows[i].note != NULL ? 1 : 0, "%s: %zu notes", rows[i].template,
                     notes.warning_count);
        if (notes.warning_count == 1 && rows[i].note != NULL)
            cr_expect(text_is(notes.warnings[0], rows[i].note), "%s: found '%.*s'", rows[i].template,
                      TEXT_ARG(notes.warnings[0]));
    }
    arena_free(arena);
}

Test(template, notes_are_bounded_and_may_be_absent)
{
    struct arena *arena = test_arena();
    const struct json_value context = test_json(arena, "{}");
    struct buffer buffer = buffer_in(arena, 10000);
    for (size_t i = 0; i < LIMIT_TEMPLATE_NOTES + 1; i++)
        buffer_print(&buffer, "{{m%zu}}", i);
    struct text source = buffer_text(&buffer);
    struct template_notes notes = {0};
    assert_text(expand(arena, source.data, &context, &notes), "");
    cr_expect_eq(notes.warning_count, LIMIT_TEMPLATE_NOTES);
    assert_text(expand(arena, source.data, &context, NULL), "");
    arena_free(arena);
}

Test(template, builtins)
{
    struct arena *arena = test_arena();
    const struct json_value context = test_json(arena, "{\"$me\":\"from the context\"}");
    const struct json_value builtins = test_json(arena, "{\"$me\":\"u1\",\"$now\":\"2026-02-10T21:18:31Z\"}");
    struct text out;
    cr_assert_eq(template_expand(arena, TEXT("{{$me}} {{ $now | formatDate:short }} {{$you | default:-}}"), &context,
                                 &builtins, &out, NULL, NULL),
                 STATUS_OK);
    assert_text(out, "u1 Feb 10, 2026 -");
    arena_free(arena);
}

/* A value that looks like a placeholder is text. */
Test(template, values_are_not_scanned)
{
    static const struct row rows[] = {
        {"{{a}}{{b}}", NULL, "{{b}}{{a}}"},
        {"{{c}}b}}", NULL, "{{b}}"},
        {"{{missing | default:{ }}{a}}", NULL, "{{a}}"},
    };
    check_rows_with("{\"a\":\"{{b}}\",\"b\":\"{{a}}\",\"c\":\"{{\"}", rows, sizeof rows / sizeof rows[0]);
}

Test(template, utf8_is_not_cut)
{
    static const struct row rows[] = {
        {"{{e | truncate:1}}", NULL, "..."},    {"{{e | truncate:2}}", NULL, "é..."},
        {"{{e | truncate:3}}", NULL, "é..."},   {"{{e | truncate:4}}", NULL, "éé"},
        {"{{e | capitalize}}", "É é", "Éé"},    {"{{g | uppercase}}", NULL, "ΣΊΣΥΦΟΣ"},
        {"{{r | capitalize}}", NULL, "Привет"}, {"{{s | trim}}", NULL, "x y"},
        {"{{m | truncate:3}}", NULL, "..."},    {"{{m | truncate:4}}", NULL, "😀"},
    };
    check_rows_with("{\"e\":\"éé\",\"g\":\"Σίσυφος\",\"r\":\"ПРИВЕТ\",\"s\":\"\\u00a0 x y\\u3000\",\"m\":\"😀\"}", rows,
                    sizeof rows / sizeof rows[0]);
}

Test(template, output_is_bounded)
{
    struct arena *arena = test_arena();
    char *word = arena_alloc(arena, LIMIT_TEMPLATE_OUTPUT + 1, 1);
    memset(word, 'x', LIMIT_TEMPLATE_OUTPUT);
    const struct json_member member = {TEXT("a"), json_string(text_from(word))};
    const struct json_value context = json_object(&member, 1);
    struct error error = ERROR_IN(arena);
    struct text out;
    cr_expect_eq(template_expand(arena, TEXT("{{a}}"), &context, NULL, &out, NULL, &error), STATUS_OK);
    cr_expect_eq(out.size, LIMIT_TEMPLATE_OUTPUT);
    cr_expect_eq(template_expand(arena, TEXT("{{a}}."), &context, NULL, &out, NULL, &error), STATUS_BUDGET);
    assert_text(error.message, "a text with its placeholders filled in is larger than 1048576 bytes, or out of memory");
    cr_expect_eq(template_expand(arena, TEXT("{{a}}{{a}}"), &context, NULL, &out, NULL, &error), STATUS_BUDGET);

    /* without a placeholder nothing is copied and nothing is bounded */
    struct text plain = {.data = word, .size = LIMIT_TEMPLATE_OUTPUT};
    cr_expect_eq(template_expand(arena, plain, &context, NULL, &out, NULL, &error), STATUS_OK);
    cr_expect_eq(out.data, plain.data);
    arena_free(arena);
}

static void collect(void *hook, struct text name)
{
    struct buffer *buffer = hook;
    buffer_print(buffer, "[%.*s]", TEXT_ARG(name));
}

Test(template, variables_that_are_read)
{
    static const struct {
        const char *template, *names;
    } rows[] = {
        {"plain", ""},
        {"{{a}} {{ b.c | default:{{x | round:2 }} {{a}}", "[a][b.c][a]"},
        {"{{$me}}{{$now | formatDate}}", ""},
        {"{{expr: (qty + 2) * unit_price - 3.5 | currency}}", "[qty][unit_price]"},
        {"{{ expr:a}}{{expr: 2x}}", "[a][x]"},
        {"{{Step One.status}}{{a-b}}", "[Step One.status][a-b]"},
        {"{{}}{{ }}{{ | uppercase}}{{x}", ""},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buffer buffer = buffer_in(arena, 1000);
        template_variables(text_from(rows[i].template), collect, &buffer);
        assert_text(buffer_text(&buffer), rows[i].names);
    }
    arena_free(arena);
}

Test(template, values_as_text)
{
    static const struct {
        const char *value, *text;
    } rows[] = {
        {"null", ""},
        {"true", "true"},
        {"false", "false"},
        {"\"\"", ""},
        {"\"a\\nb\"", "a\nb"},
        {"1.50", "1.5"},
        {"1e3", "1000"},
        {"-0", "0"},
        {"[1.50,\"<\",null]", "[1.5,\"<\",null]"},
        {"{\"b\":1e2,\"a\":{\"\\\"\":[]},\"c\":{}}", "{\"a\":{\"\\\"\":[]},\"b\":100,\"c\":{}}"},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct json_value value = test_json(arena, rows[i].value);
        struct text text = template_value_text(arena, &value);
        cr_expect_not_null(text.data);
        assert_text(text, rows[i].text);
    }
    arena_free(arena);
}

/* Every n-th allocation fails: an error or a text that is right, nothing in between. */
Test(template, no_memory)
{
    static const char *const templates[] = {
        "{{name}} {{amount}} {{obj}} {{tags}}",
        "{{name | uppercase | truncate:3}}{{amount | currency}}{{n5 | currency:JPY}}{{amount | round:1}}",
        "{{d | formatDate:long}}{{tags | join}}{{obj | join}}{{nums | join:-}}{{nul | default:x}}{{amount | trim}}",
        "{{expr: (qty + 2.5) * price / 3 - 7 % 2}}{{amount | truncate:2}}{{amount | capitalize}}",
    };
    struct arena *arena = test_arena();
    const struct json_value context = test_json(arena, data);
    for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++) {
        struct text good, out = TEXT_NONE;
        cr_assert_eq(template_expand(arena, text_from(templates[i]), &context, NULL, &good, NULL, NULL), STATUS_OK);
        enum status status = STATUS_BUDGET;
        for (size_t allocations = 1; status != STATUS_OK; allocations++) {
            cr_assert_lt(allocations, 200);
            struct error error = ERROR_IN(arena);
            arena_fail_after(arena, allocations);
            status = template_expand(arena, text_from(templates[i]), &context, NULL, &out, NULL, &error);
            arena_fail_after(arena, 0);
            cr_assert(status == STATUS_OK || status == STATUS_BUDGET);
            cr_assert(status == STATUS_OK || error.message.size > 0);
        }
        cr_expect(text_equal(out, good), "%s", templates[i]);
    }

    /* what is only noted does not fail for want of room for the note */
    const char *noted =
        "{{missing}}{{1abc}}{{expr: 1 / 0}}{{name | nosuch}}{{expr: nope}}{{expr: 1 é}}{{expr: active}}";
    enum status status = STATUS_BUDGET;
    for (size_t allocations = 1; status != STATUS_OK; allocations++) {
        struct template_notes notes = {0};
        struct text out;
        cr_assert_lt(allocations, 200);
        arena_fail_after(arena, allocations);
        status = template_expand(arena, text_from(noted), &context, NULL, &out, &notes, NULL);
        arena_fail_after(arena, 0);
        cr_assert(status == STATUS_OK || status == STATUS_BUDGET);
    }
    arena_free(arena);
}
