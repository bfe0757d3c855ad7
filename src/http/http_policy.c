#include "http/http_policy.h"

#include <assert.h>
#include <string.h>

static struct http_policy of_process;

void http_policy_set(const struct http_policy *policy)
{
    of_process = *policy;
}

const struct http_policy *http_policy_of_process(void)
{
    return &of_process;
}

/* A name must contain a letter, so that 127.1 and 2130706433 are not names. */
static bool is_name(struct text text)
{
    bool has_letter = false;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!letter && !(byte >= '0' && byte <= '9') && memchr("-._", byte, 3) == NULL)
            return false;
        has_letter = has_letter || letter;
    }
    return has_letter && text.size <= 253;
}

enum status http_policy_read(const struct text *hosts, size_t count, bool allow_plain, struct http_policy *policy,
                             struct error *error)
{
    assert(count <= HTTP_POLICY_HOSTS);
    *policy = (struct http_policy){.count = count, .allow_plain = allow_plain};
    for (size_t i = 0; i < count; i++) {
        struct http_allowed *allowed = &policy->allowed[i];
        if (http_block_read(hosts[i], &allowed->block))
            continue;
        if (!is_name(hosts[i]))
            return error_set(error, STATUS_INVALID, TEXT_NONE,
                             "expected a host name, an address or a block like 10.1.0.0/16, found '%.*s'",
                             TEXT_ARG(hosts[i]));
        allowed->name = hosts[i];
    }
    return STATUS_OK;
}

/* A dot at the end of a host does not change its meaning. */
static struct text without_dot(struct text host)
{
    return text_ends(host, TEXT(".")) ? text_slice(host, 0, host.size - 1) : host;
}

static bool has_block(const struct http_policy *policy, const struct http_address *address)
{
    for (size_t i = 0; i < policy->count; i++) {
        if (policy->allowed[i].name.size == 0 && http_block_has(&policy->allowed[i].block, address))
            return true;
    }
    return false;
}

bool http_policy_lists(const struct http_policy *policy, struct text host)
{
    struct http_address address;
    for (size_t i = 0; i < policy->count; i++) {
        struct text name = policy->allowed[i].name;
        if (name.size > 0 && text_equal_ignoring_case(without_dot(host), without_dot(name)))
            return true;
    }
    return http_address_read(host, &address) && has_block(policy, &address);
}

bool http_policy_allows(const struct http_policy *policy, bool listed, const struct http_address *address)
{
    return listed || http_address_is_public(address) || has_block(policy, address);
}
