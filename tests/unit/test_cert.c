#include "parsers/cert.h"

#include <stdio.h>
#include <string.h>

#include "tests/build/shared.h"
#include "tests/test.h"

#define CERTIFICATE "-----BEGIN CERTIFICATE-----\nZm9v\n-----END CERTIFICATE-----\n"
#define CMS         "-----BEGIN CMS-----\nZm9vYmFy\n-----END CMS-----\n"

static uint8_t memory[1 << 20];
static struct error error;
static struct cert cert;

static enum err parse_bytes(struct bytes text)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    return cert_parse(text, &a, &cert, &error);
}

static enum err parse(const char *text)
{
    return parse_bytes((struct bytes){(const uint8_t *)text, strlen(text)});
}

static void refused(const char *text, enum err code, const char *message)
{
    CHECK(parse(text) == code);
    CHECK_TEXT(error.text, message);
}

/* The text, before a certificate, is one signature of 01 23 ab. */
static void same(const char *text, enum digest_kind kind, const char *name)
{
    char file[400];

    snprintf(file, sizeof(file), "%s%s", text, CERTIFICATE);
    CHECK(parse(file) == OK);
    NEED(cert.signature_count == 1 && cert.certificate_count == 1);
    CHECK(cert.signatures[0].kind == kind);
    CHECK_TEXT(cert.signatures[0].name, name);
    CHECK(cert.signatures[0].value.len == 3 &&
          memcmp(cert.signatures[0].value.at, "\x01\x23\xab", 3) == 0);
    CHECK(cert.certificates[0].len == 3 && memcmp(cert.certificates[0].at, "foo", 3) == 0);
}

TEST(cert_lines_are_read_in_every_spelling)
{
    same("SHA256(a.mf)= 0123ab\n", DIGEST_SHA256, "a.mf");
    same("SHA1(a.mf)= 0123AB\r\n\r\n", DIGEST_SHA1, "a.mf");
    same("SHA2-512(a.mf)= 0123ab\n", DIGEST_SHA512, "a.mf");
    same("sha-384 (a.mf) =0123ab\n", DIGEST_SHA384, "a.mf");
    same("SHA256(/tmp/b (1)=.mf)= 0123ab\r", DIGEST_SHA256, "/tmp/b (1)=.mf");
    same("\xef\xbb\xbfSHA256()= 0123ab\n", DIGEST_SHA256, "");
}

TEST(cert_hex_may_stand_on_several_lines)
{
    same("SHA256(a.mf)= 01\n23ab\n", DIGEST_SHA256, "a.mf");
    same("SHA256(a.mf)= 0\n12\n  3a\nb\n", DIGEST_SHA256, "a.mf");
    same("SHA256(a.mf)=\r\n0123\r\nab\r\n", DIGEST_SHA256, "a.mf");
    same("SHA256(a.mf)= 0123ab\n\nfeed\n", DIGEST_SHA256, "a.mf");
}

TEST(cert_text_around_is_passed_over)
{
    same("Bag Attributes\n    localKeyID: 01 23\nSHA256(a.mf)= 0123ab\nsubject=/CN=x(y)= 01\n"
         "deadbeef of a kind\n",
         DIGEST_SHA256, "a.mf");
}

TEST(cert_blocks_are_kept_in_order)
{
    CHECK(parse(CERTIFICATE "SHA256(a.mf)= 01\n"
                            "-----BEGIN X509 CERTIFICATE-----\nZg==\n-----END X509 CERTIFICATE-----"
                            "\nSHA512(a.mf)= 02\n" CMS) == OK);
    CHECK(cert.certificate_count == 2 && cert.certificates[0].len == 3 &&
          cert.certificates[1].len == 1);
    CHECK(cert.signature_count == 2 && cert.signatures[0].line == 4 &&
          cert.signatures[1].line == 8);
    CHECK(cert.cms.len == 6);
    CHECK(parse("-----BEGIN PKCS7-----\nZg==\n-----END PKCS7-----\n") == OK);
    CHECK(cert.signature_count == 0 && cert.certificate_count == 0 && cert.cms.len == 1);
}

TEST(cert_without_a_part_has_a_message_of_its_own)
{
    refused("", ERR_UNTRUSTED, "the certificate file is empty");
    refused("\r\n\t\n", ERR_UNTRUSTED, "the certificate file is empty");
    refused(CERTIFICATE, ERR_UNTRUSTED, "the certificate file has no signature");
    refused("hello", ERR_UNTRUSTED, "the certificate file has no signature");
    refused("SHA256(a.mf)= 01\n", ERR_UNTRUSTED, "the certificate file has no certificate");
}

