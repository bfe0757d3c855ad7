/* Which addresses are public. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>
#include <sys/un.h>

#include "http/http_address.h"

static struct http_address address_of(const char *text)
{
    struct http_address address;
    cr_assert(http_address_read(text_from(text), &address), "%s", text);
    return address;
}

static bool is_public(const char *text)
{
    const struct http_address address = address_of(text);
    return http_address_is_public(&address);
}

Test(http_address, public_ones)
{
    static const char *const rows[] = {
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "93.184.216.34",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.88.98.255",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2606:2800:220:1::1",
        "2001:4860:4860::8888",
        "2a00:1450::200e",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
        "::ffff:8.8.8.8",
        "::8.8.8.8",
        "::ffff:0:8.8.8.8",
        "2001:db7:ffff::1",
        "2001:db9::",
        "fbff::1",
        "fe00::1",
        "2600::200:5efe:808:808",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect(is_public(rows[i]), "%s", rows[i]);
}

Test(http_address, refused_ones)
{
    static const char *const rows[] = {
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "168.63.129.16",
        "169.254.0.0",
        "169.254.169.254",
        "169.254.255.255",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.0",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.255",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.0",
        "255.255.255.255",
        "::",
        "::1",
        "fc00::",
        "fd00:ec2::254",
        "fdff:ffff::",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "feff::1",
        "ff00::",
        "ff02::1",
        "2001:db8::1",
        "64:ff9b:1::1",
        "64:ff9b:1:ffff::",
        "100::1",
        "2001:2::1",
        "3fff:1::",
        "5f00::1",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_not(is_public(rows[i]), "%s", rows[i]);
}

Test(http_address, forms_that_carry_a_refused_one)
{
    static const char *const rows[] = {
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:a00:1",
        "::127.0.0.1",
        "::169.254.169.254",
        "::ffff:0:127.0.0.1",
        "::ffff:0:10.1.2.3",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "2002:c0a8:101::1",
        "2001::1",
        "2001:0:4136:e378::",
        "2600::5efe:127.0.0.1",
        "2600::5efe:a9fe:a9fe",
        "2600::200:5efe:10.0.0.1",
        "64:ff9b::100.64.0.1",
        "2002:6440:1::",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_not(is_public(rows[i]), "%s", rows[i]);
}

/* The two ends of every block, and their neighbours outside, where these are public. */
Test(http_address, ends_of_blocks)
{
    static const struct {
        const char *before, *first, *last, *after;
    } rows[] = {
        {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
        {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
        {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
        {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
        {"223.255.255.255", "224.0.0.0", "255.255.255.255", NULL},
        {"fbff:ffff::", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::"},
        {"fe7f:ffff::", "fe80::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
        {"64:ff9b:0:ffff::", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "64:ff9b:2::"},
        {"3ffe:ffff::", "3fff::", "3fff:0fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect(is_public(rows[i].before), "%s", rows[i].before);
        cr_expect_not(is_public(rows[i].first), "%s", rows[i].first);
        cr_expect_not(is_public(rows[i].last), "%s", rows[i].last);
        cr_expect(rows[i].after == NULL || is_public(rows[i].after), "%s", rows[i].after);
    }
}

Test(http_address, texts)
{
    static const char *const bad[] = {
        "",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "1.2.3.4.5",
        "1.2.3",
        "1.2.3.256",
        "::1%eth0",
        "fe80::1%1",
        "[::1",
        "::1]",
        "localhost",
        "1.2.3.4 ",
        ":::",
        "12345::",
        "1.2.3.4/8",
        "[1.2.3.4",
        "::ffff:1.2.3",
        "[]",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
    };
    struct http_address address;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_not(http_address_read(text_from(bad[i]), &address), "%s", bad[i]);
    cr_expect_not(http_address_read((struct text){.data = "1.2.3.4\0", .size = 8}, &address));

    static const struct {
        const char *read, *written;
    } good[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"[::1]", "::1"},
        {"2001:DB8:0:0::1", "2001:db8::1"},
        {"::", "::"},
    };
    char text[HTTP_ADDRESS_TEXT];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        address = address_of(good[i].read);
        http_address_write(&address, text);
        cr_expect_str_eq(text, good[i].written);
    }
}

Test(http_address, of_sockets)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    const struct sockaddr_un other = {.sun_family = AF_UNIX};
    struct http_address address, same = address_of("::ffff:10.1.2.3");
    (void)inet_pton(AF_INET, "10.1.2.3", &v4.sin_addr);
    cr_assert(http_address_of_socket((const struct sockaddr *)&v4, &address));
    cr_expect_eq(memcmp(&address, &same, sizeof address), 0);
    same = address_of("2001:db8::7");
    (void)inet_pton(AF_INET6, "2001:db8::7", &v6.sin6_addr);
    cr_assert(http_address_of_socket((const struct sockaddr *)&v6, &address));
    cr_expect_eq(memcmp(&address, &same, sizeof address), 0);
    cr_expect_not(http_address_of_socket((const struct sockaddr *)&other, &address));
}

Test(http_address, blocks)
{
    static const struct {
        const char *block, *inside, *outside;
    } rows[] = {
        {"10.1.0.0/16", "10.1.255.255", "10.2.0.0"},
        {"10.1.2.3", "10.1.2.3", "10.1.2.4"},
        {"10.1.2.3/32", "::ffff:10.1.2.3", "10.1.2.2"},
        {"10.1.2.3/9", "10.127.0.0", "10.128.0.0"},
        {"0.0.0.0/0", "255.1.2.3", "::1"},
        {"fd00::/8", "fdff::1", "fc00::1"},
        {"::1", "::1", "::2"},
        {"[fd00::1]/127", "fd00::", "fd00::2"},
        {"::/0", "10.0.0.1", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_block block;
        cr_assert(http_block_read(text_from(rows[i].block), &block), "%s", rows[i].block);
        struct http_address address = address_of(rows[i].inside);
        cr_expect(http_block_has(&block, &address), "%s", rows[i].block);
        if (rows[i].outside == NULL)
            continue;
        address = address_of(rows[i].outside);
        cr_expect_not(http_block_has(&block, &address), "%s", rows[i].block);
    }
    static const char *const bad[] = {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "::/129", "/8", "x/8"};
    struct http_block block;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_not(http_block_read(text_from(bad[i]), &block), "%s", bad[i]);
}
