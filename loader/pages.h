/* loader/pages.h - a text that is read page by page on a screen, forwards and back, and a question at
 * its end.
 */
#ifndef LOADER_PAGES_H
#define LOADER_PAGES_H

#include "base/error.h"

/* OK once "yes" was typed at the end of the text, whose lines are broken to fit; ERR_CANCELLED on Escape,
 * at any page. */
enum err pages_ask_yes(const char *title, const char *text, const char *question,
                       struct error *e) MUST_CHECK;

#endif
