/* loader/form_screen.h - the appliance's properties on a screen: a list, and one to be set.
 *
 * Only loader/form.c uses it.
 */
#ifndef LOADER_FORM_SCREEN_H
#define LOADER_FORM_SCREEN_H

#include "loader/plan.h"

#define FORM_VALUE_MAX 1024 /* bytes with the NUL; longer values belong into settings */

struct form {
    struct plan *plan;
    struct arena *arena;
    uint32_t seconds; /* after which the values are taken as they are; 0: never */
};

/* True for what a person may change. */
bool form_is_open(const struct property *p);

/* Its label, or its name; its value as it may be seen. */
const char *form_say(const struct form *f, const struct ovf_message *message);
const char *form_label(const struct form *f, const struct property *p);
const char *form_shown(const struct property *p);

/* Ask for what has no value, then offer all that settings or a deployment before have not decided.
 * ERR_CANCELLED on Escape. */
enum err form_on_screen(struct form *f, struct error *e) MUST_CHECK;

#endif
