#include "parsers/manifest.h"

#include <stdio.h>
#include <string.h>

#include "tests/build/shared.h"
#include "tests/test.h"

/* sha1sum, sha256sum, sha384sum and sha512sum of "abc": FIPS 180's own example. */
#define SHA1_ABC   "a9993e364706816aba3e25717850c26c9cd0d89d"
#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA384_ABC                                                                                 \
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"                             \
    "8086072ba1e7cc2358baeca134c825a7"
#define SHA512_ABC                                                                                 \
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"                             \
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"

static uint8_t memory[1 << 20];
static struct error error;
static struct manifest manifest;

static enum err parse_bytes(struct bytes text)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    return manifest_parse(text, &a, &manifest, &error);
}

static enum err parse(const char *text)
{
    return parse_bytes((struct bytes){(const uint8_t *)text, strlen(text)});
}

static const char *hex(const struct manifest_entry *entry)
{
    static char text[2 * DIGEST_MAX + 1];

    for (size_t i = 0; i < digest_size(entry->kind); i++)
        snprintf(text + 2 * i, 3, "%02x", entry->digest[i]);
    return text;
}

static void check_entry(size_t i, enum digest_kind kind, const char *name, const char *digest)
{
    NEED(i < manifest.count);
    CHECK(manifest.entries[i].kind == kind);
    CHECK_TEXT(manifest.entries[i].name, name);
    CHECK_TEXT(hex(&manifest.entries[i]), digest);
}

/* The text is one entry: the digest of "abc" for "a.vmdk". */
static void same(const char *text, enum digest_kind kind, const char *digest)
{
    CHECK(parse(text) == OK);
    CHECK(manifest.count == 1);
    check_entry(0, kind, "a.vmdk", digest);
}

static void refused(const char *text, enum err code, const char *message)
{
    CHECK(parse(text) == code);
    CHECK_TEXT(error.text, message);
}

TEST(manifest_algorithms_are_known_in_every_spelling)
{
    same("SHA1(a.vmdk)= " SHA1_ABC "\n", DIGEST_SHA1, SHA1_ABC);
    same("SHA-1(a.vmdk)= " SHA1_ABC "\n", DIGEST_SHA1, SHA1_ABC);
    same("sha1(a.vmdk)= " SHA1_ABC "\n", DIGEST_SHA1, SHA1_ABC);
    same("SHA256(a.vmdk)= " SHA256_ABC "\n", DIGEST_SHA256, SHA256_ABC);
    same("SHA-256(a.vmdk)= " SHA256_ABC "\n", DIGEST_SHA256, SHA256_ABC);
    same("SHA2-256(a.vmdk)= " SHA256_ABC "\n", DIGEST_SHA256, SHA256_ABC);
    same("sha2-256(a.vmdk)= " SHA256_ABC "\n", DIGEST_SHA256, SHA256_ABC);
    same("SHA384(a.vmdk)= " SHA384_ABC "\n", DIGEST_SHA384, SHA384_ABC);
    same("SHA-384(a.vmdk)= " SHA384_ABC "\n", DIGEST_SHA384, SHA384_ABC);
    same("SHA2-384(a.vmdk)= " SHA384_ABC "\n", DIGEST_SHA384, SHA384_ABC);
    same("SHA512(a.vmdk)= " SHA512_ABC "\n", DIGEST_SHA512, SHA512_ABC);
    same("SHA-512(a.vmdk)= " SHA512_ABC "\n", DIGEST_SHA512, SHA512_ABC);
    same("SHA2-512(a.vmdk)= " SHA512_ABC "\n", DIGEST_SHA512, SHA512_ABC);
}

TEST(manifest_lines_may_have_blanks_anywhere_and_any_end)
{
    same("SHA1 (a.vmdk) = " SHA1_ABC "\n", DIGEST_SHA1, SHA1_ABC); /* sha1sum --tag */
    same("SHA1 (a.vmdk)= " SHA1_ABC "\n", DIGEST_SHA1, SHA1_ABC);  /* VirtualBox */
    same("SHA1(a.vmdk)=" SHA1_ABC "\n", DIGEST_SHA1, SHA1_ABC);
    same("SHA1(a.vmdk) =" SHA1_ABC "\n", DIGEST_SHA1, SHA1_ABC);
    same("  SHA1\t (a.vmdk) \t=\t\t" SHA1_ABC " \t\n", DIGEST_SHA1, SHA1_ABC);
    same("SHA1(a.vmdk)= " SHA1_ABC, DIGEST_SHA1, SHA1_ABC);
    same("SHA1(a.vmdk)= " SHA1_ABC "\r\n", DIGEST_SHA1, SHA1_ABC);
    same("SHA1(a.vmdk)= " SHA1_ABC "\r", DIGEST_SHA1, SHA1_ABC);
    same("\n\r\n \t\nSHA1(a.vmdk)= " SHA1_ABC "\n\n\n", DIGEST_SHA1, SHA1_ABC);
    same("\xef\xbb\xbfSHA1(a.vmdk)= " SHA1_ABC "\n", DIGEST_SHA1, SHA1_ABC);
    same("SHA1(a.vmdk)= A9993E364706816ABA3E25717850C26C9CD0D89D\n", DIGEST_SHA1, SHA1_ABC);
}

