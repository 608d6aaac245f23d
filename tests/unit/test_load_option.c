#include <string.h>

#include "parsers/hd_path.h"
#include "parsers/load_option.h"
#include "tests/test.h"

/* "debian", HD(1,GPT,44332211-...,0x800,0x2000)/File(\EFI\debian\shimx64.efi), active. */
static const uint8_t debian[] = {
    1, 0, 0, 0, 0x62, 0, 'd', 0, 'e', 0, 'b', 0, 'i', 0, 'a', 0, 'n', 0, 0, 0,
    /* HD() */
    4, 1, 42, 0, 1, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0x11, 0x22, 0x33,
    0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 1, 2, 2,
    /* File() */
    4, 4, 52, 0, '\\', 0, 'E', 0, 'F', 0, 'I', 0, '\\', 0, 'd', 0, 'e', 0, 'b', 0, 'i', 0, 'a', 0,
    'n', 0, '\\', 0, 's', 0, 'h', 0, 'i', 0, 'm', 0, 'x', 0, '6', 0, '4', 0, '.', 0, 'e', 0, 'f', 0,
    'i', 0, 0, 0,
    /* the end */
    0x7f, 0xff, 4, 0};
#define PATH_AT 20

static struct bytes all_of(const uint8_t *at, size_t len)
{
    return (struct bytes){at, len};
}

TEST(a_load_option_is_read_and_comes_back_byte_for_byte)
{
    struct load_option o;
    uint8_t again[sizeof(debian)];

    CHECK(load_option_parse(all_of(debian, sizeof(debian)), &o));
    CHECK(o.attributes == LOAD_OPTION_IS_ACTIVE && o.data.len == 0);
    CHECK(o.description.at == debian + 6 && o.description.len == 12);
    CHECK(o.path.at == debian + PATH_AT && o.path.len == 0x62);
    NEED(load_option_size(&o) == sizeof(debian));
    load_option_store(&o, again);
    CHECK(memcmp(again, debian, sizeof(debian)) == 0);
}

TEST(what_is_behind_the_path_is_data_for_what_is_started)
{
    uint8_t longer[sizeof(debian) + 3];
    struct load_option o;

    memcpy(longer, debian, sizeof(debian));
    memcpy(longer + sizeof(debian), "abc", 3);
    CHECK(load_option_parse(all_of(longer, sizeof(longer)), &o));
    CHECK(o.data.len == 3 && memcmp(o.data.at, "abc", 3) == 0);
    CHECK(load_option_size(&o) == sizeof(longer));
}

TEST(a_load_option_that_ends_early_is_none)
{
    struct load_option o;

    for (size_t len = 0; len < sizeof(debian); len++) {
        uint8_t cut[sizeof(debian)]; /* so that the sanitizer sees the end */
        memcpy(cut + sizeof(cut) - len, debian, len);
        CHECK(!load_option_parse(all_of(cut + sizeof(cut) - len, len), &o));
    }
}

TEST(a_path_of_a_partition_and_a_file_is_read_and_comes_back)
{
    uint8_t again[HD_PATH_SIZE_MAX];
    struct hd_path p;

    CHECK(hd_path_parse(all_of(debian + PATH_AT, sizeof(debian) - PATH_AT), &p));
    CHECK(p.table == HD_GPT && p.number == 1 && p.start == 0x800 && p.count == 0x2000);
    CHECK(p.signature[0] == 0x11 && p.signature[15] == 1 && !p.is_long);
    CHECK_TEXT(p.file, "\\EFI\\debian\\shimx64.efi");
    NEED(hd_path_store(&p, again) == sizeof(debian) - PATH_AT);
    CHECK(memcmp(again, debian + PATH_AT, sizeof(debian) - PATH_AT) == 0);
}

