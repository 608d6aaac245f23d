#include <stdio.h>
#include <string.h>

#include "loader/archive.h"
#include "tests/build/shared.h"
#include "tests/build/tar_build.h"
#include "tests/fake_source.h"
#include "tests/test.h"

static uint8_t memory[4 << 20];
static uint8_t file[1 << 20];
static struct error error;
static struct archive archive;
static struct tar_build tar;
static struct fake_source source;
static struct arena arena;

static void begin(enum tar_dialect dialect)
{
    memset(file, 0xee, sizeof(file));
    tar_build_init(&tar, file, sizeof(file), dialect);
}

static void add(const char *name, const char *text)
{
    tar_build_file(&tar, name, text, strlen(text));
}

static enum err open_bytes(struct bytes bytes)
{
    arena_init(&arena, memory, sizeof(memory), "tests");
    fake_source_init(&source, "box.ova", bytes);
    return archive_open(&archive, &source.source, &arena, &error);
}

static enum err open_built(void)
{
    return open_bytes((struct bytes){tar.at, tar.len});
}

/* The members, "name=contents" one after the other. */
static const char *contents(void)
{
    static char out[4096];
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < archive.count; i++) {
        char text[256] = "";
        struct source *member;
        CHECK(archive.folder.ops->open(&archive.folder, archive.members[i].name, &arena, &member,
                                       &error) == OK);
        CHECK(member->size < sizeof(text));
        CHECK_TEXT(member->name, archive.members[i].name);
        CHECK(source_read(member, 0, text, (size_t)member->size, &error) == OK);
        len += (size_t)snprintf(out + len, sizeof(out) - len, "%s=%s;", member->name, text);
    }
    return out;
}

TEST(members_keep_their_order_and_contents_in_every_dialect)
{
    for (int dialect = TAR_V7; dialect <= TAR_VMWARE; dialect++) {
        begin((enum tar_dialect)dialect);
        add("z.vmdk", "disk");
        add("./b.ovf", "text");
        tar_build_header(&tar, "sub/", '5', 0);
        add("sub/a.mf", "");
        add("end", "!");
        tar_build_end(&tar);
        CHECK(open_built() == OK);
        CHECK_TEXT(contents(), "z.vmdk=disk;b.ovf=text;sub/a.mf=;end=!;");
        CHECK(archive_find(&archive, "sub/a.mf") == &archive.members[2]);
        CHECK(!archive_find(&archive, "a.mf") && !archive_find(&archive, "sub/"));
        CHECK(archive.members[0].offset == 512 && archive.members[0].size == 4);
    }
}

TEST(a_member_that_is_not_there_is_told_by_name)
{
    struct source *member;

    begin(TAR_USTAR);
    add("a", "1");
    CHECK(open_built() == OK);
    CHECK(archive.folder.ops->open(&archive.folder, "b", &arena, &member, &error) == ERR_NOT_FOUND);
    CHECK_TEXT(error.text, "b is not in the archive");
}

static void add_pax(char type, const char *const *pairs, size_t count)
{
    char records[1024];
    size_t len = 0;

    for (size_t i = 0; i < count; i += 2)
        len = pax_build_record(records, sizeof(records), len, pairs[i], pairs[i + 1]);
    tar_build_member(&tar, "PaxHeaders/x", type, records, len);
}

TEST(pax_records_and_gnu_names_hold_for_the_next_member_only)
{
    static const char *const pairs[] = {"path", "./long/name.vmdk", "size", "5"};
    static const char *const global[] = {"comment", "made by git"};

    begin(TAR_USTAR);
    add_pax('g', global, 2);
    add_pax('x', pairs, 4);
    tar_build_header(&tar, "short", '0', 0); /* the size in the header is wrong */
    tar_build_data(&tar, "12345", 5);
    add("next", "n");
    tar_build_long_name(&tar, "a/very/long/name.ovf");
    add("a/ver", "gnu");
    add("last", "l");
    tar_build_end(&tar);
    CHECK(open_built() == OK);
    CHECK_TEXT(contents(), "long/name.vmdk=12345;next=n;a/very/long/name.ovf=gnu;last=l;");
}

