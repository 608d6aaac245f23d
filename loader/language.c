#include "loader/language.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define SUBTAG_MAX 8 /* letters or digits (RFC 4646, "Syntax") */

static bool is_letter(char c)
{
    return text_lower(c) >= 'a' && text_lower(c) <= 'z';
}

/* Letters and digits in pieces of 1 to 8, the first of 2 or more letters only. */
static bool is_tag(const char *tag)
{
    size_t piece = 0, pieces = 0;

    for (; *tag; tag++) {
        if (*tag == '-') {
            if (!piece || (!pieces && piece < 2))
                return false;
            pieces++;
            piece = 0;
        } else if (is_letter(*tag) || (pieces && *tag >= '0' && *tag <= '9')) {
            if (++piece > SUBTAG_MAX)
                return false;
        } else {
            return false;
        }
    }
    return piece >= (pieces ? 1 : 2);
}

const char *language_tag(struct bytes name, char out[LANGUAGE_MAX])
{
    size_t len = 0;

    for (; len < name.len && name.at[len] && !strchr(".@", name.at[len]); len++) {
        if (len + 1 == LANGUAGE_MAX) {
            out[0] = '\0';
            return out;
        }
        out[len] = name.at[len] == '_' ? '-' : (char)name.at[len];
    }
    out[len] = '\0';
    if (!is_tag(out) || text_same(out, "POSIX"))
        out[0] = '\0';
    return out;
}
