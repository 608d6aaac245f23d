/* Everything that is to be known about a document before a library sees it: that it is
 * well-formed, how deep and how large it is, and on which line each element starts.
 *
 * Mini-XML is lenient (unquoted values, HTML's entities, any closing text) and its memory grows
 * with what it reads, so both are settled here.  Nothing recurses: open elements are a list of
 * OVF_DEPTH_MAX. */
#include <string.h>

#include "base/text.h"
#include "parsers/ovf.h"
#include "parsers/ovf_xml.h"

struct tag {
    const char *name;
    size_t len;
    uint32_t line;
};

struct scan {
    char *at, *end; /* what is still to be read */
    char *to;       /* where it is kept; never after at */
    uint32_t line;
    uint32_t *lines;
    size_t elements, attributes, namespaces, roots;
    size_t piece; /* bytes of text kept since the last tag */
    size_t depth;
    struct tag open[OVF_DEPTH_MAX];
};

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool is_name(char c)
{
    return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

static bool starts(const struct scan *s, const char *text)
{
    size_t len = strlen(text);

    return (size_t)(s->end - s->at) >= len && memcmp(s->at, text, len) == 0;
}

/* Step over one character, which is kept. */
static void keep(struct scan *s)
{
    s->line += *s->at == '\n';
    *s->to++ = *s->at++;
}

static void keep_blanks(struct scan *s)
{
    while (s->at < s->end && text_is_space(*s->at))
        keep(s);
}

/* The innermost open element, for messages. */
static enum err inside(const struct scan *s, struct error *e)
{
    const struct tag *t = s->depth ? &s->open[s->depth - 1] : NULL;

    if (t)
        within(e, "line %u, in %.*s", s->line, (int)t->len, t->name);
    else
        within(e, "line %u", s->line);
    return e->code;
}

static bool is_character(uint32_t c)
{
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xd800) ||
           (c > 0xdfff && c < 0xfffe) || (c > 0xffff && c < 0x110000);
}

/* The character that "#10" or "#xA" stands for; false when there is none. */
static bool numbered(const char *text, size_t len)
{
    uint32_t base = len > 1 && text[1] == 'x' ? 16 : 10;
    size_t at = base == 16 ? 2 : 1;
    uint32_t c = 0;

    if (at >= len)
        return false;
    for (; at < len; at++) {
        char l = text_lower(text[at]);
        uint32_t digit = l >= '0' && l <= '9'   ? (uint32_t)(l - '0')
                         : l >= 'a' && l <= 'f' ? (uint32_t)(l - 'a' + 10)
                                                : base;
        if (digit >= base || c > 0x110000)
            return false;
        c = c * base + digit;
    }
    return is_character(c);
}

/* At '&': one of the five entities that XML defines, or a character by number. */
static enum err scan_reference(struct scan *s, struct error *e)
{
    static const char *const known[] = {"amp", "lt", "gt", "quot", "apos"};
    size_t len = 0;

    keep(s);
    while (s->at + len < s->end && len < 12 && s->at[len] != ';')
        len++;
    if (s->at + len < s->end && s->at[len] == ';') {
        bool ok = len && s->at[0] == '#' && numbered(s->at, len);
        for (size_t i = 0; i < COUNT_OF(known) && !ok; i++)
            ok = strlen(known[i]) == len && memcmp(known[i], s->at, len) == 0;
        if (ok)
            return OK;
    }
    fail(e, ERR_DAMAGED, "& starts neither a character reference nor one of XML's own entities");
    return inside(s, e);
}

/* Character data up to the next '<'. */
static enum err scan_text(struct scan *s, struct error *e)
{
    char *start = s->to;

    while (s->at < s->end && *s->at != '<') {
        if (s->depth == 0 && !text_is_space(*s->at)) {
            fail(e, ERR_DAMAGED, "text outside of the outermost element");
            return inside(s, e);
        }
        if (*s->at == '&')
            TRY(scan_reference(s, e));
        else
            keep(s);
    }
    s->piece += (size_t)(s->to - start);
    if (s->piece <= OVF_PIECE_MAX)
        return OK;
    fail(e, ERR_TOO_BIG, "text of more than %u bytes", OVF_PIECE_MAX);
    return inside(s, e);
}

/* Step over what reaches from start to end; its line ends are kept, so that lines stay what they
 * are. */
