/* loader/choices.h - what a package leaves open and somebody decides: which virtual system, which
 * deployment option, the values of properties, and whether the licence is accepted.
 *
 * Settings decide without a question.  What they leave open is asked at the console; where nobody
 * is there (unattended = yes) the default holds, and what has none is ERR_SETTING, naming the
 * setting that is missing.
 */
#ifndef LOADER_CHOICES_H
#define LOADER_CHOICES_H

#include "loader/plan.h"

/* The virtual system (the only one, the one that is set, or an answer), into plan->system_index; then
 * the deployment option likewise, and plan_choose().  choose_what() is both. */
enum err choose_system(struct plan *plan, const struct config *config, struct arena *a,
                       struct error *e) MUST_CHECK;
enum err choose_option(struct plan *plan, const struct config *config, struct arena *a,
                       struct error *e) MUST_CHECK;
enum err choose_what(struct plan *plan, const struct config *config, struct arena *a,
                     struct error *e) MUST_CHECK;

/* Ask for the properties that need a value, and offer the others.  choose_properties() then puts
 * references into values (properties_expand()). */
enum err ask_properties(struct plan *plan, const struct config *config, struct arena *a,
                        struct error *e) MUST_CHECK;
enum err choose_properties(struct plan *plan, const struct config *config, struct arena *a,
                           struct error *e) MUST_CHECK;

/* Show every licence of the system and the collections around it and have it accepted; what was
 * accepted is in plan->licences. */
enum err choose_licences(struct plan *plan, const struct config *config, struct arena *a,
                         struct error *e) MUST_CHECK;

#endif
