/* Checks that work grows no faster than its input. Each case runs at sizes ten times apart, where ten times the input
   may cost at most 13 times the work.

       growth [CASE...]

   prints the work per item at each size, and fails when the work of a case grows faster. */
#include "growth/growth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#define ALLOWED 1.3

void expect(bool condition, const char *message)
{
    if (condition)
        return;
    (void)fprintf(stderr, "growth: %s\n", message);
    exit(2);
}

struct text action_id(struct trial *trial, size_t i)
{
    return PRINT(trial, "a0000000-0000-4000-8000-%012zx", i);
}

struct buffer document_begin(struct trial *trial, const char *head)
{
    struct buffer document = buffer_in(trial->arena, SIZE_MAX);
    buffer_add(&document, text_from(head));
    return document;
}

void document_add(struct buffer *document, size_t index, const char *format, ...)
{
    if (index > 0)
        buffer_add_byte(document, ',');
    va_list arguments;
    va_start(arguments, format);
    struct text item = arena_vprint(document->arena, format, arguments);
    va_end(arguments);
    buffer_add(document, item);
}

struct text document_end(struct buffer *document, const char *tail)
{
    buffer_add(document, text_from(tail));
    struct text text = buffer_text(document);
    expect(text.data != NULL, "the arena is full");
    return text;
}

struct json_value read_document(struct trial *trial, struct text document)
{
    struct json_value value;
    struct error error = ERROR_IN(trial->arena);
    enum status status = json_read(trial->arena, document, &value, &error);
    expect(status == STATUS_OK, error.message.data);
    return value;
}

static uint64_t measure(const struct growth_case *one, size_t size)
{
    struct trial trial = {.arena = arena_must_new((size_t)8 * MIB(1024), 0)};
    one->run(&trial, size);
    arena_free(trial.arena);
    expect(trial.steps > 0, "the case counts nothing");
    return trial.steps;
}

/* Runs one case. False: its work grows too fast. */
static bool grow(const struct growth_case *one)
{
    bool good = true;
    double before = 0;
    (void)printf("%-28s", one->name);
    for (size_t size = one->least;; size = size * 10 < one->most ? size * 10 : one->most) {
        double each = (double)measure(one, size) / (double)size, factor = before > 0 ? each / before : 1;
        good = good && factor <= ALLOWED;
        (void)printf("  %7zu: %8.1f (%.2f)%s", size, each, factor, factor <= ALLOWED ? "" : " TOO FAST");
        (void)fflush(stdout);
        before = each;
        if (size == one->most)
            break;
    }
    (void)printf("\n");
    return good;
}

static bool is_chosen(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strstr(name, argv[i]) != NULL)
            return true;
    return argc == 1;
}

int main(int argc, char **argv)
{
    const struct growth_case *const groups[] = {json_cases,   graph_cases,   action_cases, check_cases,
                                                engine_cases, history_cases, rule_cases};
    bool good = true;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        for (const struct growth_case *one = groups[i]; one->name != NULL; one++)
            if (is_chosen(one->name, argc, argv))
                good = grow(one) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
