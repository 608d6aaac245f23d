#include "loader/form_screen.h"

#include <string.h>

#include "base/text.h"
#include "loader/ask.h"
#include "loader/menu.h"
#include "loader/screen.h"
#include "loader/words.h"
#include "parsers/ovf_value.h"

#define ABOUT_MAX   1400   /* bytes of what is told about a property */
#define TYPED_AGAIN "\"\"" /* what makes a value empty */

struct edit {
    struct form *form;
    struct property *property;
    const char *const *choices;
    size_t choice_count; /* 0: a value is typed */
    char about[ABOUT_MAX];
    char answer[FORM_VALUE_MAX], again[FORM_VALUE_MAX];
};

/* ---- One property ---- */

/* What it is, what it must be, and what it is now. */
static void tell_about(struct edit *d)
{
    const struct property *p = d->property;
    const char *description = form_say(d->form, &p->ovf->description);
    char *out = d->about;
    char rule[OVF_VALUE_RULE_MAX];
    size_t len = text_format(out, ABOUT_MAX, "[%s]", p->name);
    const char *const parts[] = {description, ovf_value_rule(p->ovf, rule, sizeof(rule))};

    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (*parts[i] && len + 2 < ABOUT_MAX) {
            out[len++] = '\n';
            len += text_format(out + len, ABOUT_MAX - len, "%s", parts[i]);
        }
    if (!property_is_missing(p) && len + 2 < ABOUT_MAX) {
        out[len++] = '\n';
        text_format(out + len, ABOUT_MAX - len, d->choice_count ? WORDS_NOW : WORDS_NOW_KEEP,
                    form_shown(p));
    }
}

static void draw_edit(struct screen *s, const struct edit *d, const char *prompt,
                      const char *message)
{
    screen_draw(s, form_label(d->form, d->property), true);
    screen_text(s, PORT_PLAIN, 0, d->about, SIZE_MAX);
    screen_bottom(s, WORDS_KEYS_LINE, prompt);
    screen_message(s, PORT_WARNING, message);
}

/* A line at the prompt; message is shown above it. */
static enum err type_line(struct screen *s, const struct edit *d, const char *prompt,
                          const char *message, char answer[FORM_VALUE_MAX], struct error *e)
{
    enum port_echo echo = d->property->ovf->password ? PORT_HIDDEN : PORT_SHOWN;
    struct port_key key = {KEY_NONE, 0};

    draw_edit(s, d, prompt, message);
    screen_field(s, echo, answer, FORM_VALUE_MAX);
    for (;; key = screen_key(s, 0)) {
        if (key.kind == KEY_ESCAPE) {
            typing_wipe(&s->typing);
            return screen_leave(e);
        }
        if (key.kind == KEY_ENTER) {
            typing_end(&s->typing);
            return OK;
        }
        if (key.kind == KEY_NONE && screen_resized(s)) {
            struct typing was = s->typing;
            draw_edit(s, d, prompt, message);
            screen_field_again(s, &was);
        }
        screen_type(s, &key);
        bytes_wipe(&key, sizeof(key)); /* it may be a letter of a password */
    }
}

static enum err type_value(struct edit *d, const char *message, const char **wrong, struct error *e)
{
    struct screen s;
    bool hidden = d->property->ovf->password;

    *wrong = NULL;
    enum err err =
        type_line(&s, d, hidden ? WORDS_VALUE_HIDDEN : WORDS_VALUE, message, d->answer, e);
    if (err == OK && hidden) {
        err = type_line(&s, d, WORDS_VALUE_AGAIN, "", d->again, e);
        if (err == OK && strcmp(d->answer, d->again) != 0)
            *wrong = WORDS_NOT_THE_SAME;
        bytes_wipe(d->again, sizeof(d->again));
    }
    screen_end(&s);
    return err;
}

/* Of a list of values, one; or what was typed. */
static enum err pick_value(struct edit *d, const char *message, struct error *e)
{
    const char *const *values = d->choices;
    size_t count = d->choice_count;
    struct arena scratch = *d->form->arena;
    struct menu_entry *entries;
    char note[ABOUT_MAX + 200];
    struct menu menu = {.title = form_label(d->form, d->property),
                        .note = note,
                        .prompt = WORDS_VALUE,
                        .count = count,
                        .typed = d->answer,
                        .typed_size = sizeof(d->answer)};
    size_t chosen;

    text_format(note, sizeof(note), "%s", message);
    size_t len = strlen(note);
    if (len)
        note[len++] = '\n';
    memcpy(note + len, d->about, strlen(d->about) + 1);
    TRY(TAKE(&scratch, count, &entries, e));
    for (size_t i = 0; i < count; i++) {
        entries[i] = (struct menu_entry){.label = values[i], .plain = true};
        if (strcmp(values[i], d->property->value) == 0)
            menu.marked = i;
    }
    menu.entries = entries;
    TRY(menu_choose(&menu, &chosen, e));
    if (chosen < count)
        text_format(d->answer, sizeof(d->answer), "%s", values[chosen]);
    return OK;
}

