/* base/writing.h - a text that grows at its end, with what XML, JSON and YAML want escaped.
 *
 *     TRY(writing_start(&w, &work, e));
 *     writing_add(&w, "<Kind>");
 *     writing_xml(&w, kind);
 *     writing_add(&w, "</Kind>\n");
 *     TRY(writing_end(&w, a, "the environment", &text, e));
 *
 * Like a cursor it is sticky: what does not fit is noticed once, at the end.
 */
#ifndef BASE_WRITING_H
#define BASE_WRITING_H

#include "base/arena.h"

#define WRITING_MAX (4u << 20) /* bytes; docs/limits.md */

struct writing {
    uint8_t *at;
    size_t len, room; /* bytes */
    bool full;        /* something did not fit */
};

/* Begin in what work has left, at most WRITING_MAX bytes; the arena that the text ends in is another. */
enum err writing_start(struct writing *w, struct arena *work, struct error *e) MUST_CHECK;

void writing_add(struct writing *w, const char *text);
void writing_bytes(struct writing *w, struct bytes bytes);

/* Numbers and the like; what is longer than 127 bytes is cut. */
void writing_format(struct writing *w, const char *format, ...) PRINTF_LIKE(2, 3);

/* For the text of an element and for an attribute in double quotes, from which it comes out as it
 * was: line ends and tabs too.  text is one that xml_can_hold(). */
void writing_xml(struct writing *w, const char *text);

/* In double quotes, for JSON as well as for YAML: what one of them wants escaped is escaped in both.
 * Bytes that are not UTF-8 become U+FFFD. */
void writing_quoted(struct writing *w, const char *text);

/* The same without its quotes, to put several into one text. */
void writing_inside_quotes(struct writing *w, const char *text);

/* Copied into the arena.  ERR_TOO_BIG, naming what it is, when it was more than fits. */
enum err writing_end(struct writing *w, struct arena *a, const char *what, struct bytes *out,
                     struct error *e) MUST_CHECK;

/* True for UTF-8 of characters that XML 1.0 knows: no control characters besides tab and line ends.
 *
 * Spec: XML 1.0, "Characters". */
bool xml_can_hold(const char *text);

#endif
