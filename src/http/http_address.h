/* Addresses that a request may go to. Any address that is not public in the sense of the registries of special-purpose
   addresses (RFC 6890) leads into the network around us. Pure; any thread. */
#ifndef HTTP_HTTP_ADDRESS_H
#define HTTP_HTTP_ADDRESS_H

#include "base/text.h"

struct sockaddr;

/* Of IPv6; one of IPv4 in its mapped form, ::ffff:192.0.2.1. */
struct http_address {
    unsigned char bytes[16];
};

/* A block of addresses: those that share their first bits. */
struct http_block {
    struct http_address first;
    unsigned bits; /* 0 to 128 */
};

enum { HTTP_ADDRESS_TEXT = 46 }; /* with the NUL */

/* An address as inet_pton reads it, in brackets or not. False for anything else: names, zones, 127.1. */
bool http_address_read(struct text text, struct http_address *address);
/* Of AF_INET and AF_INET6; false for any other family. */
bool http_address_of_socket(const struct sockaddr *socket, struct http_address *address);
/* As inet_ntop writes it; a mapped one as IPv4. */
void http_address_write(const struct http_address *address, char text[HTTP_ADDRESS_TEXT]);
/* Whether it belongs to nobody's own network: not private, link-local, loopback, multicast, reserved, for documentation
   or of a cloud's metadata; nor does it carry an address of IPv4 that is. */
bool http_address_is_public(const struct http_address *address);

/* ADDRESS or ADDRESS/BITS; bits behind BITS count for nothing. */
bool http_block_read(struct text text, struct http_block *block);
bool http_block_has(const struct http_block *block, const struct http_address *address);

#endif
