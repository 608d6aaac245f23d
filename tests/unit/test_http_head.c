#include "parsers/http_head.h"

#include <stdio.h>
#include <string.h>

#include "tests/test.h"

static struct error error;
static struct http_head head;
static uint8_t buffer[HTTP_HEAD_MAX];

static enum err parse_bytes(const char *text, size_t len)
{
    error = (struct error){0};
    memcpy(buffer, text, len);
    return http_head_parse(buffer, len, &head, &error);
}

/* Status line and end are added. */
static enum err parse(const char *fields)
{
    static char text[HTTP_HEAD_MAX];
    int len = snprintf(text, sizeof(text), "HTTP/1.1 206 Partial Content\r\n%s\r\n", fields);

    if (http_head_end((struct bytes){(const uint8_t *)text, (size_t)len}) != (size_t)len)
        return ERR_COUNT;
    return parse_bytes(text, (size_t)len);
}

static bool is(struct bytes part, const char *text)
{
    return part.len == strlen(text) && memcmp(part.at, text, part.len) == 0;
}

TEST(http_head_of_a_range_is_read)
{
    NEED(parse("Server: nginx\r\nContent-Length: 500\r\nContent-Range: bytes 500-999/1234\r\n"
               "Accept-Ranges: bytes\r\nETag: \"5e15-3\"\r\n"
               "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\nContent-Encoding: identity\r\n") ==
         OK);
    CHECK(head.status == 206 && is(head.text, "Partial Content") && head.keeps && !head.chunked);
    CHECK(head.has_length && head.length == 500 && head.has_range && !head.range_is_unmet);
    CHECK(head.first == 500 && head.last == 999 && head.has_total && head.total == 1234);
    CHECK(head.takes_ranges && is(head.etag, "\"5e15-3\"") && head.etag_is_strong);
    CHECK(is(head.last_modified, "Wed, 21 Oct 2015 07:28:00 GMT") && !head.encoding.len);
}

TEST(http_head_ends_with_an_empty_line)
{
    static const char text[] = "HTTP/1.1 200\r\nA: b\r\n\r\nbody\n\n";
    static const char bare[] = "HTTP/1.0 200 OK\nContent-Length: 3\n\nabc";

    for (size_t len = 0; len < sizeof(text) - 1; len++)
        CHECK(http_head_end((struct bytes){(const uint8_t *)text, len}) == (len < 22 ? 0u : 22u));
    CHECK(http_head_end((struct bytes){(const uint8_t *)bare, sizeof(bare) - 1}) == 35);
    NEED(parse_bytes(text, 22) == OK);
    CHECK(head.status == 200 && !head.text.len && head.keeps && !head.has_length);
    NEED(parse_bytes(bare, 35) == OK);
    CHECK(head.status == 200 && !head.keeps && head.has_length && head.length == 3);
}

TEST(http_head_unfolds_lines)
{
    NEED(parse("ETag:\r\n \"abc\"\r\nLocation: http://h/\r\n\tx\r\nContent-Length:\n  7\r\n") ==
         OK);
    CHECK(is(head.etag, "\"abc\"") && head.length == 7);
    CHECK(head.location.len && memchr(head.location.at, '\n', head.location.len) == NULL);
}