static void check_refused(enum err code, const char *message)
{
    CHECK(open_built() == code);
    CHECK_TEXT(error.text, message);
}

TEST(links_sparse_files_and_second_names_are_refused_by_name)
{
    static const char *const sparse[] = {"GNU.sparse.major", "1", "GNU.sparse.name", "disk.img"};
    static const char *const path[] = {"path", "a.ovf"};

    begin(TAR_GNU);
    add("a.ovf", "1");
    tar_build_header(&tar, "disk.vmdk", '2', 0);
    check_refused(ERR_UNSUPPORTED, "header at byte 1024: disk.vmdk is a link, not a file");
    begin(TAR_GNU);
    tar_build_header(&tar, "disk.vmdk", 'S', 0);
    check_refused(ERR_UNSUPPORTED, "header at byte 0: disk.vmdk is stored as a sparse file");
    begin(TAR_USTAR);
    add_pax('x', sparse, 4);
    add("disk.vmdk", "1");
    CHECK(open_built() == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "is stored as a sparse file");
    begin(TAR_USTAR);
    add("./a.ovf", "1");
    add_pax('x', path, 2);
    add("b.ovf", "2");
    check_refused(ERR_DAMAGED, "header at byte 2048: a second member named a.ovf");
    begin(TAR_USTAR);
    add("./", "1");
    CHECK(open_built() == ERR_DAMAGED);
    begin(TAR_USTAR);
    add("", "1");
    check_refused(ERR_DAMAGED, "header at byte 0: a member without a name");
}

TEST(an_archive_may_end_without_padding_or_end_blocks)
{
    begin(TAR_USTAR);
    add("a", "one");
    add("b", "two");
    CHECK(open_built() == OK && archive.count == 2);
    CHECK_TEXT(contents(), "a=one;b=two;");
    for (size_t len = 3 * 512 + 3; len < tar.len; len++)
        CHECK(open_bytes((struct bytes){file, len}) == OK && archive.count == 2);
    tar_build_end(&tar);
    add("behind the end", "ignored");
    CHECK(open_built() == OK && archive.count == 2);
}

TEST(an_archive_cut_at_any_byte_is_an_error_or_has_fewer_members)
{
    static const char *const pairs[] = {"path", "disk.vmdk"};
    size_t members = 0;

    begin(TAR_USTAR);
    add("a.ovf", "<Envelope/>");
    add_pax('x', pairs, 2);
    add("d", "disk");
    tar_build_long_name(&tar, "third");
    add("t", "3");
    size_t all = tar.len;
    tar_build_end(&tar);
    for (size_t len = 0; len <= tar.len; len++) {
        enum err code = open_bytes((struct bytes){file, len});
        if (code != OK) {
            CHECK(code == ERR_DAMAGED && error.text[0]);
            continue;
        }
        CHECK(archive.count >= members);
        CHECK(len >= all - 511 || archive.count < 3);
        members = archive.count;
    }
    CHECK(members == 3);
    CHECK(open_bytes((struct bytes){file, 0}) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "is empty, or no tar archive");
    CHECK(open_bytes((struct bytes){file, 520}) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "header at byte 0: a.ovf has 11 bytes, but the archive ends after 8 of "
                           "them: it was cut short");
    CHECK(open_bytes((struct bytes){file, 1030}) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "header at byte 1024: the archive ends after 6 of its 512 bytes");
}

TEST(what_is_cut_is_called_by_its_own_name)
{
    begin(TAR_GNU);
    add("a.ovf", "1");
    tar_build_header(&tar, "volume", 'V', 5000);
    CHECK(open_built() == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "volume has 5000 bytes");
}

