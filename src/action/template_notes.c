/* Collects the warnings of templates. */
#include <stdarg.h>

#include "action/template_internal.h"
#include "base/limits.h"

void template_note(struct arena *arena, struct template_notes *notes, const char *format, ...)
{
    if (notes == NULL || notes->warning_count >= LIMIT_TEMPLATE_NOTES)
        return;
    if (notes->warnings == NULL)
        notes->warnings = ARENA_ARRAY(arena, LIMIT_TEMPLATE_NOTES, struct failure);
    if (notes->warnings == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    struct failure warning = failure_vprint(arena, format, arguments);
    va_end(arguments);
    if (warning.text.data != NULL)
        notes->warnings[notes->warning_count++] = warning;
}
