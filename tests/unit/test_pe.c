#include <string.h>

#include "parsers/pe.h"
#include "tests/build/pe_build.h"
#include "tests/test.h"

static uint8_t file[32 << 10];
static struct error error;
static struct pe pe;

static void build(struct pe_build *b, bool is_64)
{
    memset(file, 0, sizeof(file));
    pe_build_begin(b, file, is_64);
    pe_build_section(b, ".text", 0xc3, 700);
    pe_build_section(b, ".sbat", 's', 30);
}

static enum err parse(const struct pe_build *b)
{
    return pe_parse((struct bytes){file, b->len}, &pe, &error);
}

TEST(pe32_and_pe32_plus_are_read)
{
    for (int is_64 = 0; is_64 <= 1; is_64++) {
        struct pe_section section;
        struct pe_build b;
        build(&b, is_64);
        NEED(parse(&b) == OK);
        CHECK(pe.is_64 == is_64 && pe.machine == (is_64 ? 0x8664 : 0x014c) && pe.subsystem == 10);
        CHECK(pe.size_of_headers == 0x400 && pe.size_of_image == 3 * 4096);
        CHECK(pe.section_count == 2 && pe.certificates_size == 0 && pe.certificate_entry != 0);
        NEED(pe_find(&pe, ".sbat", &section));
        CHECK(section.virtual_size == 30 && section.raw == 0x800 && section.raw_size == 512);
        CHECK(section.address == 2 * 4096);
        CHECK(!pe_find(&pe, ".sba", &section));
    }
}

TEST(what_is_no_pe_image_is_told_apart_from_a_damaged_one)
{
    struct pe_build b;

    build(&b, true);
    file[0] = 'X';
    CHECK(parse(&b) == ERR_UNSUPPORTED);
    build(&b, true);
    file[PE_BUILD_PE] = 'X';
    CHECK(parse(&b) == ERR_UNSUPPORTED);
    build(&b, true);
    file[b.optional] = 7;
    CHECK(parse(&b) == ERR_UNSUPPORTED);
    build(&b, true);
    file[PE_BUILD_PE + 6] = 97;
    CHECK(parse(&b) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "97 sections");
    build(&b, true);
    file[b.optional + 108] = 17; /* data directories, in an optional header with room for 16 */
    CHECK(parse(&b) == ERR_DAMAGED);
    build(&b, true);
    put_le32(file + b.optional + 60, PE_HEADERS_MAX + 1);
    CHECK(parse(&b) == ERR_TOO_BIG);
}

TEST(no_cut_through_the_headers_is_read_past)
{
    static uint8_t copy[PE_BUILD_HEADERS];
    struct pe_build b;

    build(&b, true);
    for (size_t len = 0; len < PE_BUILD_HEADERS; len++) {
        uint8_t *end = copy + sizeof(copy) - len; /* so that a sanitizer sees reads behind it */
        memcpy(end, file, len);
        CHECK(pe_parse((struct bytes){end, len}, &pe, &error) != OK);
    }
    put_le32(file + b.optional + 60, (uint32_t)b.sections + 79); /* one byte short of two entries */
    CHECK(parse(&b) == ERR_DAMAGED);
}

TEST(loaded_sections_must_lie_in_the_image)
{
    struct bytes image = {file, 4096}, out;
    struct pe_section section = {.address = 4000, .virtual_size = 96};

    CHECK(pe_loaded_bytes(image, &section, &out) && out.at == file + 4000 && out.len == 96);
    section.virtual_size = 97;
    CHECK(!pe_loaded_bytes(image, &section, &out));
    section = (struct pe_section){.address = 4097, .virtual_size = 0};
    CHECK(!pe_loaded_bytes(image, &section, &out));
    section = (struct pe_section){.address = 0xfffffff0, .virtual_size = 0x20};
    CHECK(!pe_loaded_bytes(image, &section, &out));
}

