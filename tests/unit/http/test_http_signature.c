#include <criterion/criterion.h>

#include "http/http_signature.h"

/* As `printf '%s' '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 'secret-of-partner'` prints it. */
Test(http_signature, of_a_body_and_of_none)
{
    char signature[HTTP_SIGNATURE_TEXT];
    cr_assert(http_signature_make(TEXT("secret-of-partner"), 1700000000, TEXT("{\"a\":1}"), signature));
    cr_expect_str_eq(signature, "e2ba7cf93f6f415e93ab22af40399ab26806dafc6d7220cdf4ace8570398fb5e");
    cr_assert(http_signature_make(TEXT("secret-of-partner"), 1700000000, TEXT_NONE, signature));
    cr_expect_str_eq(signature, "b70437a08fbbacf3c2673e9ff1042a859808559b1b543cc07c493d3ff91bb2d8");
}
