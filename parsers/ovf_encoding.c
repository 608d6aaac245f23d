/* The bytes of a descriptor as clean UTF-8.  The encoding is what the bytes say; what the XML
 * declaration says is not read: XenCenter writes encoding="utf-16" over UTF-8. */
#include <string.h>

#include "base/utf.h"
#include "parsers/ovf.h"
#include "parsers/ovf_xml.h"

enum encoding {
    UTF_8,
    UTF_16_LE,
    UTF_16_BE,
};

/* Look at the first bytes and step over a byte order mark.  Without one, UTF-16 shows by the zero
 * byte beside the '<' or blank that every document starts with.
 *
 * Source: Extensible Markup Language (XML) 1.0, "Autodetection of Character Encodings". */
static enum encoding detect(struct bytes *in)
{
    const uint8_t *p = in->at;

    if (in->len >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf) {
        take(in, 3);
        return UTF_8;
    }
    if (in->len < 2)
        return UTF_8;
    if ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)) {
        take(in, 2);
        return p[0] == 0xff ? UTF_16_LE : UTF_16_BE;
    }
    if (p[0] != 0 && p[1] == 0)
        return UTF_16_LE;
    if (p[0] == 0 && p[1] != 0)
        return UTF_16_BE;
    return UTF_8;
}

static enum err convert(struct bytes in, enum encoding encoding, struct arena *a, char **out,
                        size_t *len, struct error *e)
{
    size_t count = in.len / 2;
    size_t room = count * 3 + 1; /* bytes; a unit becomes three at most */
    uint16_t *units;

    if (in.len % 2)
        return fail(e, ERR_DAMAGED, "%zu bytes of UTF-16 text: the last character is cut", in.len);
    TRY(TAKE(a, room, out, e));
    TRY(TAKE(a, count, &units, e));
    for (size_t i = 0; i < count; i++)
        units[i] = encoding == UTF_16_LE ? get_le16(in.at + 2 * i) : get_be16(in.at + 2 * i);
    while (count && units[count - 1] == 0)
        count--;
    if (!utf16_to_utf8(units, count, *out, room, len))
        return fail(e, ERR_DAMAGED, "not UTF-16 text: half of a surrogate pair");
    return OK;
}

/* One line is well-formed and free of control characters. */
static enum err check_line(const char *text, size_t len, size_t line, struct error *e)
{
    if (!utf8_valid(text, len))
        return fail(e, ERR_DAMAGED, "line %zu: not UTF-8 text", line);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < ' ' && c != '\t')
            return fail(e, ERR_DAMAGED, "line %zu: control character 0x%02x", line, (unsigned)c);
    }
    return OK;
}

/* Line ends become LF, as XML demands before anything else.
 *
 * Source: Extensible Markup Language (XML) 1.0, "End-of-Line Handling". */
static size_t unify_line_ends(char *text, size_t len)
{
    size_t to = 0;

    for (size_t at = 0; at < len; at++) {
        if (text[at] != '\r')
            text[to++] = text[at];
        else if (at + 1 >= len || text[at + 1] != '\n')
            text[to++] = '\n';
    }
    text[to] = '\0';
    return to;
}

enum err xml_decode(struct bytes in, struct arena *a, char **out, size_t *len, struct error *e)
{
    if (in.len > OVF_SIZE_MAX)
        return fail(e, ERR_TOO_BIG, "%zu bytes, and %u is the most that is read", in.len,
                    OVF_SIZE_MAX);

    enum encoding encoding = detect(&in);
    if (encoding == UTF_8) {
        while (in.len && in.at[in.len - 1] == 0)
            in.len--;
        TRY(TAKE(a, in.len + 1, out, e));
        if (in.len)
            memcpy(*out, in.at, in.len);
        *len = in.len;
    } else {
        TRY(convert(in, encoding, a, out, len, e));
    }
    *len = unify_line_ends(*out, *len);

    size_t line = 1;
    for (size_t at = 0; at < *len; line++) {
        size_t end = at;
        while (end < *len && (*out)[end] != '\n')
            end++;
        TRY(check_line(*out + at, end - at, line, e));
        at = end + 1;
    }
    return OK;
}
