/* A text is a view: a pointer and a length. It owns nothing and may hold NUL bytes unless stated otherwise.
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

/* A literal as text; its size is known at compile time. */
#define TEXT(literal) ((struct text){.data = (literal), .size = sizeof(literal) - 1})
#define TEXT_NONE     ((struct text){.data = NULL, .size = 0})

/* Arguments for "%.*s"; the text is cut at INT_MAX bytes. */
#define TEXT_ARG(text_) text_print_size(text_), ((text_).data != NULL ? (text_).data : "")
int text_print_size(struct text text);

/* A view of a NUL-terminated string; TEXT_NONE for NULL. */
struct text text_from(const char *string);

bool text_equal(struct text a, struct text b);
bool text_equal_ignoring_case(struct text a, struct text b); /* ASCII letters only */
bool text_is(struct text text, const char *string);          /* equals a NUL-terminated string */
int text_compare(struct text a, struct text b);              /* bytewise, shorter first; <0, 0, >0 */
bool text_starts(struct text text, struct text prefix);
bool text_ends(struct text text, struct text suffix);

/* The index of the first occurrence; SIZE_MAX if absent. */
size_t text_find(struct text text, struct text part);
size_t text_find_byte(struct text text, char byte);

/* A part of a text; a start or size past the end is clamped. */
struct text text_slice(struct text text, size_t start, size_t size);
/* The text without leading and trailing blanks, tabs and newlines. */
struct text text_trim(struct text text);
/* The edit distance: the least number of typing errors that turn one text into the other, where an error is a byte
   inserted, omitted or replaced, or two neighbours swapped. SIZE_MAX when a text is longer than 64 bytes. */
size_t text_distance(struct text a, struct text b);
/* Removes the part before `separator` from the front of *rest and returns it. Without a separator it returns the whole
   text and sets rest->data to NULL. Loop while rest->data != NULL. */
struct text text_split(struct text *rest, char separator);

/* Is the text valid UTF-8 (no surrogates, no overlong forms)? */
bool text_is_utf8(struct text text);
/* The size in bytes, 1..4, of the valid UTF-8 sequence at this index; 0 if absent or the text ends there. */
size_t text_utf8_size(struct text text, size_t at);
/* The longest prefix of at most `limit` bytes that does not cut a UTF-8 sequence. */
struct text text_cut_utf8(struct text text, size_t limit);

/* 0..15, or -1 when the byte is not a hex digit. */
int text_hex_digit(char byte);
/* Parses a decimal integer with an optional '-' and nothing around it. False for anything else, and when the number
   does not fit. */
bool text_to_int64(struct text text, int64_t *value);

#endif
