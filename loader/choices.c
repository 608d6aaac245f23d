#include "loader/choices.h"

#include <string.h>

#include "base/text.h"
#include "loader/ask.h"
#include "loader/menu.h"
#include "loader/words.h"

#define SYSTEM_NAME_MAX 128 /* bytes of an id, or as much of a path as tells it from others */

/* What to set, or to type, for that system. */
static const char *system_name(const struct ovf *ovf, size_t system, char out[SYSTEM_NAME_MAX])
{
    char inner[SYSTEM_NAME_MAX];
    size_t around = ovf->systems[system].parent;

    text_format(out, SYSTEM_NAME_MAX, "%s", ovf->systems[system].id);
    for (; around != OVF_NONE && ovf_find_system(ovf, out) != system;
         around = ovf->systems[around].parent) {
        memcpy(inner, out, sizeof(inner));
        text_format(out, SYSTEM_NAME_MAX, "%s/%s", ovf->systems[around].id, inner);
    }
    return out;
}

/* "a, b, c": what can be chosen. */
static void list_systems(const struct ovf *ovf, char *out, size_t size)
{
    char name[SYSTEM_NAME_MAX];
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = ovf_next_machine(ovf, OVF_NONE); i != OVF_NONE; i = ovf_next_machine(ovf, i))
        len +=
            text_format(out + len, size - len, "%s%s", len ? ", " : "", system_name(ovf, i, name));
}

static void list_options(const struct ovf *ovf, char *out, size_t size)
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < ovf->option_count; i++)
        len += text_format(out + len, size - len, "%s%s", len ? ", " : "", ovf->options[i].id);
}

static enum err find_system(const struct ovf *ovf, const char *wanted, size_t *out, struct error *e)
{
    char all[200];

    *out = ovf_find_system(ovf, wanted);
    if (*out != OVF_NONE && !ovf->systems[*out].is_collection)
        return OK;
    list_systems(ovf, all, sizeof(all));
    return fail(e, ERR_SETTING, "system = %s: %s; there are: %s", wanted,
                *out != OVF_NONE ? "is a collection of virtual systems, not one"
                                 : "is not the id or path of just one virtual system",
                all);
}

/* "db1  DB Server 1": one of several. */
static enum err label_of(const char *id, const char *text, struct arena *a, const char **out,
                         struct error *e)
{
    char line[300];
    bool same = strcmp(text, id) == 0 || !*text;
    size_t len = text_format(line, sizeof(line), "%s%s%s", id, same ? "" : "  ", same ? "" : text);

    return arena_text(a, line, len, out, e);
}

static enum err ask_system(struct plan *plan, size_t count, struct arena scratch, struct error *e)
{
    const struct ovf *ovf = &plan->ovf;
    struct menu_entry *entries;
    char name[SYSTEM_NAME_MAX];
    size_t chosen, n = 0;

    TRY(TAKE(&scratch, count, &entries, e));
    for (size_t i = ovf_next_machine(ovf, OVF_NONE); i != OVF_NONE; i = ovf_next_machine(ovf, i))
        TRY(label_of(system_name(ovf, i, name), ovf_say(ovf, &ovf->systems[i].name, plan->language),
                     &scratch, &entries[n++].label, e));
    struct menu menu = {.title = WORDS_SYSTEMS,
                        .note = WORDS_SYSTEMS_NOTE,
                        .question = WORDS_WHICH,
                        .entries = entries,
                        .count = count,
                        .marked = plan->answers ? plan->answers->system : 0,
                        .by_default = ASK_NO_DEFAULT};
    TRY(menu_choose(&menu, &chosen, e));
    if (plan->answers)
        plan->answers->system = chosen;
    plan->system_index = ovf_next_machine(ovf, OVF_NONE);
    for (; chosen; chosen--)
        plan->system_index = ovf_next_machine(ovf, plan->system_index);
    return OK;
}

