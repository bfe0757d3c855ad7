/* Faults of settings, and the text that reports them. */
#include <stdarg.h>
#include <string.h>

#include "settings/settings.h"

struct settings_fault {
    const char *variable;
    struct text what;
    struct settings_fault *next;
};

/* The link to the first fault that does not sort before the variable. */
static struct settings_fault **find_link(struct settings_faults *faults, const char *variable)
{
    struct settings_fault **link = &faults->first;
    while (*link != NULL && strcmp((*link)->variable, variable) < 0)
        link = &(*link)->next;
    return link;
}

void settings_fault(struct settings_faults *faults, const char *variable, const char *format, ...)
{
    struct settings_fault **link = find_link(faults, variable);
    if (*link != NULL && strcmp((*link)->variable, variable) == 0)
        return;
    faults->count++;
    va_list arguments;
    va_start(arguments, format);
    struct text what = arena_vprint(faults->arena, format, arguments);
    va_end(arguments);
    struct settings_fault *fault = ARENA_NEW(faults->arena, struct settings_fault);
    if (fault == NULL)
        return;
    *fault = (struct settings_fault){.variable = variable, .what = what, .next = *link};
    *link = fault;
}

struct text settings_faults_text(const struct settings_faults *faults)
{
    struct buffer text = buffer_in(faults->arena, KIB(64));
    buffer_print(&text, "%zu setting%s missing or wrong:", faults->count, faults->count == 1 ? " is" : "s are");
    for (const struct settings_fault *fault = faults->first; fault != NULL; fault = fault->next)
        buffer_print(&text, "\n  %s%.*s", fault->variable, TEXT_ARG(fault->what));
    struct text whole = buffer_text(&text);
    return whole.data != NULL ? whole : TEXT("settings are missing or wrong, too many for the memory that there is");
}
