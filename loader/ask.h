/* loader/ask.h - questions to the person at the console, and texts of many lines. */
#ifndef LOADER_ASK_H
#define LOADER_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define ASK_NO_DEFAULT SIZE_MAX

/* A number from 1 to count that the person types; *out counts from 0.  Enter alone takes
 * by_default, unless that is ASK_NO_DEFAULT. */
enum err ask_number(const char *question, size_t count, size_t by_default, size_t *out,
                    struct error *e) MUST_CHECK;

/* ERR_CANCELLED unless the answer is "yes". */
enum err ask_yes(const char *question, struct error *e) MUST_CHECK;

/* Lines that stop where the page is full, until the person presses Enter.
 *
 *     struct pager pager = pager_start();
 *     TRY(pager_say(&pager, 0, text, e));
 */
struct pager {
    unsigned lines, columns; /* of a page */
    unsigned used;           /* lines on this page */
};
struct pager pager_start(void);

/* Say text, its lines broken at blanks to fit the page and set off by indent columns. */
enum err pager_say(struct pager *p, unsigned indent, const char *text, struct error *e) MUST_CHECK;

#endif