/* True when the property has a value that will do; else wrong says why not, or e does for ever. */
static bool take_value(struct edit *d, struct error *wrong)
{
    struct property *p = d->property;

    if (!*d->answer && !property_is_missing(p))
        return true;
    if (strcmp(d->answer, TYPED_AGAIN) == 0)
        d->answer[0] = '\0';
    bool taken = property_set(p, d->answer, PROPERTY_CONSOLE, d->form->arena, wrong) == OK;
    bytes_wipe(d->answer, sizeof(d->answer));
    return taken;
}

static enum err edit_until_right(struct edit *d, struct error *e)
{
    struct error wrong = {OK, ""};
    const char *message = "";

    for (;;) {
        const char *unlike = NULL;
        if (d->choice_count)
            TRY(pick_value(d, message, e));
        else
            TRY(type_value(d, message, &unlike, e));
        if (!unlike && take_value(d, &wrong))
            return OK;
        if (!unlike && wrong.code != ERR_SETTING) {
            *e = wrong;
            return e->code;
        }
        message = unlike ? unlike : wrong.text;
    }
}

static enum err edit(struct form *f, struct property *p, struct error *e)
{
    struct edit *d; /* too large for the stack */

    TRY(TAKE(f->arena, 1, &d, e));
    d->form = f;
    d->property = p;
    TRY(ovf_value_choices(p->ovf, f->arena, &d->choices, &d->choice_count, e));
    if (p->ovf->password)
        d->choice_count = 0;
    tell_about(d);
    enum err err = edit_until_right(d, e);
    bytes_wipe(d, sizeof(*d));
    return err;
}

/* ---- All of them ---- */

static const struct property *first_missing(const struct properties *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (property_is_missing(&all->at[i]))
            return &all->at[i];
    return NULL;
}

/* The entries for what can be set, behind the one that goes on; index: whose they are. */
static enum err list_properties(const struct form *f, struct arena *a, struct menu_entry *entries,
                                size_t *index, size_t *count, struct error *e)
{
    const struct properties *all = &f->plan->properties;
    const char *category = "";
    char line[FORM_VALUE_MAX];

    for (size_t i = 0; i < all->count; i++) {
        const struct property *p = &all->at[i];
        const char *own = form_say(f, &p->ovf->category);
        if (!form_is_open(p))
            continue;
        size_t len = text_format(line, sizeof(line), "%s = %s", form_label(f, p),
                                 property_is_missing(p) ? WORDS_FORM_NEEDS : form_shown(p));
        entries[*count] =
            (struct menu_entry){.heading = *own && strcmp(own, category) != 0 ? own : NULL};
        TRY(arena_text(a, line, len, &entries[*count].label, e));
        index[(*count)++] = i;
        category = own;
    }
    return OK;
}

static enum err show_list(struct form *f, size_t *marked, size_t *chosen, bool *done,
                          struct error *e)
{
    struct properties *all = &f->plan->properties;
    const struct property *missing = first_missing(all);
    struct arena scratch = *f->arena;
    struct menu_entry *entries;
    size_t *index, count = 1;
    char why[200];

    TRY(TAKE(&scratch, all->count + 1, &entries, e));
    TRY(TAKE(&scratch, all->count + 1, &index, e));
    entries[0] = (struct menu_entry){.label = WORDS_FORM_GO_ON, .plain = true};
    if (missing) {
        text_format(why, sizeof(why), WORDS_FORM_MISSING, form_label(f, missing));
        entries[0].refusal = why;
    }
    TRY(list_properties(f, &scratch, entries, index, &count, e));
    struct menu menu = {.title = WORDS_FORM,
                        .prompt = WORDS_FORM_PROMPT,
                        .entries = entries,
                        .count = count,
                        .marked = *marked,
                        .seconds = missing ? 0 : f->seconds};
    TRY(menu_choose(&menu, marked, e));
    f->seconds = 0;
    *done = *marked == 0;
    *chosen = *done ? 0 : index[*marked];
    return OK;
}

/* Escape while one is set goes back to the list; there it leaves the form. */
static enum err offer_list(struct form *f, struct error *e)
{
    size_t marked = 0, chosen = 0;
    bool done = false;

    for (;;) {
        TRY(show_list(f, &marked, &chosen, &done, e));
        if (done)
            return OK;
        enum err err = edit(f, &f->plan->properties.at[chosen], e);
        if (err != OK && !screen_left())
            return err;
        if (err == OK)
            marked = 0;
    }
}

/* What was typed in this run can be changed in this run. */
static bool is_to_offer(const struct plan *plan)
{
    const struct properties *all = &plan->properties;
    bool some = false;

    for (size_t i = 0; i < all->count; i++)
        some =
            some || (form_is_open(&all->at[i]) &&
                     (!all->at[i].by_person || strcmp(all->at[i].origin, PROPERTY_CONSOLE) == 0));
    return some && !plan->settled_before;
}

enum err form_on_screen(struct form *f, struct error *e)
{
    struct properties *all = &f->plan->properties;
    enum err err = OK;

    for (size_t i = 0; i < all->count && err == OK; i++)
        if (property_is_missing(&all->at[i]))
            err = edit(f, &all->at[i], e);
    if (err != OK && !screen_left())
        return err;
    return err != OK || is_to_offer(f->plan) ? offer_list(f, e) : OK;
}
