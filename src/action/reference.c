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
    size_t start = path->data[0] == '.' ? 1 : 0, end = start;
    while (end < path->size && path->data[end] != '.' && path->data[end] != '[')
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
    for (size_t i = 0; value->type == JSON_ARRAY && i < value->array.count && status == STATUS_OK; i++)
        status = reference_visit(&value->array.items[i], path, visit, userdata);
    return status;
}
