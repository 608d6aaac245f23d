#include "parsers/http_request.h"

#include <string.h>

#include "parsers/http_head.h"
#include "tests/test.h"

static struct error error;
static struct http_request_head head;
static char buffer[4096];

static enum err parse(const char *text)
{
    memset(buffer, 'x', sizeof(buffer));
    memcpy(buffer, text, strlen(text));
    error = (struct error){0};
    return http_request_parse(buffer, strlen(text), &head, &error);
}

TEST(http_request_comes_apart)
{
    NEED(parse("POST /a?b HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 12\r\nX-Empty: \r\n"
               "\r\n") == OK);
    CHECK_TEXT(head.method, "POST");
    CHECK_TEXT(head.target, "/a?b");
    NEED(head.count == 3 && head.length == 12);
    CHECK_TEXT(head.fields[0].name, "Host");
    CHECK_TEXT(head.fields[0].value, "[::1]:80");
    CHECK_TEXT(head.fields[2].name, "X-Empty");
    CHECK_TEXT(head.fields[2].value, "");
    NEED(parse("GET / HTTP/1.1\r\n\r\n") == OK);
    CHECK(!head.count && !head.length);
}

TEST(http_request_that_needs_a_connection_is_a_setting)
{
    CHECK(parse("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n") == ERR_SETTING);
    CHECK_HOLDS(error.text, "knows no proxy");
    CHECK(parse("GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n") == ERR_SETTING);
    CHECK_HOLDS(error.text, "knows no proxy");
    CHECK(http_request_is_tls((struct bytes){(const uint8_t *)"\x16\x03\x01", 3}));
    CHECK(!http_request_is_tls((struct bytes){(const uint8_t *)"GET", 3}));
}

TEST(http_request_that_is_none_is_refused)
{
    static const char *const bad[] = {"",
                                      "\r\n",
                                      "\r\n\r\n",
                                      "GET\r\n\r\n",
                                      "GET /\r\n\r\n",
                                      "GET / HTTP/1.1\r\nHost\r\n\r\n",
                                      "GET / HTTP/1.1\r\nHost: h\r\n",
                                      "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"};

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (parse(bad[i]) != ERR_UNSUPPORTED)
            test_failed(__FILE__, __LINE__, bad[i]);
}

TEST(http_request_with_a_nul_is_refused)
{
    char text[] = "GET / HTTP/1.1\r\nA: b\r\n\r\n";

    text[18] = '\0';
    memcpy(buffer, text, sizeof(text));
    CHECK(http_request_parse(buffer, sizeof(text) - 1, &head, &error) == ERR_UNSUPPORTED);
}

TEST(http_request_has_so_many_fields)
{
    char text[1024] = "GET / HTTP/1.1\r\n";

    for (int i = 0; i < HTTP_FIELDS_MAX; i++)
        strcat(text, "A: b\r\n");
    size_t len = strlen(text);
    strcat(text, "\r\n");
    CHECK(parse(text) == OK && head.count == HTTP_FIELDS_MAX);
    text[len] = '\0';
    strcat(text, "A: b\r\n\r\n");
    CHECK(parse(text) == ERR_UNSUPPORTED);
}

TEST(http_response_is_what_our_own_parser_reads)
{
    static const struct http_field fields[] = {
        {"Content-Length", "5"}, {"ETag", "\"x\""}, {"Content-Range", "bytes 0-4/10"}, {"X", ""}};
    struct http_head answer;
    size_t len = http_response_write(206, fields, COUNT_OF(fields), buffer, sizeof(buffer));

    NEED(len && http_head_end((struct bytes){(uint8_t *)buffer, len}) == len);
    NEED(http_head_parse((uint8_t *)buffer, len, &answer, &error) == OK);
    CHECK(answer.status == 206 && answer.length == 5 && answer.etag_is_strong &&
          answer.total == 10 && answer.keeps);
}

TEST(http_response_that_does_not_fit_is_none)
{
    static const struct http_field fields[] = {{"A", "bc"}};
    char out[64];
    size_t len = http_response_write(200, fields, 1, out, sizeof(out));

    CHECK(len == strlen("HTTP/1.1 200 \r\nA: bc\r\n\r\n"));
    for (size_t size = 16; size <= len; size++)
        CHECK(http_response_write(200, fields, 1, out, size) == 0);
    CHECK(http_response_write(200, fields, 1, out, len + 1) == len);
}

TEST(http_response_with_more_than_fields_is_none)
{
    static const struct http_field bad[] = {{"A\r\nB", "c"}, {"A", "b\r\n\r\n"}, {"A:", "b"},
                                            {"", "b"},       {"A ", "b"},        {"A", "b\nC: d"}};

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK(http_response_write(200, &bad[i], 1, buffer, sizeof(buffer)) == 0);
}
