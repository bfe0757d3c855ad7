/* Tests a rule with the cases of a file. */
#include "authoring/rule_test_file.h"

#include "authoring/test_files.h"
#include "console/input_file.h"

/* Finds the rule of the cases: in the file itself, where that says, or beside it. False: a fault is added. */
static bool find_rule(struct arena *arena, const char *file, struct rule_test *test, const char **rule_file,
                      struct json_value *rule)
{
    const struct json_value *named = test->file.rule;
    *rule_file = file;
    if (named != NULL && named->type == JSON_OBJECT) {
        *rule = *named;
        return true;
    }
    const char *path = named != NULL ? test_files_beside(arena, file, named->string) : test_files_rule(arena, file);
    if (path == NULL) {
        case_fault_add(&test->faults, TEXT_NONE,
                       "which rule? Name the file NAME" CASES_SUFFIX " beside NAME.json, or add a \"rule\"");
        return false;
    }
    *rule_file = path;
    struct error error = ERROR_IN(arena);
    if (input_file_read_json(arena, path, rule, &error) == STATUS_OK)
        return true;
    case_fault_add(&test->faults, named != NULL ? TEXT("/rule") : TEXT_NONE, "%.*s", TEXT_ARG(error.message));
    return false;
}

enum status rule_test_file(struct arena *arena, const char *file, bool force, const char **rule_file,
                           struct rule_test *test, struct error *error)
{
    struct json_value document, rule = json_null();
    *test = (struct rule_test){.faults = {.arena = arena}};
    *rule_file = file;
    enum status status = input_file_read_json(arena, file, &document, error);
    if (status != STATUS_OK)
        return status;
    if (!case_file_read(arena, &document, &test->file, &test->faults))
        return error_budget(error);
    if (test->faults.count > 0 || !find_rule(arena, file, test, rule_file, &rule))
        return STATUS_OK;
    return rule_test_run(arena, &action_catalog_all, &rule, force, test, error);
}
