#include <stdlib.h>
#include <string.h>

#include "parsers/anchor_list.h"
#include "tests/test.h"

static struct error error;

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

TEST(files_come_out_of_the_list_as_they_went_in)
{
    uint8_t list[200];
    struct anchor_file file;
    uint8_t *end = anchor_list_put(list, "vendor.pem", bytes_of("a certificate"));

    end = anchor_list_put(end, "empty", bytes_of(""));
    CHECK((size_t)(end - list) ==
          anchor_list_size("vendor.pem", 13) + anchor_list_size("empty", 0));
    struct bytes rest = {list, (size_t)(end - list)};
    NEED(anchor_list_next(&rest, &file, &error) == OK);
    CHECK_TEXT(file.name, "vendor.pem");
    CHECK(file.contents.len == 13 && memcmp(file.contents.at, "a certificate", 13) == 0);
    NEED(anchor_list_next(&rest, &file, &error) == OK);
    CHECK_TEXT(file.name, "empty");
    CHECK(file.contents.len == 0 && rest.len == 0 && bytes_ok(&rest));
}

TEST(a_list_that_is_cut_anywhere_is_damaged)
{
    uint8_t list[64];
    struct anchor_file file;
    size_t whole = (size_t)(anchor_list_put(list, "a.pem", bytes_of("contents")) - list);

    for (size_t len = 1; len < whole; len++) {
        uint8_t *copy = malloc(len); /* so that a sanitizer sees reads behind it */
        NEED(copy);
        memcpy(copy, list, len);
        struct bytes rest = {copy, len};
        CHECK(anchor_list_next(&rest, &file, &error) == ERR_DAMAGED && rest.len == 0);
        free(copy);
    }
}

TEST(names_of_anchors_are_bounded_and_not_empty)
{
    uint8_t list[400] = {0};
    struct anchor_file file;
    struct bytes rest = {list, sizeof(list)};

    CHECK(anchor_list_next(&rest, &file, &error) == ERR_DAMAGED);
    memset(list + 8, 'a', 200);
    put_le32(list, ANCHOR_NAME_MAX);
    rest = (struct bytes){list, sizeof(list)};
    CHECK(anchor_list_next(&rest, &file, &error) == OK && strlen(file.name) == ANCHOR_NAME_MAX);
    put_le32(list, ANCHOR_NAME_MAX + 1);
    rest = (struct bytes){list, sizeof(list)};
    CHECK(anchor_list_next(&rest, &file, &error) == ERR_DAMAGED);
    put_le32(list, 3);
    list[9] = 0;
    rest = (struct bytes){list, sizeof(list)};
    CHECK(anchor_list_next(&rest, &file, &error) == ERR_DAMAGED);
}
