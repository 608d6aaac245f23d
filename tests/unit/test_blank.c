#include "disks/blank.h"
#include "tests/test.h"

static uint8_t memory[1024];
static struct error error;

TEST(a_blank_image_has_a_size_and_no_runs)
{
    struct image *image;
    struct arena a;
    struct run run = {.length = 1};

    arena_init(&a, memory, sizeof(memory), "tests");
    NEED(blank_open("data", 1234567, &a, &image, &error) == OK);
    CHECK_TEXT(image->name, "data");
    CHECK_TEXT(image->format, "blank disk");
    CHECK(image->capacity == 1234567 && image->granule == RUN_MAX);
    CHECK(image_next(image, &run, &error) == OK && run.length == 0);
    arena_init(&a, memory, 8, "tests");
    CHECK(blank_open("data", 1234567, &a, &image, &error) == ERR_NO_MEMORY);
}
