#include "smtp/mail.h"

#include <arpa/inet.h>
#include <assert.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "smtp/mail_transfer.h"
#include "smtp/pause.h"

#define CONNECTIONS_DEFAULT         4
#define CONNECT_TIMEOUT_DEFAULT_MS  10000
#define TRANSFER_TIMEOUT_DEFAULT_MS 60000
/* How long a waiter may not notice that it is canceled. */
#define WAITER_SLICE_US 100000
#define SECOND_US       1000000

struct mail {
    struct mail_relay relay;
    char *from_text;
    struct mail_address from; /* views of from_text */
    unsigned capacity;
    pthread_mutex_t lock;
    pthread_cond_t returned; /* an idle connection, or room for a new one */
    /* under the lock: */
    struct mail_transfer *idle; /* the latest first */
    unsigned open;              /* idle and lent */
    bool away;                  /* the last attempt did not reach the relay: said once in the log */
};

static bool copy(struct text text, char **copied)
{
    *copied = strndup(text.data != NULL ? text.data : "", text.size);
    return *copied != NULL;
}

static enum status out_of_memory(struct error *error)
{
    return error_set(error, STATUS_BUDGET, TEXT_NONE, "out of memory");
}

/* What is said to this machine itself nobody else can hear. */
static bool is_this_machine(const char *host)
{
    struct in_addr address;
    if (inet_pton(AF_INET, host, &address) == 1)
        return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

/* Is it the address of a relay? And must what is said to it be hidden from others? */
static bool read_url(const char *text, bool *requires_tls)
{
    CURLU *url = curl_url();
    char *scheme = NULL, *host = NULL, *user = NULL;
    bool good = url != NULL && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                (strcmp(scheme, "smtp") == 0 || strcmp(scheme, "smtps") == 0);
    if (good)
        *requires_tls = curl_url_get(url, CURLUPART_USER, &user, 0) == CURLUE_OK && !is_this_machine(host);
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_url_cleanup(url);
    return good;
}

static enum status bad_url(struct error *error)
{
    return error_set(error, STATUS_INVALID, TEXT_NONE, "expected smtp://[user:password@]host[:port] or smtps://...");
}

enum status mail_url_check(struct text url, struct error *error)
{
    char *copied;
    bool requires_tls;
    if (!copy(url, &copied))
        return out_of_memory(error);
    bool good = read_url(copied, &requires_tls);
    explicit_bzero(copied, strlen(copied));
    free(copied);
    return good ? STATUS_OK : bad_url(error);
}

enum status mail_sender_check(struct text from, struct error *error)
{
    struct mail_address address;
    return mail_address_read(from, &address, error);
}

static int64_t or_default(int64_t value, int64_t standard)
{
    return value > 0 ? value : standard;
}

static enum status read_options(const struct mail_options *options, struct mail *mail, struct error *error)
{
    struct mail_relay *relay = &mail->relay;
    relay->connect_timeout_ms = or_default(options->connect_timeout_ms, CONNECT_TIMEOUT_DEFAULT_MS);
    relay->transfer_timeout_ms = or_default(options->transfer_timeout_ms, TRANSFER_TIMEOUT_DEFAULT_MS);
    mail->capacity = options->connections > 0 ? options->connections : CONNECTIONS_DEFAULT;
    if (!copy(options->url, &relay->url) || !copy(options->from, &mail->from_text) ||
        (options->ca_file.size > 0 && !copy(options->ca_file, &relay->ca_file)))
        return out_of_memory(error);
    if (!read_url(relay->url, &relay->requires_tls)) {
        (void)bad_url(error);
        return error_prefix(error, "the mail server");
    }
    enum status status = mail_address_read(text_from(mail->from_text), &mail->from, error);
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
    (void)pthread_mutex_init(&mail->lock, NULL);
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&mail->returned, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    if (read_options(options, mail, error) == STATUS_OK)
        return mail;
    mail_free(mail);
    return NULL;
}

void mail_free(struct mail *mail)
{
    if (mail == NULL)
        return;
    while (mail->idle != NULL) {
        struct mail_transfer *transfer = mail->idle;
        mail->idle = transfer->next;
        mail->open--;
        mail_transfer_free(transfer);
    }
    assert(mail->open == 0 && "a letter outlives its mail service");
    if (mail->relay.url != NULL)
        explicit_bzero(mail->relay.url, strlen(mail->relay.url));
    free(mail->relay.url);
    free(mail->relay.ca_file);
    free(mail->from_text);
    (void)pthread_cond_destroy(&mail->returned);
    (void)pthread_mutex_destroy(&mail->lock);
    free(mail);
    curl_global_cleanup();
}

static bool is_canceled(const struct mail_patience *patience)
{
    return patience->is_canceled != NULL && patience->is_canceled(patience->hook);
}

/* Under the lock. Until something is returned, or a while has passed. */
static void wait_for_return(struct mail *mail)
{
    int64_t until = clock_monotonic_us() + WAITER_SLICE_US;
    struct timespec end = {.tv_sec = until / SECOND_US, .tv_nsec = until % SECOND_US * 1000};
    (void)pthread_cond_timedwait(&mail->returned, &mail->lock, &end);
}

/* Under the lock. MAIL_ACCEPTED with *transfer NULL: there is room for a new one, which the caller makes. */
static enum mail_outcome take_place(struct mail *mail, int64_t deadline_us, const struct mail_patience *patience,
                                    struct mail_transfer **transfer, struct text *why)
{
    while (mail->idle == NULL && mail->open == mail->capacity) {
        bool canceled = is_canceled(patience);
        if (canceled || clock_monotonic_us() >= deadline_us) {
            *why = canceled ? TEXT("canceled") : TEXT("all connections to the mail server are in use");
            return MAIL_AWAY;
        }
        wait_for_return(mail);
    }
    *transfer = mail->idle;
    if (mail->idle != NULL)
        mail->idle = mail->idle->next;
    else
        mail->open++;
    return MAIL_ACCEPTED;
}

static void give_back(struct mail *mail, struct mail_transfer *transfer)
{
    (void)pthread_mutex_lock(&mail->lock);
    if (transfer != NULL) {
        transfer->next = mail->idle;
        mail->idle = transfer;
    } else {
        mail->open--;
    }
    (void)pthread_cond_signal(&mail->returned);
    (void)pthread_mutex_unlock(&mail->lock);
}

static enum mail_outcome take(struct mail *mail, const struct mail_patience *patience, struct mail_transfer **transfer,
                              struct text *why)
{
    int64_t deadline_us = patience->deadline_us;
    if (deadline_us == 0)
        deadline_us = clock_monotonic_us() + mail->relay.transfer_timeout_ms * 1000;
    (void)pthread_mutex_lock(&mail->lock);
    enum mail_outcome outcome = take_place(mail, deadline_us, patience, transfer, why);
    (void)pthread_mutex_unlock(&mail->lock);
    if (outcome != MAIL_ACCEPTED || *transfer != NULL)
        return outcome;
    *transfer = mail_transfer_new();
    if (*transfer != NULL)
        return MAIL_ACCEPTED;
    give_back(mail, NULL);
    *why = TEXT("out of memory");
    return MAIL_DEFERRED;
}

/* Tells the log when the relay goes and when it is back, not how often we asked. */
static void note_presence(struct mail *mail, enum mail_outcome outcome, const struct mail_patience *patience,
                          struct text why)
{
    bool away = outcome == MAIL_AWAY;
    if (away && is_canceled(patience))
        return;
    (void)pthread_mutex_lock(&mail->lock);
    bool changed = mail->away != away;
    mail->away = away;
    /* Under the lock, or of two threads the one that came first could speak last. */
    if (changed && away)
        log_line(LOG_WARN, "mail server is away", LOG_TEXT("error", why));
    else if (changed)
        log_line(LOG_INFO, "mail server is back");
    (void)pthread_mutex_unlock(&mail->lock);
}

static enum mail_outcome try_until(struct mail *mail, struct mail_transfer *transfer, struct arena *arena,
                                   const struct mail_message *message, const struct mail_patience *patience,
                                   struct text *why)
{
    struct pause pause = {0};
    for (;;) {
        if (patience->deadline_us != 0 && clock_monotonic_us() >= patience->deadline_us) {
            *why = TEXT("no time left");
            return MAIL_AWAY;
        }
        enum mail_outcome outcome = mail_transfer_run(transfer, &mail->relay, arena, message, patience, why);
        note_presence(mail, outcome, patience, *why);
        if (outcome != MAIL_AWAY || !patience->wait ||
            !pause_wait(&pause, patience->deadline_us, patience->is_canceled, patience->hook))
            return outcome;
    }
}

enum mail_outcome mail_send(struct mail *mail, struct arena *arena, const struct mail_letter *letter,
                            const struct mail_patience *patience, struct text *why)
{
    struct mail_message message;
    struct error error = ERROR_IN(arena);
    if (mail_message_write(arena, letter, &mail->from, clock_utc_us(), &message, &error) != STATUS_OK) {
        *why = error.message;
        return MAIL_REFUSED;
    }
    struct mail_transfer *transfer = NULL;
    enum mail_outcome outcome = take(mail, patience, &transfer, why);
    if (outcome != MAIL_ACCEPTED)
        return outcome;
    outcome = try_until(mail, transfer, arena, &message, patience, why);
    give_back(mail, transfer);
    return outcome;
}

enum status mail_check(struct mail *mail, int64_t timeout_ms, struct error *error)
{
    struct mail_transfer *transfer = mail_transfer_new();
    if (transfer == NULL)
        return out_of_memory(error);
    const struct mail_patience patience = {.deadline_us = clock_monotonic_us() + timeout_ms * 1000};
    struct text why = TEXT_NONE;
    enum mail_outcome outcome =
        mail_transfer_check(transfer, &mail->relay, error->arena, mail->from.address, &patience, &why);
    mail_transfer_free(transfer);
    if (outcome == MAIL_ACCEPTED)
        return STATUS_OK;
    return error_set(error, STATUS_UNAVAILABLE, TEXT_NONE, "%.*s", TEXT_ARG(why));
}
