#include "parsers/tar.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/build/shared.h"
#include "tests/build/tar_build.h"
#include "tests/test.h"

static uint8_t memory[16384];
static struct error error;

static struct tar_build build(enum tar_dialect dialect)
{
    struct tar_build b;

    tar_build_init(&b, memory, sizeof(memory), dialect);
    return b;
}

static enum err parse(const uint8_t *block, struct tar_header *out)
{
    return tar_parse(block, out, &error);
}

/* A header whose size field is the given 12 bytes. */
static enum err parse_size(const char field[12], struct tar_header *out)
{
    struct tar_build b = build(TAR_GNU);
    uint8_t *header = tar_build_header(&b, "a", '0', 0);

    memcpy(header + 124, field, 12);
    tar_build_sum(&b, header);
    return parse(header, out);
}

static enum tar_kind kind_of_type(char type)
{
    struct tar_build b = build(TAR_USTAR);
    struct tar_header h;

    CHECK(parse(tar_build_header(&b, "a", type, 7), &h) == OK);
    return h.kind;
}

TEST(tar_headers_of_every_dialect_are_read)
{
    for (enum tar_dialect d = TAR_V7; d <= TAR_VMWARE; d++) {
        struct tar_build b = build(d);
        struct tar_header h;

        tar_build_file(&b, "disk 1.vmdk", "abc", 3);
        CHECK(parse(b.at, &h) == OK);
        CHECK(h.kind == TAR_FILE);
        CHECK(h.size == 3);
        CHECK(tar_stride(&h) == 512);
        CHECK_TEXT(h.name, "disk 1.vmdk");
    }
}

TEST(tar_kinds_are_told_apart)
{
    CHECK(kind_of_type('\0') == TAR_FILE);
    CHECK(kind_of_type('0') == TAR_FILE);
    CHECK(kind_of_type('7') == TAR_FILE);
    CHECK(kind_of_type('1') == TAR_LINK);
    CHECK(kind_of_type('2') == TAR_LINK);
    CHECK(kind_of_type('3') == TAR_OTHER);
    CHECK(kind_of_type('4') == TAR_OTHER);
    CHECK(kind_of_type('5') == TAR_DIR);
    CHECK(kind_of_type('6') == TAR_OTHER);
    CHECK(kind_of_type('S') == TAR_SPARSE);
    CHECK(kind_of_type('x') == TAR_PAX);
    CHECK(kind_of_type('g') == TAR_PAX_GLOBAL);
    CHECK(kind_of_type('L') == TAR_LONG_NAME);
    CHECK(kind_of_type('K') == TAR_LONG_LINK);
    CHECK(kind_of_type('V') == TAR_OTHER);
}

TEST(tar_members_without_contents_have_no_size)
{
    for (char type = '1'; type <= '6'; type++) {
        struct tar_build b = build(TAR_USTAR);
        struct tar_header h;

        CHECK(parse(tar_build_header(&b, "a", type, 512), &h) == OK);
        CHECK(tar_stride(&h) == 0);
    }
}

TEST(a_name_that_ends_with_a_slash_is_a_folder)
{
    struct tar_build b = build(TAR_V7);
    struct tar_header h;

    CHECK(parse(tar_build_header(&b, "folder/", '\0', 0), &h) == OK);
    CHECK(h.kind == TAR_DIR);
}

TEST(a_block_of_zeros_is_the_end)
{
    static const uint8_t zeros[TAR_BLOCK];
    struct tar_header h;

    CHECK(parse(zeros, &h) == OK);
    CHECK(h.kind == TAR_END);
    CHECK(tar_stride(&h) == 0);
}

TEST(a_block_with_any_byte_set_is_no_end)
{
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        uint8_t block[TAR_BLOCK] = {0};
        struct tar_header h;

        block[i] = 1;
        CHECK(parse(block, &h) == ERR_DAMAGED);
    }
}

TEST(the_prefix_belongs_to_the_name_in_ustar_and_vmware_headers_only)
{
    for (enum tar_dialect d = TAR_V7; d <= TAR_VMWARE; d++) {
        struct tar_build b = build(d);
        uint8_t *header = tar_build_header(&b, "a.ovf", '0', 0);
        struct tar_header h;

        memcpy(header + 345, "14712345670", 11); /* GNU keeps the access time there */
        tar_build_sum(&b, header);
        CHECK(parse(header, &h) == OK);
        CHECK_TEXT(h.name, d == TAR_USTAR || d == TAR_VMWARE ? "14712345670/a.ovf" : "a.ovf");
    }
}