TEST(signatures_are_taken_one_by_one)
{
    struct pe_signature signature;
    struct pe_build b;
    struct bytes rest;
    bool found;

    build(&b, true);
    pe_build_signature(&b, 2, "first", 5);
    pe_build_signature(&b, 0x0ef0, "other!", 6);
    pe_build_signature(&b, 0x0ef1,
                       "\x9d\xd2\xaf\x4a\xdf\x68\xee\x49\x8a\xa9\x34\x7d\x37\x56\x65\xa7third", 21);
    NEED(parse(&b) == OK);
    rest = (struct bytes){file + pe.certificates, pe.certificates_size};
    CHECK(pe.certificates + pe.certificates_size == b.len);
    CHECK(pe_next_signature(&rest, &signature, &found, &error) == OK && found);
    CHECK(signature.kind == PE_SIGNATURE_PKCS7 && memcmp(signature.data.at, "first", 5) == 0);
    CHECK(signature.data.len == 5);
    CHECK(pe_next_signature(&rest, &signature, &found, &error) == OK && found);
    CHECK(signature.kind == PE_SIGNATURE_OTHER);
    CHECK(pe_next_signature(&rest, &signature, &found, &error) == OK && found);
    CHECK(signature.kind == PE_SIGNATURE_PKCS7 && memcmp(signature.data.at, "third", 5) == 0);
    CHECK(pe_next_signature(&rest, &signature, &found, &error) == OK && !found);
}

TEST(a_signature_that_reaches_past_the_table_is_damaged)
{
    uint8_t table[16] = {17, 0, 0, 0, 0, 2, 2, 0};
    struct bytes rest = {table, sizeof(table)};
    struct pe_signature signature;
    bool found;

    CHECK(pe_next_signature(&rest, &signature, &found, &error) == ERR_DAMAGED);
    table[0] = 7;
    CHECK(pe_next_signature(&rest, &signature, &found, &error) == ERR_DAMAGED);
}

static enum err append(struct pe_build *b, const char *name, const char *data, size_t room)
{
    TRY(parse(b));
    return pe_append(file, &b->len, room, name, (struct bytes){(const uint8_t *)data, strlen(data)},
                     &pe, &error);
}

TEST(an_appended_section_is_read_only_and_behind_all_others)
{
    struct pe_section section;
    struct pe_build b;

    build(&b, true);
    b.len -= 100; /* objcopy does not pad the last section */
    put_le32(file + b.sections + 40 + 16, 412);
    NEED(append(&b, ".trust", "whom we believe", sizeof(file)) == OK);
    NEED(append(&b, ".policy", "verify = signature\n", sizeof(file)) == OK);
    NEED(pe_find(&pe, ".policy", &section));
    CHECK(section.characteristics == (PE_INITIALIZED | PE_READ));
    CHECK(section.address == 4 * 4096 && section.virtual_size == 19);
    CHECK(section.raw == 0xc00 && section.raw_size == 512 && b.len == 0xe00);
    CHECK(memcmp(file + section.raw, "verify = signature\n\0", 20) == 0);
    CHECK(pe.size_of_image == 5 * 4096 && pe.section_count == 4);
    NEED(pe_find(&pe, ".trust", &section));
    CHECK(memcmp(file + section.raw, "whom we believe", 15) == 0);
    CHECK(get_le32(file + pe.checksum) == pe_checksum((struct bytes){file, b.len}, &pe));
    CHECK(get_le32(file + pe.checksum) != 0);
}

TEST(what_cannot_be_extended_is_refused_by_its_reason)
{
    struct pe_build b;

    build(&b, true);
    CHECK(append(&b, ".sbat", "x", sizeof(file)) == ERR_SETTING);
    CHECK_HOLDS(error.text, "has a section .sbat already");
    CHECK(append(&b, ".toolongx", "x", sizeof(file)) == ERR_SETTING);
    CHECK(append(&b, ".trust", "x", b.len + 511) == ERR_TOO_BIG);
    CHECK(append(&b, ".trust", "x", b.len + 512) == OK);

    build(&b, true);
    pe_build_signature(&b, 2, "signed", 6);
    CHECK(append(&b, ".trust", "x", sizeof(file)) == ERR_SETTING);
    CHECK_HOLDS(error.text, "is signed already");

    build(&b, true);
    b.len += 1024;
    CHECK(append(&b, ".trust", "x", sizeof(file)) == ERR_UNSUPPORTED);
    build(&b, true);
    put_le32(file + b.optional + 36, 0);
    CHECK(append(&b, ".trust", "x", sizeof(file)) == ERR_DAMAGED);

    build(&b, true);
    put_le32(file + b.sections + 20, (uint32_t)b.sections + 3 * 40 - 1); /* .text begins there */
    CHECK(append(&b, ".trust", "x", sizeof(file)) == ERR_SETTING);
    CHECK_HOLDS(error.text, "no room");
}
