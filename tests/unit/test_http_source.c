#include "loader/http.h"

#include <stdio.h>
#include <string.h>

#include "loader/http_folder.h"
#include "tests/fake_port.h"
#include "tests/fake_wire.h"
#include "tests/test.h"

#define FILE_SIZE (3u << 20)

static uint8_t memory[8 << 20], file[FILE_SIZE], to[FILE_SIZE], front[FILE_SIZE];
static struct arena arena;
static struct error error;
static struct http *client;
static struct http_source source;

static void start(void)
{
    static const struct http_settings settings;
    uint32_t x = 1;

    for (size_t i = 0; i < FILE_SIZE; i++)
        file[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
    fake_port_reset();
    fake_port.step_ms = 0;
    fake_net_reset();
    fake_net.file = (struct bytes){file, FILE_SIZE};
    fake_net.etag = "\"one\"";
    arena_init(&arena, memory, sizeof(memory), "a test");
    error = (struct error){0};
    CHECK(http_make(&settings, &arena, &client, &error) == OK);
}

static enum err open_it(void)
{
    return http_source_open(&source, client, "http://u:p@h/x.ova?key", &arena, &error);
}

static bool reads(uint64_t offset, size_t len)
{
    memset(to, 0, len);
    return source_read(&source.source, offset, to, len, &error) == OK &&
           memcmp(to, file + offset, len) == 0;
}

static size_t count_sent(const char *part)
{
    size_t count = 0;

    for (const char *at = fake_net.sent; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

TEST(http_source_reads_on_through_one_long_range)
{
    start();
    NEED(open_it() == OK);
    CHECK(source.can_range && source.source.size == FILE_SIZE);
    CHECK_TEXT(source.source.name, "http://h/x.ova?...");
    for (size_t at = 0; at < FILE_SIZE; at += 1000)
        CHECK(reads(at, FILE_SIZE - at < 1000 ? FILE_SIZE - at : 1000));
    CHECK(fake_net.requests == 2 && fake_net.connections == 1);
    CHECK_HOLDS(fake_net.sent, "\r\nRange: bytes=0-262143\r\n");
    CHECK_HOLDS(fake_net.sent, "\r\nRange: bytes=262144-3145727\r\nIf-Range: \"one\"\r\n");
    CHECK(fake_net.served == FILE_SIZE);
    http_end(client);
}

TEST(http_source_reads_large_pieces_straight)
{
    start();
    fake_net.step = 1777;
    NEED(open_it() == OK);
    CHECK(reads(0, 1 << 20) && reads(1 << 20, 1 << 20) && reads(2 << 20, 1 << 20));
    CHECK(fake_net.requests <= 3 && fake_net.connections == 1 && fake_net.served == FILE_SIZE);
    http_end(client);
}

TEST(http_source_reads_any_order)
{
    uint32_t x = 7;

    start();
    NEED(open_it() == OK);
    for (int i = 0; i < 300; i++) {
        x = x * 1664525 + 1013904223;
        size_t at = x % FILE_SIZE, len = (x >> 8) % (i % 10 ? 3000u : 700000u) + 1;
        fake_net.sent_len = 0;
        CHECK(reads(at, len < FILE_SIZE - at ? len : FILE_SIZE - at));
    }
    CHECK(reads(FILE_SIZE - 1, 1) && reads(0, FILE_SIZE));
    http_end(client);
}

TEST(http_source_has_one_range_in_each_request)
{
    start();
    fake_net.cut_after = 100000;
    fake_net.cut_count = 5;
    NEED(open_it() == OK);
    CHECK(reads(0, FILE_SIZE));
    CHECK(count_sent("\r\nRange: ") == fake_net.requests);
    CHECK(fake_net.requests >= 6);
    http_end(client);
}

TEST(http_source_resumes_at_the_byte_where_it_broke)
{
    start();
    fake_net.cut_after = 100;
    fake_net.cut_count = 1;
    NEED(open_it() == OK);
    CHECK(reads(0, 1000));
    CHECK_HOLDS(fake_net.sent, "\r\nRange: bytes=100-262143\r\nIf-Range: \"one\"\r\n");
    CHECK(fake_port.now_ms >= 500 && fake_port.now_ms <= 1000);
    fake_net.cut_after = 50000;
    fake_net.cut_count = 1;
    CHECK(reads(262144, 1 << 20));
    CHECK_HOLDS(fake_net.sent, "\r\nRange: bytes=312144-3145727\r\n");
    CHECK(fake_net.served == 262144 + FILE_SIZE - 262144 - (FILE_SIZE - 262144 - (1 << 20)));
    http_end(client);
}

TEST(http_source_gives_up_without_progress)
{
    start();
    fake_net.cut_after = 10;
    fake_net.cut_count = 100;
    NEED(open_it() == OK);
    CHECK(!reads(0, 1000));
    CHECK_HOLDS(error.text,
                "http://h/x.ova?...: at byte 60: the connection broke, after 6 attempts");
    fake_net.cut_count = 0;
    CHECK(reads(0, 1000));
    http_end(client);
}

TEST(http_source_that_changed_is_refused)
{
    start();
    NEED(open_it() == OK);
    fake_net.etag = "\"two\"";
    CHECK(!reads(1 << 20, 1000));
    CHECK(error.code == ERR_NETWORK);
    CHECK_TEXT(error.text, "http://h/x.ova?...: at byte 1048576: it changed while it was read: its "
                           "ETag was \"one\" and is \"two\"");
    fake_net.etag = NULL;
    CHECK(!reads(1 << 20, 1000));
    CHECK_HOLDS(error.text, "its ETag was \"one\" and is none");
    fake_net.etag = "\"one\"";
    fake_net.file.len--;
    CHECK(!reads(1 << 20, 1000));
    CHECK_HOLDS(error.text, "it had 3145728 bytes and has 3145727");
    fake_net.file.len++;
    CHECK(reads(1 << 20, 1000));
    http_end(client);
}

/* An answer to a request for one byte after the first ones. */
static void refuses(const char *answer, const char *why)
{
    start();
    CHECK(open_it() == OK);
    fake_net.count = fake_net.next = 0;
    fake_net_add(answer, FAKE_STAYS);
    fake_net.requests = 0;
    CHECK(source_read(&source.source, 1 << 20, to, 10, &error) == ERR_NETWORK);
    CHECK_HOLDS(error.text, why);
    CHECK(fake_net.requests == 1);
    http_end(client);
}

TEST(http_source_takes_no_other_part)
{
    refuses("HTTP/1.1 206 P\r\nETag: \"one\"\r\nContent-Length: 5\r\n\r\n", "which part it sends");
    refuses("HTTP/1.1 206 P\r\nETag: \"one\"\r\nContent-Length: 5\r\n"
            "Content-Range: bytes 0-4/3145728\r\n\r\n",
            "sends bytes 0 to 4 instead of 1048576 to 1310719");
    refuses("HTTP/1.1 206 P\r\nETag: \"one\"\r\n"
            "Content-Range: bytes 1048576-3145727/3145728\r\n\r\n",
            "sends bytes 1048576 to 3145727 instead");
    refuses("HTTP/1.1 416 No\r\nContent-Range: bytes */5\r\nContent-Length: 0\r\n\r\n",
            "byte 1048576 is not there any more");
    refuses("HTTP/1.1 200 OK\r\nETag: \"two\"\r\nContent-Length: 5\r\n\r\nhello", "its ETag was");
    refuses("HTTP/1.1 206 P\r\nETag: \"one\"\r\nTransfer-Encoding: chunked\r\n"
            "Content-Range: bytes 1048576-1048585/3145728\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "end 7 bytes too early");
    refuses("HTTP/1.1 206 P\r\nETag: \"one\"\r\nTransfer-Encoding: chunked\r\n"
            "Content-Range: bytes 1048576-1048577/3145728\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "longer than it says");
    refuses(
        "HTTP/1.1 206 P\r\nETag: \"one\"\r\nContent-Range: bytes 1048576-1048577/3145728\r\n\r\nab",
        "does not say how long");
}

static void hold(size_t room)
{
    start();
    fake_net.no_ranges = true;
    NEED(open_it() == OK);
    CHECK(!source.can_range && source.has_size && source.told == FILE_SIZE);
    NEED(http_source_hold(&source, front, room, &error) == OK);
    CHECK(source.source.size == FILE_SIZE);
}

TEST(http_source_without_ranges_is_held)
{
    hold(FILE_SIZE);
    CHECK(reads(FILE_SIZE - 1, 1) && reads(0, FILE_SIZE));
    CHECK(fake_net.requests == 1);
    http_end(client);
    fake_net_reset();
}

TEST(http_source_without_ranges_is_held_when_it_breaks_once)
{
    start();
    fake_net.no_ranges = true;
    fake_net.cut_after = FILE_SIZE - 1;
    fake_net.cut_count = 1;
    NEED(open_it() == OK);
    CHECK(http_source_hold(&source, front, FILE_SIZE, &error) == OK && reads(0, FILE_SIZE));
    CHECK(fake_net.requests == 2);
    http_end(client);
}

TEST(http_source_without_ranges_is_read_in_order_behind_what_is_held)
{
    hold(1000000);
    CHECK(reads(10, 1000) && fake_net.requests == 1);
    for (size_t at = 999000; at < FILE_SIZE; at += 1000)
        CHECK(reads(at, FILE_SIZE - at < 1000 ? FILE_SIZE - at : 1000));
    CHECK(fake_net.requests == 1 && fake_net.served == FILE_SIZE);
    CHECK(reads(2000000, 5000) && reads(500, 1000) && reads(2500000, 300000));
    CHECK(reads(100, FILE_SIZE - 100));
    CHECK(fake_net.requests == 3);
    http_end(client);
}

TEST(http_source_without_ranges_goes_on_behind_a_break)
{
    hold(0);
    CHECK(reads(2900000, 5) && fake_net.requests == 1);
    fake_net.cut_after = 1500000;
    fake_net.cut_count = 2;
    CHECK(reads(0, 10) && reads(2900000, 5));
    CHECK(fake_net.requests == 4);
    http_end(client);
}

TEST(http_source_without_ranges_goes_back_only_so_often)
{
    hold(1000000);
    for (size_t i = 0; i < HTTP_FRONTS_MAX; i++)
        CHECK(reads(3000000, 100) && reads(1500000, 100));
    CHECK(source_read(&source.source, 1100000, to, 1, &error) == ERR_TOO_BIG);
    CHECK_HOLDS(error.text, "fetched for the 17th time");
    CHECK_HOLDS(error.text, "the 1 MB that are kept");
    CHECK(reads(0, 1000));
    http_end(client);
}

TEST(http_source_without_ranges_must_stay_the_same)
{
    hold(1000000);
    CHECK(reads(3000000, 1));
    fake_net.etag = "\"two\"";
    CHECK(source_read(&source.source, 1100000, to, 1, &error) == ERR_NETWORK);
    CHECK_HOLDS(error.text, "it changed while it was read: its ETag was \"one\" and is \"two\"");
    fake_net.etag = "\"one\"";
    fake_net.file.len--;
    CHECK(source_read(&source.source, 1100000, to, 1, &error) == ERR_NETWORK);
    CHECK_HOLDS(error.text, "says another size than before");
    http_end(client);
}

TEST(http_source_without_ranges_or_size_must_be_held)
{
    for (size_t room = 3; room <= 5; room++) {
        start();
        fake_net.file.at = NULL;
        for (size_t i = 0; i < 2; i++)
            fake_net_add(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
                FAKE_STAYS);
        NEED(open_it() == OK);
        CHECK(!source.can_range && !source.has_size);
        if (room == 3) {
            CHECK(http_source_hold(&source, front, room, &error) == ERR_TOO_BIG);
            CHECK_HOLDS(error.text, "nor says how large it is");
        } else {
            CHECK(http_source_hold(&source, front, room, &error) == OK && source.source.size == 4);
        }
        http_end(client);
    }
}

TEST(http_source_may_be_empty)
{
    start();
    fake_net_add("HTTP/1.1 416 No\r\nContent-Range: bytes */0\r\nContent-Length: 0\r\n\r\n",
                 FAKE_STAYS);
    CHECK(open_it() == OK && source.can_range && source.source.size == 0);
    fake_net_add("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", FAKE_STAYS);
    CHECK(open_it() == OK && source.can_range && source.source.size == 0);
    http_end(client);
}

TEST(http_sources_share_a_client)
{
    static struct http_source other;

    start();
    NEED(open_it() == OK);
    NEED(http_source_open(&other, client, "http://h/y", &arena, &error) == OK);
    for (size_t i = 0; i < 20; i++) {
        CHECK(reads(i * 1000, 1000));
        CHECK(source_read(&other.source, i * 5000, to, 5000, &error) == OK &&
              memcmp(to, file + i * 5000, 5000) == 0);
    }
    http_end(client);
}

TEST(http_folder_opens_what_is_beside)
{
    static const char *const allowed[] = {"Files.example"};
    struct http_folder f = {.url = "https://h/a%20b/my%20app.ovf?key",
                            .allowed = allowed,
                            .allowed_count = 1,
                            .hold_max = 100};
    struct source *opened;
    const char *name;

    start();
    f.client = client;
    NEED(http_folder_init(&f, &arena, &name, &error) == OK);
    CHECK_TEXT(name, "my app.ovf");
    f.url = "http://h/a%20b/my%20app.ovf?key";
    CHECK(f.folder.ops->open(&f.folder, "d/disk 1%.vmdk", &arena, &opened, &error) == OK);
    CHECK_TEXT(opened->name, "d/disk 1%.vmdk");
    CHECK_TEXT(((struct http_source *)opened)->shown, "http://h/a%20b/d/disk%201%25.vmdk");
    CHECK(f.folder.ops->open(&f.folder, "http://files.EXAMPLE:81/x", &arena, &opened, &error) ==
          OK);
    CHECK(f.folder.ops->open(&f.folder, "http://h:82/x", &arena, &opened, &error) == OK);
    CHECK(f.folder.ops->open(&f.folder, "http://evil/x", &arena, &opened, &error) ==
          ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "a file of the package is on another host, evil, which is not allowed");
    f.url = "https://h/x.ovf";
    CHECK(f.folder.ops->open(&f.folder, "http://h/x", &arena, &opened, &error) == ERR_UNSUPPORTED);
    f.url = "http://h/x/";
    CHECK(http_folder_init(&f, &arena, &name, &error) == ERR_SETTING);
    f.url = "http://h/a%2f";
    CHECK(http_folder_init(&f, &arena, &name, &error) == ERR_SETTING);
    fake_net.file.at = NULL;
    fake_net_add("HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n"
                 "012345678901234567890123456789012345678901234567890123456789",
                 FAKE_STAYS);
    fake_port.memory_room = 1000;
    CHECK(http_folder_fetch(&f, "http://h/y", &arena, &opened, &error) == OK && opened->size == 60);
    fake_net_add("HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n"
                 "012345678901234567890123456789012345678901234567890123456789",
                 FAKE_STAYS);
    CHECK(http_folder_fetch(&f, "http://h/y", &arena, &opened, &error) == OK && opened->size == 60);
    CHECK(f.held == 100 && ((struct http_source *)opened)->held_len == 40);
    http_end(client);
}
