#include "smtp/mail_domain.h"

#include <curl/curl.h>
#include <locale.h>

static bool is_ascii(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    }
    return true;
}

/* libcurl reads a name in the thread's locale, which is "C" unless the program sets another one. False: it is not a
   name. */
static bool convert(const char *domain, char **ascii)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (utf8 == (locale_t)0)
        return false;
    locale_t before = uselocale(utf8);
    CURLU *url = curl_url();
    bool good = url != NULL && curl_url_set(url, CURLUPART_HOST, domain, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_HOST, ascii, CURLU_PUNYCODE) == CURLUE_OK;
    curl_url_cleanup(url);
    uselocale(before);
    freelocale(utf8);
    return good;
}

enum status mail_domain_to_ascii(struct arena *arena, struct text domain, struct text *ascii)
{
    struct text copy = arena_copy(arena, domain);
    if (copy.data == NULL)
        return STATUS_BUDGET;
    *ascii = copy;
    if (is_ascii(domain))
        return STATUS_OK;
    char *converted = NULL;
    if (!convert(copy.data, &converted) || !is_ascii(text_from(converted))) {
        curl_free(converted);
        return STATUS_INVALID;
    }
    *ascii = arena_copy(arena, text_from(converted));
    curl_free(converted);
    return ascii->data != NULL ? STATUS_OK : STATUS_BUDGET;
}
