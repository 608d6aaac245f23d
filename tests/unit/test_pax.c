#include "parsers/pax.h"

#include <string.h>

#include "parsers/tar.h"
#include "tests/build/shared.h"
#include "tests/build/tar_build.h"
#include "tests/test.h"

static uint8_t memory[4096];
static struct error error;

static struct bytes view(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static enum err parse_bytes(struct bytes records, struct pax *out)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    *out = (struct pax){0};
    return pax_parse(records, &a, out, &error);
}

static enum err parse(const char *records, struct pax *out)
{
    return parse_bytes(view(records), out);
}

/* The records cannot be read, and the message is the wanted one. */
static void refused(struct bytes records, const char *message)
{
    struct pax pax;

    CHECK(parse_bytes(records, &pax) == ERR_DAMAGED);
    CHECK_TEXT(error.text, message);
}

TEST(pax_gives_path_and_size_and_passes_over_the_rest)
{
    struct pax pax;

    CHECK(parse("11 ctime=0\n20 path=new/name.ovf\n20 size=17179869184\n12 foo=bar=\n", &pax) ==
          ERR_DAMAGED); /* the second record is one byte longer than it says */
    CHECK(parse("11 ctime=0\n21 path=new/name.ovf\n20 size=17179869184\n13 foo=bar==\n", &pax) ==
          OK);
    CHECK_TEXT(pax.path, "new/name.ovf");
    CHECK(pax.has_size && pax.size == 17179869184);
    CHECK(!pax.sparse);
}

TEST(no_pax_records_change_nothing)
{
    struct pax pax;

    CHECK(parse("", &pax) == OK);
    CHECK(!pax.path && !pax.has_size && !pax.sparse);
    CHECK(parse("11 foo=bar\n", &pax) == OK);
    CHECK(!pax.path && !pax.has_size && !pax.sparse);
}

TEST(the_last_pax_record_of_a_key_wins_and_global_ones_stay)
{
    struct pax pax = {.path = "global", .size = 5, .has_size = true};
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    CHECK(pax_parse(view("9 path=a\n9 path=b\n"), &a, &pax, &error) == OK);
    CHECK_TEXT(pax.path, "b");
    CHECK(pax.has_size && pax.size == 5);
}

TEST(keys_that_begin_like_pax_path_are_other_keys)
{
    struct pax pax;

    CHECK(parse("11 paths=a\n13 linkpath=\n10 pat=hi\n", &pax) == OK);
    CHECK(!pax.path);
}

TEST(every_gnu_sparse_record_says_sparse)
{
    struct pax pax;

    CHECK(parse("22 GNU.sparse.major=1\n", &pax) == OK && pax.sparse);
    CHECK(parse("27 GNU.sparse.size=3145728\n", &pax) == OK && pax.sparse);
    CHECK(parse("26 GNU.sparse.name=sparse\n", &pax) == OK && pax.sparse);
    CHECK(parse("20 GNU.sparser.name\n", &pax) == ERR_DAMAGED);
}

TEST(values_of_other_pax_keys_may_be_binary)
{
    static const char records[] = "15 SCHILY.x=\0\n\xff\n9 path=a\n";
    struct pax pax;

    CHECK(parse_bytes((struct bytes){(const uint8_t *)records, sizeof(records) - 1}, &pax) ==
          ERR_DAMAGED);
    CHECK_TEXT(error.text, "pax record at byte 0: does not end with a newline after 15 bytes");

    static const char right[] = "16 SCHILY.x=\0\n\xff\n9 path=a\n";
    CHECK(parse_bytes((struct bytes){(const uint8_t *)right, sizeof(right) - 1}, &pax) == OK);
    CHECK_TEXT(pax.path, "a");
}

TEST(a_newline_in_a_pax_value_belongs_to_it)
{
    struct pax pax;

    CHECK(parse("12 path=a\nb\n", &pax) == OK);
    CHECK_TEXT(pax.path, "a\nb");
}

