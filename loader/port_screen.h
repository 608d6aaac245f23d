/* loader/port_screen.h - a screen to draw on and the keys that go with it, where a platform has one.
 *
 * Defined as the functions of loader/port.h are.  Rows and columns count from 0; how many there are
 * says port_page(), whose lines are one fewer than the screen's.
 */
#ifndef LOADER_PORT_SCREEN_H
#define LOADER_PORT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum port_style {
    PORT_PLAIN,
    PORT_FAINT,   /* what may be overlooked */
    PORT_STRONG,  /* what may not */
    PORT_CHOICE,  /* the entry that Enter takes, and the title */
    PORT_WARNING, /* what is wrong with an answer */
};

enum port_key_kind {
    KEY_NONE, /* the time is over */
    KEY_CHAR, /* Backspace, too: 8 or 127 */
    KEY_ENTER,
    KEY_ESCAPE,
    KEY_UP,
    KEY_DOWN,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_HOME,
    KEY_END,
};

struct port_key {
    enum port_key_kind kind;
    uint16_t unit; /* of KEY_CHAR: UTF-16 */
};

struct port_screen {
    /* Blank, and the cursor in the first column of the first row. */
    void (*clear)(void);
    void (*move)(uint32_t row, uint32_t column);
    /* UTF-8 where the cursor stands, which moves on; '\b' moves it back.  Nothing is ever written
     * into the last column, or with a line's end on the last row. */
    void (*write)(enum port_style style, const char *text);
    /* Whether a character can be shown as it is; if not, something else is written. */
    bool (*shows)(const char *character, size_t len);
    /* Wait for a key, that many milliseconds at most. */
    struct port_key (*key)(uint32_t ms);
};

/* NULL: there is none, and questions are lines (port_ask()). */
const struct port_screen *port_screen(void);

#endif
