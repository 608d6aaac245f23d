#include <string.h>

#include "loader/verify.h"
#include "tests/build/package_build.h"
#include "tests/fake_source.h"
#include "tests/test.h"

static uint8_t memory[8 << 20];
static uint8_t file[65536];
static struct error error;
static struct package package;
static struct proof proof;
static struct fake_source source;
static struct arena arena;

static const struct bytes text = {(const uint8_t *)"<Envelope/>", 11};
static const struct bytes disk = {(const uint8_t *)"the disk", 8};
static const struct bytes other = {(const uint8_t *)"another", 7};

/* A manifest in the making. */
static char lines[8192];
static size_t lines_len;

static void begin(void)
{
    lines_len = 0;
    lines[0] = '\0';
}

static void line(enum digest_kind kind, const char *name, struct bytes contents)
{
    lines_len = build_manifest_line(lines, sizeof(lines), lines_len, kind, name, contents);
}

/* Prove the descriptor of an OVA in that folder, "" or "sub/", with these lines as its manifest. */
static enum err prove_in(const char *directory, enum verify_policy policy)
{
    struct tar_build tar;
    struct bytes descriptor;
    char name[100];

    tar_build_init(&tar, file, sizeof(file), TAR_USTAR);
    strcat(strcpy(name, directory), "box.ovf");
    tar_build_file(&tar, name, text.at, text.len);
    strcat(strcpy(name, directory), "box.mf");
    if (lines_len)
        tar_build_file(&tar, name, lines, lines_len);
    strcat(strcpy(name, directory), "disk.vmdk");
    tar_build_file(&tar, name, disk.at, disk.len);
    tar_build_end(&tar);
    arena_init(&arena, memory, sizeof(memory), "tests");
    fake_source_init(&source, "box.ova", (struct bytes){tar.at, tar.len});
    TRY(package_open_archive(&package, &source.source, &arena, &error));
    TRY(verify_descriptor(&package, &(struct authority){.policy = policy}, &arena, &descriptor,
                          &proof, &error));
    CHECK(descriptor.len == text.len && memcmp(descriptor.at, text.at, text.len) == 0);
    return OK;
}

static enum err prove(void)
{
    return prove_in("", VERIFY_MANIFEST);
}

/* Hash these bytes as the disk's and compare. */
static enum err prove_disk(const char *name, struct bytes bytes, struct expected *expected)
{
    struct fake_stream stream;
    struct hash_stream hashed;

    TRY(verify_expect(&package, &proof, name, expected, &error));
    fake_stream_init(&stream, name, bytes, 3);
    hash_stream_init(&hashed, &stream.stream, expected->kinds, expected->count);
    CHECK(stream_drain(&hashed.stream, &error) == OK);
    enum err code = verify_hashed(expected, &hashed, &error);
    fake_stream_release(&stream);
    return code;
}

TEST(a_manifest_that_holds_proves_descriptor_and_disk)
{
    struct expected expected;

    for (int kind = DIGEST_SHA1; kind <= DIGEST_SHA512; kind++) {
        begin();
        line((enum digest_kind)kind, "disk.vmdk", disk);
        line((enum digest_kind)kind, "box.ovf", text);
        CHECK(prove() == OK);
        CHECK(prove_disk("disk.vmdk", disk, &expected) == OK && expected.count == 1);
        CHECK_TEXT(verify_text(&expected), kind == DIGEST_SHA1
                                               ? "matches the manifest, by SHA-1, which is weak"
                                               : "matches the manifest");
        CHECK(prove_disk("disk.vmdk", other, &expected) == ERR_UNTRUSTED);
        CHECK_HOLDS(error.text, "disk.vmdk: its SHA-");
        CHECK_HOLDS(error.text, ", but line 1 of the manifest says ");
    }
}

TEST(a_wrong_digest_of_the_descriptor_is_told_with_both)
{
    begin();
    line(DIGEST_SHA256, "box.ovf", other);
    CHECK(prove() == ERR_UNTRUSTED);
    /* by sha256sum of "<Envelope/>" and "another" */
    CHECK_TEXT(error.text, "box.ova: box.ovf: its SHA-256 is cbed3b27295a309d..., but line 1 of "
                           "the manifest says ae448ac86c4e8e4d...");
    CHECK(prove_in("", VERIFY_NONE) == ERR_UNTRUSTED);
}

