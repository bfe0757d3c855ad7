/* Expressions in templates. */
#include "rows.h"

Test(template_expression, expressions)
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
        {"{{expr: obj.a + 1}}", "{{expr: obj.a + 1}}", "2"},
        {"{{expr: nums[1] * obj.a}}", NULL, "2.5"},
        {"{{expr: (nums[0]+nums[2])/2}}", NULL, "2"},
        {"{{expr: nums[3] + 1}}", NULL, "{{expr: nums[3] + 1}}"},
        {"{{expr: nums + 1}}", NULL, "{{expr: nums + 1}}"},
        {"{{expr: nums [0]}}", NULL, "{{expr: nums [0]}}"},
        {"{{expr: nums[0]x}}", NULL, "{{expr: nums[0]x}}"},
        {"{{expr: nums[-1]}}", NULL, "{{expr: nums[-1]}}"},
        {"{{expr: obj. a}}", NULL, "{{expr: obj. a}}"},
        {"{{expr: obj.2}}", NULL, "{{expr: obj.2}}"},
        {"{{expr: dotted.key * 2}}", NULL, "8"},
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

Test(template_expression, expressions_out_of_range)
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

/* The depth of brackets is limited, to bound the stack. */
Test(template_expression, expressions_nested)
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
