#include "http/http_signature.h"

#include <openssl/evp.h>
#include <stdio.h>

bool http_signature_make(struct text value, int64_t seconds, struct text body, char signature[HTTP_SIGNATURE_TEXT])
{
    unsigned char code[EVP_MAX_MD_SIZE];
    size_t size = 0;
    char stamp[sizeof "-9223372036854775808."];
    int stamp_size = snprintf(stamp, sizeof stamp, "%lld.", (long long)seconds);
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, (const unsigned char *)value.data, value.size);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = key != NULL && context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestSignUpdate(context, stamp, (size_t)stamp_size) == 1 &&
                EVP_DigestSignUpdate(context, body.data != NULL ? body.data : "", body.size) == 1 &&
                (size = sizeof code, EVP_DigestSignFinal(context, code, &size)) == 1 &&
                size * 2 == HTTP_SIGNATURE_TEXT - 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    for (size_t i = 0; good && i < size; i++)
        (void)snprintf(signature + 2 * i, 3, "%02x", code[i]);
    return good;
}
