/* The mail service: the relay's options, the pool of connections, and retries while the relay is unavailable. */
#include "smtp/mail.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/availability.h"
#include "base/backoff.h"
#include "base/limits.h"
#include "base/log.h"
#include "smtp/mail_domain.h"
#include "smtp/mail_transfer.h"

#define CONNECTIONS_DEFAULT         4
#define CONNECT_TIMEOUT_DEFAULT_MS  10000
#define TRANSFER_TIMEOUT_DEFAULT_MS 60000
#define BACKOFF_FIRST_US            100000
#define BACKOFF_MAX_US              5000000

struct mail {
    struct mail_relay relay;
    struct arena *arena;      /* of `from` */
    struct mail_address from; /* with an ASCII domain */
    struct lease_set transfers;
    struct availability availability;
};

static bool copy(struct text text, char **copied)
{
    *copied = strndup(text.data != NULL ? text.data : "", text.size);
    return *copied != NULL;
}

static void free_secret(char *text)
{
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    free(text);
}

static bool replace(char **text, const char *with)
{
    char *copied = strdup(with);
    if (copied == NULL)
        return false;
    free_secret(*text);
    *text = copied;
    return true;
}

static enum status out_of_memory(struct error *error)
{
    return error_set(error, STATUS_BUDGET, TEXT_NONE, "out of memory");
}

static bool is_this_machine(const char *host)
{
    struct in_addr address;
    if (inet_pton(AF_INET, host, &address) == 1)
        return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

/* The parts of a URL. libcurl allocates the strings. */
struct relay_url {
    char *scheme, *host, *user, *options;
};

static void free_url(struct relay_url *url)
{
    curl_free(url->scheme);
    curl_free(url->host);
    if (url->user != NULL)
        explicit_bzero(url->user, strlen(url->user));
    curl_free(url->user);
    curl_free(url->options);
    *url = (struct relay_url){0};
}

/* Whether the text after the user is `;AUTH=MECHANISM`. */
static bool is_login_option(const char *option)
{
    static const char *const mechanisms[] = {"PLAIN",       "LOGIN",         "CRAM-MD5", "DIGEST-MD5",
                                             "SCRAM-SHA-1", "SCRAM-SHA-256", "NTLM",     "GSSAPI"};
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
        if (strncasecmp(option, "AUTH=", 5) == 0 && strcasecmp(option + 5, mechanisms[i]) == 0)
            return true;
    }
    return false;
}

/* Reads the URL and replaces its host with the ASCII form. False: it is not the URL of a relay. */
static bool read_url(char **text, struct relay_url *read)
{
    CURLU *url = curl_url();
    char *complete = NULL;
    *read = (struct relay_url){0};
    struct arena *arena = arena_new(KIB(16), 0);
    struct text host = TEXT_NONE;
    bool good = url != NULL && arena != NULL && curl_url_set(url, CURLUPART_URL, *text, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_SCHEME, &read->scheme, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_HOST, &read->host, 0) == CURLUE_OK &&
                (strcmp(read->scheme, "smtp") == 0 || strcmp(read->scheme, "smtps") == 0) &&
                mail_domain_to_ascii(arena, text_from(read->host), &host) == STATUS_OK;
    if (good && !text_is(host, read->host))
        good = curl_url_set(url, CURLUPART_HOST, host.data, 0) == CURLUE_OK &&
               curl_url_get(url, CURLUPART_URL, &complete, 0) == CURLUE_OK && replace(text, complete);
    if (good) {
        (void)curl_url_get(url, CURLUPART_USER, &read->user, 0);
        (void)curl_url_get(url, CURLUPART_OPTIONS, &read->options, 0);
        good = read->options == NULL || is_login_option(read->options);
    }
    curl_free(complete);
    curl_url_cleanup(url);
    arena_free(arena);
    return good;
}

static enum status bad_url(struct error *error)
{
    return error_set(error, STATUS_INVALID, TEXT_NONE,
                     "expected smtp://[user[;AUTH=MECHANISM]:password@]host[:port] or smtps://...");
}

enum status mail_url_check(struct text url, struct error *error)
{
    char *copied;
    struct relay_url read;
    if (!copy(url, &copied))
        return out_of_memory(error);
    bool good = read_url(&copied, &read);
    free_url(&read);
    free_secret(copied);
    return good ? STATUS_OK : bad_url(error);
}

enum status mail_sender_check(struct text from, struct error *error)
{
    struct mail_address address;
    struct arena *arena = arena_new(KIB(16), 0);
    enum status status = arena != NULL ? mail_address_read(from, &address, error) : out_of_memory(error);
    if (status == STATUS_OK)
        status = mail_address_to_ascii(arena, &address, error);
    arena_free(arena);
    return status;
}

static int64_t or_default(int64_t value, int64_t default_value)
{
    return value > 0 ? value : default_value;
}

static enum status read_options(const struct mail_options *options, struct mail *mail, struct error *error)
{
    struct mail_relay *relay = &mail->relay;
    relay->connect_timeout_ms = or_default(options->connect_timeout_ms, CONNECT_TIMEOUT_DEFAULT_MS);
    relay->transfer_timeout_ms = or_default(options->transfer_timeout_ms, TRANSFER_TIMEOUT_DEFAULT_MS);
    mail->arena = arena_new(KIB(16), 0);
    struct text from = mail->arena != NULL ? arena_copy(mail->arena, options->from) : TEXT_NONE;
    if (from.data == NULL || !copy(options->url, &relay->url) ||
        (options->ca_file.size > 0 && !copy(options->ca_file, &relay->ca_file)))
        return out_of_memory(error);
    struct relay_url url;
    bool good = read_url(&relay->url, &url);
    if (good) {
        /* Nobody else can read a password that is sent to this machine itself. */
        relay->requires_tls = relay->ca_file != NULL || (url.user != NULL && !is_this_machine(url.host));
        relay->names_login = url.options != NULL;
    }
    free_url(&url);
    if (!good) {
        (void)bad_url(error);
        return error_prefix(error, "the mail server");
    }
    enum status status = mail_address_read(from, &mail->from, error);
    if (status == STATUS_OK)
        status = mail_address_to_ascii(mail->arena, &mail->from, error);
    return status == STATUS_OK ? status : error_prefix(error, "the sender of mail");
}

