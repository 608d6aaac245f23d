#include "parsers/pem.h"

#include <string.h>

#include "tests/test.h"

static uint8_t memory[1 << 16];
static struct error error;
static struct pem_block block;

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static enum err first(const char *text)
{
    struct pem pem = pem_of(bytes_of(text));
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    return pem_next(&pem, &a, &block, &error);
}

static void decodes(const char *text, const char *wanted)
{
    CHECK(first(text) == OK);
    CHECK(block.der.at && block.der.len == strlen(wanted) &&
          memcmp(block.der.at, wanted, block.der.len) == 0);
}

static void refused(const char *text, const char *message)
{
    CHECK(first(text) == ERR_DAMAGED);
    CHECK_TEXT(error.text, message);
}

/* The examples of RFC 4648, "Test Vectors". */
TEST(pem_decodes_base64)
{
    decodes("-----BEGIN X-----\nZg==\n-----END X-----\n", "f");
    decodes("-----BEGIN X-----\nZm8=\n-----END X-----\n", "fo");
    decodes("-----BEGIN X-----\nZm9v\n-----END X-----\n", "foo");
    decodes("-----BEGIN X-----\nZm9vYg==\n-----END X-----", "foob");
    decodes("-----BEGIN X-----\nZm9vYmE=\n-----END X-----", "fooba");
    decodes("-----BEGIN X-----\nZm9vYmFy\n-----END X-----", "foobar");
}

TEST(pem_lines_may_be_of_any_length_and_end)
{
    decodes("text\r\n -----BEGIN X-----\r\n  Zm\r\n9 v\tY\r\n\r\nmFy\r\n-----END X----- \r\ntext",
            "foobar");
    decodes("-----BEGIN X-----\rZm9vYmFy\r-----END X-----\r", "foobar");
    CHECK(first("no block here\n") == OK && !block.der.at);
    CHECK(first("") == OK && !block.der.at);
}

TEST(pem_blocks_come_one_after_the_other)
{
    struct pem pem = pem_of(bytes_of("a\n-----BEGIN ONE-----\nZg==\n-----END ONE-----\nb\n"
                                     "-----BEGIN T W-----\nZm8=\n-----END T W-----\n"));
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    CHECK(pem_next(&pem, &a, &block, &error) == OK);
    CHECK(pem_label_is(block.label, "ONE") && block.line == 2 && block.der.len == 1);
    CHECK(pem_next(&pem, &a, &block, &error) == OK);
    CHECK(pem_label_is(block.label, "T W") && block.line == 6 && block.der.len == 2);
    CHECK(pem_next(&pem, &a, &block, &error) == OK);
    CHECK(!block.der.at);
}

TEST(pem_damage_is_named_with_its_line)
{
    refused("\n-----BEGIN X-----\nZm9v\n", "line 2: this has no end: X");
    refused("-----BEGIN X-----\nZm9v\n-----END Y-----\n",
            "line 3: this does not end what line 1 begins: -----END Y-----");
    refused("-----BEGIN X-----\n-----END X-----\n", "line 2: the base64 before is cut short");
    refused("-----BEGIN X-----\nZm9vZ\n-----END X-----\n",
            "line 3: the base64 before is cut short");
    refused("-----BEGIN X-----\nZm9vZg=\n-----END X-----\n",
            "line 3: the base64 before is cut short");
    refused("-----BEGIN X-----\nZm9v\nZ===\n-----END X-----\n", "line 3: this is not base64: Z===");
    refused("-----BEGIN X-----\nZg==Zg==\n-----END X-----\n",
            "line 2: this is not base64: Zg==Zg==");
    refused("-----BEGIN X-----\nZh==\n-----END X-----\n", "line 2: this is not base64: Zh==");
    refused("-----BEGIN X-----\nZm9=\n-----END X-----\n", "line 2: this is not base64: Zm9=");
    refused("-----BEGIN X-----\nZ=9v\n-----END X-----\n", "line 2: this is not base64: Z=9v");
    refused("-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n-----END X-----\n",
            "line 2: this is not base64: Proc-Type: 4,ENCRYPTED");
    refused("-----BEGIN X-----\n-----BEGIN X-----\nZm9v\n-----END X-----\n",
            "line 2: this is not base64: -----BEGIN X-----");
}

TEST(pem_written_is_read_again)
{
    uint8_t data[200];
    struct arena a;
    struct bytes text;

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 37 + 5);
    for (size_t len = 1; len <= sizeof(data); len++) {
        arena_init(&a, memory, sizeof(memory), "a test");
        NEED(pem_write("SOME THING", (struct bytes){data, len}, &a, &text, &error) == OK);
        struct pem pem = pem_of(text);
        NEED(pem_next(&pem, &a, &block, &error) == OK);
        CHECK(pem_label_is(block.label, "SOME THING"));
        CHECK(block.der.len == len && memcmp(block.der.at, data, len) == 0);
    }
    arena_init(&a, memory, sizeof(memory), "a test");
    NEED(pem_write("X", bytes_of("foob"), &a, &text, &error) == OK);
    CHECK(text.len == 43 &&
          memcmp(text.at, "-----BEGIN X-----\nZm9vYg==\n-----END X-----\n", 43) == 0);
}
