/* Which hosts and addresses the setting lets through. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/arena.h"
#include "http/http_policy.h"

static struct http_policy policy;

static void read_policy(const char *list)
{
    struct text hosts[HTTP_POLICY_HOSTS], rest = text_from(list);
    size_t count = 0;
    while (rest.data != NULL)
        hosts[count++] = text_split(&rest, ',');
    cr_assert_eq(http_policy_read(hosts, count, false, &policy, NULL), STATUS_OK);
}

static bool allows(const char *host, const char *text)
{
    struct http_address address;
    cr_assert(http_address_read(text_from(text), &address));
    return http_policy_allows(&policy, http_policy_lists(&policy, text_from(host)), &address);
}

Test(http_policy, without_a_list_public_addresses_alone)
{
    cr_expect(allows("partner.test", "8.8.8.8"));
    cr_expect_not(allows("partner.test", "10.0.0.1"));
    cr_expect_not(allows("10.0.0.1", "10.0.0.1"));
    cr_expect_not(http_policy_lists(&policy, TEXT("localhost")));
}

Test(http_policy, a_name_lets_its_addresses_through)
{
    read_policy("ERP.internal,fd00::/8,10.1.0.0/16,192.168.7.7");
    cr_expect(allows("erp.INTERNAL", "127.0.0.1"));
    cr_expect(allows("erp.internal.", "10.9.9.9"));
    cr_expect_not(allows("erp.internal.evil.test", "10.9.9.9"));
    cr_expect_not(allows("xerp.internal", "10.9.9.9"));
    cr_expect_not(allows("internal", "10.9.9.9"));
    cr_expect_not(allows("", "10.9.9.9"));
}

Test(http_policy, blocks_let_addresses_of_any_name_through)
{
    read_policy("ERP.internal,fd00::/8,10.1.0.0/16,192.168.7.7");
    cr_expect(allows("partner.test", "10.1.2.3"));
    cr_expect(allows("partner.test", "fd12::1"));
    cr_expect(allows("192.168.7.7", "192.168.7.7"));
    cr_expect_not(allows("partner.test", "10.2.2.3"));
    cr_expect_not(allows("partner.test", "192.168.7.8"));
    cr_expect_not(allows("partner.test", "64:ff9b::10.1.2.3"));
    cr_expect(http_policy_lists(&policy, TEXT("10.1.2.3")));
    cr_expect(http_policy_lists(&policy, TEXT("[fd00::1]")));
    cr_expect_not(http_policy_lists(&policy, TEXT("10.2.2.3")));
    cr_expect_not(http_policy_lists(&policy, TEXT("partner.test")));
}

Test(http_policy, what_is_neither_name_nor_address)
{
    static const char *const bad[] = {"http://x", "x:80", "10.0.0.0/33", "127.1", "2130706433", "a b", "*", "x/8", "-"};
    struct arena *arena = arena_new(1 << 16, 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct text host = text_from(bad[i]);
        struct error error = ERROR_IN(arena);
        cr_expect_eq(http_policy_read(&host, 1, false, &policy, &error), STATUS_INVALID, "%s", bad[i]);
        cr_expect(text_find(error.message, host) != SIZE_MAX, "%.*s", TEXT_ARG(error.message));
    }
    arena_free(arena);
}

Test(http_policy, of_the_process)
{
    cr_expect_eq(http_policy_of_process()->count, 0);
    read_policy("x");
    policy.allow_plain = true;
    http_policy_set(&policy);
    cr_expect(http_policy_of_process()->allow_plain);
    cr_expect(http_policy_lists(http_policy_of_process(), TEXT("X")));
}