TEST(the_path_on_an_mbr_has_the_signature_of_the_disk)
{
    struct hd_path p = {.table = HD_MBR, .number = 3, .start = 63, .count = 99, .file = "\\A"};
    uint8_t out[HD_PATH_SIZE_MAX];
    struct hd_path again;

    memcpy(p.signature, "\x78\x56\x34\x12", 4);
    size_t len = hd_path_store(&p, out);
    CHECK(len == 42 + 4 + 6 + 4 && out[40] == 1 && out[41] == 1 && out[24] == 0x78);
    CHECK(hd_path_parse(all_of(out, len), &again) && memcmp(&again, &p, sizeof(p)) == 0);
    out[41] = 2;
    CHECK(!hd_path_parse(all_of(out, len), &again));
    out[40] = out[41] = 0;
    CHECK(!hd_path_parse(all_of(out, len), &again));
}

/* Acpi(PNP0A03,0)/Pci(2,0) in front. */
TEST(the_path_may_say_where_the_disk_is)
{
    static const uint8_t front[] = {2, 1, 12, 0, 0xd0, 0x41, 3, 0x0a, 0, 0, 0, 0, 1, 1, 6, 0, 2, 0};
    uint8_t path[sizeof(front) + sizeof(debian) - PATH_AT];
    struct hd_path p;

    memcpy(path, front, sizeof(front));
    memcpy(path + sizeof(front), debian + PATH_AT, sizeof(debian) - PATH_AT);
    CHECK(hd_path_parse(all_of(path, sizeof(path)), &p) && p.is_long && p.number == 1);
    path[2] = 3; /* a node shorter than its header */
    CHECK(!hd_path_parse(all_of(path, sizeof(path)), &p));
    path[2] = 255;
    CHECK(!hd_path_parse(all_of(path, sizeof(path)), &p));
}

static bool parses(size_t at, uint8_t value)
{
    uint8_t path[sizeof(debian) - PATH_AT];
    struct hd_path p;

    memcpy(path, debian + PATH_AT, sizeof(path));
    path[at] = value;
    return hd_path_parse(all_of(path, sizeof(path)), &p);
}

TEST(other_paths_are_none_of_a_partition_and_a_file)
{
    size_t file = 42, end = 42 + 52, len = sizeof(debian) - PATH_AT;
    uint8_t longer[sizeof(debian)];
    struct hd_path p;

    CHECK(parses(0, 4));
    CHECK(!parses(0, 5) && !parses(1, 2) && !parses(2, 41) && !parses(2, 43) && !parses(2, 0));
    CHECK(!parses(40, 3) && !parses(41, 1));
    CHECK(!parses(file, 3) && !parses(file + 1, 3) && !parses(file + 2, 51));
    CHECK(!parses(file + 6, 0));    /* a name that ends before its node */
    CHECK(!parses(end - 2, 'x'));   /* a name without an end */
    CHECK(!parses(file + 5, 0xd8)); /* half a surrogate pair */
    CHECK(!parses(end, 4) && !parses(end + 1, 1) && !parses(end + 2, 5));
    memcpy(longer, debian + PATH_AT, len); /* a second path */
    memcpy(longer + len, debian + PATH_AT + len - 4, 4);
    CHECK(!hd_path_parse(all_of(longer, len + 4), &p));
    for (size_t cut = 0; cut < len; cut++)
        CHECK(!hd_path_parse(all_of(debian + PATH_AT, cut), &p));
}

TEST(a_file_with_too_long_a_name_is_none_of_ours)
{
    struct hd_path p = {.table = HD_GPT, .number = 1}, again;
    uint8_t out[HD_PATH_SIZE_MAX + 2];

    memset(p.file, 'x', sizeof(p.file) - 1);
    size_t len = hd_path_store(&p, out);
    NEED(len == HD_PATH_SIZE_MAX && hd_path_parse(all_of(out, len), &again));
    CHECK_TEXT(again.file, p.file);
    memmove(out + 50, out + 48, len - 48);
    put_le16(out + 44, (uint16_t)(get_le16(out + 44) + 2));
    CHECK(!hd_path_parse(all_of(out, len + 2), &again));
    p.file[0] = (char)0xff;
    CHECK(hd_path_store(&p, out) == 0);
}
