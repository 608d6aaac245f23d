/* The form in which the person at the console sees and sets the appliance's properties. */
#include <string.h>

#include "base/text.h"
#include "loader/ask.h"
#include "loader/choices.h"
#include "loader/form_screen.h"
#include "loader/port.h"
#include "loader/port_screen.h"
#include "loader/words.h"
#include "parsers/ovf_value.h"

#define ANSWER_MAX FORM_VALUE_MAX
#define RULE_MAX   200

const char *form_say(const struct form *f, const struct ovf_message *message)
{
    return ovf_say(&f->plan->ovf, message, f->plan->language);
}

const char *form_label(const struct form *f, const struct property *p)
{
    const char *text = form_say(f, &p->ovf->label);

    return *text ? text : p->name;
}

const char *form_shown(const struct property *p)
{
    if (p->ovf->password)
        return *p->value ? WORDS_SET : WORDS_NOT_SET;
    return *p->value ? p->value : WORDS_EMPTY;
}

/* A password is typed twice, since nobody sees it. */
static enum err ask_hidden(const char *question, char answer[ANSWER_MAX], bool *same,
                           struct error *e)
{
    char again[ANSWER_MAX];

    TRY(port_ask(question, PORT_HIDDEN, answer, ANSWER_MAX, e));
    enum err err = port_ask(WORDS_VALUE_AGAIN, PORT_HIDDEN, again, sizeof(again), e);
    *same = err == OK && strcmp(answer, again) == 0;
    memset(again, 0, sizeof(again));
    return err;
}

static enum err explain(const struct form *f, const struct property *p, struct error *e)
{
    const char *description = form_say(f, &p->ovf->description);
    struct pager pager = pager_start();
    char rule[RULE_MAX], line[ANSWER_MAX];

    text_format(line, sizeof(line), "%s [%s]", form_label(f, p), p->name);
    TRY(pager_say(&pager, 0, line, e));
    if (*description)
        TRY(pager_say(&pager, 2, description, e));
    if (*ovf_value_rule(p->ovf, rule, sizeof(rule)))
        TRY(pager_say(&pager, 2, rule, e));
    if (property_is_missing(p))
        return OK;
    text_format(line, sizeof(line), WORDS_NOW_KEEP, form_shown(p));
    return pager_say(&pager, 2, line, e);
}

static enum err read_value(const struct property *p, char answer[ANSWER_MAX], bool *again,
                           struct error *e)
{
    bool same = true;

    *again = false;
    if (!p->ovf->password)
        return port_ask(WORDS_VALUE, PORT_SHOWN, answer, ANSWER_MAX, e);
    TRY(ask_hidden("Value (not shown while you type):", answer, &same, e));
    if (!same) {
        port_say(WORDS_NOT_THE_SAME);
        *again = true;
    }
    return OK;
}

/* Ask until there is a value that will do. */
static enum err ask_value(struct form *f, struct property *p, struct error *e)
{
    char answer[ANSWER_MAX];
    struct error wrong;
    bool again;

    TRY(explain(f, p, e));
    for (;;) {
        TRY(read_value(p, answer, &again, e));
        if (again)
            continue;
        if (!*answer && !property_is_missing(p))
            return OK;
        if (strcmp(answer, "\"\"") == 0)
            answer[0] = '\0';
        enum err err = property_set(p, answer, PROPERTY_CONSOLE, f->arena, &wrong);
        memset(answer, 0, sizeof(answer));
        if (err == OK)
            return OK;
        if (err != ERR_SETTING) {
            *e = wrong;
            return err;
        }
        port_say("%s", wrong.text);
    }
}

bool form_is_open(const struct property *p)
{
    return p->ovf->user_configurable && !p->sealed;
}

static enum err show_list(const struct form *f, struct error *e)
{
    const struct properties *all = &f->plan->properties;
    struct pager pager = pager_start();
    const char *category = "";
    char line[ANSWER_MAX];
    size_t number = 0;

    TRY(pager_say(&pager, 0, WORDS_FORM, e));
    for (size_t i = 0; i < all->count; i++) {
        const struct property *p = &all->at[i];
        const char *own = form_say(f, &p->ovf->category);
        if (!form_is_open(p))
            continue;
        if (strcmp(own, category) != 0 && *own)
            TRY(pager_say(&pager, 1, own, e));
        category = own;
        text_format(line, sizeof(line), "%2zu  %s = %s", ++number, form_label(f, p), form_shown(p));
        TRY(pager_say(&pager, 2, line, e));
    }
    return OK;
}

static struct property *open_at(const struct properties *all, uint64_t number)
{
    for (size_t i = 0; i < all->count; i++)
        if (form_is_open(&all->at[i]) && --number == 0)
            return &all->at[i];
    return NULL;
}

/* Offer every property until the person is content. */
static enum err offer(struct form *f, size_t count, struct error *e)
{
    char answer[16];
    uint64_t number;

    TRY(show_list(f, e));
    for (;;) {
        TRY(port_ask("Number to change one, ? for the list, Enter to go on, Escape to stop:",
                     PORT_SHOWN, answer, sizeof(answer), e));
        if (!*answer)
            return OK;
        if (strcmp(answer, "?") == 0) {
            TRY(show_list(f, e));
        } else if (text_to_u64(answer, strlen(answer), &number) && number >= 1 && number <= count) {
            struct property *p = open_at(&f->plan->properties, number);
            TRY(ask_value(f, p, e));
            port_say("%s = %s", form_label(f, p), form_shown(p));
        } else {
            port_say("Type a number from 1 to %zu.", count);
        }
    }
}

/* Where nobody can be asked: all that is missing, in one sentence. */
static enum err refuse_missing(const struct properties *all, struct error *e)
{
    char names[240] = "";
    size_t len = 0, count = 0;

    for (size_t i = 0; i < all->count; i++)
        if (property_is_missing(&all->at[i])) {
            len += text_format(names + len, sizeof(names) - len, "%sproperty.%s", len ? ", " : "",
                               all->at[i].name);
            count++;
        }
    return count ? fail(e, ERR_SETTING, "%zu propert%s need%s a value, and nobody is asked: %s",
                        count, count == 1 ? "y" : "ies", count == 1 ? "s" : "", names)
                 : OK;
}

/* Who has set every one of them has decided, and so has who was asked before. */
static bool leaves_some(const struct plan *plan)
{
    bool some = false;

    for (size_t i = 0; i < plan->properties.count; i++)
        some = some || (form_is_open(&plan->properties.at[i]) && !plan->properties.at[i].by_person);
    return some && !plan->settled_before;
}

static enum err fill_in(struct form *f, struct error *e)
{
    struct properties *all = &f->plan->properties;
    size_t open = 0;

    if (port_screen())
        return form_on_screen(f, e);
    for (size_t i = 0; i < all->count; i++) {
        if (property_is_missing(&all->at[i]))
            TRY(ask_value(f, &all->at[i], e));
        open += form_is_open(&all->at[i]);
    }
    return leaves_some(f->plan) ? offer(f, open, e) : OK;
}

enum err ask_properties(struct plan *plan, const struct config *config, struct arena *a,
                        struct error *e)
{
    struct form form = {plan, a, config->menu_timeout};

    return config->unattended ? refuse_missing(&plan->properties, e) : fill_in(&form, e);
}

enum err choose_properties(struct plan *plan, const struct config *config, struct arena *a,
                           struct error *e)
{
    TRY(ask_properties(plan, config, a, e));
    return properties_expand(&plan->properties, &plan->ovf, a, e);
}
