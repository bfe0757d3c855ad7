/* Suggestions for misspelled names. */
#include <criterion/criterion.h>

#include "action/suggestion.h"

static struct text name_at(const void *names, size_t index)
{
    return text_from(((const char *const *)names)[index]);
}

Test(suggestion, finds_the_nearest_name)
{
    static const char *const names[] = {"run", "start", "actions", "validate", "migrate"};
    cr_assert(text_is(suggest_nearest(TEXT("strat"), name_at, names, 5), "start"));
    cr_assert(text_is(suggest_nearest(TEXT("validat"), name_at, names, 5), "validate"));
    cr_assert(text_is(suggest_nearest(TEXT("action"), name_at, names, 5), "actions"));
    cr_assert_eq(suggest_nearest(TEXT("fly"), name_at, names, 5).size, 0);
    cr_assert_eq(suggest_nearest(TEXT("orchestrate"), name_at, names, 5).size, 0);
    cr_assert_eq(suggest_nearest(TEXT("s"), name_at, NULL, 0).size, 0);
}

Test(suggestion, ignores_long_names)
{
    static const char name[] = "0123456789012345678901234567890123456789012345678901234567890123456789";
    static const char *const names[] = {name};
    cr_assert_eq(suggest_nearest(text_from(name), name_at, names, 1).size, 0);
}
