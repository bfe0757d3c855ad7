/* Certificates and keys, made here: which ones can be used, and until when. */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/limits.h"
#include "temporal/security.h"

#define DAY (24 * 3600L)

static struct arena *arena;
static EVP_PKEY *key;
static struct temporal_security security;
static struct security_faults faults;

static void set_up(void)
{
    arena = arena_new(MIB(1), 0);
    key = EVP_EC_gen("P-256");
    security = (struct temporal_security){.tls = true};
}

static void tear_down(void)
{
    EVP_PKEY_free(key);
    arena_free(arena);
}

TestSuite(security, .init = set_up, .fini = tear_down);

static struct text content_of(BIO *bio)
{
    char *data;
    long size = BIO_get_mem_data(bio, &data);
    struct text text = arena_copy(arena, (struct text){.data = data, .size = (size_t)size});
    BIO_free(bio);
    return text;
}

/* Valid between these seconds from now. */
static struct text certificate(EVP_PKEY *of, long begins, long ends)
{
    X509 *made = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(made), begins);
    X509_gmtime_adj(X509_getm_notAfter(made), ends);
    X509_set_pubkey(made, of);
    cr_assert_gt(X509_sign(made, of, EVP_sha256()), 0);
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, made);
    X509_free(made);
    return content_of(bio);
}

static struct text key_text(EVP_PKEY *of, const char *passphrase)
{
    BIO *bio = BIO_new(BIO_s_mem());
    cr_assert_eq(PEM_write_bio_PKCS8PrivateKey(bio, of, passphrase != NULL ? EVP_aes_128_cbc() : NULL, passphrase,
                                               passphrase != NULL ? (int)strlen(passphrase) : 0, NULL, NULL),
                 1);
    return content_of(bio);
}

static struct text joined(struct text a, struct text b)
{
    return arena_print(arena, "%.*s%.*s", TEXT_ARG(a), TEXT_ARG(b));
}

#define ASSERT_FAULT(member_, part_)                                                                                   \
    do {                                                                                                               \
        cr_assert_not(security_check(&security, &faults));                                                             \
        cr_assert(faults.member_ != NULL && strstr(faults.member_, (part_)) != NULL, "%s", faults.member_);            \
    } while (0)

/* A day of tolerance for a slow test. */
static void assert_ends_in(long seconds)
{
    int64_t left = security_ends(&security) - time(NULL);
    cr_assert(left <= seconds && left > seconds - DAY, "%lld", (long long)left);
}

Test(security, authorities)
{
    security.ca_pem = certificate(key, -10 * DAY, 30 * DAY);
    cr_assert(security_check(&security, &faults));
    assert_ends_in(30 * DAY);
    security.ca_pem = joined(security.ca_pem, certificate(key, -10 * DAY, 20 * DAY));
    cr_assert(security_check(&security, &faults));
    assert_ends_in(20 * DAY);
}

Test(security, one_that_has_expired_beside_a_good_one)
{
    struct text expired = certificate(key, -10 * DAY, -DAY), good = certificate(key, -10 * DAY, 30 * DAY);
    struct text coming = certificate(key, DAY, 5 * DAY);
    const struct text bundles[] = {joined(expired, good), joined(good, expired), joined(coming, good)};
    for (size_t i = 0; i < sizeof(bundles) / sizeof(bundles[0]); i++) {
        security.ca_pem = bundles[i];
        cr_assert(security_check(&security, &faults), "%s", faults.ca);
        assert_ends_in(30 * DAY);
    }
    security.ca_pem = joined(expired, expired);
    ASSERT_FAULT(ca, "has expired");
    security.ca_pem = coming;
    ASSERT_FAULT(ca, "not valid yet");
}

Test(security, a_text_without_certificate)
{
    security.ca_pem = TEXT("no PEM");
    ASSERT_FAULT(ca, "contains no certificate in PEM form");
    struct text good = certificate(key, -10 * DAY, 30 * DAY);
    security.ca_pem = joined(good, TEXT("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
    ASSERT_FAULT(ca, "cannot be read");
}

Test(security, the_client_certificates_must_all_be_valid)
{
    struct text good = certificate(key, -10 * DAY, 30 * DAY);
    security.certificate_pem = good;
    security.key_pem = key_text(key, NULL);
    cr_assert(security_check(&security, &faults));
    security.ca_pem = certificate(key, -10 * DAY, 40 * DAY);
    assert_ends_in(30 * DAY);
    security.certificate_pem = joined(good, certificate(key, -10 * DAY, -DAY));
    ASSERT_FAULT(certificate, "has expired");
    cr_assert_null(faults.key);
}

/* The certificates for PostgreSQL are not checked at start, so that the gauge must show one that has expired. */
Test(security, an_end_that_has_passed_is_reported)
{
    struct text expired = certificate(key, -10 * DAY, -DAY), good = certificate(key, -10 * DAY, 30 * DAY);
    int64_t now = time(NULL);
    cr_assert_lt(security_certificates_end(TEXT_NONE, expired), now);
    cr_assert_gt(security_certificates_end(TEXT_NONE, expired), 0);
    cr_assert_lt(security_certificates_end(good, joined(good, expired)), now);
    cr_assert_lt(security_certificates_end(expired, good), now);
    cr_assert_gt(security_certificates_end(expired, TEXT_NONE), 0);
    cr_assert_gt(security_certificates_end(joined(expired, good), good), now);
    cr_assert_eq(security_certificates_end(TEXT_NONE, TEXT_NONE), 0);
}

Test(security, every_fault_at_once)
{
    EVP_PKEY *other = EVP_EC_gen("P-256");
    security.ca_pem = TEXT("x");
    security.certificate_pem = certificate(key, -10 * DAY, -DAY);
    security.key_pem = key_text(other, NULL);
    security.api_key = TEXT("a key");
    ASSERT_FAULT(ca, "contains no certificate");
    ASSERT_FAULT(certificate, "has expired");
    ASSERT_FAULT(key, "is not the key of the certificate");
    ASSERT_FAULT(api_key, "holds blanks");
    EVP_PKEY_free(other);
}

Test(security, keys)
{
    security.certificate_pem = certificate(key, -10 * DAY, 30 * DAY);
    ASSERT_FAULT(key, "is missing: a certificate needs its key");
    security.key_pem = key_text(key, "a passphrase");
    ASSERT_FAULT(key, "contains no private key in PEM form without a passphrase");
    security.key_pem = key_text(key, NULL);
    security.certificate_pem = TEXT_NONE;
    ASSERT_FAULT(certificate, "is missing: a key needs its certificate");
}

Test(security, without_tls_only_the_api_key_is_checked)
{
    security = (struct temporal_security){.ca_pem = TEXT("x"), .api_key = TEXT("a-key")};
    cr_assert(security_check(&security, &faults));
    cr_assert_eq(security_ends(&security), 0);
}
