/* The addresses that a request may go to. Any address that is not public according to the registries of special-purpose
   addresses (RFC 6890) may lead into the worker's own network. Pure; any thread. */
#ifndef HTTP_HTTP_ADDRESS_H
#define HTTP_HTTP_ADDRESS_H

#include "base/text.h"

struct sockaddr;

/* An IPv6 address; an IPv4 address in its mapped form, ::ffff:192.0.2.1. */
struct http_address {
    unsigned char bytes[16];
};

/* A block: the addresses that share their first bits. */
struct http_block {
    struct http_address first;
    unsigned bits; /* 0 to 128 */
};

enum { HTTP_ADDRESS_TEXT = 46 }; /* with the NUL */

/* Reads an address as inet_pton does, with or without brackets. False for anything else: names, zones, 127.1. */
bool http_address_read(struct text text, struct http_address *address);
/* Reads an address of AF_INET or AF_INET6; false for any other family. */
bool http_address_of_socket(const struct sockaddr *socket, struct http_address *address);
/* Writes an address as inet_ntop does; a mapped address as IPv4. */
void http_address_write(const struct http_address *address, char text[HTTP_ADDRESS_TEXT]);
/* Returns whether the address is public: not private, link-local, loopback, multicast, reserved, for documentation or
   for the metadata of a cloud, and without an embedded IPv4 address that is. */
bool http_address_is_public(const struct http_address *address);

/* Reads ADDRESS or ADDRESS/BITS; the bits after the first BITS are ignored. */
bool http_block_read(struct text text, struct http_block *block);
bool http_block_has(const struct http_block *block, const struct http_address *address);

#endif
