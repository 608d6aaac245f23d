#include "loader/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "tests/fake_port.h"
#include "tests/fake_wire.h"
#include "tests/test.h"

#define OK_5  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define MOVED "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "

static uint8_t memory[4 << 20];
static struct arena arena;
static struct error error;
static struct http *client;
static struct http_settings settings;
static struct bytes got;

static void start(void)
{
    fake_port_reset();
    fake_port.step_ms = 0;
    fake_net_reset();
    settings = (struct http_settings){0};
}

static void make(void)
{
    arena_init(&arena, memory, sizeof(memory), "a test");
    error = (struct error){0};
    CHECK(http_make(&settings, &arena, &client, &error) == OK);
}

static enum err fetch(const char *url)
{
    make();
    enum err err = http_fetch(client, url, 1000, &arena, &got, &error);
    http_end(client);
    return err;
}

static bool is(const char *text)
{
    return got.len == strlen(text) && memcmp(got.at, text, got.len) == 0;
}

static size_t count_sent(const char *part)
{
    size_t count = 0;

    for (const char *at = fake_net.sent; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

TEST(http_fetches_a_document)
{
    start();
    fake_net_add(OK_5, FAKE_STAYS);
    CHECK(fetch("http://example.org:8080/a/b?c=d#e") == OK && is("hello"));
    CHECK_TEXT(fake_net.hosts, "example.org:8080 ");
    CHECK_HOLDS(fake_net.sent, "GET /a/b?c=d HTTP/1.1\r\nHost: example.org:8080\r\n");
    CHECK_HOLDS(fake_net.sent, "Accept-Encoding: identity\r\n");
    CHECK(!strstr(fake_net.sent, "Range") && !strstr(fake_net.sent, "Authorization"));
}

TEST(http_reads_answers_however_they_arrive)
{
    for (size_t step = 1; step < 120; step++) {
        start();
        fake_net.step = step;
        fake_net_add("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
                     FAKE_STAYS);
        CHECK(fetch("http://[::1]/") == OK && is("hello"));
        CHECK_TEXT(fake_net.hosts, "::1:80 ");
        CHECK_HOLDS(fake_net.sent, "Host: [::1]\r\n");
    }
}

TEST(http_keeps_the_connection)
{
    start();
    fake_net_add(OK_5, FAKE_STAYS);
    fake_net_add("HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nno!", FAKE_STAYS);
    fake_net_add(OK_5, FAKE_STAYS);
    fake_net_add("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
                 FAKE_STAYS);
    fake_net_add(OK_5, FAKE_STAYS);
    make();
    CHECK(http_fetch(client, "http://h/1", 9, &arena, &got, &error) == OK);
    CHECK(http_fetch(client, "http://h/2", 9, &arena, &got, &error) == ERR_NOT_FOUND);
    CHECK_TEXT(error.text, "http://h/2: the server does not have it (404 No)");
    CHECK(http_fetch(client, "http://h/3", 9, &arena, &got, &error) == OK);
    CHECK(fake_net.connections == 1);
    CHECK(http_fetch(client, "http://h/4", 9, &arena, &got, &error) == OK);
    CHECK(http_fetch(client, "http://h/5", 9, &arena, &got, &error) == OK);
    CHECK(fake_net.connections == 2 && fake_net.requests == 5);
    http_end(client);
}

TEST(http_connection_that_was_closed_meanwhile_is_opened_again_at_once)
{
    start();
    fake_net_add(OK_5, FAKE_CLOSES);
    fake_net_add("", FAKE_CLOSES);
    fake_net_add(OK_5, FAKE_CLOSES);
    make();
    CHECK(http_fetch(client, "http://h/1", 9, &arena, &got, &error) == OK);
    CHECK(http_fetch(client, "http://h/2", 9, &arena, &got, &error) == OK);
    CHECK(fake_net.connections == 2 && fake_port.now_ms == 0);
    http_end(client);
}

TEST(http_truncation_is_an_error)
{
    static const char *const cut[] = {
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
    };

    for (size_t i = 0; i < COUNT_OF(cut); i++) {
        start();
        settings.attempts = 2;
        fake_net_add(cut[i], FAKE_CLOSES);
        fake_net_add(cut[i], FAKE_BREAKS);
        CHECK(fetch("http://h/x") == ERR_NETWORK);
        CHECK_HOLDS(error.text, "http://h/x: the connection broke, after 2 attempts");
        start();
        fake_net_add(cut[i], FAKE_CLOSES);
        fake_net_add(OK_5, FAKE_CLOSES);
        CHECK(fetch("http://h/x") == OK && is("hello"));
    }
    start();
    fake_net_add("HTTP/1.1 200 OK\r\n\r\nhello", FAKE_CLOSES);
    CHECK(fetch("http://h/x") == ERR_NETWORK);
    CHECK_TEXT(error.text, "http://h/x: the server does not say how long its answer is");
}

TEST(http_waits_longer_before_each_attempt_and_not_as_long_as_others_do)
{
    uint64_t least = UINT64_MAX, most = 0;

    for (int machine = 0; machine < 50; machine++) {
        start();
        fake_port.now_ms = 0;
        for (size_t i = 0; i < HTTP_ATTEMPTS; i++)
            fake_net_add("", FAKE_REFUSES);
        CHECK(fetch("http://h/x") == ERR_NETWORK);
        CHECK_TEXT(error.text, "http://h/x: cannot connect to h, after 6 attempts");
        least = min_u64(least, fake_port.now_ms);
        most = max_u64(most, fake_port.now_ms);
    }
    CHECK(least >= (1000u + 2000 + 4000 + 8000 + 16000) / 2);
    CHECK(most <= 1000u + 2000 + 4000 + 8000 + 16000);
    CHECK(most - least > 5000);
}

TEST(http_statuses_may_have_no_words)
{
    start();
    fake_net_add("HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", FAKE_STAYS);
    CHECK(fetch("http://h/x") == ERR_NOT_FOUND);
    CHECK_TEXT(error.text, "http://h/x: the server does not have it (404)");
}

TEST(http_statuses_that_pass_are_tried_again)
{
    start();
    fake_net_add("HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno", FAKE_STAYS);
    fake_net_add("HTTP/1.1 429 Slow down\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
                 FAKE_STAYS);
    fake_net_add("HTTP/1.1 408 Late\r\nConnection: close\r\n\r\n", FAKE_CLOSES);
    fake_net_add(OK_5, FAKE_STAYS);
    CHECK(fetch("http://h/x") == OK && is("hello"));
    CHECK(fake_port.now_ms >= 500 + 7000 + 2000 && fake_port.now_ms <= 1000 + 7000 + 4000);
    start();
    fake_net_add("HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n", FAKE_STAYS);
    CHECK(fetch("http://h/x") == ERR_NETWORK);
    CHECK_TEXT(error.text,
               "http://h/x: the server answers 503 Busy, and wants no other attempt for "
               "3600 s");
    start();
    fake_net_add("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", FAKE_STAYS);
    CHECK(fetch("http://h/x") == ERR_NETWORK);
    CHECK_TEXT(error.text, "http://h/x: the server refuses it (403 Forbidden)");
    CHECK(fake_net.requests == 1);
}

TEST(http_stalls_end)
{
    start();
    settings.attempts = 1;
    fake_net_add("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", FAKE_STAYS);
    CHECK(fetch("http://h/x") == ERR_NETWORK);
    CHECK_TEXT(error.text, "http://h/x: the server stalled: 41 bytes came in 30 s");
    CHECK(fake_port.progress_lines > 20 && fake_port.now_ms >= 30000 && fake_port.now_ms < 31000);
    start();
    settings.attempts = 1;
    fake_net.step = 1; /* it drips */
    fake_net.step_ms = 1000;
    fake_net_add(OK_5, FAKE_STAYS);
    CHECK(fetch("http://h/x") == ERR_NETWORK);
    CHECK_HOLDS(error.text, "the server stalled");
    start();
    settings.total_ms = 20000;
    fake_net_add("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", FAKE_STAYS);
    CHECK(fetch("http://h/x") == ERR_NETWORK);
    CHECK_TEXT(error.text, "http://h/x: it takes more than 20 s");
    start();
    fake_port.cancel_at = 1;
    fake_net_add("", FAKE_STAYS);
    CHECK(fetch("http://h/x") == ERR_CANCELLED);
}

TEST(http_answers_that_are_none_are_not_tried_again)
{
    static const char *const bad[][2] = {
        {"SSH-2.0-x\r\n\r\n", "is not HTTP/1"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "two lengths"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
         "chunks of the answer are damaged"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", "more than 1000 bytes"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n", "the connection broke"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\nhello", "packs it"},
        {"HTTP/1.1 206 OK\r\nContent-Length: 5\r\n\r\nhello", "answers 206 to a plain request"},
        {"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "a redirect leads nowhere"},
        {MOVED "gopher://x/\r\n\r\n", "a redirect: a URL begins with neither"},
        {MOVED "http://a b/\r\n\r\n", "a redirect: a URL has a character"},
        {"HTTP/1.1 304 Not Modified\r\n\r\n", "refuses it (304 Not Modified)"},
        {"HTTP/1.1 101 Switching\r\n\r\n", "does not come to an answer"},
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        start();
        settings.attempts = 1 + (i != 4);
        fake_net_add(bad[i][0], FAKE_BREAKS);
        CHECK(fetch("http://h/x") != OK);
        CHECK_HOLDS(error.text, bad[i][1]);
        CHECK(fake_net.requests == 1);
    }
}

TEST(http_bounds_the_head)
{
    static char text[40000];

    start();
    memset(text, 'a', sizeof(text) - 1);
    memcpy(text, "HTTP/1.1 200 OK\r\nX: ", 20);
    fake_net_add(text, FAKE_STAYS);
    CHECK(fetch("http://h/x") == ERR_NETWORK);
    CHECK_TEXT(error.text, "http://h/x: the head of the answer has more than 32768 bytes");
    start();
    static char interim[9 * 40];
    interim[0] = '\0';
    for (size_t i = 0; i < 9; i++)
        strcat(interim, "HTTP/1.1 100 Continue\r\n\r\n");
    fake_net_add(interim, FAKE_STAYS);
    CHECK(fetch("http://h/x") == ERR_NETWORK);
    CHECK_HOLDS(error.text, "does not come to an answer");
}

TEST(http_follows_redirects)
{
    start();
    fake_net_add(MOVED "/b?x\r\n\r\n", FAKE_STAYS);
    fake_net_add(MOVED "http://other:81/c\r\n\r\n", FAKE_STAYS);
    fake_net_add(MOVED "d\r\n\r\n", FAKE_STAYS);
    fake_net_add(OK_5, FAKE_STAYS);
    CHECK(fetch("http://h/a") == OK && is("hello"));
    CHECK_TEXT(fake_net.hosts, "h:80 other:81 ");
    CHECK_HOLDS(fake_net.sent, "GET /b?x HTTP/1.1\r\nHost: h\r\n");
    CHECK_HOLDS(fake_net.sent, "GET /c HTTP/1.1\r\nHost: other:81\r\n");
    CHECK_HOLDS(fake_net.sent, "GET /d HTTP/1.1\r\nHost: other:81\r\n");
    start();
    for (size_t i = 0; i < 7; i++)
        fake_net_add(MOVED "/a\r\n\r\n", FAKE_STAYS);
    CHECK(fetch("http://h/a") == ERR_NETWORK);
    CHECK_TEXT(error.text,
               "http://h/a: there are more than 5 redirects; the last leads to http://h/a");
    CHECK(fake_net.requests == 6);
}

TEST(http_users_are_for_their_own_server)
{
    start();
    fake_net_add(MOVED "/b\r\n\r\n", FAKE_STAYS);
    fake_net_add(MOVED "http://other/c\r\n\r\n", FAKE_STAYS);
    fake_net_add(MOVED "http://h:81/c\r\n\r\n", FAKE_STAYS);
    fake_net_add(MOVED "http://evil:word@third/c\r\n\r\n", FAKE_STAYS);
    fake_net_add(OK_5, FAKE_STAYS);
    CHECK(fetch("http://user:p%40ss@h/a") == OK);
    /* "user:p@ss" */
    CHECK(count_sent("Authorization: Basic dXNlcjpwQHNz\r\n") == 2 &&
          count_sent("Authorization") == 2);
    start();
    fake_net_add(
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
        FAKE_STAYS);
    CHECK(fetch("http://user:secret@h/a?token=key") == ERR_SETTING);
    CHECK_HOLDS(error.text, "http://h/a?...: the server does not let in this user and password");
    CHECK(!strstr(error.text, "secret") && !strstr(error.text, "key"));
    start();
    fake_net_add(
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
        FAKE_STAYS);
    CHECK(fetch("http://user@h/a") == ERR_SETTING);
    CHECK_HOLDS(error.text, "authentication by Digest, which is not done");
    CHECK(count_sent("Authorization: Basic dXNlcjo=\r\n") == 1);
}

TEST(http_goes_through_a_proxy)
{
    start();
    settings.proxy = "http://me:pw@proxy:3128";
    fake_net_add(OK_5, FAKE_STAYS);
    fake_net_add(MOVED "http://two/b\r\n\r\n", FAKE_STAYS);
    fake_net_add(OK_5, FAKE_STAYS);
    make();
    CHECK(http_fetch(client, "http://u:p@one:81/a?b", 9, &arena, &got, &error) == OK);
    CHECK(http_fetch(client, "http://one/c", 9, &arena, &got, &error) == OK);
    http_end(client);
    CHECK_TEXT(fake_net.hosts, "proxy:3128 ");
    CHECK_HOLDS(fake_net.sent, "GET http://one:81/a?b HTTP/1.1\r\nHost: one:81\r\n");
    CHECK_HOLDS(fake_net.sent, "GET http://two/b HTTP/1.1\r\nHost: two\r\n");
    CHECK(count_sent("Proxy-Authorization: Basic bWU6cHc=\r\n") == 3);
    CHECK(count_sent("\r\nAuthorization: Basic") == 1);
    start();
    settings.proxy = "http://proxy:3128/";
    fake_net_add("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
                 FAKE_STAYS);
    CHECK(fetch("http://h/") == ERR_SETTING);
    CHECK_HOLDS(error.text, "the proxy does not let in");
    start();
    settings.proxy = "https://proxy/";
    arena_init(&arena, memory, sizeof(memory), "a test");
    CHECK(http_make(&settings, &arena, &client, &error) == ERR_SETTING);
}

TEST(http_tunnel_that_is_refused_says_by_whom)
{
    start();
    settings.proxy = "http://me:pw@proxy:3128";
    settings.attempts = 1;
    fake_net_add("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", FAKE_STAYS);
    CHECK(fetch("https://h/x") == ERR_NETWORK);
    CHECK_TEXT(error.text,
               "https://h/x: the proxy proxy:3128: the server refuses it (403 Forbidden)");
    CHECK_HOLDS(fake_net.sent, "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n"
                               "Proxy-Authorization: Basic bWU6cHc=\r\n\r\n");
    CHECK(fake_net.requests == 1);
}

static enum err post(void)
{
    make();
    enum err err = http_post(client, "http://h/report", "application/json",
                             (struct bytes){(const uint8_t *)"{\"a\":1}", 7}, &error);
    http_end(client);
    return err;
}

TEST(http_posts_a_report_once)
{
    start();
    fake_net_add("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", FAKE_STAYS);
    fake_net_add("", FAKE_REFUSES);
    fake_net_add("HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nyes", FAKE_STAYS);
    CHECK(post() == OK);
    CHECK(count_sent("POST /report HTTP/1.1\r\n") == 2);
    CHECK_HOLDS(fake_net.sent,
                "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
    start();
    fake_net_add("", FAKE_CLOSES); /* who knows whether it was taken */
    CHECK(post() == ERR_NETWORK && fake_net.requests == 1);
    start();
    fake_net_add("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", FAKE_STAYS);
    CHECK(post() == ERR_NETWORK && fake_net.requests == 1);
    start();
    fake_net_add(MOVED "/other\r\n\r\n", FAKE_STAYS);
    CHECK(post() == ERR_NETWORK);
    CHECK_HOLDS(error.text, "302, which loses what was sent");
    start();
    fake_net_add("HTTP/1.1 307 There\r\nContent-Length: 0\r\nLocation: /other\r\n\r\n", FAKE_STAYS);
    fake_net_add("HTTP/1.1 204 Done\r\n\r\n", FAKE_STAYS);
    CHECK(post() == OK);
    CHECK_HOLDS(fake_net.sent, "POST /other HTTP/1.1");
}
