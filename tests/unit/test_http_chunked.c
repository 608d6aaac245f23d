#include "parsers/http_chunked.h"

#include <stdio.h>
#include <string.h>

#include "tests/test.h"

static struct error error;
static struct http_chunked chunked;
static char body[64];
static size_t body_len, rest;

/* Feed the text in pieces of step bytes, into room bytes at a time. */
static enum err feed(const char *text, size_t len, size_t step, size_t room)
{
    error = (struct error){0};
    chunked = (struct http_chunked){0};
    body_len = 0;
    for (size_t at = 0; at < len && !chunked.is_done; at += step) {
        struct bytes in = {(const uint8_t *)text + at, len - at < step ? len - at : step}, data;
        do {
            TRY(http_chunked_next(&chunked, &in, room, &data, &error));
            memcpy(body + body_len, data.at, data.len);
            body_len += data.len;
        } while (data.len);
        rest = in.len;
    }
    return OK;
}

TEST(http_chunks_are_put_together_however_they_arrive)
{
    static const char text[] = "4\r\nWiki\r\n005;a=\"b\"\r\npedia\r\nE \r\n in\r\n\r\nchunks.\r\n"
                               "0\r\nTrailer: x\r\n\r\nHTTP/1.1";

    for (size_t step = 1; step < sizeof(text); step++)
        for (size_t room = 1; room < 16; room++) {
            CHECK(feed(text, sizeof(text) - 1, step, room) == OK);
            CHECK(chunked.is_done);
            body[body_len] = '\0';
            CHECK_TEXT(body, "Wikipedia in\r\n\r\nchunks.");
        }
    CHECK(rest == strlen("HTTP/1.1"));
}

TEST(http_chunks_that_are_damaged_are_refused)
{
    static const char *const bad[] = {
        "\r\n",
        "x\r\n",
        "-1\r\n",
        "4\n",
        "4\r\nWikiX",
        "4\r\nWiki\rX",
        "4\r\nWiki\n",
        ";\r\n",
        "0x4\r\n",
        "4\rX",
        "4;\x01",
        "0\r\n\rX",
        "0\r\nA\rX",
        "0\r\nA\n",
        "8000000000000000\r\n",
        "ffffffffffffffffff\r\n",
        " 4\r\n",
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (feed(bad[i], strlen(bad[i]), 1, 100) != ERR_NETWORK)
            test_failed(__FILE__, __LINE__, bad[i]);
}

TEST(http_chunks_end_only_with_their_trailer)
{
    static const char text[] = "1\r\na\r\n0\r\n\r\n";

    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        CHECK(feed(text, len, 3, 100) == OK);
        CHECK(!chunked.is_done);
    }
    CHECK(feed(text, sizeof(text) - 1, 3, 100) == OK && chunked.is_done);
}

TEST(http_chunks_bound_what_is_between_them)
{
    static char text[HTTP_TRAILER_MAX + 100];

    memset(text, '0', sizeof(text));
    CHECK(feed(text, sizeof(text), 500, 100) == ERR_NETWORK);
    CHECK_HOLDS(error.text, "more than 1024 bytes between its chunks");
    memset(text, 'a', sizeof(text));
    memcpy(text, "1;", 2);
    CHECK(feed(text, sizeof(text), 500, 100) == ERR_NETWORK);
    memcpy(text, "0\r\n", 3);
    CHECK(feed(text, sizeof(text), 500, 100) == ERR_NETWORK);
    CHECK_HOLDS(error.text, "more than 8192 bytes");
}
