/* Templates without filters. */
#include "rows.h"

/* Templates of older rules have neither blanks nor filters. */
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
        {"{{tags[1]}}", NULL, "vip"},
        {"{{ rows[0].name | uppercase }}", NULL, "BOLT"},
        {"{{rows[0].to[1][0]}}", NULL, "8"},
        {"{{rows[1].name}}", NULL, ""},
        {"{{rows[2].name | default:none}}", NULL, "none"},
        {"{{tags[0].x}}", NULL, ""},
        {"{{tags[-1]}}", NULL, "{{tags[-1]}}"},
        {"{{tags[]}}", NULL, "{{tags[]}}"},
        {"{{tags[0]x}}", NULL, "{{tags[0]x}}"},
        {"{{tags[1234567890]}}", NULL, "{{tags[1234567890]}}"},
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
        /* keys that are not names, but exist */
        {"{{Step One.status}}", "{{Step One.status}}", "ok"},
        {"{{ Step One.status | uppercase }}", NULL, "OK"},
        {"{{a-b}}", "{{a-b}}", "dash"},
        {"{{large}}", NULL, "9007199254740993"},
        {"{{tiny}}", NULL, "0.0000001"},
        /* text that is not a placeholder, next to a placeholder */
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
        {"{{rows[1].name}}", NULL},
        {"{{rows[2].name}}", "missing variable: rows[2].name"},
        {"{{rows[0]name}}", "invalid placeholder {{rows[0]name}}: invalid variable name: rows[0]name"},
        {"{{expr: nums[9]}}", "expr eval failed \"nums[9]\": unknown variable \"nums[9]\""},
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
    const struct json_value context = test_json(arena, row_data);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct template_notes notes = {0};
        (void)expand(arena, rows[i].template, &context, &notes);
        cr_expect_eq(notes.warning_count, rows[i].note != NULL ? 1 : 0, "%s: %zu notes", rows[i].template,
                     notes.warning_count);
        if (notes.warning_count == 1 && rows[i].note != NULL)
            cr_expect(text_is(notes.warnings[0].text, rows[i].note), "%s: found '%.*s'", rows[i].template,
                      TEXT_ARG(notes.warnings[0].text));
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

static void collect(void *userdata, struct text name)
{
    struct buffer *buffer = userdata;
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
        {"{{rows[0].name}}{{expr: a.b.c * rows[1].q[2] - d[x] / e.1}}", "[rows[0].name][a.b.c][rows[1].q[2]][d][x][e]"},
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

/* From the n-th allocation on all fail: an error, or the right text. */
Test(template, no_memory)
{
    static const char *const templates[] = {
        "{{name}} {{amount}} {{obj}} {{tags}}",
        "{{name | uppercase | truncate:3}}{{amount | currency}}{{n5 | currency:JPY}}{{amount | round:1}}",
        "{{d | formatDate:long}}{{tags | join}}{{obj | join}}{{nums | join:-}}{{nul | default:x}}{{amount | trim}}",
        "{{expr: (qty + 2.5) * price / 3 - 7 % 2}}{{amount | truncate:2}}{{amount | capitalize}}",
    };
    struct arena *arena = test_arena();
    const struct json_value context = test_json(arena, row_data);
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

    /* a warning without memory for it is no failure */
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
