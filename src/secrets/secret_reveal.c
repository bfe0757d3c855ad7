#include "secrets/secret_reveal.h"

#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"

static bool refuse_budget(struct action_call *call)
{
    (void)action_refuse(call, "out of the memory budget of this task");
    return false;
}

static void refuse(struct action_call *call, enum secret_answer answer, struct text name, struct text destination)
{
    const struct text shown = text_cut_utf8(name, LIMIT_SECRET_NAME);
    switch (answer) {
    case SECRET_FOUND: break;
    case SECRET_UNKNOWN:
        (void)action_refuse(call,
                            PUBLIC("secret ") "%.*s" PUBLIC(" is not known: ICHOR_SECRETS_DIR has no file of that name,"
                                                            " and ICHOR_WEBHOOK_SECRETS no line"),
                            TEXT_ARG(shown));
        break;
    case SECRET_FORBIDDEN:
        (void)action_refuse(call,
                            PUBLIC("secret ") "%.*s" PUBLIC(" may not be sent to ") "%.*s" PUBLIC(
                                ": list it in the file of that name with .hosts at its end"),
                            TEXT_ARG(shown), TEXT_ARG(destination));
        break;
    case SECRET_UNREADABLE:
        (void)action_refuse(call, PUBLIC("secret ") "%.*s" PUBLIC(": its file cannot be read: %s"), TEXT_ARG(shown),
                            strerrordesc_np(errno));
        break;
    case SECRET_UNFIT:
        (void)action_refuse(
            call, PUBLIC("secret ") "%.*s" PUBLIC(": its file must have %d to %zu bytes without control characters"),
            TEXT_ARG(shown), LIMIT_SECRET_SHORTEST, LIMIT_SECRET);
        break;
    case SECRET_TOO_MANY:
        (void)action_refuse(call, PUBLIC("secret ") "%.*s" PUBLIC(": more than %d secrets are in use"), TEXT_ARG(shown),
                            LIMIT_SECRETS);
        break;
    case SECRET_BUDGET: (void)refuse_budget(call); break;
    }
}

bool secret_find(struct action_call *call, struct secret_store *store, struct text name, struct text destination,
                 struct text *value)
{
    const enum secret_answer answer = secret_store_find(store, call->arena, name, destination, value);
    call->mask = secret_store_mask(store);
    if (answer != SECRET_FOUND)
        refuse(call, answer, name, destination);
    return answer == SECRET_FOUND;
}

/* Fills in the templates of a part between secrets. */
static bool fill(struct action_call *call, struct secret_text text, struct text part, struct text *filled)
{
    const struct json_value no_names = json_object(NULL, 0);
    *filled = part;
    return !text.templates || action_fill(call, part, &no_names, filled);
}

bool secret_reveal(struct action_call *call, struct secret_store *store, struct secret_text text,
                   struct text destination, struct text *revealed)
{
    struct buffer buffer = buffer_in(call->arena, LIMIT_TEMPLATE_OUTPUT);
    struct secret_reference reference;
    struct text rest = text.source, value, part;
    while (secret_text_next(rest, &reference)) {
        if (!fill(call, text, text_slice(rest, 0, reference.begin), &part) ||
            !secret_find(call, store, reference.name, destination, &value))
            return false;
        buffer_add(&buffer, part);
        buffer_add(&buffer, value);
        rest = text_slice(rest, reference.end, rest.size);
    }
    if (!fill(call, text, rest, &part))
        return false;
    buffer_add(&buffer, part);
    *revealed = buffer_text(&buffer);
    return revealed->data != NULL || refuse_budget(call);
}
