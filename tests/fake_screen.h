/* tests/fake_screen.h - a screen of loader/port_screen.h as a grid of characters, and keys as a script.
 *
 *     fake_screen_begin(25, 80, "<down><enter>yes<enter>");
 *     ... the loader asks ...
 *     CHECK_TEXT(fake_screen_row(0), " Disks of this machine:");
 *
 * A script holds characters, and in angle brackets: up, down, left, right, pgup, pgdn, home, end,
 * enter, esc, bs, redraw, wait (the time for a key is over), small (from here on 10 rows of 40
 * columns) and shot (keep the screen: fake_screen_shot()).  Behind its end Escape is pressed for ever,
 * and once in four times what leaves: the second entry.
 */
#ifndef TESTS_FAKE_SCREEN_H
#define TESTS_FAKE_SCREEN_H

#include "loader/port_screen.h"

/* From now on there is a screen of that many rows, until the next fake_port_reset(). */
void fake_screen_begin(uint32_t rows, uint32_t columns, const char *keys);

/* Characters beyond ASCII are shown as they are; they are not at first. */
void fake_screen_shows_all(void);

/* A row as text without the blanks at its end; "" of one that is not there. */
const char *fake_screen_row(uint32_t row);

/* All rows, each with a newline, from the first to the last that is not blank. */
const char *fake_screen_text(void);

/* The same when the script said so last. */
const char *fake_screen_shot(void);

/* The row whose characters are written in that style; UINT32_MAX: none.  Title rows are passed over. */
uint32_t fake_screen_styled(enum port_style style);

/* Rows that were written to since the last key was waited for, at the moment it was. */
size_t fake_screen_rows_written(void);

/* What must never happen: something in the last column or the last row, keys behind the script's end
 * for ever.  "": it has not. */
const char *fake_screen_fault(void);

/* The script's keys are used up. */
bool fake_screen_is_through(void);

#endif
