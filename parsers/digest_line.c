#include "parsers/digest_line.h"

#include <string.h>

#include "base/text.h"
#include "parsers/lines.h"

struct spelling {
    const char *word;
    enum digest_kind kind;
};

/* "SHA2-256" is what openssl 3 prints: Home Assistant OS shipped it (operating-system #3654). */
static const struct spelling spellings[] = {
    {"SHA1", DIGEST_SHA1},      {"SHA-1", DIGEST_SHA1},      {"SHA256", DIGEST_SHA256},
    {"SHA-256", DIGEST_SHA256}, {"SHA2-256", DIGEST_SHA256}, {"SHA384", DIGEST_SHA384},
    {"SHA-384", DIGEST_SHA384}, {"SHA2-384", DIGEST_SHA384}, {"SHA512", DIGEST_SHA512},
    {"SHA-512", DIGEST_SHA512}, {"SHA2-512", DIGEST_SHA512},
};

static bool is_word(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text_lower((char)text.at[i]);
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '/')
            return false;
    }
    return text.len > 0;
}

/* A name may hold ')' and even ")=": the last one counts, since no digest has a ')'. */
bool digest_line_split(struct bytes line, struct digest_line *out)
{
    const uint8_t *end = line.at + line.len;
    const uint8_t *open = memchr(line.at, '(', line.len);

    for (const uint8_t *at = end; open && --at > open;) {
        struct bytes rest = lines_trim((struct bytes){at + 1, (size_t)(end - at - 1)});
        if (*at != ')' || rest.len == 0 || rest.at[0] != '=')
            continue;
        out->algorithm = lines_trim((struct bytes){line.at, (size_t)(open - line.at)});
        out->name = (struct bytes){open + 1, (size_t)(at - open - 1)};
        out->hex = lines_trim((struct bytes){rest.at + 1, rest.len - 1});
        return is_word(out->algorithm);
    }
    return false;
}

enum err digest_line_kind(struct bytes word, enum digest_kind *out, struct error *e)
{
    char text[9] = ""; /* the longest spelling with its NUL */

    if (word.len < sizeof(text))
        memcpy(text, word.at, word.len);
    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        if (text_same(text, spellings[i].word)) {
            *out = spellings[i].kind;
            return OK;
        }
    }
    return fail(e, ERR_UNSUPPORTED,
                "digest algorithm %.*s is not one of SHA-1, SHA-256, SHA-384 "
                "and SHA-512",
                lines_shown(word), (const char *)word.at);
}

int digest_line_digit(uint8_t c)
{
    char lower = text_lower((char)c);

    if (lower >= '0' && lower <= '9')
        return lower - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
