#include "base/log_hide.h"

#include "base/buffer.h"
#include "base/limits.h"

/* Of what "invalid" is said of. */
#define LONGEST_NAME 80

/* An error, and the index behind its last '>'. */
struct hiding {
    struct text text;
    size_t angle_end;
};

/* Text that is hidden, up to `end`; `inner` is its size without the marks around it. */
struct piece {
    size_t end, inner;
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_word(char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (unsigned char)byte >= 0x80;
}

static bool is_name(char byte)
{
    return (byte >= 'a' && byte <= 'z') || is_digit(byte) || byte == '_' || byte == '.' || byte == ' ';
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool follows(const struct hiding *hiding, size_t at, struct text what)
{
    return at >= what.size && text_equal(text_slice(hiding->text, at - what.size, what.size), what);
}

static struct piece rest(const struct hiding *hiding, size_t at, size_t mark)
{
    return (struct piece){.end = hiding->text.size, .inner = hiding->text.size - at - mark};
}

/* From the mark at `at` to the last one that closes it. */
static struct piece quoted(const struct hiding *hiding, size_t at, char closing)
{
    struct text text = hiding->text;
    for (size_t i = text.size - 1; i > at; i--) {
        bool is_apostrophe = closing == '\'' && i + 1 < text.size && is_word(text.data[i + 1]);
        if (text.data[i] == closing && !is_apostrophe)
            return (struct piece){.end = i + 1, .inner = i - at - 1};
    }
    return rest(hiding, at, 1);
}

static bool opens(const struct hiding *hiding, size_t at)
{
    struct text text = hiding->text;
    switch (text.data[at]) {
    case '"': return true;
    case '\'': return at == 0 || !is_word(text.data[at - 1]);
    case '<': return at < hiding->angle_end;
    case '{': return at + 1 < text.size && text.data[at + 1] == '{';
    default: return false;
    }
}

/* Does "invalid NAME: " stand in front, as errors of configs begin? What is left of it may hold the value. Sayings that go
   on with words of ours end otherwise. */
static bool follows_invalid(const struct hiding *hiding, size_t at)
{
    static const char *const ours[] = {"input: ", "config: ", "item: ", "length: "};
    const struct text word = TEXT("invalid ");
    if (!follows(hiding, at, TEXT(": ")))
        return false;
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (follows(hiding, at, text_from(ours[i])))
            return false;
    for (size_t start = at - 2; start > 0 && at - start < LONGEST_NAME && is_name(hiding->text.data[start - 1]);
         start--)
        if (follows(hiding, start, word))
            return true;
    return false;
}

/* The word at `at`, when it is an address. */
static struct piece address(const struct hiding *hiding, size_t at)
{
    struct text text = hiding->text;
    bool is_one = false;
    size_t end = at;
    for (; end < text.size && !is_blank(text.data[end]) && !opens(hiding, end); end++)
        is_one = is_one || text.data[end] == '@';
    return (struct piece){.end = is_one ? end : at, .inner = end - at};
}

/* The word at `at`, when it is a number. */
static struct piece number(const struct hiding *hiding, size_t at)
{
    struct text text = hiding->text;
    bool is_one = false;
    size_t end = at;
    for (; end < text.size && (is_word(text.data[end]) || text.data[end] == '-' || text.data[end] == '.'); end++)
        is_one = is_one || is_digit(text.data[end]);
    return (struct piece){.end = is_one ? end : at, .inner = end - at};
}

/* What is hidden from here on; nothing when it ends here. */
static struct piece hidden_at(const struct hiding *hiding, size_t at)
{
    char byte = hiding->text.data[at];
    if (opens(hiding, at) && byte == '<')
        return quoted(hiding, at, '>');
    if (opens(hiding, at) && byte != '{')
        return quoted(hiding, at, byte);
    if (opens(hiding, at) || follows(hiding, at, TEXT("found: ")) || follows(hiding, at, TEXT("invalid operator ")) ||
        follows_invalid(hiding, at))
        return rest(hiding, at, 0);
    struct piece piece = {.end = at};
    if (follows(hiding, at, TEXT("found ")))
        piece = number(hiding, at);
    if (piece.end == at && (at == 0 || is_blank(hiding->text.data[at - 1])))
        piece = address(hiding, at);
    return piece;
}

struct text log_hide(struct arena *arena, struct text text)
{
    struct hiding hiding = {.text = text_cut_utf8(text, LIMIT_LOG_LINE)};
    for (size_t i = 0; i < hiding.text.size; i++)
        if (hiding.text.data[i] == '>')
            hiding.angle_end = i + 1;
    struct buffer shown = buffer_in(arena, LIMIT_LOG_LINE + KIB(1));
    for (size_t at = 0; at < hiding.text.size && shown.size < LIMIT_LOG_LINE;) {
        struct piece piece = hidden_at(&hiding, at);
        if (piece.end == at) {
            buffer_add_byte(&shown, text.data[at++]);
            continue;
        }
        buffer_print(&shown, "\"\xE2\x80\xA6\" (%zu bytes)", piece.inner);
        at = piece.end;
    }
    return buffer_text(&shown);
}