TEST(damaged_pax_records_are_refused_with_their_place)
{
    refused(view("4 x="), "pax record at byte 0: does not end with a newline after 4 bytes");
    refused(view("9 path=a\n11 path=b\n"),
            "pax record at byte 9: its length is 11 bytes, but 10 are left");
    refused(view("8 path=a\n"), "pax record at byte 0: does not end with a newline after 8 bytes");
    refused(view("x path=a\n"), "pax record at byte 0: does not begin with a length and a blank");
    refused(view("-9 path=a\n"), "pax record at byte 0: does not begin with a length and a blank");
    refused(view(" 9 path=a\n"), "pax record at byte 0: does not begin with a length and a blank");
    refused(view("9"), "pax record at byte 0: does not begin with a length and a blank");
    refused(view("99999999999999999999999 path=a\n"),
            "pax record at byte 0: does not begin with a length and a blank");
    refused(view("18446744073709551615 path=a\n"),
            "pax record at byte 0: its length is 18446744073709551615 bytes, but 28 are left");
    refused(view("0 path=a\n"), "pax record at byte 0: does not end with a newline after 0 bytes");
    refused(view("2 \n"), "pax record at byte 0: does not end with a newline after 2 bytes");
    refused(view("3 \n"), "pax record at byte 0: does not hold a key and '='");
    refused(view("8 patha\n"), "pax record at byte 0: does not hold a key and '='");
    refused(view("5 =a\n"), "pax record at byte 0: does not hold a key and '='");
    refused((struct bytes){(const uint8_t *)"9 p\0th=a\n", 9},
            "pax record at byte 0: its key holds a NUL");
    refused((struct bytes){(const uint8_t *)"9 path=a\n\0", 10},
            "pax record at byte 9: does not begin with a length and a blank");
}

TEST(pax_paths_and_sizes_that_make_no_sense_are_refused)
{
    refused(view("8 path=\n"), "pax record at byte 0: the path is empty or holds a NUL");
    refused((struct bytes){(const uint8_t *)"11 path=\0bc\n", 12},
            "pax record at byte 0: does not end with a newline after 11 bytes");
    refused((struct bytes){(const uint8_t *)"12 path=a\0c\n", 12},
            "pax record at byte 0: the path is empty or holds a NUL");
    refused(view("8 size=\n"), "pax record at byte 0:  is not a size in bytes");
    refused(view("10 size=-1\n"),
            "pax record at byte 0: does not end with a newline after 10 bytes");
    refused(view("11 size=-1\n"), "pax record at byte 0: -1 is not a size in bytes");
    refused(view("12 size=1.5\n"), "pax record at byte 0: 1.5 is not a size in bytes");
    refused(view("28 size=9223372036854775808\n"),
            "pax record at byte 0: 9223372036854775808 is not a size in bytes");
}

TEST(the_largest_pax_size_is_read)
{
    struct pax pax;

    CHECK(parse("28 size=9223372036854775807\n", &pax) == OK);
    CHECK(pax.size == INT64_MAX);
}

TEST(pax_lengths_count_their_own_digits)
{
    char value[1200], text[1300];
    struct pax pax;

    for (size_t len = 1; len < sizeof(value); len++) {
        memset(value, 'v', len);
        value[len] = '\0';
        size_t all = pax_build_record(text, sizeof(text), 0, "path", value);
        CHECK(parse_bytes((struct bytes){(const uint8_t *)text, all}, &pax) == OK);
        CHECK(strcmp(pax.path, value) == 0);
        CHECK(parse_bytes((struct bytes){(const uint8_t *)text, all - 1}, &pax) == ERR_DAMAGED);
        if (len + 1 == sizeof(value))
            break;
    }
}

