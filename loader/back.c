#include "loader/back.h"

#include "base/compiler.h"
#include "loader/ask.h"
#include "loader/menu.h"
#include "loader/targets.h"
#include "loader/words.h"

enum err trail_mark(struct trail *t, struct course *c, size_t stage, struct error *e)
{
    struct arena *a = &c->loader->memory.package;
    uint8_t *before = a->next;
    struct mark *mark;

    if (t->count == COUNT_OF(t->at))
        return fail(e, ERR_TOO_BIG, "more than %zu questions in a row", COUNT_OF(t->at));
    TRY(TAKE(a, 1, &mark, e));
    mark->stage = stage;
    mark->free = before;
    mark->config = c->loader->config;
    mark->course = *c;
    t->at[t->count++] = mark;
    return OK;
}

static bool has_ram_disk(const struct course *c)
{
    for (size_t i = 0; i < c->plan.count; i++)
        if (c->chosen[i].bus && target_is_ram(c->chosen[i].bus) && c->chosen[i].target)
            return true;
    return false;
}

void trail_restore(const struct trail *t, struct course *c)
{
    struct mark *mark = t->at[t->count - 1];
    struct arena *a = &c->loader->memory.package;
    uint8_t *kept = c->online.memory_end;

    if (has_ram_disk(c))
        port_drop_ram_disks();
    if (c->online.client)
        http_forget(c->online.client);
    mark->course.online = c->online;
    mark->course.log_number = c->log_number;
    mark->course.report_is_lost = c->report_is_lost;
    *c = mark->course;
    c->loader->config = mark->config;
    c->loader->config.menu_timeout = 0; /* somebody is there */
    a->next = kept && kept > mark->free ? kept : mark->free;
}

enum err trail_leave(struct error *e)
{
    static const struct menu_entry entries[] = {{.label = WORDS_LEAVE_NO},
                                                {.label = WORDS_LEAVE_YES}};
    const struct menu menu = {.title = WORDS_LEAVE,
                              .note = WORDS_LEAVE_NOTE,
                              .question = WORDS_LEAVE,
                              .entries = entries,
                              .count = COUNT_OF(entries),
                              .by_default = ASK_NO_DEFAULT};
    size_t chosen;

    if (menu_choose(&menu, &chosen, e) != OK)
        return screen_left() ? OK : e->code;
    return chosen ? fail(e, ERR_CANCELLED, "the person at the console chose to stop") : OK;
}
