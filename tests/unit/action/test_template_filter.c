/* Filters of templates. */
#include "rows.h"

Test(template_filter, filters_of_text)
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

Test(template_filter, filters_of_lists)
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

Test(template_filter, filter_default)
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

Test(template_filter, filter_currency)
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

Test(template_filter, filter_round)
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

Test(template_filter, filter_format_date)
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