TEST(the_longest_name_fits)
{
    struct tar_build b = build(TAR_USTAR);
    uint8_t *header = tar_build_header(&b, "", '0', 0);
    struct tar_header h;

    memset(header, 'n', 100);
    memset(header + 345, 'p', 155);
    tar_build_sum(&b, header);
    CHECK(parse(header, &h) == OK);
    CHECK(strlen(h.name) == 256);
    CHECK(h.name[154] == 'p' && h.name[155] == '/' && h.name[156] == 'n' && h.name[255] == 'n');
}

TEST(tar_sizes_are_read_in_every_spelling)
{
    static const struct {
        char field[13];
        uint64_t size;
    } cases[] = {
        {"00000000017", 15},
        {"00000000017 ", 15},
        {"000000000017", 15},
        {"          5", 5},   /* perl's Archive::Tar */
        {"17 \0garbage", 15}, /* nothing counts behind a NUL */
        {"17\0\0\0\0\0\0\0\0\0", 15},
        {"77777777777", 8589934591},   /* one byte less than 8 GiB */
        {"777777777777", 68719476735}, /* all twelve digits */
        {"\x80\0\0\0\0\0\0\x02\0\0\0\0", 8589934592},
        {"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", INT64_MAX},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tar_header h;

        CHECK(parse_size(cases[i].field, &h) == OK);
        CHECK(h.size == cases[i].size);
    }
}

TEST(tar_sizes_that_are_not_are_refused)
{
    static const struct {
        char field[13];
        const char *message;
    } cases[] = {
        {"00000000018", "its size is not a number"},
        {"-0000000001", "its size is not a number"},
        {"0000 000001", "its size is not a number"},
        {"           ", "its size is not a number"},
        {"", "its size is not a number"},
        {"\0 12", "its size is not a number"},
        {"0x000000001", "its size is not a number"},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "its size is negative"},
        {"\xc0\0\0\0\0\0\0\0\0\0\0\0", "its size is negative"},
        {"\x80\0\0\0\x80\0\0\0\0\0\0\0", "its size is over 2^63 - 1 bytes"},
        {"\x80\0\0\x01\0\0\0\0\0\0\0\0", "its size is over 2^63 - 1 bytes"},
        {"\xbf\0\0\0\0\0\0\0\0\0\0\0", "its size is over 2^63 - 1 bytes"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tar_header h;

        CHECK(parse_size(cases[i].field, &h) == ERR_DAMAGED);
        CHECK_TEXT(error.text, cases[i].message);
    }
}

TEST(the_stride_is_the_size_in_whole_blocks)
{
    CHECK(tar_stride(&(struct tar_header){.size = 0}) == 0);
    CHECK(tar_stride(&(struct tar_header){.size = 1}) == 512);
    CHECK(tar_stride(&(struct tar_header){.size = 512}) == 512);
    CHECK(tar_stride(&(struct tar_header){.size = 513}) == 1024);
    CHECK(tar_stride(&(struct tar_header){.size = INT64_MAX}) == (uint64_t)1 << 63);
}

TEST(a_wrong_byte_anywhere_in_a_tar_header_is_found)
{
    struct tar_build b = build(TAR_USTAR);
    uint8_t *header = tar_build_header(&b, "a.ovf", '0', 0);

    for (size_t i = 0; i < TAR_BLOCK; i++) {
        struct tar_header h;

        if (i == 154 || i == 155) /* NUL and blank behind the checksum's digits */
            continue;
        header[i] ^= 1;
        CHECK(parse(header, &h) == ERR_DAMAGED);
        header[i] ^= 1;
    }
}

TEST(a_wrong_checksum_is_told_with_both_numbers)
{
    uint8_t block[TAR_BLOCK] = {'a'};
    struct tar_header h;

    memcpy(block + 148, "0000620", 7); /* 8 blanks and 'a' are 353; 620 in octal is 400 */
    CHECK(parse(block, &h) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "its checksum is 353, but the header says 400");
    memcpy(block + 148, "  none  ", 8);
    CHECK(parse(block, &h) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "its checksum is not a number");
}

TEST(tar_checksums_of_signed_and_of_unsigned_bytes_are_right)
{
    for (int i = 0; i < 2; i++) {
        struct tar_build b = build(TAR_USTAR);
        struct tar_header h;

        b.sums_signed = i;
        CHECK(parse(tar_build_header(&b, "Gerät.ovf", '0', 1), &h) == OK);
        CHECK_TEXT(h.name, "Gerät.ovf");
    }
}