TEST(sizes_that_reach_past_the_end_are_refused)
{
    static const uint64_t sizes[] = {1, 511, 1ull << 32, 1ull << 40, INT64_MAX};

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        begin(TAR_GNU);
        tar_build_header(&tar, "disk", '0', sizes[i]);
        CHECK(open_built() == ERR_DAMAGED);
        CHECK_HOLDS(error.text, "header at byte 0: disk has ");
        begin(TAR_GNU);
        tar_build_header(&tar, "x", 'x', sizes[i]);
        CHECK(open_built() == (sizes[i] > 1 << 20 ? ERR_TOO_BIG : ERR_DAMAGED));
    }
}

TEST(too_many_members_are_refused)
{
    static uint8_t large[(ARCHIVE_MEMBERS_MAX + 1) * 512];
    char name[16];

    tar_build_init(&tar, large, sizeof(large), TAR_USTAR);
    for (int i = 0; i <= ARCHIVE_MEMBERS_MAX; i++) {
        snprintf(name, sizeof(name), "%d", i);
        tar_build_header(&tar, name, '0', 0);
    }
    CHECK(open_bytes((struct bytes){large, sizeof(large) - 512}) == OK);
    CHECK(archive.count == ARCHIVE_MEMBERS_MAX);
    CHECK(open_built() == ERR_TOO_BIG);
    CHECK_HOLDS(error.text, "more than 4096 members");
}

TEST(every_read_that_fails_while_indexing_is_told)
{
    begin(TAR_USTAR);
    add("a", "1");
    tar_build_long_name(&tar, "third");
    add("b", "2");
    tar_build_end(&tar);
    for (size_t n = 1;; n++) {
        arena_init(&arena, memory, sizeof(memory), "tests");
        fake_source_init(&source, "box.ova", (struct bytes){tar.at, tar.len});
        source.fail_at = n;
        enum err code = archive_open(&archive, &source.source, &arena, &error);
        CHECK(code == (source.reads >= n ? ERR_IO : OK));
        if (code == OK)
            break;
        CHECK_HOLDS(error.text, "box.ova: cannot read byte ");
    }
}

TEST(hostile_archives_are_refused_or_read_as_gnu_tar_lists_them)
{
    static const struct {
        const char *path;
        enum err code;
        const char *first; /* member, or part of the message */
    } cases[] = {
        {"tar/libarchive__test_compat_gtar_2.tar", OK, "file_with_big_uid_gid"},
        {"tar/libarchive__test_compat_perl_archive_tar.tar", OK, "file1"},
        {"tar/libarchive__test_read_format_gtar_sparse_1_17.tar", ERR_UNSUPPORTED, "sparse is"},
        {"tar/libarchive__test_read_format_gtar_sparse_1_17_posix00.tar", ERR_UNSUPPORTED,
         "sparse"},
        {"tar/libarchive__test_read_format_gtar_sparse_1_17_posix10.tar", ERR_UNSUPPORTED,
         "sparse"},
        {"tar/libarchive__test_read_format_tar_empty_filename.tar", ERR_DAMAGED, ""},
        {"tar/libarchive__test_read_format_tar_pax_g_large.tar", ERR_TOO_BIG, "extended header"},
        {"tar/libarchive__test_read_pax_empty_val_no_nl.tar", ERR_DAMAGED, "header at byte"},
        {"ova/glance__testserver-bad-ovf.ova", OK, "illegal-xml.ovf"},
        {"ova/glance__testserver-no-disk.ova", OK, "testserver.ovf"},
        {"ova/glance__testserver.ova", OK, "testserver.ovf"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char path[200];
        struct bytes bytes;
        snprintf(path, sizeof(path), "corpus/hostile/%s", cases[i].path);
        if (!shared_read(path, &bytes))
            return;
        enum err code = open_bytes(bytes);
        if (code != cases[i].code)
            test_holds(__FILE__, __LINE__, code ? error.text : "it was read", cases[i].path);
        else if (code == OK)
            CHECK_TEXT(archive.members[0].name, cases[i].first);
        else
            CHECK_HOLDS(error.text, cases[i].first);
    }
}