static enum err drop(struct scan *s, const char *start, const char *end, const char *what,
                     struct error *e)
{
    uint32_t line = s->line;

    s->at += strlen(start);
    for (; s->at < s->end && !starts(s, end); s->at++) {
        if (*s->at != '\n')
            continue;
        s->line++;
        *s->to++ = '\n';
        s->piece++;
    }
    if (s->at == s->end)
        return fail(e, ERR_DAMAGED, "line %u: %s without an end", line, what);
    s->at += strlen(end);
    return OK;
}

static enum err scan_cdata(struct scan *s, struct error *e)
{
    uint32_t line = s->line;
    char *start = s->to;

    if (s->depth == 0)
        return fail(e, ERR_DAMAGED, "line %u: text outside of the outermost element", line);
    while (s->at < s->end && !starts(s, "]]>"))
        keep(s);
    if (s->at == s->end)
        return fail(e, ERR_DAMAGED, "line %u: CDATA section without an end", line);
    for (int i = 0; i < 3; i++)
        keep(s);
    s->piece += (size_t)(s->to - start);
    if (s->piece <= OVF_PIECE_MAX)
        return OK;
    fail(e, ERR_TOO_BIG, "text of more than %u bytes", OVF_PIECE_MAX);
    return inside(s, e);
}

static enum err scan_name(struct scan *s, struct tag *out, struct error *e)
{
    *out = (struct tag){.name = s->to, .line = s->line};
    if (s->at == s->end || !is_name_start(*s->at)) {
        fail(e, ERR_DAMAGED, "a name is missing");
        return inside(s, e);
    }
    while (s->at < s->end && is_name(*s->at))
        keep(s);
    out->len = (size_t)(s->to - out->name);
    if (out->len <= OVF_NAME_MAX)
        return OK;
    fail(e, ERR_TOO_BIG, "a name of %zu bytes, and %u is the most that is read", out->len,
         OVF_NAME_MAX);
    return inside(s, e);
}

static enum err no_value(const struct scan *s, const struct tag *name, struct error *e)
{
    fail(e, ERR_DAMAGED, "attribute %.*s: a value in quotes is missing", (int)name->len,
         name->name);
    return inside(s, e);
}

static enum err scan_value(struct scan *s, const struct tag *name, struct error *e)
{
    char *start;
    char quote;

    keep_blanks(s);
    if (s->at == s->end || *s->at != '=')
        return no_value(s, name, e);
    keep(s);
    keep_blanks(s);
    if (s->at == s->end || (*s->at != '"' && *s->at != '\''))
        return no_value(s, name, e);
    quote = *s->at;
    keep(s);
    start = s->to;
    while (s->at < s->end && *s->at != quote && *s->at != '<') {
        if (*s->at == '&') {
            TRY(scan_reference(s, e));
            continue;
        }
        keep(s);
        /* XML 1.0, "Attribute-Value Normalization". */
        if (s->to[-1] == '\n' || s->to[-1] == '\t')
            s->to[-1] = ' ';
    }
    if (s->at == s->end || *s->at != quote)
        return no_value(s, name, e);
    size_t len = (size_t)(s->to - start);
    keep(s);
    if (len <= OVF_VALUE_MAX)
        return OK;
    fail(e, ERR_TOO_BIG, "attribute %.*s: more than %u bytes", (int)name->len, name->name,
         OVF_VALUE_MAX);
    return inside(s, e);
}

static enum err scan_attribute(struct scan *s, size_t *count, struct error *e)
{
    struct tag name;

    TRY(scan_name(s, &name, e));
    ++*count;
    s->attributes++;
    s->namespaces += name.len >= 5 && memcmp(name.name, "xmlns", 5) == 0;
    if (*count > OVF_PER_TAG_MAX)
        fail(e, ERR_TOO_BIG, "more than %u attributes on one element", OVF_PER_TAG_MAX);
    else if (s->attributes > OVF_ATTRIBUTES_MAX)
        fail(e, ERR_TOO_BIG, "more than %u attributes", OVF_ATTRIBUTES_MAX);
    else if (s->namespaces > OVF_NAMESPACES_MAX)
        fail(e, ERR_TOO_BIG, "more than %u declarations of namespaces", OVF_NAMESPACES_MAX);
    else
        return scan_value(s, &name, e);
    return inside(s, e);
}

