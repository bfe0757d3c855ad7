/* Text is a view: a pointer and a length. It owns nothing and may hold NUL bytes unless said otherwise.
   Pure; any thread. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    const char *data; /* NULL only when size is 0 */
    size_t size;      /* bytes */
};

/* A literal as text, without counting at run time. */
#define TEXT(literal) ((struct text){.data = (literal), .size = sizeof(literal) - 1})
#define TEXT_NONE     ((struct text){.data = NULL, .size = 0})

/* For "%.*s": cut at INT_MAX bytes. */
#define TEXT_ARG(text_) text_print_size(text_), ((text_).data != NULL ? (text_).data : "")
int text_print_size(struct text text);

/* View of a NUL-terminated string; NULL gives TEXT_NONE. */
struct text text_from(const char *string);

bool text_equal(struct text a, struct text b);
bool text_equal_ignoring_case(struct text a, struct text b); /* ASCII letters only */
bool text_is(struct text text, const char *string);          /* equals a NUL-terminated string */
int text_compare(struct text a, struct text b);              /* bytewise, shorter first; <0, 0, >0 */
bool text_starts(struct text text, struct text prefix);
bool text_ends(struct text text, struct text suffix);

/* Index of the first occurrence, or SIZE_MAX. */
size_t text_find(struct text text, struct text part);
size_t text_find_byte(struct text text, char byte);

/* Part of a text; a start or size past the end is cut. */
struct text text_slice(struct text text, size_t start, size_t size);
/* Without leading and trailing blanks, tabs and newlines. */
struct text text_trim(struct text text);
/* The number of typing errors that make one of the other: a byte inserted, left out, replaced, or two neighbours
   swapped. SIZE_MAX when one of them is longer than a name (64 bytes). */
size_t text_distance(struct text a, struct text b);
/* Takes the part before `separator` off the front of *rest and returns it; the whole when it is missing,
   after which rest->data is NULL. Loop while rest->data != NULL. */
struct text text_split(struct text *rest, char separator);

/* Is the text valid UTF-8 (no surrogates, no overlong forms)? */
bool text_is_utf8(struct text text);
/* Bytes of the valid UTF-8 sequence that starts at this index, 1..4; 0 when none does or the text ends there. */
size_t text_utf8_size(struct text text, size_t at);
/* The longest prefix of at most `limit` bytes that does not cut a UTF-8 sequence. */
struct text text_cut_utf8(struct text text, size_t limit);

/* 0..15, or -1 when the byte is no hex digit. */
int text_hex_digit(char byte);
/* A whole decimal integer, an optional '-' first, nothing around it. False for anything else, and when it does not
   fit. */
bool text_to_int64(struct text text, int64_t *value);

#endif
