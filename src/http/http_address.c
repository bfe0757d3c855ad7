#include "http/http_address.h"

#include <arpa/inet.h>
#include <string.h>

#define MAPPED       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
#define MAPPED_BYTES 12
#define MAPPED_BITS  (8 * MAPPED_BYTES)

/* V4: a.b.c.d/bits. V6: the bits and the first bytes of an IPv6 address. */
#define V4(a_, b_, c_, d_, bits_)                                                                                      \
    {                                                                                                                  \
        .first.bytes = {MAPPED, a_, b_, c_, d_}, .bits = MAPPED_BITS + (bits_)                                         \
    }
#define V6(bits_, ...)                                                                                                 \
    {                                                                                                                  \
        .first.bytes = {__VA_ARGS__}, .bits = (bits_)                                                                  \
    }

/* The blocks that are not public. */
static const struct http_block refused[] = {
    V4(0, 0, 0, 0, 8),        /* this network */
    V4(10, 0, 0, 0, 8),       /* private */
    V4(100, 64, 0, 0, 10),    /* shared by customers of a provider; metadata of Alibaba Cloud */
    V4(127, 0, 0, 0, 8),      /* loopback */
    V4(168, 63, 129, 16, 32), /* Azure's platform, as seen from its machines */
    V4(169, 254, 0, 0, 16),   /* link-local; metadata of most clouds */
    V4(172, 16, 0, 0, 12),    /* private */
    V4(192, 0, 0, 0, 24),     /* for protocols; metadata of Oracle Cloud */
    V4(192, 0, 2, 0, 24),     /* documentation */
    V4(192, 88, 99, 0, 24),   /* relays of 6to4 */
    V4(192, 168, 0, 0, 16),   /* private */
    V4(198, 18, 0, 0, 15),    /* benchmarks */
    V4(198, 51, 100, 0, 24),  /* documentation */
    V4(203, 0, 113, 0, 24),   /* documentation */
    V4(224, 0, 0, 0, 4),      /* multicast */
    V4(240, 0, 0, 0, 4),      /* reserved, and broadcast */
    V6(128, 0),               /* unspecified */
    V6(128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), /* loopback */
    V6(48, 0, 0x64, 0xff, 0x9b, 0, 1),                       /* NAT64 of a local network */
    V6(64, 0x01),                                            /* discard only */
    V6(32, 0x20, 0x01, 0, 0),                                /* Teredo */
    V6(48, 0x20, 0x01, 0, 0x02, 0, 0),                       /* benchmarks */
    V6(32, 0x20, 0x01, 0x0d, 0xb8),                          /* documentation */
    V6(20, 0x3f, 0xff, 0),                                   /* documentation */
    V6(16, 0x5f, 0),                                         /* segment routing */
    V6(7, 0xfc),                                             /* private */
    V6(10, 0xfe, 0x80),                                      /* link-local */
    V6(10, 0xfe, 0xc0),                                      /* site-local */
    V6(8, 0xff),                                             /* multicast */
};

/* IPv6 addresses that contain an IPv4 address at the byte `at`, to which gateways and kernels deliver. */
static const struct carrier {
    struct http_block block;
    size_t at;
} carriers[] = {
    {V6(96, 0), 12},                                  /* compatible */
    {V6(96, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff), 12}, /* translated */
    {V6(96, 0, 0x64, 0xff, 0x9b), 12},                /* NAT64 */
    {V6(16, 0x20, 0x02), 2},                          /* 6to4 */
};

static struct http_address mapped(const unsigned char *bytes)
{
    struct http_address address = {.bytes = {MAPPED}};
    (void)memcpy(address.bytes + MAPPED_BYTES, bytes, 4);
    return address;
}

/* An ISATAP address, which contains an IPv4 address, in any network: ...:0:5efe:192.0.2.1. */
static bool is_isatap(const struct http_address *address)
{
    const unsigned char *id = address->bytes + 8;
    return (id[0] & 0xfd) == 0 && id[1] == 0 && id[2] == 0x5e && id[3] == 0xfe;
}

static bool is_refused(const struct http_address *address)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (http_block_has(&refused[i], address))
            return true;
    }
    return false;
}

bool http_address_is_public(const struct http_address *address)
{
    if (is_refused(address))
        return false;
    for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++) {
        if (!http_block_has(&carriers[i].block, address))
            continue;
        const struct http_address carried = mapped(address->bytes + carriers[i].at);
        if (is_refused(&carried))
            return false;
    }
    const struct http_address carried = mapped(address->bytes + 12);
    return !is_isatap(address) || !is_refused(&carried);
}

bool http_block_has(const struct http_block *block, const struct http_address *address)
{
    size_t whole = block->bits / 8;
    unsigned char rest = (unsigned char)(0xff00 >> block->bits % 8);
    if (memcmp(block->first.bytes, address->bytes, whole) != 0)
        return false;
    return block->bits % 8 == 0 || ((block->first.bytes[whole] ^ address->bytes[whole]) & rest) == 0;
}

bool http_address_read(struct text text, struct http_address *address)
{
    char number[INET6_ADDRSTRLEN] = {0};
    struct in_addr v4;
    if (text_starts(text, TEXT("[")) && text_ends(text, TEXT("]")))
        text = text_slice(text, 1, text.size - 2);
    if (text.size == 0 || text.size >= sizeof number || memchr(text.data, '\0', text.size) != NULL)
        return false;
    (void)memcpy(number, text.data, text.size);
    if (inet_pton(AF_INET6, number, address->bytes) == 1)
        return true;
    if (inet_pton(AF_INET, number, &v4) != 1)
        return false;
    *address = mapped((const unsigned char *)&v4);
    return true;
}

bool http_address_of_socket(const struct sockaddr *socket, struct http_address *address)
{
    if (socket->sa_family == AF_INET) {
        struct sockaddr_in v4;
        (void)memcpy(&v4, socket, sizeof v4);
        *address = mapped((const unsigned char *)&v4.sin_addr);
        return true;
    }
    if (socket->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 v6;
    (void)memcpy(&v6, socket, sizeof v6);
    (void)memcpy(address->bytes, &v6.sin6_addr, sizeof address->bytes);
    return true;
}

void http_address_write(const struct http_address *address, char text[HTTP_ADDRESS_TEXT])
{
    static const struct http_block v4 = V4(0, 0, 0, 0, 0);
    bool is_v4 = http_block_has(&v4, address);
    if (inet_ntop(is_v4 ? AF_INET : AF_INET6, address->bytes + (is_v4 ? MAPPED_BYTES : 0), text, HTTP_ADDRESS_TEXT) ==
        NULL)
        text[0] = '\0';
}

bool http_block_read(struct text text, struct http_block *block)
{
    int64_t bits = 0, most;
    struct text rest = text, number = text_split(&rest, '/');
    if (!http_address_read(number, &block->first))
        return false;
    most = text_find_byte(number, ':') == SIZE_MAX ? 32 : 128;
    if (rest.data == NULL)
        bits = most;
    else if (!text_to_int64(rest, &bits) || bits < 0 || bits > most)
        return false;
    block->bits = (unsigned)(bits + 128 - most);
    return true;
}
