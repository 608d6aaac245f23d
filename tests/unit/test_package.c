#include <string.h>

#include "loader/package.h"
#include "tests/build/tar_build.h"
#include "tests/fake_port.h"
#include "tests/test.h"

static uint8_t memory[4 << 20];
static uint8_t file[65536];
static struct error error;
static struct package package;
static struct fake_source source;
static struct arena arena;

static void fresh(void)
{
    arena_init(&arena, memory, sizeof(memory), "tests");
    error.text[0] = '\0';
}

/* An OVA of files whose contents are their names. */
static enum err open_names(const char *const *names, size_t count)
{
    struct tar_build tar;

    tar_build_init(&tar, file, sizeof(file), TAR_USTAR);
    for (size_t i = 0; i < count; i++)
        tar_build_file(&tar, names[i], names[i], strlen(names[i]));
    tar_build_end(&tar);
    fresh();
    fake_source_init(&source, "box.ova", (struct bytes){tar.at, tar.len});
    return package_open_archive(&package, &source.source, &arena, &error);
}

static void check_href(const char *href, const char *name)
{
    struct source *opened;
    char text[100] = "";

    enum err code = package_open_href(&package, href, &arena, &opened, &error);
    if (code != OK)
        CHECK_TEXT(error.text, href);
    if (code != OK)
        return;
    CHECK_TEXT(opened->name, name);
    CHECK(source_read(opened, 0, text, (size_t)opened->size, &error) == OK);
    CHECK_TEXT(text, name);
}

static void check_refused(const char *href, enum err code, const char *message)
{
    struct source *opened;

    CHECK(package_open_href(&package, href, &arena, &opened, &error) == code);
    CHECK_TEXT(error.text, message);
}

TEST(descriptor_manifest_and_certificate_are_found_by_stem)
{
    static const char *const names[] = {"disk.vmdk", "other.mf", "Box.CERT", "Box.ovf",
                                        "Boxer.mf",  "Box.MF",   "ox.cert"};

    CHECK(open_names(names, COUNT_OF(names)) == OK);
    CHECK_TEXT(package.name, "box.ova");
    CHECK_TEXT(package.descriptor, "Box.ovf");
    CHECK_TEXT(package.directory, "");
    CHECK_TEXT(package.manifest, "Box.MF");
    CHECK_TEXT(package.certificate, "Box.CERT");
    CHECK(open_names((const char *const[]){"box.ovf", "other.mf", "sub/box.mf"}, 3) == OK);
    CHECK(!package.manifest && !package.certificate);
}

TEST(files_of_the_finder_are_no_descriptors)
{
    CHECK(open_names((const char *const[]){"._box.ovf", "box.ovf", "._box.mf"}, 3) == OK);
    CHECK_TEXT(package.descriptor, "box.ovf");
    CHECK(!package.manifest);
    CHECK(open_names((const char *const[]){"sub/._box.ovf", "x"}, 2) == ERR_NOT_FOUND);
    CHECK_TEXT(error.text, "box.ova: holds no .ovf descriptor among its 2 files");
}

TEST(two_descriptors_and_broken_archives_are_refused)
{
    CHECK(open_names((const char *const[]){"a.ovf", "sub/b.OVF"}, 2) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "box.ova: holds two descriptors, a.ovf and sub/b.OVF");
    CHECK(open_names((const char *const[]){"a.ovf", "a.ovf"}, 2) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "box.ova: header at byte 1024: ");
}

TEST(hrefs_are_literal_first_and_then_decoded)
{
    static const char *const names[] = {"box.ovf",   "disk 1.vmdk",   "d%20literal",
                                        "d literal", "100%",          "sub/x.vmdk",
                                        "url%24%a",  "\xc3\xa9.vmdk", "a..b.vmdk"};

    CHECK(open_names(names, COUNT_OF(names)) == OK);
    check_href("disk%201.vmdk", "disk 1.vmdk");
    check_href("disk 1.vmdk", "disk 1.vmdk");
    check_href("d%20literal", "d%20literal");
    check_href("100%", "100%");
    check_href("100%25", "100%");
    check_href("url%24%a", "url%24%a");
    check_href("%C3%a9.vmdk", "\xc3\xa9.vmdk");
    check_href("sub/x.vmdk", "sub/x.vmdk");
    check_href("sub%2fx.vmdk", "sub/x.vmdk");
    check_href("a..b.vmdk", "a..b.vmdk");
    check_href("./sub/x.vmdk", "sub/x.vmdk");
    check_refused("x.vmdk", ERR_NOT_FOUND,
                  "box.ova: the descriptor names x.vmdk, which is not in the package");
    check_refused("disk%00", ERR_NOT_FOUND,
                  "box.ova: the descriptor names disk%00, which is not in the package");
}