struct mail *mail_new(const struct mail_options *options, struct error *error)
{
    struct mail *mail = calloc(1, sizeof(*mail));
    if (mail == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        (void)out_of_memory(error);
        free(mail);
        return NULL;
    }
    lease_init(&mail->transfers, options->connections > 0 ? options->connections : CONNECTIONS_DEFAULT);
    availability_init(&mail->availability);
    if (read_options(options, mail, error) == STATUS_OK)
        return mail;
    mail_free(mail);
    return NULL;
}

static void free_transfer(struct lease_item *item)
{
    mail_transfer_free((struct mail_transfer *)item);
}

void mail_free(struct mail *mail)
{
    if (mail == NULL)
        return;
    lease_free(&mail->transfers, free_transfer);
    availability_free(&mail->availability);
    free_secret(mail->relay.url);
    free(mail->relay.ca_file);
    arena_free(mail->arena);
    free(mail);
    curl_global_cleanup();
}

/* MAIL_ACCEPTED: return *transfer with lease_return. */
static enum mail_outcome take(struct mail *mail, const struct wait_limit *limit, struct mail_transfer **transfer,
                              struct failure *why)
{
    const struct wait_limit within =
        limit->deadline_us != 0 ? *limit : wait_limit_within(limit, mail->relay.transfer_timeout_ms * 1000);
    struct lease_item *item = NULL;
    if (!lease_try(&mail->transfers, &item) && !lease_wait(&mail->transfers, &within, &item)) {
        *why = wait_limit_is_canceled(limit) ? FAILURE_TEXT("canceled")
                                             : FAILURE_TEXT("all connections to the mail server are in use");
        return MAIL_UNAVAILABLE;
    }
    *transfer = item != NULL ? (struct mail_transfer *)item : mail_transfer_new();
    if (*transfer != NULL)
        return MAIL_ACCEPTED;
    lease_return(&mail->transfers, NULL);
    *why = FAILURE_TEXT("out of memory");
    return MAIL_DEFERRED;
}

static void note_availability(struct mail *mail, uint64_t begin, bool succeeded, struct text reason)
{
    availability_end(&mail->availability, begin, succeeded, reason);
    struct availability_change change = {0};
    while (availability_next(&mail->availability, &change)) {
        if (change.is_unavailable)
            log_line(LOG_WARN, "Mail server unavailable, retrying", LOG_STRING("error", change.reason));
        else
            log_line(LOG_INFO, "Mail server available again");
    }
}

static enum mail_outcome try_until(struct mail *mail, struct mail_transfer *transfer, struct arena *arena,
                                   const struct mail_object *object, const struct wait_limit *limit, bool retry,
                                   struct failure *why)
{
    struct backoff backoff = {.first_us = BACKOFF_FIRST_US, .max_us = BACKOFF_MAX_US};
    for (;;) {
        if (wait_limit_left_us(limit) == 0) {
            *why = FAILURE_TEXT("no time left");
            return MAIL_UNAVAILABLE;
        }
        uint64_t begin = availability_begin(&mail->availability);
        enum mail_outcome outcome = mail_transfer_run(transfer, &mail->relay, arena, object, limit, why);
        if (outcome != MAIL_UNAVAILABLE || !wait_limit_is_canceled(limit))
            note_availability(mail, begin, outcome != MAIL_UNAVAILABLE, why->text);
        if (outcome != MAIL_UNAVAILABLE || !retry || !backoff_wait(&backoff, limit))
            return outcome;
    }
}

enum mail_outcome mail_send(struct mail *mail, struct arena *arena, const struct mail_message *message,
                            const struct wait_limit *limit, bool retry, struct failure *why)
{
    struct mail_object object;
    struct error error = ERROR_IN(arena);
    if (mail_message_compose(arena, message, &mail->from, clock_utc_us(), &object, &error) != STATUS_OK) {
        *why = error_failure(&error);
        return MAIL_REFUSED;
    }
    struct mail_transfer *transfer = NULL;
    enum mail_outcome outcome = take(mail, limit, &transfer, why);
    if (outcome != MAIL_ACCEPTED)
        return outcome;
    outcome = try_until(mail, transfer, arena, &object, limit, retry, why);
    lease_return(&mail->transfers, &transfer->item);
    return outcome;
}

enum status mail_check(struct mail *mail, int64_t timeout_ms, struct error *error)
{
    struct mail_transfer *transfer = mail_transfer_new();
    if (transfer == NULL)
        return out_of_memory(error);
    const struct wait_limit limit = {.deadline_us = clock_monotonic_us() + timeout_ms * 1000};
    struct failure why = {0};
    enum mail_outcome outcome =
        mail_transfer_check(transfer, &mail->relay, error->arena, mail->from.address, &limit, &why);
    mail_transfer_free(transfer);
    if (outcome == MAIL_ACCEPTED)
        return STATUS_OK;
    return error_set_failure(error, STATUS_UNAVAILABLE, TEXT_NONE, why);
}
