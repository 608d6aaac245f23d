#include "loader/choices.h"

#include <string.h>

#include "base/text.h"
#include "loader/ask.h"
#include "loader/port.h"

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

/* A line for one of several: "  1  db1  DB Server 1". */
static enum err say_choice(struct pager *pager, size_t number, const char *id, const char *text,
                           struct error *e)
{
    char line[300];

    if (strcmp(text, id) == 0)
        text = "";
    text_format(line, sizeof(line), "  %zu  %s%s%s", number, id, *text ? "  " : "", text);
    return pager_say(pager, 0, line, e);
}

static enum err ask_system(const struct ovf *ovf, const char *language, size_t count, size_t *out,
                           struct error *e)
{
    struct pager pager = pager_start();
    char name[SYSTEM_NAME_MAX];
    size_t chosen, number = 0;

    TRY(pager_say(&pager, 0, "Virtual systems of this appliance:", e));
    for (size_t i = ovf_next_machine(ovf, OVF_NONE); i != OVF_NONE; i = ovf_next_machine(ovf, i)) {
        const struct ovf_system *s = &ovf->systems[i];
        TRY(say_choice(&pager, ++number, system_name(ovf, i, name),
                       ovf_say(ovf, &s->name, language), e));
    }
    TRY(ask_number("One machine runs one of them. Which? Number, or Escape to stop:", count,
                   ASK_NO_DEFAULT, &chosen, e));
    *out = ovf_next_machine(ovf, OVF_NONE);
    for (; chosen; chosen--)
        *out = ovf_next_machine(ovf, *out);
    return OK;
}

static enum err choose_system(const struct ovf *ovf, const struct config *config,
                              const char *language, size_t *out, struct error *e)
{
    char all[200];
    size_t count = 0;

    for (size_t i = ovf_next_machine(ovf, OVF_NONE); i != OVF_NONE; i = ovf_next_machine(ovf, i))
        count++;
    if (!count)
        return fail(e, ERR_UNSUPPORTED, "describes no virtual system");
    if (config->system)
        return find_system(ovf, config->system, out, e);
    *out = ovf_next_machine(ovf, OVF_NONE);
    if (count == 1)
        return OK;
    if (!config->unattended)
        return ask_system(ovf, language, count, out, e);
    list_systems(ovf, all, sizeof(all));
    return fail(e, ERR_SETTING,
                "describes %zu virtual systems (%s), and one machine runs one: system = ID says "
                "which",
                count, all);
}

static enum err ask_option(const struct ovf *ovf, const char *language,
                           const struct ovf_option **out, struct error *e)
{
    size_t by_default = (size_t)(ovf_default_option(ovf) - ovf->options), chosen;
    struct pager pager = pager_start();
    char question[120];

    TRY(pager_say(&pager, 0, "Deployment options of this appliance:", e));
    for (size_t i = 0; i < ovf->option_count; i++) {
        const struct ovf_option *option = &ovf->options[i];
        const char *description = ovf_say(ovf, &option->description, language);
        TRY(say_choice(&pager, i + 1, option->id, ovf_say(ovf, &option->label, language), e));
        if (*description)
            TRY(pager_say(&pager, 5, description, e));
    }
    text_format(question, sizeof(question),
                "Which? Number, Enter for %zu, or Escape to stop:", by_default + 1);
    TRY(ask_number(question, ovf->option_count, by_default, &chosen, e));
    *out = &ovf->options[chosen];
    return OK;
}

static enum err choose_option(const struct ovf *ovf, const struct config *config,
                              const char *language, const struct ovf_option **out, struct error *e)
{
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
    return ask_option(ovf, language, out, e);
}

enum err choose_what(struct plan *plan, const struct config *config, struct arena *a,
                     struct error *e)
{
    const struct ovf_option *option;
    size_t system;

    if (choose_system(&plan->ovf, config, plan->language, &system, e) != OK ||
        choose_option(&plan->ovf, config, plan->language, &option, e) != OK ||
        plan_choose(plan, system, option ? option->id : NULL, config, a, e) != OK)
        return package_within(plan->package, e);
    return OK;
}