TEST(cert_damage_is_named_with_its_line)
{
    refused("\nSHA256(a.mf)= 01z\n" CERTIFICATE, ERR_DAMAGED,
            "line 2: the signature is not hexadecimal");
    refused("SHA256(a.mf)= 012\n" CERTIFICATE, ERR_DAMAGED,
            "line 1: the signature has 3 digits, an odd number");
    refused("SHA256(a.mf)= \n" CERTIFICATE, ERR_DAMAGED, "line 1: the signature is empty");
    refused("SHA256(a.mf)= 01\nSHA-256(b.mf)= 02\n" CERTIFICATE, ERR_DAMAGED,
            "line 2: there is a signature with SHA-256 already, in line 1");
    refused("SHA256(a\x01.mf)= 01\n" CERTIFICATE, ERR_DAMAGED,
            "line 1: the manifest's name is not UTF-8, or holds a control character");
    refused("MD5(a.mf)= 01\n" CERTIFICATE, ERR_UNSUPPORTED,
            "line 1: digest algorithm MD5 is not one of SHA-1, SHA-256, SHA-384 and SHA-512");
    refused("SHA256(a.mf)= 01\n-----BEGIN RSA PRIVATE KEY-----\nZg==\n"
            "-----END RSA PRIVATE KEY-----\n",
            ERR_UNSUPPORTED,
            "line 2: RSA PRIVATE KEY is not a certificate and not a CMS signature");
    refused("SHA256(a.mf)= 01\n" CMS CMS, ERR_UNSUPPORTED,
            "line 5: there is more than one CMS signature");
    refused("SHA256(a.mf)= 01\n-----BEGIN CERTIFICATE-----\nZm9v\n", ERR_DAMAGED,
            "line 2: this has no end: CERTIFICATE");
}

TEST(cert_limits_are_exact)
{
    static char text[CERT_FILE_MAX + 2];
    size_t n = (size_t)snprintf(text, sizeof(text), "SHA256(a.mf)= ");

    memset(text + n, '1', 2 * CERT_SIGNATURE_MAX);
    strcpy(text + n + 2 * CERT_SIGNATURE_MAX, "\n" CERTIFICATE);
    CHECK(parse(text) == OK && cert.signatures[0].value.len == CERT_SIGNATURE_MAX);
    strcpy(text + n + 2 * CERT_SIGNATURE_MAX, "\n1\n" CERTIFICATE);
    refused(text, ERR_TOO_BIG, "line 1: the signature is longer than 1024 bytes");

    n = (size_t)snprintf(text, sizeof(text), "SHA256(a.mf)= 01\n");
    for (int i = 0; i < CERT_CERTIFICATES_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", CERTIFICATE);
    CHECK(parse(text) == OK && cert.certificate_count == CERT_CERTIFICATES_MAX);
    memset(text + n, '\n', CERT_FILE_MAX - n);
    CHECK(parse_bytes((struct bytes){(uint8_t *)text, CERT_FILE_MAX}) == OK);
    text[CERT_FILE_MAX] = '\n';
    CHECK(parse_bytes((struct bytes){(uint8_t *)text, CERT_FILE_MAX + 1}) == ERR_TOO_BIG);
    CHECK_TEXT(error.text, "the certificate file has 262145 bytes, but 262144 are the limit");
    snprintf(text + n, sizeof(text) - n, "%s", CERTIFICATE);
    refused(text, ERR_TOO_BIG, "line 50: there are more than 16 certificates");
}

TEST(cert_of_every_seed_is_read)
{
    static const char *const seeds[] = {"line", "line_and_cms", "cms_alone",
                                        "wrapped_crlf_bag_chain"};
    struct bytes text;
    char path[100];

    for (size_t i = 0; i < COUNT_OF(seeds); i++) {
        snprintf(path, sizeof(path), "tests/corpus/cert/%s.cert", seeds[i]);
        if (!seed_read(path, &text))
            return;
        CHECK(parse_bytes(text) == OK);
        CHECK((cert.signature_count == 1) == (i != 2));
        CHECK((cert.cms.at != NULL) == (i == 1 || i == 2));
    }
    CHECK(cert.certificate_count == 2 && cert.signatures[0].value.len == 71);
}
