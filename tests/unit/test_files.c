#include "loader/files.h"

#include <string.h>

#include "base/text.h"
#include "loader/record.h"
#include "tests/build/plan_build.h"
#include "tests/test.h"

static struct plan_build b;
static uint8_t large[FILES_SIZE_MAX + 1];

#define FILES(files)     "<EnvironmentFilesSection><Info/>" files "</EnvironmentFilesSection>"
#define PLACED(id, path) "<File ovf:fileRef='" id "' ovf:path='" path "'/>"

/* Python: gzip.compress(b"hello hello hello\n", mtime=0) */
static const uint8_t packed[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
                                 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x90, 0x5c,
                                 0x00, 0x3b, 0x7c, 0x8a, 0xdf, 0x12, 0x00, 0x00, 0x00};

static void begin(const char *files)
{
    static char content[16384];

    text_format(content, sizeof(content), SYSTEM("vm", FILES("%s")), files);
    plan_build_begin(&b, content);
}

static void add(const char *name, const uint8_t *bytes, size_t len)
{
    b.files[b.folder.count++] = (struct fake_file){name, {bytes, len}};
}

/* A package with text.txt, strings.xml and text.gz. */
static void begin_with_files(const char *files)
{
    begin(files);
    plan_build_file(&b, "text.txt", "text");
    plan_build_file(&b, "strings.xml", "");
    add("text.gz", packed, sizeof(packed));
}

static enum err read_them(void)
{
    TRY(plan_build_choose(&b, ""));
    return files_read(&b.plan, true, &b.arena, b.work, &b.error);
}

static enum err read_of(const char *files)
{
    begin_with_files(files);
    return read_them();
}

static bool holds(size_t file, const char *path, const char *text)
{
    const struct plan_file *f = &b.plan.files[file];

    return strcmp(f->path, path) == 0 && f->bytes.len == strlen(text) &&
           memcmp(f->bytes.at, text, f->bytes.len) == 0;
}

TEST(files_are_read_and_unpacked)
{
    NEED(read_of(PLACED("text", "etc/App.conf") PLACED("packed", "etc/hello")
                     PLACED("strings", "empty")) == OK);
    NEED(b.plan.file_count == 3);
    CHECK(holds(0, "ovffiles/etc/App.conf", "text"));
    CHECK(holds(1, "ovffiles/etc/hello", "hello hello hello\n"));
    CHECK(holds(2, "ovffiles/empty", ""));
    /* printf text | sha256sum */
    CHECK(memcmp(b.plan.files[0].digest, "\x98\x2d\x9e\x3e", 4) == 0);
    CHECK(b.plan.note_count == 0);
}

TEST(a_system_without_files_has_none)
{
    plan_build_begin(&b, SYSTEM("vm", ""));
    CHECK(read_them() == OK && b.plan.file_count == 0);
    CHECK(read_of("") == OK && b.plan.file_count == 0);
}

TEST(files_of_another_system_are_not_this_one_s)
{
    plan_build_begin(&b, COLLECTION("all", SYSTEM("a", FILES(PLACED("text", "../x")))
                                               SYSTEM("b", FILES(PLACED("text", "x")))));
    plan_build_file(&b, "text.txt", "text");
    NEED(plan_build_choose(&b, "system = b\n") == OK);
    CHECK(files_read(&b.plan, true, &b.arena, b.work, &b.error) == OK && b.plan.file_count == 1);
    NEED(plan_build_choose(&b, "system = a\n") == OK);
    CHECK(files_read(&b.plan, true, &b.arena, b.work, &b.error) == ERR_UNSUPPORTED);
}