TEST(names_in_a_manifest_may_hold_anything_printable)
{
    static const char *const names[] = {
        "disk (1).vmdk",     "a)b",   "a=b",  "a)= b", "SHA1(x)= y", "a)=", "(", ")", "=", " a ",
        "\xe6\xb5\x8b.vmdk", "a%20b", "../x", "a\\b",
    };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char text[200];
        snprintf(text, sizeof(text), "SHA1(%s)= %s\n", names[i], SHA1_ABC);
        CHECK(parse(text) == OK);
        CHECK(manifest.count == 1);
        check_entry(0, DIGEST_SHA1, names[i], SHA1_ABC);
        snprintf(text, sizeof(text), "SHA1 (%s) = %s\n", names[i], SHA1_ABC);
        CHECK(parse(text) == OK);
        check_entry(0, DIGEST_SHA1, names[i], SHA1_ABC);
    }
}

TEST(manifest_entries_keep_their_order_and_their_line)
{
    CHECK(parse("SHA1(a)= " SHA1_ABC "\r\n\r\nSHA256(b)= " SHA256_ABC "\r\nSHA1(a)= " SHA1_ABC) ==
          OK);
    CHECK(manifest.count == 3);
    check_entry(0, DIGEST_SHA1, "a", SHA1_ABC);
    check_entry(1, DIGEST_SHA256, "b", SHA256_ABC);
    check_entry(2, DIGEST_SHA1, "a", SHA1_ABC);
    CHECK(manifest.entries[0].line == 1);
    CHECK(manifest.entries[1].line == 3);
    CHECK(manifest.entries[2].line == 4);
}

TEST(a_manifest_without_lines_has_no_entries)
{
    CHECK(parse("") == OK && manifest.count == 0);
    CHECK(parse("\n \r\n") == OK && manifest.count == 0);
    CHECK(parse_bytes((struct bytes){NULL, 0}) == OK && manifest.count == 0);
}

TEST(manifest_lines_that_are_no_digest_are_refused)
{
    refused("garbage\n", ERR_DAMAGED, "line 1: this is not a digest: garbage");
    refused("\n\n# comment\n", ERR_DAMAGED, "line 3: this is not a digest: # comment");
    refused("SHA1 a.vmdk = " SHA1_ABC "\n", ERR_DAMAGED,
            "line 1: this is not a digest: SHA1 a.vmdk = "
            "a9993e364706816aba3e25717850c26c9cd0d89d");
    refused("SHA1(a.vmdk) " SHA1_ABC "\n", ERR_DAMAGED,
            "line 1: this is not a digest: SHA1(a.vmdk) "
            "a9993e364706816aba3e25717850c26c9cd0d89d");
    refused("(a.vmdk)= " SHA1_ABC "\n", ERR_DAMAGED,
            "line 1: this is not a digest: (a.vmdk)= "
            "a9993e364706816aba3e25717850c26c9cd0d89d");
    refused("SHA1)a.vmdk(= 00\n", ERR_DAMAGED, "line 1: this is not a digest: SHA1)a.vmdk(= 00");
    refused("SHA1(", ERR_DAMAGED, "line 1: this is not a digest: SHA1(");
    refused("S H A 1(a)= 00", ERR_DAMAGED, "line 1: this is not a digest: S H A 1(a)= 00");
}

