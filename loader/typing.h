/* loader/typing.h - a line of text as a person types it, one character after the other.
 *
 * Makes an answer in UTF-8 out of what a keyboard gives, and says what to show of it: on one line
 * of the screen, whose end is always seen, so that nothing ever wraps.  Moving back on the screen is
 * a backspace, which terminals and firmware both know.
 *
 *     struct typing t = typing_begin(PORT_SHOWN, columns, answer, sizeof(answer));
 *     for (each UTF-16 unit but Enter and Escape)
 *         write(typing_take(&t, unit, shown));
 *     typing_end(&t);
 */
#ifndef LOADER_TYPING_H
#define LOADER_TYPING_H

#include <stdint.h>

#include "loader/port.h"

#define TYPING_ROOM_MAX 120  /* columns; more are not used */
#define TYPING_SHOW_MAX 1000 /* bytes: back, three of UTF-8 for each column, blanks, back */

struct typing {
    char *answer; /* borrowed, always NUL-terminated */
    size_t size, len;
    size_t room;  /* columns of the screen for it */
    size_t first; /* byte of the answer that the screen begins with */
    size_t width; /* columns that are shown */
    enum port_echo echo;
};

/* size is at least 1 byte, room at least 2 columns. */
struct typing typing_begin(enum port_echo echo, size_t room, char *answer, size_t size);

/* Take a character, or a backspace (8 or 127), which removes a whole one.  What does not fit into
 * the answer, or is no character of its own, is passed over.  Returns what to write, in shown. */
const char *typing_take(struct typing *t, uint16_t unit, char shown[TYPING_SHOW_MAX]);

/* Another place to show it, of so many columns.  Returns what to write there, in shown. */
const char *typing_again(struct typing *t, size_t room, char shown[TYPING_SHOW_MAX]);

/* The line is complete.  Firmware that takes a serial line for one of 8-bit characters gives the
 * bytes of UTF-8 one by one: an answer that reads as such is put together.  Nobody types "\xc3\xbc"
 * as two letters. */
void typing_end(struct typing *t);

/* Forget what was typed, in the answer too. */
void typing_wipe(struct typing *t);

#endif
