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

TEST(no_number_breaks_the_line)
{
    static const uint64_t numbers[] = {0,          1,          999,           UINT64_MAX / 1000,
                                       UINT64_MAX, 1ull << 60, UINT64_MAX - 1};
    char line[PROGRESS_LINE_MAX];

    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        for (size_t j = 0; j < COUNT_OF(numbers); j++)
            for (size_t k = 0; k < COUNT_OF(numbers); k++) {
                struct progress p = {.what = "a name that is much longer than its place, and on",
                                     .total = numbers[i]};
                progress_format(&p, numbers[j], numbers[k], line);
                CHECK(strlen(line) < PROGRESS_LINE_MAX);
                CHECK_HOLDS(line, "a name that is much longer");
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
