#include "fuzz/engine_input.h"

#include <stdlib.h>

uint8_t take(struct input *input)
{
    if (input->size == 0)
        return 0;
    input->size--;
    return *input->data++;
}

void expect(bool condition)
{
    if (!condition)
        abort();
}

static void settle(struct run *run, uint32_t action, struct input *input, struct error *error)
{
    const struct action_report report = {
        .outcome = (enum action_outcome)(take(input) % 3), .result = json_object(NULL, 0), .failure = TEXT("fuzz")};
    expect(run_perform_done(run, action, &report, error) == STATUS_OK);
}

void decide(struct run *run, struct arena *arena, struct input *input, struct command_list *commands)
{
    struct error error = ERROR_IN(arena);
    *commands = (struct command_list){.arena = arena};
    size_t next = 0, before;
    do {
        bool over = run_is_over(run);
        before = commands->count;
        if (run_decide(run, take(input) % 4 != 0, commands, &error) != STATUS_OK)
            break;
        expect(!over || commands->count == before);
        for (; next < commands->count; next++)
            if (commands->items[next].kind == COMMAND_PERFORM)
                settle(run, commands->items[next].action, input, &error);
    } while ((run_wants_task(run) || commands->count != before) && input->size > 0);
    expect(!run_is_performing(run) || input->size == 0);
    run_task_end(run);
    expect(run_graph_state(run, arena).data != NULL);
}
