#include "host/json.h"

#include <inttypes.h>
#include <stdio.h>

static bool has_left_neighbour; /* in the object or array that is being written */
static unsigned depth;

static void put_quoted(const char *text)
{
    putchar('"');
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            printf("\\%c", *p);
        else if (*p < 0x20)
            printf("\\u%04x", *p);
        else
            putchar(*p);
    }
    putchar('"');
}

static void begin_value(const char *name)
{
    if (has_left_neighbour)
        putchar(',');
    has_left_neighbour = true;
    if (name) {
        put_quoted(name);
        putchar(':');
    }
}

static void open_with(const char *name, char bracket)
{
    begin_value(name);
    putchar(bracket);
    has_left_neighbour = false;
    depth++;
}

static void close_with(char bracket)
{
    putchar(bracket);
    has_left_neighbour = --depth > 0;
    if (!depth)
        putchar('\n');
}

void json_object(const char *name)
{
    open_with(name, '{');
}

void json_end_object(void)
{
    close_with('}');
}

void json_array(const char *name)
{
    open_with(name, '[');
}

void json_end_array(void)
{
    close_with(']');
}

void json_text(const char *name, const char *value)
{
    begin_value(name);
    put_quoted(value);
}

void json_text_if(const char *name, const char *value)
{
    if (*value)
        json_text(name, value);
}

void json_number(const char *name, uint64_t value)
{
    begin_value(name);
    printf("%" PRIu64, value);
}

void json_flag(const char *name, bool value)
{
    begin_value(name);
    fputs(value ? "true" : "false", stdout);
}

void json_digest(const char *name, enum digest_kind kind, const uint8_t *digest)
{
    char hex[2 * DIGEST_MAX + 1];

    json_text(name, digest_hex(kind, digest, hex));
}