TEST(manifest_names_that_make_no_sense_are_refused)
{
    refused("SHA1()= " SHA1_ABC "\n", ERR_DAMAGED, "line 1: the file's name is empty");
    refused("\nSHA1(a\xff)= " SHA1_ABC "\n", ERR_DAMAGED,
            "line 2: the file's name is not UTF-8, or holds a control character");
    refused("SHA1(a\xed\xa0\x80)= " SHA1_ABC "\n", ERR_DAMAGED,
            "line 1: the file's name is not UTF-8, or holds a control character");
    refused("SHA1(a\x1b[2J)= " SHA1_ABC "\n", ERR_DAMAGED,
            "line 1: the file's name is not UTF-8, or holds a control character");

    static const char nul[] = "SHA1(a\0b)= " SHA1_ABC "\n";
    CHECK(parse_bytes((struct bytes){(const uint8_t *)nul, sizeof(nul) - 1}) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 1: the file's name is not UTF-8, or holds a control character");
}

TEST(manifest_digests_of_the_wrong_length_are_refused)
{
    refused("SHA1(a)= 00\n", ERR_DAMAGED, "line 1: the digest of a has 2 digits, but SHA-1 has 40");
    refused("SHA256(a)= " SHA1_ABC "\n", ERR_DAMAGED,
            "line 1: the digest of a has 40 digits, but SHA-256 has 64");
    refused("SHA1(a)= " SHA1_ABC "0\n", ERR_DAMAGED,
            "line 1: the digest of a has 41 digits, but SHA-1 has 40");
    refused("SHA512(a)= " SHA512_ABC "00\n", ERR_DAMAGED,
            "line 1: the digest of a has 130 digits, but SHA-512 has 128");
    refused("SHA1(a)=\n", ERR_DAMAGED, "line 1: the digest of a has 0 digits, but SHA-1 has 40");
    refused("SHA1(a)= g9993e364706816aba3e25717850c26c9cd0d89d\n", ERR_DAMAGED,
            "line 1: the digest of a is not hexadecimal");
    refused("SHA1(a)= a9993e36 4706816aba3e25717850c26c9cd0d89d\n", ERR_DAMAGED,
            "line 1: the digest of a is not hexadecimal");

    static const char nul[] = "SHA1(a)= a9993e364706816aba3e25717850c26c9cd0d89\0\n";
    CHECK(parse_bytes((struct bytes){(const uint8_t *)nul, sizeof(nul) - 1}) == ERR_DAMAGED);
}

TEST(manifest_algorithms_that_are_not_done_are_named)
{
    static const char *const names[] = {"MD5",
                                        "SHA224",
                                        "SHA512/256",
                                        "SHA3-256",
                                        "SIZE",
                                        "SHA2",
                                        "SHA",
                                        "SHA2-1",
                                        "SHA2-5122",
                                        "RSA-SHA2-256",
                                        "a-very-long-word-indeed"};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char text[200], message[200];
        snprintf(text, sizeof(text), "%s(a)= 00\n", names[i]);
        snprintf(message, sizeof(message),
                 "line 1: digest algorithm %s is not one of SHA-1, SHA-256, SHA-384 and SHA-512",
                 names[i]);
        refused(text, ERR_UNSUPPORTED, message);
    }
}

TEST(a_manifest_of_too_many_lines_is_refused)
{
    static char text[4 * (MANIFEST_LINES_MAX + 1)];

    for (size_t i = 0; i <= MANIFEST_LINES_MAX; i++)
        memcpy(text + 2 * i, "x\n", 2);
    refused(text, ERR_TOO_BIG, "the manifest has 4097 lines, but 4096 are the limit");
    text[2 * MANIFEST_LINES_MAX] = '\0';
    refused(text, ERR_DAMAGED, "line 1: this is not a digest: x");
}

TEST(a_full_arena_while_reading_a_manifest_is_an_error)
{
    static const char text[] = "SHA1(a.ovf)= " SHA1_ABC "\nSHA256(b.vmdk)= " SHA256_ABC "\n";
    struct bytes view = {(const uint8_t *)text, sizeof(text) - 1};
    size_t room = 0, refusals = 0;
    struct arena a;
    enum err err;

    do {
        arena_init(&a, memory, room, "a test");
        err = manifest_parse(view, &a, &manifest, &error);
        if (err) {
            CHECK(err == ERR_NO_MEMORY);
            CHECK_HOLDS(error.text, "memory for a test is used up");
            refusals++;
        }
    } while (err && room++ < sizeof(memory));
    CHECK(refusals >= 2 * sizeof(struct manifest_entry) + sizeof("a.ovf") + sizeof("b.vmdk"));
    CHECK(manifest.count == 2);
    check_entry(1, DIGEST_SHA256, "b.vmdk", SHA256_ABC);
}

