/* loader/menu.h - one of several, chosen by arrow keys and Enter or by typing its number; where there
 * is no screen, from a list of lines by its number.
 */
#ifndef LOADER_MENU_H
#define LOADER_MENU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct menu_entry {
    const char *heading; /* of this one and those behind it; NULL: none */
    const char *label;
    const char *detail; /* below it; NULL or "": none */
    const char
        *refusal; /* why it cannot be taken, in a sentence; NULL: it can.  On a screen only */
    bool plain;   /* it has no number */
};

struct menu {
    const char *title;
    const char *note;     /* a sentence; NULL: none */
    const char *question; /* "Which disk?" */
    const char *prompt;   /* NULL: the question and "Number:" */
    const struct menu_entry *entries;
    size_t count;      /* at least 1 */
    size_t marked;     /* the one that Enter takes first */
    size_t by_default; /* what Enter takes where there is no screen: ASK_NO_DEFAULT: nothing */
    uint32_t seconds;  /* after which the marked one is taken, unless a key is pressed; 0: never */
    /* A text that is no number and no label, where the caller can use it; NULL: it cannot. */
    char *typed;
    size_t typed_size;
};

/* *out is the one chosen; count: typed is an answer of its own.  ERR_CANCELLED on Escape. */
enum err menu_choose(const struct menu *m, size_t *out, struct error *e) MUST_CHECK;

#endif
