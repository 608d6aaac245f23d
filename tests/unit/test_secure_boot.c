/* Images and certificates are in tests/corpus/pe: made with openssl and signed with sbsign; the
 * digests below are what osslsigncode and openssl say. */
#include <stdlib.h>
#include <string.h>

#include "crypto/authenticode.h"
#include "crypto/secure_boot.h"
#include "tests/build/shared.h"
#include "tests/fake_source.h"
#include "tests/test.h"

static const uint8_t x509[16] = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
                                 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
static const uint8_t sha256[16] = {0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
                                   0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28};
static const uint8_t x509_sha256[16] = {0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40,
                                        0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed};

static const char image_digest[] =
    "f0f0694fad12d898d4615ae218f470a35781ced8ee1b80fe57270535460f7987";
static const char leaf_hash[] = "0b548b940519357e53691c56aa7ded31876ec8be817f3b2719e00db5fa6ca8c4";
static const char ca_hash[] = "429df04457c3511ef01ef9433813eda5b605d45e27151682e96f2f213c9b7f61";

/* A database being made. */
struct lists {
    uint8_t at[4096];
    size_t len;
};

static uint8_t memory[1 << 20], image[16 << 10];
static size_t image_len;
static struct lists db, dbx;
static struct boot_verdict verdict;
static struct error error;

static void add(struct lists *l, const uint8_t type[16], const uint8_t *data, size_t len)
{
    uint8_t *at = l->at + l->len;

    memcpy(at, type, 16);
    put_le32(at + 16, (uint32_t)(28 + 16 + len));
    put_le32(at + 20, 0);
    put_le32(at + 24, (uint32_t)(16 + len));
    memcpy(at + 44, data, len);
    l->len += 44 + len;
}

static void add_hex(struct lists *l, const uint8_t type[16], const char *hex, size_t more)
{
    uint8_t bytes[64] = {0};

    for (size_t i = 0; i < 32; i++)
        bytes[i] = (uint8_t)strtol((char[]){hex[2 * i], hex[2 * i + 1], 0}, NULL, 16);
    add(l, type, bytes, 32 + more);
}

static void add_certificate(struct lists *l, const char *path)
{
    struct bytes file;

    if (seed_read(path, &file))
        add(l, x509, file.at, file.len);
}

static bool begin(const char *path)
{
    struct bytes file;

    db.len = dbx.len = 0;
    if (!seed_read(path, &file) || file.len > sizeof(image))
        return false;
    memcpy(image, file.at, file.len);
    image_len = file.len;
    return true;
}

static enum err judge(void)
{
    struct boot_databases databases = {{db.at, db.len}, {dbx.at, dbx.len}};
    struct fake_source file;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    fake_source_init(&file, "BOOTX64.EFI", (struct bytes){image, image_len});
    return boot_judge(&file.source, &databases, a, &verdict, &error);
}

static void check_reason(enum boot_reason reason, bool starts)
{
    CHECK(judge() == OK);
    CHECK(verdict.reason == reason);
    CHECK(verdict.starts == starts);
}

#define CA    "tests/corpus/pe/ca.der"
#define LEAF  "tests/corpus/pe/leaf.der"
#define OTHER "tests/corpus/pe/other.der"

TEST(the_digest_is_that_of_other_tools_signed_or_not)
{
    static const char *const files[] = {"tests/corpus/pe/unsigned.efi",
                                        "tests/corpus/pe/signed.efi", "tests/corpus/pe/twice.efi"};

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        uint8_t digest[DIGEST_MAX];
        char hex[2 * DIGEST_MAX + 1];
        struct fake_source file;
        struct arena a;
        struct pe pe;
        NEED(begin(files[i]));
        arena_init(&a, memory, sizeof(memory), "tests");
        fake_source_init(&file, "BOOTX64.EFI", (struct bytes){image, image_len});
        NEED(authenticode_open(&file.source, &a, &pe, &error) == OK);
        NEED(authenticode_digest(&file.source, &pe, DIGEST_SHA256, a, digest, &error) == OK);
        CHECK_TEXT(digest_hex(DIGEST_SHA256, digest, hex), image_digest);
    }
}

TEST(an_image_signed_below_a_certificate_in_db_starts)
{
    NEED(begin("tests/corpus/pe/signed.efi"));
    add_certificate(&db, OTHER);
    add_certificate(&db, CA);
    check_reason(BOOT_SIGNED, true);
    CHECK_TEXT(verdict.text, "is signed by Test Signer, which db trusts");
    CHECK(!verdict.is_shim);
    NEED(begin("tests/corpus/pe/signed.efi"));
    add_certificate(&db, LEAF);
    check_reason(BOOT_SIGNED, true);
}

