/* URLs: which are read, to what host, and which are refused; templates stand behind the host. */
#include <criterion/criterion.h>
#include <curl/curl.h>
#include <string.h>

#include "base/limits.h"
#include "http/http_url.h"

static struct arena *arena;
static struct http_policy policy;
static struct error error;

static void set_up(void)
{
    arena = arena_new(MIB(2), 0);
    struct text hosts[] = {TEXT("erp.internal"), TEXT("10.1.0.0/16")};
    cr_assert_eq(http_policy_read(hosts, 2, true, &policy, NULL), STATUS_OK);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(http_url, .init = set_up, .fini = tear_down);

static struct text read_fault(struct text text)
{
    struct http_url url;
    error = ERROR_IN(arena);
    if (http_url_read(arena, text, &policy, &url, &error) != STATUS_OK)
        return error.message;
    http_url_free(&url);
    return TEXT("");
}

#define ASSERT_TEXT(found_, wanted_, of_) cr_expect(text_is((found_), (wanted_)), "%s: %.*s", (of_), TEXT_ARG(found_))

Test(http_url, hosts)
{
    static const struct {
        const char *url, *host;
        bool listed;
    } rows[] = {
        {"https://partner.test", "partner.test", false},
        {"HTTPS://Partner.TEST:8443/a?b#c", "partner.test", false},
        {"https://[::1]/x", "[::1]", false},
        {"https://[2001:DB8::1]:444", "[2001:db8::1]", false},
        {"https://0x7f.1/", "127.0.0.1", false},
        {"https://2130706433/", "127.0.0.1", false},
        {"https://127.1", "127.0.0.1", false},
        {"https://017700000001", "127.0.0.1", false},
        {"https://ERP.internal", "erp.internal", true},
        {"https://erp.internal.:99/", "erp.internal.", true},
        {"https://10.1.2.3/", "10.1.2.3", true},
        {"http://10.1.2.3/", "10.1.2.3", true},
        {"http://167838211/", "10.1.2.3", true},
        {"http://erp.internal/", "erp.internal", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_url url;
        error = ERROR_IN(arena);
        cr_assert_eq(http_url_read(arena, text_from(rows[i].url), &policy, &url, &error), STATUS_OK, "%s: %.*s",
                     rows[i].url, TEXT_ARG(error.message));
        ASSERT_TEXT(url.host, rows[i].host, rows[i].url);
        cr_expect_eq(url.listed, rows[i].listed, "%s", rows[i].url);
        http_url_free(&url);
    }
}

#define ONLY_HTTPS "only https URLs are allowed for external webhooks (got "

Test(http_url, refused_ones)
{
    static const struct {
        const char *url, *fault;
    } rows[] = {
        {"", ONLY_HTTPS ")"},
        {"partner.test/x", ONLY_HTTPS ")"},
        {"//partner.test/x", ONLY_HTTPS ")"},
        {"http://partner.test/", ONLY_HTTPS "http)"},
        {"http://10.2.2.3/", ONLY_HTTPS "http)"},
        {"HTTP://partner.test/", ONLY_HTTPS "http)"},
        {"ftp://partner.test/", ONLY_HTTPS "ftp)"},
        {"file:///etc/passwd", ONLY_HTTPS "file)"},
        {"gopher://x", ONLY_HTTPS "gopher)"},
        {"httpss://x", ONLY_HTTPS "httpss)"},
        {"https:partner.test", "invalid URL: expected https://host/path"},
        {"https:/partner.test", "invalid URL: expected https://host/path"},
        {"https://", "invalid URL: its host is neither a name nor an address"},
        {"https:///x", "invalid URL: its host is neither a name nor an address"},
        {"https://user@partner.test/", "invalid URL: it contains a user or password"},
        {"https://user:word@partner.test/", "invalid URL: it contains a user or password"},
        {"https://partner.test@evil.test/", "invalid URL: it contains a user or password"},
        {"https://partner.test:0/", "invalid URL: its port is not a number from 1 to 65535"},
        {"https://partner.test:65536/", "invalid URL: its port is not a number from 1 to 65535"},
        {"https://partner.test:x/", "invalid URL: its port is not a number from 1 to 65535"},
        {"https://[::1/", "invalid URL: its host is neither a name nor an address"},
        {"https://größe.test/", "invalid URL: its host must be ASCII (xn--... for other letters)"},
        {"https://partner.test/a\nb", "invalid URL: a line break or control character"},
        {"https://partner.test/a\x7f", "invalid URL: a line break or control character"},
        {"\thttps://partner.test/", "invalid URL: a line break or control character"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ASSERT_TEXT(read_fault(text_from(rows[i].url)), rows[i].fault, rows[i].url);
    cr_expect(read_fault(TEXT("https://a b.test/")).size > 0);
    cr_expect(read_fault(TEXT("https://partner.test\\@evil.test/")).size > 0);
    cr_expect(read_fault(TEXT("https://partner.test%2f.evil.test/")).size > 0);
    policy.allow_plain = false;
    ASSERT_TEXT(read_fault(TEXT("http://erp.internal/")), ONLY_HTTPS "http)", "not set");
}

Test(http_url, size)
{
    char *bytes = arena_alloc(arena, KIB(9), 1);
    memset(bytes, 'x', KIB(9));
    (void)memcpy(bytes, "https://partner.test/", 21);
    ASSERT_TEXT(read_fault((struct text){bytes, KIB(8)}), "", "8 KiB");
    ASSERT_TEXT(read_fault((struct text){bytes, KIB(8) + 1}), "invalid URL: larger than 8192 bytes", "more");
}

/* What people write although URLs have no place for it. */
Test(http_url, path_and_query_are_encoded)
{
    struct http_url url;
    char *whole = NULL;
    struct text text = TEXT("https://partner.test/für alle?q=\"a b\"&r={1}|2");
    cr_assert_eq(http_url_read(arena, text, &policy, &url, &error), STATUS_OK);
    cr_assert_eq(curl_url_get(url.handle, CURLUPART_URL, &whole, 0), CURLUE_OK);
    cr_expect_str_eq(whole, "https://partner.test/f%C3%BCr%20alle?q=%22a%20b%22&r=%7B1%7D%7C2");
    curl_free(whole);
    http_url_free(&url);
}

Test(http_url, templates_stand_behind_the_host)
{
    static const struct {
        const char *url, *fault;
    } rows[] = {
        {"https://partner.test/{{id}}", ""},
        {"https://partner.test/?id={{id}}", ""},
        {"https://partner.test?{{id}}", ""},
        {"https://partner.test/x#{{id}}", ""},
        {"https://partner.test/a b/{{secret.TOKEN}}", ""},
        {"{{url}}", ONLY_HTTPS ")"},
        {"{{scheme}}://partner.test/", ONLY_HTTPS ")"},
        {"http{{s}}://partner.test/", ONLY_HTTPS ")"},
        {"https://{{host}}/", "invalid URL: a template must come after the host and a /"},
        {"https://partner.test{{path}}", "invalid URL: a template must come after the host and a /"},
        {"https://partner.{{domain}}/", "invalid URL: a template must come after the host and a /"},
        {"https://partner.test:{{port}}/", "invalid URL: a template must come after the host and a /"},
        {"https://{{user}}@partner.test/", "invalid URL: a template must come after the host and a /"},
        {"https:///{{host}}", "invalid URL: its host is neither a name nor an address"},
        {"http://partner.test/{{id}}", ONLY_HTTPS "http)"},
        {"http://erp.internal/{{id}}", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        error = ERROR_IN(arena);
        enum status status = http_url_check(text_from(rows[i].url), &policy, &error);
        ASSERT_TEXT(status == STATUS_OK ? TEXT("") : error.message, rows[i].fault, rows[i].url);
    }
}