TEST(http_head_that_is_not_one_is_refused)
{
    static const char *const bad[] = {
        "HTTP/2 200 OK\r\n\r\n",       "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",    "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 600 OK\r\n\r\n",     "HTTP/1.1  200 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",     "HTTP/1.x 200 OK\r\n\r\n",
        "ICY 200 OK\r\n\r\n",          "\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 O\x01K\r\n\r\n", "<html>\n\n",
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (parse_bytes(bad[i], strlen(bad[i])) != ERR_NETWORK)
            test_failed(__FILE__, __LINE__, bad[i]);
    CHECK(parse_bytes("HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", 25) == ERR_NETWORK);
}

TEST(http_head_fields_that_could_be_read_in_two_ways_are_refused)
{
    static const char *const bad[][2] = {
        {"Content-Length: 5\r\nContent-Length: 6\r\n", "two lengths"},
        {"Content-Length: 5\r\ncontent-length: 5\r\n", "two lengths"},
        {"Content-Length: 5, 5\r\n", "is no number: 5, 5"},
        {"Content-Length: -1\r\n", "is no number"},
        {"Content-Length: +1\r\n", "is no number"},
        {"Content-Length: 0x10\r\n", "is no number"},
        {"Content-Length:\r\n", "is no number"},
        {"Content-Length: 9223372036854775808\r\n", "is no number"},
        {"Content-Length: 99999999999999999999\r\n", "is no number"},
        {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "chunks as well"},
        {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "says twice"},
        {"Content-Length : 5\r\n", "is no field"},
        {"Content Length: 5\r\n", "is no field"},
        {": 5\r\n", "is no field"},
        {"no colon\r\n", "is no field"},
        {"A: b\rContent-Length: 5\r\n", "control characters"},
        {"A: \x7f\r\n", "control characters"},
        {"Content-Range: bytes 0-4/5\r\nContent-Range: bytes 0-4/5\r\n", "says twice"},
        {"Content-Range: bytes 0-4/5\r\nContent-Length: 4\r\n", "has a length of 4 bytes"},
        {"ETag: \"a\"\r\nETag: \"a\"\r\n", "two ETags"},
        {"Location: /a\r\nLocation: /b\r\n", "two Locations"},
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK(parse(bad[i][0]) == ERR_NETWORK);
        CHECK_HOLDS(error.text, bad[i][1]);
    }
    CHECK(parse("Transfer-Encoding: gzip, chunked\r\n") == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "gzip, chunked");
    CHECK(parse_bytes("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 47) == ERR_NETWORK);
}

TEST(http_head_range_is_checked)
{
    static const char *const bad[] = {
        "bytes",        "bytes ",
        "bytes 0-4",    "bytes 4-0/5",
        "bytes 0-5/5",  "bytes 0-4/x",
        "bytes -4/5",   "bytes 0-/5",
        "bytes x-4/5",  "lines 0-4/5",
        "bytes */*",    "bytes=0-4/5",
        "bytes 0-4/-1", "bytes 0-9223372036854775808/*",
    };
    char field[100];

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        snprintf(field, sizeof(field), "Content-Range: %s\r\n", bad[i]);
        if (parse(field) != ERR_NETWORK)
            test_failed(__FILE__, __LINE__, bad[i]);
    }
    NEED(parse("Content-Range: bytes */47\r\n") == OK);
    CHECK(head.has_range && head.range_is_unmet && head.has_total && head.total == 47);
    NEED(parse("Content-Range: bytes 0-4/*\r\n") == OK);
    CHECK(head.has_range && !head.has_total && head.last == 4);
}

TEST(http_head_tells_strong_tags_from_weak_ones)
{
    NEED(parse("ETag: W/\"abc\"\r\n") == OK);
    CHECK(is(head.etag, "W/\"abc\"") && !head.etag_is_strong);
    NEED(parse("ETag: abc\r\n") == OK);
    CHECK(!head.etag.len && !head.etag_is_strong);
    NEED(parse("ETag: \"a\"b\"\r\n") == OK);
    CHECK(!head.etag.len);
    NEED(parse("ETag: \"\"\r\n") == OK);
    CHECK(head.etag_is_strong);
}

TEST(http_head_tells_whether_the_connection_stays)
{
    NEED(parse("Connection: foo, Close\r\n") == OK);
    CHECK(!head.keeps);
    NEED(parse_bytes("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n", 43) == OK);
    CHECK(head.keeps);
    NEED(parse("Connection: keep-alive, close\r\n") == OK);
    CHECK(!head.keeps);
}

TEST(http_head_knows_challenges_and_waits)
{
    NEED(parse("WWW-Authenticate: Digest realm=\"x, y\", qop=\"auth\", Basic realm=\"z\"\r\n") ==
         OK);
    CHECK(is(head.scheme, "Digest") && head.wants_basic);
    NEED(parse("Proxy-Authenticate: Negotiate\r\nRetry-After: 120\r\n") == OK);
    CHECK(is(head.scheme, "Negotiate") && !head.wants_basic);
    CHECK(head.has_retry_after && head.retry_after_seconds == 120);
    NEED(parse("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\nContent-Encoding: gzip\r\n") == OK);
    CHECK(!head.has_retry_after && is(head.encoding, "gzip"));
}