static enum err scan_end_tag(struct scan *s, struct error *e)
{
    struct tag name;

    keep(s);
    keep(s);
    TRY(scan_name(s, &name, e));
    keep_blanks(s);
    const struct tag *open = s->depth ? &s->open[s->depth - 1] : NULL;
    if (!open)
        return fail(e, ERR_DAMAGED, "line %u: end of %.*s, which is not open", name.line,
                    (int)name.len, name.name);
    if (open->len != name.len || memcmp(open->name, name.name, name.len) != 0)
        return fail(e, ERR_DAMAGED, "line %u: end of %.*s inside of %.*s, open since line %u",
                    name.line, (int)name.len, name.name, (int)open->len, open->name, open->line);
    if (s->at == s->end || *s->at != '>')
        return fail(e, ERR_DAMAGED, "line %u: end of %.*s: > is missing", name.line, (int)name.len,
                    name.name);
    keep(s);
    s->depth--;
    return OK;
}

/* At '<' of a start tag: count the element and remember it as open. */
static enum err open_element(struct scan *s, struct error *e)
{
    struct tag name;

    keep(s);
    TRY(scan_name(s, &name, e));
    if (s->depth == 0 && s->roots++)
        return fail(e, ERR_DAMAGED, "line %u: %.*s: a second outermost element", name.line,
                    (int)name.len, name.name);
    if (s->depth == OVF_DEPTH_MAX)
        return fail(e, ERR_TOO_BIG, "line %u: %.*s: more than %u elements inside each other",
                    name.line, (int)name.len, name.name, OVF_DEPTH_MAX);
    if (s->elements == OVF_ELEMENTS_MAX)
        return fail(e, ERR_TOO_BIG, "line %u: %.*s: more than %u elements", name.line,
                    (int)name.len, name.name, OVF_ELEMENTS_MAX);
    s->lines[s->elements++] = name.line;
    s->open[s->depth++] = name;
    return OK;
}

static enum err scan_start_tag(struct scan *s, struct error *e)
{
    size_t count = 0;

    TRY(open_element(s, e));
    for (;;) {
        const char *before = s->to;
        keep_blanks(s);
        if (s->at == s->end)
            break;
        if (*s->at == '>') {
            keep(s);
            return OK;
        }
        if (starts(s, "/>")) {
            keep(s);
            keep(s);
            s->depth--;
            return OK;
        }
        if (s->to == before)
            break;
        TRY(scan_attribute(s, &count, e));
    }
    fail(e, ERR_DAMAGED, "the start tag does not end");
    return inside(s, e);
}

static enum err scan_markup(struct scan *s, struct error *e)
{
    if (starts(s, "<!--"))
        return drop(s, "<!--", "-->", "comment", e);
    if (starts(s, "<?"))
        return drop(s, "<?", "?>", "processing instruction", e);
    if (starts(s, "<![CDATA["))
        return scan_cdata(s, e);
    if (starts(s, "<!"))
        return fail(e, ERR_DAMAGED, "line %u: a document type or entity declaration", s->line);
    s->piece = 0;
    return starts(s, "</") ? scan_end_tag(s, e) : scan_start_tag(s, e);
}

enum err xml_scan(char *text, size_t *len, struct arena *a, uint32_t **lines, size_t *count,
                  struct error *e)
{
    struct scan s = {.at = text, .end = text + *len, .to = text, .line = 1};
    size_t most = 0;

    for (size_t i = 0; i + 1 < *len && most < OVF_ELEMENTS_MAX; i++)
        most += text[i] == '<' && is_name_start(text[i + 1]);
    TRY(TAKE(a, most, &s.lines, e));

    while (s.at < s.end) {
        if (*s.at == '<')
            TRY(scan_markup(&s, e));
        else
            TRY(scan_text(&s, e));
    }
    if (s.depth)
        return fail(e, ERR_DAMAGED, "line %u: %.*s has no end", s.open[s.depth - 1].line,
                    (int)s.open[s.depth - 1].len, s.open[s.depth - 1].name);
    if (!s.roots)
        return fail(e, ERR_DAMAGED, "no XML element in it");
    *s.to = '\0';
    *len = (size_t)(s.to - text);
    *lines = s.lines;
    *count = s.elements;
    return OK;
}