TEST(an_image_signed_by_somebody_else_does_not)
{
    NEED(begin("tests/corpus/pe/signed.efi"));
    add_certificate(&db, OTHER);
    check_reason(BOOT_UNKNOWN, false);
    CHECK_TEXT(verdict.text, "is signed by Test Signer, which db does not know");
    db.len = 0;
    check_reason(BOOT_UNKNOWN, false);
}

TEST(one_of_several_signatures_is_enough)
{
    NEED(begin("tests/corpus/pe/twice.efi"));
    add_certificate(&db, OTHER);
    check_reason(BOOT_SIGNED, true);
    CHECK_HOLDS(verdict.text, "Somebody Else");
    db.len = 0;
    add_certificate(&db, CA);
    check_reason(BOOT_SIGNED, true);
    CHECK_HOLDS(verdict.text, "Test Signer");
    add_certificate(&dbx, OTHER); /* and one that is revoked spoils it */
    check_reason(BOOT_REVOKED_SIGNER, false);
    CHECK_TEXT(verdict.text, "is signed by Somebody Else, which dbx revokes");
}

TEST(an_unsigned_image_starts_only_by_its_digest)
{
    NEED(begin("tests/corpus/pe/unsigned.efi"));
    add_certificate(&db, CA);
    check_reason(BOOT_UNSIGNED, false);
    add_hex(&db, sha256, image_digest, 0);
    check_reason(BOOT_LISTED, true);
    image[PE_SECTION_SIZE * 30] ^= 1; /* in .text */
    check_reason(BOOT_UNSIGNED, false);
}

TEST(dbx_revokes_by_digest_certificate_and_certificate_hash)
{
    NEED(begin("tests/corpus/pe/signed.efi"));
    add_certificate(&db, CA);
    add_hex(&dbx, sha256, image_digest, 0);
    check_reason(BOOT_REVOKED_IMAGE, false);
    dbx.len = 0;
    add_certificate(&dbx, CA);
    check_reason(BOOT_REVOKED_SIGNER, false);
    dbx.len = 0;
    add_certificate(&dbx, LEAF);
    check_reason(BOOT_REVOKED_SIGNER, false);
    dbx.len = 0;
    add_hex(&dbx, x509_sha256, leaf_hash, 16);
    check_reason(BOOT_REVOKED_SIGNER, false);
    dbx.len = 0;
    add_hex(&dbx, x509_sha256, ca_hash, 16); /* it is in db and not in the image */
    check_reason(BOOT_REVOKED_SIGNER, false);
    dbx.len = 0;
    add_certificate(&dbx, OTHER);
    add_hex(&dbx, sha256, leaf_hash, 0); /* of something else */
    check_reason(BOOT_SIGNED, true);
}

/* Some bytes do not count: the checksum, padding, names in the certificates that nobody looks at
 * cannot make another verdict than these. */
TEST(no_changed_byte_of_a_signed_image_makes_it_trusted_by_others)
{
    size_t accepted = 0, refused = 0;

    NEED(begin("tests/corpus/pe/signed.efi"));
    add_certificate(&db, CA);
    for (size_t i = 0; i < image_len; i += 7) {
        image[i] ^= 0x10;
        if (judge() == OK && verdict.starts)
            accepted++;
        else
            refused++;
        CHECK(judge() != OK || !verdict.starts || verdict.reason == BOOT_SIGNED);
        image[i] ^= 0x10;
    }
    /* What is accepted is outside of what is signed: the table's own headers and padding. */
    CHECK(accepted < 8 && refused > 400);
    check_reason(BOOT_SIGNED, true);
}

TEST(a_changed_section_breaks_the_signature)
{
    NEED(begin("tests/corpus/pe/signed.efi"));
    add_certificate(&db, CA);
    image[0x400] ^= 1;
    check_reason(BOOT_BROKEN, false);
    add_hex(&dbx, sha256, image_digest, 0); /* which it no longer has */
    check_reason(BOOT_BROKEN, false);
}

TEST(damaged_databases_are_not_taken_for_an_answer)
{
    NEED(begin("tests/corpus/pe/signed.efi"));
    add_certificate(&db, OTHER);
    db.len--;
    check_reason(BOOT_UNCERTAIN, false);
    CHECK_HOLDS(verdict.text, "only the firmware");
}

TEST(a_signed_image_is_judged_whichever_read_fails)
{
    struct boot_databases databases = {0};
    struct fake_source file;
    struct arena a;
    size_t n = 0;

    NEED(begin("tests/corpus/pe/signed.efi"));
    do {
        arena_init(&a, memory, sizeof(memory), "tests");
        fake_source_init(&file, "BOOTX64.EFI", (struct bytes){image, image_len});
        file.fail_at = ++n;
    } while (boot_judge(&file.source, &databases, a, &verdict, &error) == ERR_IO);
    CHECK(n > 3 && verdict.reason == BOOT_UNKNOWN);
}