/* "name:size:kind" of each header to the end. */
static void list(struct bytes archive, char *text, size_t room)
{
    uint64_t at = 0;
    size_t len = 0;
    struct tar_header h;

    text[0] = '\0';
    while (archive.len - at >= TAR_BLOCK) {
        if (parse(archive.at + at, &h) != OK) {
            snprintf(text + len, room - len, "%s", error.text);
            return;
        }
        if (h.kind == TAR_END)
            return;
        int n = snprintf(text + len, room - len, "%.24s:%llu:%d ", h.name,
                         (unsigned long long)h.size, (int)h.kind);
        len += (size_t)n < room - len ? (size_t)n : room - len - 1;
        if (tar_stride(&h) > archive.len - at - TAR_BLOCK)
            return;
        at += TAR_BLOCK + tar_stride(&h);
    }
}

/* What `tar -tv` of GNU tar 1.34 and the bytes say of these files. */
static void check_list(bool shared, const char *path, const char *wanted)
{
    struct bytes archive;
    char text[1024];

    if (!(shared ? shared_read(path, &archive) : seed_read(path, &archive)))
        return;
    list(archive, text, sizeof(text));
    CHECK_TEXT(text, wanted);
}

TEST(archives_by_gnu_tar_and_bsdtar_are_read)
{
    check_list(false, "tests/corpus/tar/gnu_tar_ustar.tar", "a.ovf:12:1 disk.vmdk:4:1 sub/:0:2 ");
    check_list(false, "tests/corpus/tar/gnu_tar_v7.tar", "a.ovf:12:1 ");
    check_list(false, "tests/corpus/tar/gnu_tar_long_name.tar",
               "a.ovf:12:1 ././@LongLink:126:7 nnnnnnnnnnnnnnnnnnnnnnnn:1:1 ");
    check_list(false, "tests/corpus/tar/gnu_tar_links.tar",
               "a.ovf:12:1 hard.ovf:0:3 link.ovf:0:3 ");
    check_list(false, "tests/corpus/tar/gnu_tar_sparse.tar", "holes.img:3:4 ");
    check_list(false, "tests/corpus/tar/gnu_tar_base256_header.tar", "big.img:9663676416:1 ");
}

TEST(archives_of_the_corpus_are_read)
{
    check_list(true, "corpus/signed/govmomi-ttylinux-ova/ttylinux-pc_i486-16.1.ova",
               "ttylinux-pc_i486-16.1.ov:5005:1 ttylinux-pc_i486-16.1.mf:159:1 "
               "ttylinux-pc_i486-16.1-di:1048576:1 ");
    check_list(true, "corpus/signed/openovf-2008-04-ova/ourOVF.ova",
               "ourOVF.ovf:7552:1 ourOVF.mf:678:1 ourOVF.cert:741:1 Ubuntu1.vmdk:323:1 "
               "Ubuntu-0.vmdk:68096:1 ");
    check_list(true, "corpus/signed/libovfglib-Fedora_23/Fedora_23.ova",
               "Fedora 23-disk2.vmdk:0:1 Fedora 23.ovf:13047:1 ");
    check_list(true, "corpus/signed/vcd-test_vapp_template/test_vapp_template.ova",
               "descriptor.ovf:10703:1 vm-20b41fa7-3212-4faf-92:68096:1 ");
    check_list(true, "corpus/signed/vcd-template_without_vmdk_size/template_without_vmdk_size.ova",
               "descriptor.ovf:10686:1 vm-20b41fa7-3212-4faf-92:68096:1 ");
}

TEST(hostile_tars_of_the_corpus_are_survived)
{
    check_list(true, "corpus/hostile/tar/libarchive__test_compat_perl_archive_tar.tar",
               "file1:5:1 ");
    check_list(true, "corpus/hostile/tar/libarchive__test_compat_gtar_2.tar",
               "file_with_big_uid_gid:119:1 ");
    check_list(true, "corpus/hostile/tar/libarchive__test_read_format_tar_empty_filename.tar",
               ":0:2 ");
    check_list(true, "corpus/hostile/tar/libarchive__test_read_format_tar_pax_g_large.tar",
               "empty:4294967296:6 ");
    check_list(true, "corpus/hostile/tar/libarchive__test_read_format_tar_acl_oob_read.tar",
               "PaxHeader/file:90:5 file:0:1 PaxHeader/file:174:5 its checksum is not a number");
}
