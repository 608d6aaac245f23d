/* stdio.c - printf into memory.
 *
 * base/text.h is not used here: it cuts and cleans text for people, while mbedTLS wants to be told
 * how long the whole text would have been.
 */
#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct out {
    char *at;
    size_t size; /* bytes */
    size_t len;  /* bytes there would be without a cut */
};

/* One conversion: the part of a format between % and the letter. */
struct spec {
    bool left;
    bool zero;
    int width;
    int precision; /* -1: none */
    int size;      /* bytes of the argument */
};

static void put(struct out *o, const char *text, size_t len)
{
    if (o->len < o->size)
        memcpy(o->at + o->len, text, len < o->size - o->len ? len : o->size - o->len);
    o->len += len;
}

static void pad(struct out *o, char c, size_t len, int width)
{
    for (size_t i = len; width > 0 && i < (size_t)width; i++)
        put(o, &c, 1);
}

/* Sign, precision and digits; the zero flag pads between sign and digits. */
static void put_number(struct out *o, const struct spec *s, bool negative, uint64_t value,
                       unsigned base, const char *digits)
{
    char text[24];
    size_t at = sizeof(text);
    size_t len;
    int zeros = s->precision;

    for (; value; value /= base)
        text[--at] = digits[value % base];
    len = sizeof(text) - at;
    if (s->precision < 0)
        zeros = s->zero && !s->left ? s->width - negative : 1;
    zeros = zeros > (int)len ? zeros : (int)len;

    if (!s->left)
        pad(o, ' ', (size_t)zeros + negative, s->width);
    if (negative)
        put(o, "-", 1);
    pad(o, '0', len, zeros);
    put(o, text + at, len);
    if (s->left)
        pad(o, ' ', (size_t)zeros + negative, s->width);
}

static void put_text(struct out *o, const struct spec *s, const char *text)
{
    size_t limit = s->precision < 0 ? SIZE_MAX : (size_t)s->precision;
    size_t len = 0;

    if (!text)
        text = "(null)";
    while (len < limit && text[len])
        len++;
    if (!s->left)
        pad(o, ' ', len, s->width);
    put(o, text, len);
    if (s->left)
        pad(o, ' ', len, s->width);
}

/* A decimal number in the format, at most 9999: no caller pads further. */
static int read_count(const char **format)
{
    int count = 0;

    for (; isdigit(**format); ++*format)
        count = count < 1000 ? count * 10 + **format - '0' : 9999;
    return count;
}

static struct spec read_flags(const char **format)
{
    struct spec s = {.precision = -1, .size = sizeof(int)};

    for (; **format == '-' || **format == '0'; ++*format) {
        s.left = s.left || **format == '-';
        s.zero = s.zero || **format == '0';
    }
    return s;
}

static void read_size(struct spec *s, const char **format)
{
    if (**format == 'l' || **format == 'z') {
        s->size = sizeof(long);
        *format += (*format)[0] == 'l' && (*format)[1] == 'l' ? 2 : 1;
    }
    for (; **format == 'h'; ++*format)
        s->size /= 2;
}

/* An argument of s->size bytes as its value without a sign; *negative says that it had one. */
static uint64_t magnitude(const struct spec *s, int64_t value, bool is_signed, bool *negative)
{
    if (is_signed && s->size == sizeof(short))
        value = (short)value;
    if (is_signed && s->size == sizeof(char))
        value = (signed char)value;
    *negative = is_signed && value < 0;
    if (*negative)
        return 0 - (uint64_t)value;
    return s->size == sizeof(long) ? (uint64_t)value
                                   : (uint64_t)value & ((UINT64_C(1) << (8 * s->size)) - 1);
}

int vsnprintf(char *out, size_t size, const char *format, va_list args)
{
    struct out o = {.at = out, .size = size};

    while (*format) {
        size_t plain = 0;

        while (format[plain] && format[plain] != '%')
            plain++;
        put(&o, format, plain);
        format += plain;
        if (!*format++)
            break;

        struct spec s = read_flags(&format);

        if (*format == '*') {
            s.width = va_arg(args, int);
            format++;
        } else {
            s.width = read_count(&format);
        }
        if (*format == '.' && format[1] == '*') {
            s.precision = va_arg(args, int);
            format += 2;
        } else if (*format == '.') {
            format++;
            s.precision = read_count(&format);
        }
        read_size(&s, &format);

        char letter = *format++;
        bool negative;
        uint64_t value;
        char c;

        switch (letter) {
        case '%':
            put(&o, "%", 1);
            break;
        case 'c':
            c = (char)va_arg(args, int);
            pad(&o, ' ', 1, s.left ? 0 : s.width);
            put(&o, &c, 1);
            pad(&o, ' ', 1, s.left ? s.width : 0);
            break;
        case 's':
            put_text(&o, &s, va_arg(args, const char *));
            break;
        case 'd':
        case 'i':
        case 'u':
        case 'x':
        case 'X':
            value = magnitude(&s, s.size == sizeof(long) ? va_arg(args, long) : va_arg(args, int),
                              letter == 'd' || letter == 'i', &negative);
            put_number(&o, &s, negative, value, (letter | 0x20) == 'x' ? 16 : 10,
                       letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef");
            break;
        default:
            if (size)
                *out = '\0';
            return -1;
        }
    }

    if (size)
        out[o.len < size ? o.len : size - 1] = '\0';
    return o.len > INT_MAX ? -1 : (int)o.len;
}

int snprintf(char *out, size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int len = vsnprintf(out, size, format, args);
    va_end(args);
    return len;
}

int fprintf(FILE *file, const char *format, ...)
{
    (void)file;
    (void)format;
    return 0;
}
