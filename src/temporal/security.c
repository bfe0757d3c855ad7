#include "temporal/security.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

static BIO *reader(struct text pem)
{
    return pem.size <= INT32_MAX ? BIO_new_mem_buf(pem.data, (int)pem.size) : NULL;
}

/* A passphrase is never asked for: nobody sits there. */
static int no_passphrase(char *buffer, int size, int writing, void *hook)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)hook;
    return -1;
}

static enum status refuse(struct error *error, const char *member, const char *why)
{
    ERR_clear_error();
    return error_set(error, STATUS_INVALID, text_from(member), "%s", why);
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return 0;
    return timegm(&parts);
}

static const char *out_of_time(const X509 *certificate)
{
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
        return "holds a certificate that is not valid yet";
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
        return "holds a certificate that has expired";
    return NULL;
}

/* Looks at every certificate of the text. NULL when all are good, else why not; *ends becomes the earliest end. */
static const char *look_at(struct text pem, int64_t *ends)
{
    BIO *bio = reader(pem);
    if (bio == NULL)
        return "is too large";
    const char *fault = NULL;
    size_t count = 0;
    X509 *certificate;
    while (fault == NULL && (certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
        fault = out_of_time(certificate);
        int64_t end = seconds_of(X509_get0_notAfter(certificate));
        if (*ends == 0 || end < *ends)
            *ends = end;
        X509_free(certificate);
        count++;
    }
    BIO_free(bio);
    if (fault == NULL && count > 0 && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        fault = "holds a certificate that cannot be read";
    if (count == 0)
        fault = "holds no certificate in PEM form";
    ERR_clear_error();
    return fault;
}

static enum status check_pair(const struct temporal_security *security, struct error *error)
{
    BIO *bio = reader(security->key_pem);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
    BIO_free(bio);
    if (key == NULL)
        return refuse(error, "key", "holds no private key in PEM form without a passphrase");
    bio = reader(security->certificate_pem);
    X509 *certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, no_passphrase, NULL) : NULL;
    BIO_free(bio);
    bool fits = certificate != NULL && X509_check_private_key(certificate, key) == 1;
    X509_free(certificate);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return fits ? STATUS_OK : refuse(error, "key", "is not the key of the certificate");
}

/* A header's value may hold what can be seen, and no more. */
static bool is_header_value(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return false;
    }
    return true;
}

static enum status check_tls_members(const struct temporal_security *security, struct error *error)
{
    int64_t ends = 0;
    const char *fault = security->ca_pem.size > 0 ? look_at(security->ca_pem, &ends) : NULL;
    if (fault != NULL)
        return refuse(error, "ca", fault);
    if (security->certificate_pem.size > 0 && (fault = look_at(security->certificate_pem, &ends)) != NULL)
        return refuse(error, "certificate", fault);
    if (security->certificate_pem.size > 0 && security->key_pem.size == 0)
        return refuse(error, "key", "is missing: a certificate needs its key");
    if (security->certificate_pem.size == 0 && security->key_pem.size > 0)
        return refuse(error, "certificate", "is missing: a key needs its certificate");
    return security->key_pem.size > 0 ? check_pair(security, error) : STATUS_OK;
}

enum status security_check(const struct temporal_security *security, struct error *error)
{
    if (!is_header_value(security->api_key))
        return refuse(error, "api_key", "holds blanks or other characters that a header cannot carry");
    return security->tls ? check_tls_members(security, error) : STATUS_OK;
}

int64_t security_ends(const struct temporal_security *security)
{
    int64_t ends = 0;
    if (security->tls && security->ca_pem.size > 0)
        (void)look_at(security->ca_pem, &ends);
    if (security->tls && security->certificate_pem.size > 0)
        (void)look_at(security->certificate_pem, &ends);
    return ends;
}