TEST(digest_sizes_and_names)
{
    CHECK(digest_size(DIGEST_SHA1) == 20);
    CHECK(digest_size(DIGEST_SHA256) == 32);
    CHECK(digest_size(DIGEST_SHA384) == 48);
    CHECK(digest_size(DIGEST_SHA512) == 64);
    CHECK_TEXT(digest_name(DIGEST_SHA1), "SHA-1");
    CHECK_TEXT(digest_name(DIGEST_SHA256), "SHA-256");
    CHECK_TEXT(digest_name(DIGEST_SHA384), "SHA-384");
    CHECK_TEXT(digest_name(DIGEST_SHA512), "SHA-512");
}

/* Digests as sha1sum and sha256sum print them for the files beside these manifests. */
TEST(manifests_of_the_corpus_are_read)
{
    static const struct {
        const char *path;
        const char *ovf, *vmdk; /* digests */
    } cot[] = {
        {"corpus/signed/cot-input-3704dc5/input.mf", "2c56f8292a5127485fcd45e81922ed49ef83492f",
         "264caaa216ad928f82f727bb06d8e6e6fbd94df0"},
        {"corpus/signed/cot-input-7318d2b/input.mf", "fe08990b4dea5599745e9d84d3aa9442a6199f09",
         "264caaa216ad928f82f727bb06d8e6e6fbd94df0"},
        {"corpus/signed/cot-input-b72477c/input.mf", "e4bb3f7b4d40447caea2b6c069c772c9a9d8fa48",
         "264caaa216ad928f82f727bb06d8e6e6fbd94df0"},
        {"corpus/signed/cot-input-e9366f3/input.mf", "6add403901f5aebaa68c9c51078e510a745ae912",
         "94bdfb796ae9635b188e75efb52f5b895eca8340"},
    };
    struct bytes text;

    for (size_t i = 0; i < COUNT_OF(cot); i++) {
        if (!shared_read(cot[i].path, &text))
            return;
        CHECK(parse_bytes(text) == OK);
        CHECK(manifest.count == 3);
        check_entry(0, DIGEST_SHA1, "input.ovf", cot[i].ovf);
        check_entry(1, DIGEST_SHA1, "input.vmdk", cot[i].vmdk);
        check_entry(2, DIGEST_SHA1, "input.iso", "7ee85ab877bef392cb0d6bb76aceef835057a513");
    }
    NEED(shared_read("corpus/signed/cot-ubuntu.2.0-2e17305/ubuntu.2.0.mf", &text));
    CHECK(parse_bytes(text) == OK);
    CHECK(manifest.count == 2);
    check_entry(0, DIGEST_SHA256, "ubuntu.2.0.ovf",
                "4aacc96f73bc1e0912414b80a576f62fa8d22386a2c34c489e88ee42ec71de9b");
    check_entry(1, DIGEST_SHA256, "ubuntu.2.0-disk1.vmdk",
                "4a218c15a1e8aed26cb0a2a533562e85a9f28956a6666181d0c9bb7ba58b5b06");
}

/* Where the .mf lies in the archive, and its size, as Python's tarfile tells. */
TEST(manifests_inside_archives_of_the_corpus_are_read)
{
    struct bytes ova;

    if (!shared_read("corpus/signed/govmomi-ttylinux-ova/ttylinux-pc_i486-16.1.ova", &ova))
        return;
    CHECK(parse_bytes((struct bytes){ova.at + 6144, 159}) == OK);
    CHECK(manifest.count == 2);
    check_entry(0, DIGEST_SHA1, "ttylinux-pc_i486-16.1.ovf",
                "06271f767e0d5671c67e4edeaa2c157cabb66c2b");
    check_entry(1, DIGEST_SHA1, "ttylinux-pc_i486-16.1-disk1.vmdk",
                "648e20a1e1625b1bb963b08c926bc18e62f15dfc");

    NEED(shared_read("corpus/signed/openovf-2008-04-ova/ourOVF.ova", &ova));
    CHECK(parse_bytes((struct bytes){ova.at + 8704, 678}) == OK);
    CHECK(manifest.count == 11);
    check_entry(0, DIGEST_SHA1, "ourOVF.ovf", "8efca127142954ca184009cf49f21cbbe0ccf539");
    check_entry(1, DIGEST_SHA1, "ourOVF.mf", "65235742af8e54a0842c5f7165332672a7309e5c");
    check_entry(2, DIGEST_SHA1, "ourOVF.cert", "bf1ae2642e7dacac1a8fa0d1759925b836693dc5");
    check_entry(10, DIGEST_SHA1, "Ubuntu-0.vmdk", "fdb10384ba4362317ac4048e858707be936a274f");
    CHECK(manifest.entries[10].line == 11);
}