static enum err find_or_ask_system(struct plan *plan, const struct config *config, struct arena *a,
                                   struct error *e)
{
    const struct ovf *ovf = &plan->ovf;
    char all[200];
    size_t count = 0;

    for (size_t i = ovf_next_machine(ovf, OVF_NONE); i != OVF_NONE; i = ovf_next_machine(ovf, i))
        count++;
    if (!count)
        return fail(e, ERR_UNSUPPORTED, "describes no virtual system");
    if (config->system)
        return find_system(ovf, config->system, &plan->system_index, e);
    plan->system_index = ovf_next_machine(ovf, OVF_NONE);
    if (count == 1)
        return OK;
    if (!config->unattended)
        return ask_system(plan, count, *a, e);
    list_systems(ovf, all, sizeof(all));
    return fail(e, ERR_SETTING,
                "describes %zu virtual systems (%s), and one machine runs one: system = ID says "
                "which",
                count, all);
}

/* The option that was chosen before, else the package's own default. */
static size_t option_to_mark(const struct plan *plan)
{
    const struct ovf *ovf = &plan->ovf;
    const struct ovf_option *option = NULL;

    if (plan->answers)
        option = ovf_find_option(ovf, plan->answers->option);
    return (size_t)((option ? option : ovf_default_option(ovf)) - ovf->options);
}

static enum err ask_option(struct plan *plan, const struct config *config, struct arena scratch,
                           const struct ovf_option **out, struct error *e)
{
    const struct ovf *ovf = &plan->ovf;
    struct menu_entry *entries;
    size_t chosen;

    TRY(TAKE(&scratch, ovf->option_count, &entries, e));
    for (size_t i = 0; i < ovf->option_count; i++) {
        const struct ovf_option *option = &ovf->options[i];
        TRY(label_of(option->id, ovf_say(ovf, &option->label, plan->language), &scratch,
                     &entries[i].label, e));
        entries[i].detail = ovf_say(ovf, &option->description, plan->language);
    }
    struct menu menu = {.title = WORDS_OPTIONS,
                        .question = WORDS_WHICH,
                        .entries = entries,
                        .count = ovf->option_count,
                        .marked = option_to_mark(plan),
                        .by_default = (size_t)(ovf_default_option(ovf) - ovf->options),
                        .seconds = config->menu_timeout};
    TRY(menu_choose(&menu, &chosen, e));
    *out = &ovf->options[chosen];
    if (plan->answers)
        text_format(plan->answers->option, ANSWERS_ID_MAX, "%s", (*out)->id);
    return OK;
}

static enum err find_or_ask_option(struct plan *plan, const struct config *config, struct arena *a,
                                   const struct ovf_option **out, struct error *e)
{
    const struct ovf *ovf = &plan->ovf;
    char all[200];

    if (config->option) {
        *out = ovf_find_option(ovf, config->option);
        if (*out)
            return OK;
        list_options(ovf, all, sizeof(all));
        return fail(e, ERR_SETTING, "option = %s: is no deployment option of this package; %s%s",
                    config->option, ovf->option_count ? "there are: " : "it has none", all);
    }
    *out = ovf_default_option(ovf);
    if (ovf->option_count < 2 || config->unattended)
        return OK;
    return ask_option(plan, config, *a, out, e);
}

enum err choose_system(struct plan *plan, const struct config *config, struct arena *a,
                       struct error *e)
{
    return find_or_ask_system(plan, config, a, e) == OK ? OK : package_within(plan->package, e);
}

enum err choose_option(struct plan *plan, const struct config *config, struct arena *a,
                       struct error *e)
{
    const struct ovf_option *option;

    if (find_or_ask_option(plan, config, a, &option, e) != OK ||
        plan_choose(plan, plan->system_index, option ? option->id : NULL, config, a, e) != OK)
        return package_within(plan->package, e);
    return OK;
}

enum err choose_what(struct plan *plan, const struct config *config, struct arena *a,
                     struct error *e)
{
    TRY(choose_system(plan, config, a, e));
    return choose_option(plan, config, a, e);
}
