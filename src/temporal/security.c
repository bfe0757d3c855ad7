/* Checks certificates and keys with OpenSSL. */
#include "temporal/security.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "settings/settings.h"

static BIO *new_reader(struct text pem)
{
    return pem.size <= INT32_MAX ? BIO_new_mem_buf(pem.data, (int)pem.size) : NULL;
}

/* OpenSSL must not prompt for a passphrase on the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *userdata)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)userdata;
    return -1;
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm utc;
    if (ASN1_TIME_to_tm(time, &utc) != 1)
        return 0;
    return date_to_seconds(&(struct date){.year = utc.tm_year + 1900,
                                          .month = utc.tm_mon + 1,
                                          .day = utc.tm_mday,
                                          .hour = utc.tm_hour,
                                          .minute = utc.tm_min,
                                          .second = utc.tm_sec});
}

static const char *out_of_time(const X509 *certificate)
{
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
        return "holds a certificate that is not valid yet, expected one that is valid now";
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
        return "holds a certificate that has expired, expected one that is valid now";
    return NULL;
}

/* The contents of a text with certificates. */
struct bundle {
    size_t count, valid;
    int64_t ends;        /* the earliest expiry among the valid ones; 0: none is valid */
    int64_t first_end;   /* the earliest expiry among all */
    const char *fault;   /* why the text cannot be read; NULL when it can */
    const char *invalid; /* why one is not valid now; NULL when all are */
};

/* The earlier of two times; 0 means no time. */
static int64_t earlier(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static void add_certificate(struct bundle *bundle, const X509 *certificate)
{
    bundle->count++;
    int64_t end = seconds_of(X509_get0_notAfter(certificate));
    bundle->first_end = earlier(bundle->first_end, end);
    const char *fault = out_of_time(certificate);
    if (fault != NULL) {
        bundle->invalid = fault;
        return;
    }
    bundle->valid++;
    bundle->ends = earlier(bundle->ends, end);
}

static struct bundle read_bundle(struct text pem)
{
    struct bundle bundle = {0};
    BIO *bio = new_reader(pem);
    X509 *certificate;
    while (bio != NULL && (certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
        add_certificate(&bundle, certificate);
        X509_free(certificate);
    }
    BIO_free(bio);
    if (bio == NULL)
        bundle.fault = "is too large";
    else if (bundle.count == 0)
        bundle.fault = "contains no certificate in PEM form, expected one or more";
    else if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        bundle.fault = "holds a certificate that cannot be read, expected PEM";
    ERR_clear_error();
    return bundle;
}

/* Renewed authorities are listed next to the ones that they replace, so one valid authority is enough. */
static const char *ca_fault(struct text pem)
{
    struct bundle bundle = read_bundle(pem);
    return bundle.fault != NULL ? bundle.fault : bundle.valid == 0 ? bundle.invalid : NULL;
}

static const char *certificate_fault(struct text pem)
{
    struct bundle bundle = read_bundle(pem);
    return bundle.fault != NULL ? bundle.fault : bundle.invalid;
}

static const char *key_fault(const struct temporal_security *security)
{
    BIO *bio = new_reader(security->key_pem);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
    BIO_free(bio);
    bio = new_reader(security->certificate_pem);
    X509 *certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, no_passphrase, NULL) : NULL;
    BIO_free(bio);
    const char *fault = NULL;
    if (key == NULL)
        fault = "contains no private key in PEM form without a passphrase";
    else if (certificate != NULL && X509_check_private_key(certificate, key) != 1)
        fault = "is not the key of the certificate";
    X509_free(certificate);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return fault;
}

/* The value of a header may hold visible ASCII only. */
static bool is_header_value(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return false;
    }
    return true;
}

static void check_tls(const struct temporal_security *security, struct security_faults *faults)
{
    bool certificate = security->certificate_pem.size > 0, key = security->key_pem.size > 0;
    if (security->ca_pem.size > 0)
        faults->ca = ca_fault(security->ca_pem);
    if (certificate)
        faults->certificate = certificate_fault(security->certificate_pem);
    else if (key)
        faults->certificate = "is missing: a key needs its certificate";
    if (key)
        faults->key = key_fault(security);
    else if (certificate)
        faults->key = "is missing: a certificate needs its key";
}

bool security_wants_tls(const struct temporal_security *security)
{
    return security->ca_pem.size + security->certificate_pem.size + security->key_pem.size +
               security->server_name.size + security->api_key.size >
           0;
}

struct temporal_security security_of(const struct settings *settings)
{
    struct temporal_security security = {
        .ca_pem = settings->temporal_ca,
        .certificate_pem = settings->temporal_certificate,
        .key_pem = settings->temporal_key,
        .server_name = settings->temporal_server_name,
        .api_key = settings->temporal_api_key,
    };
    security.tls = settings->temporal_tls == SETTINGS_TEMPORAL_TLS_AUTO
                       ? security_wants_tls(&security)
                       : settings->temporal_tls == SETTINGS_TEMPORAL_TLS_TRUE;
    return security;
}

bool security_check(const struct temporal_security *security, struct security_faults *faults)
{
    *faults = (struct security_faults){0};
    if (!is_header_value(security->api_key))
        faults->api_key = "holds blanks or other characters that a header cannot carry";
    if (security->tls)
        check_tls(security, faults);
    return faults->ca == NULL && faults->certificate == NULL && faults->key == NULL && faults->api_key == NULL;
}

int64_t security_certificates_end(struct text ca_pem, struct text certificate_pem)
{
    const struct bundle ca = read_bundle(ca_pem), own = read_bundle(certificate_pem);
    return earlier(ca.valid > 0 ? ca.ends : ca.first_end, own.first_end);
}

int64_t security_ends(const struct temporal_security *security)
{
    return security->tls ? security_certificates_end(security->ca_pem, security->certificate_pem) : 0;
}