TEST(hrefs_that_leave_the_package_are_refused)
{
    static const char *const names[] = {"sub/box.ovf", "disk", "../disk", "/disk", "sub/..\\disk"};
    static const char *const leaving[] = {"../disk", "..", "a/../../disk", "a/..", "./../disk"};
    static const char *const absolute[] = {"/disk", "C:/disk", "\\\\host\\disk", "..\\disk"};
    struct source *opened;

    CHECK(open_names(names, COUNT_OF(names)) == OK);
    for (size_t i = 0; i < COUNT_OF(leaving); i++) {
        CHECK(package_open_href(&package, leaving[i], &arena, &opened, &error) == ERR_UNSUPPORTED);
        CHECK_HOLDS(error.text, "leaves the package");
    }
    for (size_t i = 0; i < COUNT_OF(absolute); i++) {
        CHECK(package_open_href(&package, absolute[i], &arena, &opened, &error) == ERR_UNSUPPORTED);
        CHECK_HOLDS(error.text, "is an absolute path");
    }
    check_refused("http://host/disk", ERR_UNSUPPORTED,
                  "box.ova: the file reference http://host/disk is a URL; only files inside the "
                  "package can be used");
    check_refused("", ERR_UNSUPPORTED, "box.ova: the file reference  is empty");
    /* Decoding must not open what was refused. */
    CHECK(package_open_href(&package, "%2e%2e/disk", &arena, &opened, &error) == ERR_NOT_FOUND);
    CHECK(package_open_href(&package, "%2fdisk", &arena, &opened, &error) == ERR_NOT_FOUND);
    CHECK(package_open_href(&package, "..%5cdisk", &arena, &opened, &error) == ERR_NOT_FOUND);
}

TEST(hrefs_are_relative_to_the_descriptor)
{
    static const char *const names[] = {"deep/er/box.ovf", "deep/er/box.mf", "disk",
                                        "deep/er/disk"};
    struct source *opened;

    CHECK(open_names(names, COUNT_OF(names)) == OK);
    CHECK_TEXT(package.directory, "deep/er/");
    CHECK_TEXT(package.manifest, "deep/er/box.mf");
    check_href("disk", "deep/er/disk");
    CHECK(package_open_href(&package, "er/disk", &arena, &opened, &error) == ERR_NOT_FOUND);
}

TEST(an_href_over_the_limit_is_refused)
{
    static char href[5000];
    struct source *opened;

    CHECK(open_names((const char *const[]){"box.ovf"}, 1) == OK);
    memset(href, 'a', sizeof(href) - 1);
    CHECK(package_open_href(&package, href, &arena, &opened, &error) == ERR_TOO_BIG);
    CHECK_HOLDS(error.text, "box.ova: a file name has 4999 bytes; the limit is 1023");
    href[1023] = '\0';
    CHECK(package_open_href(&package, href, &arena, &opened, &error) == ERR_NOT_FOUND);
}

TEST(a_loose_package_finds_its_files_beside_the_descriptor)
{
    static const struct fake_file files[] = {{"dir/box.ovf", {file, 1}},
                                             {"dir/box.mf", {file, 2}},
                                             {"dir/disk 1", {file, 3}},
                                             {"box.cert", {file, 4}}};
    struct fake_folder folder;
    struct source *opened;

    fake_folder_init(&folder, "stick", files, COUNT_OF(files));
    fresh();
    CHECK(package_open_folder(&package, &folder.folder, "dir/box.ovf", &arena, &error) == OK);
    CHECK_TEXT(package.name, "dir/box.ovf");
    CHECK_TEXT(package.directory, "dir/");
    CHECK_TEXT(package.manifest, "dir/box.mf");
    CHECK(!package.certificate);
    CHECK(package_open_href(&package, "disk%201", &arena, &opened, &error) == OK);
    CHECK(opened->size == 3);
    fake_folder_init(&folder, "stick", files, 1);
    CHECK(package_open_folder(&package, &folder.folder, "dir/box.ovf", &arena, &error) == OK);
    CHECK(!package.manifest);
}

static enum err failing_open(struct folder *f, const char *name, struct arena *a,
                             struct source **out, struct error *e)
{
    (void)f, (void)a, (void)out;
    return fail(e, ERR_IO, "%s: cannot open", name);
}

TEST(a_medium_that_fails_is_not_taken_for_a_missing_manifest)
{
    static const struct folder_ops ops = {failing_open};
    struct folder folder = {&ops, "stick"};

    fresh();
    CHECK(package_open_folder(&package, &folder, "box.ovf", &arena, &error) == ERR_IO);
    CHECK_TEXT(error.text, "box.ovf: box.mf: cannot open");
}

TEST(a_whole_file_is_read_up_to_a_limit)
{
    struct bytes bytes;

    CHECK(open_names((const char *const[]){"box.ovf", "12345"}, 2) == OK);
    CHECK(package_read(&package, "12345", 5, &arena, &bytes, &error) == OK);
    CHECK(bytes.len == 5 && memcmp(bytes.at, "12345", 5) == 0);
    CHECK(package_read(&package, "12345", 4, &arena, &bytes, &error) == ERR_TOO_BIG);
    CHECK_TEXT(error.text, "box.ova: 12345: has 5 bytes; the limit is 4");
    CHECK(package_read(&package, "6", 5, &arena, &bytes, &error) == ERR_NOT_FOUND);
    CHECK_HOLDS(error.text, "box.ova: 6 is not in");
    source.fail_at = 1;
    CHECK(package_read(&package, "12345", 5, &arena, &bytes, &error) == ERR_IO);
    CHECK_HOLDS(error.text, "box.ova: ");
}

TEST(the_last_part_of_a_path_is_its_base_name)
{
    CHECK_TEXT(package_base_name("a/b\\c.ova"), "c.ova");
    CHECK_TEXT(package_base_name("c.ova"), "c.ova");
    CHECK_TEXT(package_base_name("a/"), "");
}
