#include "loader/answers.h"

#include <string.h>

enum err answers_make(struct arena *a, struct answers **out, struct error *e)
{
    uint8_t *memory;

    TRY(TAKE(a, 1, out, e));
    TRY(TAKE(a, ANSWERS_ROOM, &memory, e));
    arena_init(&(*out)->arena, memory, ANSWERS_ROOM, "answers");
    return OK;
}

static struct answers_value *value_of(struct answers *answers, const char *name)
{
    struct error ignored;

    for (size_t i = 0; i < answers->count; i++)
        if (strcmp(answers->values[i].name, name) == 0)
            return &answers->values[i];
    if (answers->count == ANSWERS_VALUES_MAX)
        return NULL;
    struct answers_value *new = &answers->values[answers->count];
    if (arena_text(&answers->arena, name, strlen(name), &new->name, &ignored) != OK)
        return NULL;
    new->value = NULL;
    answers->count++;
    return new;
}

void answers_keep(struct answers *answers, const struct properties *from)
{
    struct error ignored;

    for (size_t i = 0; i < from->count; i++) {
        const struct property *p = &from->at[i];
        if (strcmp(p->origin, PROPERTY_CONSOLE) != 0)
            continue;
        struct answers_value *kept = value_of(answers, p->name);
        if (!kept || (kept->value && strcmp(kept->value, p->value) == 0))
            continue;
        if (arena_text(&answers->arena, p->value, strlen(p->value), &kept->value, &ignored) != OK)
            kept->value = NULL;
    }
}

enum err answers_give(const struct answers *answers, struct properties *to, struct arena *a,
                      struct error *e)
{
    struct error wrong;

    for (size_t i = 0; i < answers->count; i++) {
        struct property *p = properties_find(to, answers->values[i].name);
        if (!p || !answers->values[i].value || !p->ovf->user_configurable || p->sealed)
            continue;
        if (property_set(p, answers->values[i].value, PROPERTY_CONSOLE, a, &wrong) != OK &&
            wrong.code != ERR_SETTING) {
            *e = wrong;
            return e->code;
        }
    }
    return OK;
}