TEST(hostile_paths_are_refused)
{
    static const struct {
        const char *files, *why;
    } cases[] = {
        {PLACED("text", ""), "the path  for a file of the guest is empty"},
        {PLACED("text", "/etc/passwd"), "line 2: the path /etc/passwd for a file of the guest is "},
        {PLACED("text", "a\\b"), "is not a relative path with slashes"},
        {PLACED("text", "\\a"), "is not a relative path with slashes"},
        {PLACED("text", "c:x"), "is not a relative path with slashes"},
        {PLACED("text", ".."), "has a part that is no name"},
        {PLACED("text", "../meta-data"), "has a part that is no name"},
        {PLACED("text", "a/../../meta-data"), "has a part that is no name"},
        {PLACED("text", "a/.."), "has a part that is no name"},
        {PLACED("text", "./a"), "has a part that is no name"},
        {PLACED("text", "a//b"), "has an empty part"},
        {PLACED("text", "a/"), "has an empty part"},
        {PLACED("text", "a?b"), "ovffiles/a?b: no name for a file on a FAT volume"},
        {PLACED("text", "a/b:c"), "no name for a file"},
        {PLACED("text", "a./b"), "no name for a file"},
        {PLACED("text", "..."), "no name for a file"},
        {PLACED("text", "a /b"), "no name for a file"},
        {PLACED("text", "a&#9;b"), "no name for a file"},
        {PLACED("text", "a") PLACED("strings", "a"), "ovffiles/a: there twice"},
        {PLACED("text", "a/B") PLACED("strings", "A/b"), "ovffiles/A/b: there twice"},
        {PLACED("text", "a") PLACED("strings", "A/b"), "ovffiles/A/b: there twice"},
        {PLACED("text", "A/b") PLACED("strings", "a"), "ovffiles/a: there twice"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CHECK(read_of(cases[i].files) == ERR_UNSUPPORTED);
        CHECK_HOLDS(b.error.text, cases[i].why);
        CHECK(strncmp(b.error.text, "box.ovf: ", 9) == 0);
    }
    CHECK(read_of(PLACED("text", "a..b/..c/.d") PLACED("text", "A.B/ c")) == OK);
}

TEST(a_path_has_a_limit)
{
    char files[2 * FILES_PATH_MAX], path[FILES_PATH_MAX + 1];
    size_t most = FILES_PATH_MAX - strlen(FILES_FOLDER);

    memset(path, 'x', sizeof(path));
    path[most] = '\0';
    text_format(files, sizeof(files), PLACED("text", "%s"), path);
    CHECK(read_of(files) == OK && strlen(b.plan.files[0].path) == FILES_PATH_MAX);
    path[most] = 'x';
    path[most + 1] = '\0';
    text_format(files, sizeof(files), PLACED("text", "%s"), path);
    CHECK(read_of(files) == ERR_UNSUPPORTED);
    CHECK_HOLDS(b.error.text, "is too long");
}

TEST(what_cannot_be_read_is_refused_by_name)
{
    static const struct {
        const char *id, *why;
        enum err err;
    } cases[] = {
        {"none", "the file for ovffiles/x is not among References", ERR_DAMAGED},
        {"outside", "../outside.txt leaves the package", ERR_UNSUPPORTED},
        {"zipped", "text.zip is compressed by zip, which is not read here", ERR_UNSUPPORTED},
        {"cut", "text.txt is cut in chunks, which are not read here", ERR_UNSUPPORTED},
    };
    char files[100];

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        text_format(files, sizeof(files), PLACED("%s", "x"), cases[i].id);
        CHECK(read_of(files) == cases[i].err);
        CHECK_HOLDS(b.error.text, cases[i].why);
    }
    begin(PLACED("text", "x"));
    CHECK(read_them() == ERR_NOT_FOUND);
    CHECK_HOLDS(b.error.text, "text.txt, which is not in the package");
}

TEST(a_size_that_is_not_so_is_damage_unless_the_manifest_decides)
{
    CHECK(read_of(PLACED("sized", "x")) == OK && b.plan.note_count == 0);
    begin(PLACED("sized", "x"));
    plan_build_file(&b, "text.txt", "texts");
    CHECK(read_them() == ERR_DAMAGED);
    CHECK_HOLDS(b.error.text, "text.txt has 5 bytes, where the descriptor says 4");
    begin(PLACED("sized", "x"));
    plan_build_file(&b, "text.txt", "texts");
    plan_build_manifest(&b, NULL);
    CHECK(read_them() == OK && b.plan.note_count == 1);
}