TEST(each_bit_of_a_digest_counts)
{
    struct expected expected;
    uint8_t *digest;

    begin();
    line(DIGEST_SHA1, "box.ovf", text);
    line(DIGEST_SHA512, "disk.vmdk", disk);
    CHECK(prove() == OK);
    digest = proof.manifest.entries[1].digest;
    for (size_t i = 0; i < 512; i++) {
        digest[i / 8] ^= (uint8_t)(1 << i % 8);
        CHECK(prove_disk("disk.vmdk", disk, &expected) == ERR_UNTRUSTED);
        digest[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    CHECK(prove_disk("disk.vmdk", disk, &expected) == OK);
}

TEST(a_manifest_that_leaves_a_file_out_proves_nothing)
{
    struct expected expected;

    begin();
    line(DIGEST_SHA256, "disk.vmdk", disk);
    CHECK(prove() == ERR_UNTRUSTED);
    CHECK_TEXT(error.text, "box.ova: box.mf: has no line for box.ovf, so nothing proves that file");
    CHECK(prove_in("", VERIFY_NONE) == ERR_UNTRUSTED);
    begin();
    line(DIGEST_SHA256, "box.ovf", text);
    CHECK(prove() == OK);
    CHECK(prove_disk("disk.vmdk", disk, &expected) == ERR_UNTRUSTED);
    CHECK_HOLDS(error.text, "has no line for disk.vmdk");
}

TEST(lines_for_manifest_and_certificate_are_passed_over)
{
    begin();
    line(DIGEST_SHA1, "box.mf", other);
    line(DIGEST_SHA1, "box.cert", other);
    line(DIGEST_SHA1, "box.ovf", text);
    CHECK(prove() == OK);
}

TEST(a_file_listed_twice_must_match_both_times)
{
    struct expected expected;

    begin();
    line(DIGEST_SHA256, "box.ovf", text);
    line(DIGEST_SHA256, "disk.vmdk", disk);
    line(DIGEST_SHA256, "./disk.vmdk", disk);
    CHECK(prove() == OK && prove_disk("disk.vmdk", disk, &expected) == OK);
    CHECK(expected.count == 1);
    line(DIGEST_SHA256, "disk.vmdk", other);
    CHECK(prove() == OK);
    CHECK(prove_disk("disk.vmdk", disk, &expected) == ERR_UNTRUSTED);
    CHECK_TEXT(error.text, "box.ova: box.mf: disk.vmdk is listed twice, in lines 2 and 4, with "
                           "different SHA-256");
}

TEST(a_file_under_several_algorithms_must_match_them_all)
{
    struct expected expected;

    for (int wrong = -1; wrong <= DIGEST_SHA512; wrong++) {
        begin();
        line(DIGEST_SHA256, "box.ovf", text);
        for (int kind = DIGEST_SHA1; kind <= DIGEST_SHA512; kind++)
            line((enum digest_kind)kind, "disk.vmdk", kind == wrong ? other : disk);
        CHECK(prove() == OK);
        CHECK(prove_disk("disk.vmdk", disk, &expected) == (wrong < 0 ? OK : ERR_UNTRUSTED));
        CHECK(expected.count == 4);
        CHECK_TEXT(verify_text(&expected), "matches the manifest");
    }
}

TEST(without_a_manifest_the_policy_decides)
{
    struct expected expected;

    begin();
    CHECK(prove() == ERR_UNTRUSTED);
    CHECK_TEXT(error.text, "box.ova: has no manifest (.mf), so nothing proves that it is whole; "
                           "verify = none would accept that");
    CHECK(prove_in("", VERIFY_NONE) == OK && !proof.has_manifest);
    CHECK(prove_disk("disk.vmdk", other, &expected) == OK && expected.count == 0);
    CHECK_TEXT(verify_text(&expected), "not proved: the package has no manifest");
}

TEST(a_manifest_that_cannot_be_read_fails_whatever_the_policy)
{
    for (int policy = VERIFY_MANIFEST; policy <= VERIFY_NONE; policy++) {
        begin();
        lines_len = strlen(strcpy(lines, "this is no digest\n"));
        CHECK(prove_in("", (enum verify_policy)policy) == ERR_DAMAGED);
        CHECK_HOLDS(error.text, "box.ova: box.mf: ");
    }
}

TEST(names_are_relative_to_the_manifest_or_to_the_archive)
{
    struct expected expected;

    begin();
    line(DIGEST_SHA256, "box.ovf", text);
    line(DIGEST_SHA256, "sub/disk.vmdk", disk);
    CHECK(prove_in("sub/", VERIFY_MANIFEST) == OK);
    CHECK(prove_disk("sub/disk.vmdk", disk, &expected) == OK && expected.count == 1);
    begin();
    line(DIGEST_SHA256, "box.ovf", text);
    line(DIGEST_SHA256, "elsewhere/disk.vmdk", disk);
    line(DIGEST_SHA256, "disk.vmd", disk);
    line(DIGEST_SHA256, "DISK.VMDK", disk);
    CHECK(prove() == OK);
    CHECK(prove_disk("disk.vmdk", disk, &expected) == ERR_UNTRUSTED);
}