TEST(gnu_long_names_end_at_their_nul)
{
    const char *name;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    CHECK(pax_long_name((struct bytes){(const uint8_t *)"disk.vmdk", 10}, &a, &name, &error) == OK);
    CHECK_TEXT(name, "disk.vmdk");
    CHECK(pax_long_name((struct bytes){(const uint8_t *)"disk.vmdk", 9}, &a, &name, &error) == OK);
    CHECK_TEXT(name, "disk.vmdk");
    CHECK(pax_long_name((struct bytes){(const uint8_t *)"a\0b", 4}, &a, &name, &error) ==
          ERR_DAMAGED);
    CHECK_TEXT(error.text, "the long name holds a NUL");
    CHECK(pax_long_name((struct bytes){(const uint8_t *)"\0", 2}, &a, &name, &error) ==
          ERR_DAMAGED);
    CHECK_TEXT(error.text, "the long name is empty");
    CHECK(pax_long_name((struct bytes){NULL, 0}, &a, &name, &error) == ERR_DAMAGED);
}

TEST(a_full_arena_while_reading_pax_is_an_error)
{
    struct pax pax = {0};
    struct arena a;
    size_t room = 0;
    enum err err;

    do {
        arena_init(&a, memory, room, "a test");
        err = pax_parse(view("21 path=new/name.ovf\n"), &a, &pax, &error);
        if (err)
            CHECK_HOLDS(error.text, "pax record at byte 0: memory for a test is used up");
    } while (err == ERR_NO_MEMORY && room++ < sizeof(memory));
    CHECK(err == OK);
    CHECK(room == sizeof("new/name.ovf"));
    CHECK_TEXT(pax.path, "new/name.ovf");
}

/* The first pax header of an archive by somebody else's tar. */
static enum err parse_first(struct bytes archive, uint64_t from, struct pax *out)
{
    struct tar_header h;

    for (uint64_t at = from; archive.len - at >= TAR_BLOCK; at += TAR_BLOCK + tar_stride(&h)) {
        if (tar_parse(archive.at + at, &h, &error) != OK)
            return error.code;
        if (h.kind == TAR_PAX)
            return parse_bytes((struct bytes){archive.at + at + TAR_BLOCK, (size_t)h.size}, out);
    }
    return ERR_NOT_FOUND;
}

TEST(pax_headers_by_gnu_tar_and_bsdtar_are_read)
{
    static const char name[] = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
                               "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn.vmdk";
    struct bytes archive;
    struct pax pax;

    if (!seed_read("tests/corpus/tar/gnu_tar_pax_size_headers.tar", &archive))
        return;
    CHECK(parse_first(archive, 0, &pax) == OK);
    CHECK(pax.has_size && pax.size == 9663676416 && !pax.path && !pax.sparse);
    NEED(seed_read("tests/corpus/tar/gnu_tar_sparse_pax.tar", &archive));
    CHECK(parse_first(archive, 0, &pax) == OK);
    CHECK(pax.sparse && !pax.path);
    NEED(seed_read("tests/corpus/tar/gnu_tar_pax_path.tar", &archive));
    CHECK(parse_first(archive, 2048, &pax) == OK);
    CHECK_TEXT(pax.path, name);
    NEED(seed_read("tests/corpus/tar/bsdtar_pax_path.tar", &archive));
    CHECK(parse_first(archive, 2048, &pax) == OK);
    CHECK_TEXT(pax.path, name);
}

TEST(hostile_pax_headers_of_the_corpus_are_refused)
{
    struct bytes archive;
    struct pax pax;

    if (!shared_read("corpus/hostile/tar/libarchive__test_read_pax_empty_val_no_nl.tar", &archive))
        return;
    CHECK(parse_first(archive, 0, &pax) == ERR_DAMAGED);
    NEED(shared_read("corpus/hostile/tar/libarchive__test_read_format_tar_acl_oob_read.tar",
                     &archive));
    CHECK(parse_first(archive, 0, &pax) == OK);
    CHECK(parse_first(archive, 1536, &pax) == ERR_DAMAGED);
    NEED(shared_read("corpus/hostile/tar/libarchive__test_read_format_gtar_sparse_1_17_posix00.tar",
                     &archive));
    CHECK(parse_first(archive, 0, &pax) == OK && pax.sparse);
}
