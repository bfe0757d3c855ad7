/* Walks a config along a path. */
#include "action/reference.h"

struct reference_step reference_next(struct text *path)
{
    if (path->size == 0)
        return (struct reference_step){.kind = STEP_END};
    if (text_starts(*path, TEXT("[]"))) {
        *path = text_slice(*path, 2, path->size);
        return (struct reference_step){.kind = STEP_EACH};
    }
    if (text_starts(*path, TEXT("{}"))) {
        *path = text_slice(*path, 2, path->size);
        return (struct reference_step){.kind = STEP_EVERY};
    }
    size_t start = path->data[0] == '.' ? 1 : 0, end = start;
    while (end < path->size && path->data[end] != '.' && path->data[end] != '[' && path->data[end] != '{')
        end++;
    struct text name = text_slice(*path, start, end - start);
    *path = text_slice(*path, end, path->size);
    return (struct reference_step){.kind = STEP_MEMBER, .name = name};
}

enum status reference_visit(const struct json_value *value, struct text path,
                            enum status (*visit)(void *userdata, const struct json_value *value), void *userdata)
{
    struct reference_step step = reference_next(&path);
    if (step.kind == STEP_END)
        return visit(userdata, value);
    if (step.kind == STEP_MEMBER) {
        const struct json_value *member = json_get_lenient(value, step.name);
        return member != NULL ? reference_visit(member, path, visit, userdata) : STATUS_OK;
    }
    enum status status = STATUS_OK;
    const size_t elements = step.kind == STEP_EACH && value->type == JSON_ARRAY ? value->array.count : 0;
    for (size_t i = 0; i < elements && status == STATUS_OK; i++)
        status = reference_visit(&value->array.items[i], path, visit, userdata);
    const size_t members = step.kind == STEP_EVERY && value->type == JSON_OBJECT ? value->object.count : 0;
    for (size_t i = 0; i < members && status == STATUS_OK; i++)
        status = reference_visit(&value->object.members[i].value, path, visit, userdata);
    return status;
}