TEST(a_file_is_proved_as_it_lies_in_the_package)
{
    begin_with_files(PLACED("text", "x") PLACED("packed", "y"));
    plan_build_manifest(&b, NULL);
    CHECK(read_them() == OK && b.plan.file_count == 2);
    for (size_t i = 0; i < 2; i++) {
        begin_with_files(PLACED("text", "x") PLACED("packed", "y"));
        plan_build_manifest(&b, i ? "text.gz" : "text.txt");
        CHECK(read_them() == ERR_UNTRUSTED);
        CHECK_HOLDS(b.error.text, i ? "text.gz: its SHA-256 is" : "text.txt: its SHA-256 is");
    }
    begin(PLACED("text", "x"));
    plan_build_manifest(&b, NULL);
    plan_build_file(&b, "text.txt", "text");
    CHECK(read_them() == ERR_UNTRUSTED);
    CHECK_HOLDS(b.error.text, "has no line for text.txt");
}

TEST(bad_gzip_is_damage)
{
    static uint8_t changed[sizeof(packed) + 1];

    memcpy(changed, packed, sizeof(packed));
    for (size_t i = 0; i < 2; i++) {
        begin(PLACED("packed", "x"));
        changed[12] ^= i == 0;
        changed[sizeof(packed)] = 1; /* behind the end */
        add("text.gz", changed, sizeof(packed) + i);
        CHECK(read_them() == ERR_DAMAGED);
        CHECK_HOLDS(b.error.text, "text.gz: bad compressed data");
        changed[12] = packed[12];
    }
}

TEST(all_files_together_have_a_limit)
{
    static const char *const files = PLACED("text", "x") PLACED("strings", "y");

    for (size_t over = 0; over < 2; over++) {
        begin(files);
        add("text.txt", large, FILES_SIZE_MAX - 1);
        add("strings.xml", large, 1 + over);
        CHECK(read_them() == (over ? ERR_TOO_BIG : OK));
    }
    CHECK_HOLDS(b.error.text, "strings.xml: with it the files for the guest have more than 8 MiB");
}

TEST(a_file_that_unpacks_to_too_much_is_over_the_limit)
{
    begin(PLACED("text", "x") PLACED("packed", "y"));
    add("text.txt", large, FILES_SIZE_MAX - 17); /* text.gz unpacks to 18 */
    add("text.gz", packed, sizeof(packed));
    CHECK(read_them() == ERR_TOO_BIG);
    begin(PLACED("text", "x") PLACED("packed", "y"));
    add("text.txt", large, FILES_SIZE_MAX - sizeof(packed));
    add("text.gz", packed, sizeof(packed));
    CHECK(read_them() == OK);
}

TEST(what_the_guest_goes_without_is_noted_and_not_looked_at)
{
    begin(PLACED("none", "../etc/x") PLACED("cut", "app.conf"));
    NEED(plan_build_choose(&b, "") == OK);
    CHECK(files_read(&b.plan, false, &b.arena, b.work, &b.error) == OK);
    CHECK(b.plan.file_count == 0 && b.plan.note_count == 1);
    CHECK_TEXT(b.plan.notes[0],
               "the guest goes without files of the appliance (ovffiles/): ../etc/x, app.conf");
}

TEST(a_long_list_of_what_is_not_given_is_cut_between_paths)
{
    static char files[4096];
    size_t len = 0;

    for (size_t i = 0; i < 30; i++)
        len += text_format(files + len, sizeof(files) - len, PLACED("text", "name-of-file-%zu"), i);
    begin(files);
    NEED(plan_build_choose(&b, "") == OK);
    CHECK(files_read(&b.plan, false, &b.arena, b.work, &b.error) == OK);
    CHECK_HOLDS(b.plan.notes[0], "name-of-file-11 and 18 more");
}

TEST(another_content_is_another_package_also_without_a_manifest)
{
    struct record_identity first, again, other, moved;

    NEED(read_of(PLACED("text", "x")) == OK);
    record_identify(&b.plan, &first);
    NEED(read_of(PLACED("text", "x")) == OK);
    record_identify(&b.plan, &again);
    b.plan.files[0].path = "ovffiles/y";
    record_identify(&b.plan, &moved);
    begin(PLACED("text", "x"));
    plan_build_file(&b, "text.txt", "TEXT");
    NEED(read_them() == OK);
    record_identify(&b.plan, &other);
    CHECK(memcmp(first.package, again.package, sizeof(first.package)) == 0);
    CHECK(memcmp(first.package, other.package, sizeof(first.package)) != 0);
    CHECK(memcmp(first.package, moved.package, sizeof(first.package)) != 0);
}
