/* loader/screen.h - one question on a screen: a title, what is known, the question's own text, and at
 * the bottom a message, what keys do, and a prompt.
 *
 * Rows are written whole and from their first column on, and only those that change: a serial line
 * carries some 140 rows a second.  No row reaches the last column and the screen's last row stays
 * blank, so that nothing ever scrolls.
 *
 *     struct screen s;
 *     screen_draw(&s, title, true);
 *     screen_text(&s, PORT_PLAIN, 0, note, SIZE_MAX);
 *     screen_bottom(&s, WORDS_KEYS_LINE, WORDS_VALUE);
 *     screen_field(&s, PORT_SHOWN, answer, sizeof(answer));
 *     for (;;) { key = screen_key(&s, 0); ... screen_type(&s, &key); }
 */
#ifndef LOADER_SCREEN_H
#define LOADER_SCREEN_H

#include "loader/port.h"
#include "loader/port_screen.h"
#include "loader/typing.h"

#define SCREEN_ROWS_MAX    200  /* more are not used */
#define SCREEN_COLUMNS_MAX 240  /* likewise */
#define SCREEN_TEXT_MAX    1000 /* bytes of a row with the NUL */

/* What is known so far, shown above every question; "" is left out. */
enum screen_fact {
    FACT_MACHINE,
    FACT_PACKAGE,
    FACT_SIGNER,
    FACT_SYSTEM,
    FACT_OPTION,
    SCREEN_FACTS
};
struct screen_head {
    char facts[SCREEN_FACTS][160];
};

struct screen {
    const struct port_screen *port;
    struct port_page page;          /* when it was drawn */
    uint32_t rows, columns;         /* that are used */
    uint32_t next;                  /* row for screen_text(), ... */
    uint32_t end;                   /* ... up to the bottom's, not included */
    bool roomy;                     /* there is room for blank rows and facts */
    uint8_t width[SCREEN_ROWS_MAX]; /* columns of a row that are not blank */
    char prompt[SCREEN_COLUMNS_MAX];
    struct typing typing; /* what is typed behind the prompt */
};

/* A run begins, without questions so far; the head is borrowed until the next begins. */
void screen_begin(const struct screen_head *head);

/* How many questions were drawn since, and whether the last was left by Escape, which is forgotten. */
size_t screen_asked(void);
bool screen_left(void);

/* Escape at a question: ERR_CANCELLED, and screen_left() once. */
enum err screen_leave(struct error *e);

/* A blank screen with its title and, where wanted and where there is room, the head. */
void screen_draw(struct screen *s, const char *title, bool with_head);

/* Text behind what is there, broken at blanks, set off by indent columns, at most that many rows.
 * What has no room is left out. */
void screen_text(struct screen *s, enum port_style style, unsigned indent, const char *text,
                 size_t rows);

/* How many rows that would be, most at most; of NULL none. */
size_t screen_rows(const char *text, size_t columns, size_t most);

void screen_blank(struct screen *s); /* a row, where there is room for such */

/* One row, cut to fit. */
void screen_row(struct screen *s, uint32_t row, enum port_style style, const char *text);

/* The last three rows; the message is empty.  A message that is longer begins in the rows above, as far
 * as there is no text. */
void screen_bottom(struct screen *s, const char *keys, const char *prompt);
void screen_keys(struct screen *s, const char *keys);
void screen_message(struct screen *s, enum port_style style, const char *text);

/* Begin with an empty answer, of size bytes at least 1, behind the prompt, and the cursor there. */
void screen_field(struct screen *s, enum port_echo echo, char *answer, size_t size);

/* The same with what was typed so far: before a screen that has another size now was drawn anew. */
void screen_field_again(struct screen *s, const struct typing *was);

/* A character for the answer; other keys are passed over. */
void screen_type(struct screen *s, const struct port_key *key);

/* Wait for a key with the cursor behind what is typed.  KEY_NONE: the time, in ms, is over, or the
 * screen has another size now (screen_resized()) or is to be drawn again (Ctrl-L). */
struct port_key screen_key(struct screen *s, uint32_t ms);
bool screen_resized(const struct screen *s);

/* The question is answered: the cursor goes below it. */
void screen_end(struct screen *s);

#endif
