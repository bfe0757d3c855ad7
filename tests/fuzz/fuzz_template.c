/* Any template expands to a text within its bound, which is valid UTF-8 if the template is, depends only on the
   variables that template_variables names, and is the same, or an error, when memory runs out. */
#include <stdlib.h>
#include <string.h>

#include "action/context.h"
#include "action/template.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char context_document[] =
    "{\"a\":\"text\",\"b\":{\"c\":{\"d\":1.50},\"e\":null},\"n\":9007199254740993,\"f\":-3.75,\"t\":1e-290,\"h\":1e300,"
    "\"l\":[\"x\",2.5,{\"y\":[]}],\"o\":{\"z\":true,\"\\u00e9\":\"<&>\"},\"u\":\"\\u00c9t\\u00e9 \\u00df\\u2028\","
    "\"d\":\"2024-02-29T23:59:59.999999999+05:30\",\"s\":\"2026-02-10 21:18:31.5 +0000 UTC "
    "m=+1.5\",\"m\":\"12000.005\","
    "\"p\":\"{{a}}\",\"b.c\":{\"x\":\"key\"},\"Step One.out\":\"ok\",\"empty\":\"\",\"nothing\":null,\"yes\":true}";
static const char builtin_document[] = "{\"$me\":\"5cf37266\",\"$now\":\"2026-02-10T21:18:31Z\"}";

static void check(bool condition)
{
    if (!condition)
        abort();
}

/* The members of the whole context that a reported name may lead to. */
struct allowed {
    const struct json_value *whole;
    struct json_member *members;
    size_t count;
};

static void allow(void *userdata, struct text name)
{
    struct allowed *allowed = userdata;
    for (size_t i = 0; i < allowed->whole->object.count; i++) {
        const struct json_member *member = &allowed->whole->object.members[i];
        bool leads =
            text_starts(name, member->key) && (name.size == member->key.size || context_is_cut(name, member->key.size));
        bool known = false;
        for (size_t k = 0; k < allowed->count; k++)
            known = known || text_equal(allowed->members[k].key, member->key);
        if (leads && !known)
            allowed->members[allowed->count++] = *member;
    }
}

static struct json_value allowed_context(struct arena *arena, struct text source, const struct json_value *whole)
{
    struct allowed allowed = {.whole = whole, .members = ARENA_ARRAY(arena, whole->object.count, struct json_member)};
    check(allowed.members != NULL);
    template_variables(source, allow, &allowed);
    return json_object(allowed.members, allowed.count);
}

static void check_notes(const struct template_notes *notes, bool utf8)
{
    check(notes->warning_count <= LIMIT_TEMPLATE_NOTES);
    for (size_t i = 0; i < notes->warning_count; i++)
        check(notes->warnings[i].text.size > 0 && (!utf8 || text_is_utf8(notes->warnings[i].text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t allocations = data[0] + 1U;
    struct text source = {.data = (const char *)data + 1, .size = size - 1};
    struct arena *arena = arena_new(MIB(256), 0);
    struct json_value context, builtins;
    check(json_read(arena, text_from(context_document), &context, NULL) == STATUS_OK);
    check(json_read(arena, text_from(builtin_document), &builtins, NULL) == STATUS_OK);

    struct error error = ERROR_IN(arena);
    struct template_notes notes = {0};
    struct text out, again;
    enum status status = template_expand(arena, source, &context, &builtins, &out, &notes, &error);
    check(status == STATUS_OK || (status == STATUS_BUDGET && error.message.size > 0));
    check_notes(&notes, text_is_utf8(source));
    if (status == STATUS_OK) {
        check(out.data == source.data || out.size <= LIMIT_TEMPLATE_OUTPUT);
        check(!text_is_utf8(source) || text_is_utf8(out));

        const struct json_value named = allowed_context(arena, source, &context);
        check(template_expand(arena, source, &named, &builtins, &again, NULL, NULL) == STATUS_OK);
        check(text_equal(out, again));

        arena_fail_after(arena, allocations);
        status = template_expand(arena, source, &context, &builtins, &again, NULL, NULL);
        check(status == STATUS_BUDGET || (status == STATUS_OK && text_equal(out, again)));
    }
    arena_free(arena);
    return 0;
}
