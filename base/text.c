#include "base/text.h"

#include <string.h>

#include "base/utf.h"

struct out {
    char *text;
    size_t size; /* room, with the NUL */
    size_t len;  /* bytes wanted so far, may pass size */
};

struct spec {
    bool left, zero;
    size_t width;
    size_t precision; /* SIZE_MAX: none given */
    int length;       /* 0 int, 1 long or size_t, 2 long long */
};

static void put(struct out *o, char c)
{
    if (o->len < o->size - 1)
        o->text[o->len] = c;
    o->len++;
}

static bool is_control(const char *c, size_t len)
{
    const unsigned char *p = (const unsigned char *)c;

    return p[0] < 0x20 || p[0] == 0x7f || (len == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

/* One character; '?' for what must not reach a terminal.  Returns the bytes of text it was. */
static size_t put_char(struct out *o, const char *text, size_t len)
{
    size_t n = utf8_char(text, len);

    if (n == 0 || is_control(text, n)) {
        put(o, '?');
        return n ? n : 1;
    }
    for (size_t i = 0; i < n; i++)
        put(o, text[i]);
    return n;
}

static void put_padded(struct out *o, const struct spec *s, const char *text, size_t len)
{
    size_t pad = s->width > len ? s->width - len : 0;

    if (!s->left)
        for (; pad; pad--)
            put(o, s->zero ? '0' : ' ');
    for (size_t at = 0; at < len;)
        at += put_char(o, text + at, len - at);
    for (; pad; pad--)
        put(o, ' ');
}

static void put_number(struct out *o, const struct spec *s, uint64_t value, bool negative,
                       char conversion)
{
    const char *digits = conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    unsigned base = conversion == 'x' || conversion == 'X' ? 16 : 10;
    char buffer[24] = "";
    size_t at = sizeof(buffer);

    do {
        buffer[--at] = digits[value % base];
        value /= base;
    } while (value);
    if (negative && s->zero && !s->left) {
        struct spec rest = *s;
        put(o, '-');
        rest.width -= rest.width > 0;
        put_padded(o, &rest, buffer + at, sizeof(buffer) - at);
        return;
    }
    if (negative)
        buffer[--at] = '-';
    put_padded(o, s, buffer + at, sizeof(buffer) - at);
}

static const char *parse_spec(const char *f, struct spec *s, va_list *args)
{
    *s = (struct spec){.precision = SIZE_MAX};
    for (; *f == '-' || *f == '0'; f++) {
        s->left = s->left || *f == '-';
        s->zero = s->zero || *f == '0';
    }
    for (; *f >= '0' && *f <= '9'; f++)
        s->width = s->width * 10 + (size_t)(*f - '0');
    if (*f == '.') {
        f++;
        if (*f == '*') {
            int given = va_arg(*args, int);
            s->precision = given < 0 ? 0 : (size_t)given;
            f++;
        } else {
            for (s->precision = 0; *f >= '0' && *f <= '9'; f++)
                s->precision = s->precision * 10 + (size_t)(*f - '0');
        }
    }
    for (; *f == 'l' || *f == 'z' || *f == 'h'; f++)
        s->length += *f != 'h';
    return f;
}

static void put_string(struct out *o, struct spec *s, const char *text)
{
    size_t len = 0;

    if (!text)
        text = "(none)";
    while (len < s->precision && text[len])
        len++;
    s->zero = false;
    put_padded(o, s, text, len);
}

static void put_signed(struct out *o, const struct spec *s, va_list *args)
{
    int64_t value = s->length == 0   ? va_arg(*args, int)
                    : s->length == 1 ? va_arg(*args, long)
                                     : va_arg(*args, long long);

    put_number(o, s, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0, 'd');
}

static void put_unsigned(struct out *o, const struct spec *s, char conversion, va_list *args)
{
    uint64_t value = s->length == 0   ? va_arg(*args, unsigned)
                     : s->length == 1 ? va_arg(*args, unsigned long)
                                      : va_arg(*args, unsigned long long);

    put_number(o, s, value, false, conversion);
}

size_t text_whole(const char *text, size_t limit)
{
    size_t len = strlen(text);

    if (len <= limit)
        return len;
    while (limit && ((unsigned char)text[limit] & 0xc0) == 0x80)
        limit--;
    return limit;
}

size_t text_format_va(char *text, size_t size, const char *f, va_list given)
{
    struct out o = {.text = text, .size = size};
    struct spec s;
    va_list args;

    va_copy(args, given);
    for (; *f; f++) {
        if (*f != '%') {
            put(&o, *f);
            continue;
        }
        f = parse_spec(f + 1, &s, &args);
        if (*f == 's')
            put_string(&o, &s, va_arg(args, const char *));
        else if (*f == 'c')
            put_padded(&o, &s, &(char){(char)va_arg(args, int)}, 1);
        else if (*f == 'd')
            put_signed(&o, &s, &args);
        else if (*f == 'u' || *f == 'x' || *f == 'X')
            put_unsigned(&o, &s, *f, &args);
        else
            put(&o, '%');
    }
    va_end(args);

    if (o.len < size) {
        text[o.len] = '\0';
        return o.len;
    }
    text[size - 1] = '\0';
    /* A character may have been cut: its lead byte says how long it is. */
    size_t end = size - 1;
    size_t lead = end;
    while (lead && ((unsigned char)text[lead - 1] & 0xc0) == 0x80)
        lead--;
    if (lead) {
        unsigned char c = (unsigned char)text[lead - 1];
        size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        if (end - (lead - 1) < need)
            end = lead - 1;
    }
    text[end] = '\0';
    return end;
}

size_t text_format(char *out, size_t size, const char *format, ...)
{
    va_list args;
    size_t len;

    va_start(args, format);
    len = text_format_va(out, size, format, args);
    va_end(args);
    return len;
}

const char *text_size(char out[TEXT_SIZE_MAX], uint64_t bytes)
{
    static const char *const unit[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t u = 0;
    uint64_t whole = bytes;
    uint64_t tenth = 0;

    while (whole >= 1000 && u + 1 < COUNT_OF(unit)) {
        tenth = whole % 1000 / 100;
        whole /= 1000;
        u++;
    }
    if (u == 0 || whole >= 100)
        text_format(out, TEXT_SIZE_MAX, "%llu %s", (unsigned long long)whole, unit[u]);
    else
        text_format(out, TEXT_SIZE_MAX, "%llu.%llu %s", (unsigned long long)whole,
                    (unsigned long long)tenth, unit[u]);
    return out;
}

bool text_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

char text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_same(const char *a, const char *b)
{
    while (*a && text_lower(*a) == text_lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

bool text_ends(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t end_len = strlen(end);

    return len >= end_len && text_same(text + len - end_len, end);
}

bool text_starts(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool text_to_u64(const char *text, size_t len, uint64_t *out)
{
    uint64_t value = 0;

    if (len == 0)
        return false;
    for (size_t i = 0; i < len; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (text[i] < '0' || text[i] > '9' || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}
