#include <string.h>

#include "loader/progress.h"
#include "tests/fake_port.h"
#include "tests/test.h"

static struct error error;

TEST(the_line_tells_share_rate_and_time_left)
{
    struct progress p = {.what = "disk1.vmdk", .total = 300000000};
    char line[PROGRESS_LINE_MAX];

    progress_format(&p, 135000000, 10000, line);
    CHECK_TEXT(line, "disk1.vmdk  45 %  135 MB of 300 MB  13.5 MB/s  0:12 left");
    progress_format(&p, 0, 0, line);
    CHECK_TEXT(line, "disk1.vmdk  0 %  0 bytes of 300 MB  0 bytes/s  0:00 left");
    progress_format(&p, 300000000, 1000, line);
    CHECK_TEXT(line, "disk1.vmdk  100 %  300 MB of 300 MB  300 MB/s  0:00 left");
    progress_format(&p, 1000000, 200000, line);
    CHECK_HOLDS(line, "  5.0 kB/s  996:40 left");
    p.total = 0;
    progress_format(&p, 5000000, 1000, line);
    CHECK_TEXT(line, "disk1.vmdk  5.0 MB  5.0 MB/s");
}

TEST(one_of_several_says_which)
{
    struct progress p = {.what = "disk1.vmdk", .total = 1000, .stage = 2, .stages = 4};
    char line[PROGRESS_LINE_MAX];

    progress_format(&p, 500, 1000, line);
    CHECK_TEXT(line, "2 of 4  disk1.vmdk  50 %  500 bytes of 1.0 kB  500 bytes/s  0:01 left");
    p = (struct progress){.what = "zeros between the data", .stage = 2, .stages = 2};
    progress_format(&p, 5000000, 1000, line);
    CHECK_TEXT(line, "2 of 2  zeros between the data  5.0 MB  5.0 MB/s");
}

TEST(stages_are_counted_as_they_begin)
{
    struct progress p;

    progress_stages(2);
    progress_start(&p, "a", 1);
    CHECK(p.stage == 1 && p.stages == 2);
    progress_start_aside(&p, "unpacking", 1);
    CHECK(p.stage == 0 && p.stages == 0);
    progress_start(&p, "b", 1);
    CHECK(p.stage == 2 && p.stages == 2);
    progress_start(&p, "c", 1);
    CHECK(p.stage == 0 && p.stages == 0);
    progress_stages(1);
    progress_start(&p, "a", 1);
    CHECK(p.stage == 1 && p.stages == 1);
    progress_stages(0);
}

TEST(json_tells_the_same_to_programs)
{
    struct progress p = {.what = "a \"b\".vmdk", .total = 300000000, .stage = 2, .stages = 4};
    static char long_name[2000];
    char text[PROGRESS_JSON_MAX];

    progress_format_json(&p, 135000000, 10000, text);
    CHECK_TEXT(text, "{\"what\": \"a \\\"b\\\".vmdk\", \"stage\": 2, \"stages\": 4, "
                     "\"done\": 135000000, \"total\": 300000000, "
                     "\"bytes-per-second\": 13500000, \"seconds-left\": 12}");
    p = (struct progress){.what = "zeros"};
    progress_format_json(&p, 0, 0, text);
    CHECK_TEXT(text, "{\"what\": \"zeros\", \"done\": 0}");
    memset(long_name, 'x', sizeof(long_name) - 1);
    p.what = long_name;
    progress_format_json(&p, UINT64_MAX, 1, text);
    CHECK_HOLDS(text, "{\"done\": 18446744073709551615, \"bytes-per-second\": ");
}

TEST(no_number_breaks_the_line)
{
    static const uint64_t numbers[] = {0,          1,          999,           UINT64_MAX / 1000,
                                       UINT64_MAX, 1ull << 60, UINT64_MAX - 1};
    char line[PROGRESS_LINE_MAX];

    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        for (size_t j = 0; j < COUNT_OF(numbers); j++)
            for (size_t k = 0; k < COUNT_OF(numbers); k++) {
                struct progress p = {.what = "a name that is much longer than its place, and on",
                                     .total = numbers[i],
                                     .stage = (unsigned)(i % 2 * 4294967295),
                                     .stages = (unsigned)(i % 2 * 4294967295)};
                progress_format(&p, numbers[j], numbers[k], line);
                CHECK(strlen(line) < PROGRESS_LINE_MAX);
                CHECK_HOLDS(line,
                            p.stages ? "4294967295 of 4294967295" : "a name that is much longer");
            }
}

TEST(the_line_is_written_a_few_times_a_second)
{
    struct progress p;

    fake_port_reset();
    fake_port.now_ms = 5000;
    fake_port.step_ms = 0;
    progress_start(&p, "disk", 1000);
    for (int i = 0; i < 1000; i++) { /* two seconds */
        fake_port.now_ms += 2;
        CHECK(progress_show(&p, (uint64_t)i, &error) == OK);
    }
    CHECK(fake_port.progress_lines == 8);
    CHECK(fake_port.progress_left);
    progress_end(&p);
    CHECK(!fake_port.progress_left);
}

TEST(a_person_who_stops_is_an_error_that_names_the_work)
{
    struct progress p;

    fake_port_reset();
    fake_port.cancel_at = 2;
    progress_start(&p, "disk1.vmdk", 1000);
    CHECK(progress_show(&p, 1, &error) == OK);
    CHECK(progress_show(&p, 2, &error) == ERR_CANCELLED);
    CHECK_TEXT(error.text, "disk1.vmdk: stopped by the person at the console");
}
