/* parsers/lines.h - the lines of a text file, one after the other.
 *
 *     struct lines lines = lines_of(text);
 *     while (lines_next(&lines))
 *         ... lines.line, lines.number ...
 *
 * A line ends with LF, CRLF or CR; the last one may have no end.  A UTF-8 byte order mark at the
 * start is passed over.  Nothing is copied, nothing is checked.
 */
#ifndef PARSERS_LINES_H
#define PARSERS_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct lines {
    struct bytes line; /* without its end, and without blanks and tabs around it */
    uint32_t number;   /* of that line, from 1 */
    struct bytes rest;
};

struct lines lines_of(struct bytes text);

/* Go to the next line; false when there is none. */
bool lines_next(struct lines *l);

/* Without blanks and tabs at both ends. */
struct bytes lines_trim(struct bytes text);

/* For "%.*s": all of text, cut so that a sentence stays one. */
int lines_shown(struct bytes text);

/* True when text is well-formed UTF-8 without control characters. */
bool lines_plain(struct bytes text);

#endif
