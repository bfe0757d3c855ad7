/* Folds histories into pictures of runs. */
#include "runs/run_picture.h"

bool run_picture_open(struct run_picture *picture, struct arena *arena)
{
    static const struct run_policy policy = {.catalog = &action_catalog_all, .local = true};
    *picture = (struct run_picture){.arena = arena, .run = run_new(&policy), .document = json_null()};
    picture->shown.run = picture->run;
    return picture->run != NULL;
}

static void add_summary(struct history_summary *whole, const struct history_summary *part)
{
    if (part->started_us > 0) {
        whole->trace = part->trace;
        whole->started_us = part->started_us;
    }
    if (part->ended_us > 0)
        whole->ended_us = part->ended_us;
    if (part->close != CLOSE_NONE) {
        whole->close = part->close;
        whole->failure = part->failure;
    }
}

enum status run_picture_add(struct run_picture *picture, const struct event *events, size_t count, struct error *error)
{
    struct picture_run *shown = &picture->shown;
    struct history_summary part;
    enum status status = run_fold(picture->run, events, count, &part, error);
    add_summary(&shown->summary, &part);
    for (size_t i = 0; i < count; i++) {
        shown->task_count += events[i].kind == EVENT_TASK_STARTED;
        shown->activity_count += events[i].kind == EVENT_ACTIVITY_SCHEDULED;
    }
    if (shown->event_count == 0 && count > 0 &&
        json_read(picture->arena, events[0].payload, &picture->document, NULL) != STATUS_OK)
        picture->document = json_null();
    shown->event_count += count;
    if (status == STATUS_OK)
        run_skip_inactive(picture->run);
    return status;
}

enum status run_picture_read(struct run_picture *picture, struct arena *arena, const struct event *events, size_t count,
                             struct error *error)
{
    return run_picture_open(picture, arena) ? run_picture_add(picture, events, count, error) : error_budget(error);
}

bool run_picture_has_graph(const struct run_picture *picture)
{
    return run_graph(picture->run) != NULL;
}

enum status run_picture_draw(const struct run_picture *picture, const struct graph *graph, struct arena *arena,
                             struct picture *drawn, struct error *error)
{
    return picture_make(arena, graph != NULL ? graph : run_graph(picture->run), &picture->document, &action_catalog_all,
                        &picture->shown, drawn, error);
}

void run_picture_close(struct run_picture *picture)
{
    run_free(picture->run);
    picture->run = NULL;
}
