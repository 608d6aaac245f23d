/* Any bytes as a PE image: its headers, its signatures, and what Secure Boot would make of it; the
 * same bytes as a signature database and as sealed anchors. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/authenticode.h"
#include "crypto/secure_boot.h"
#include "parsers/anchor_list.h"
#include "parsers/pe.h"
#include "parsers/signature_list.h"

static uint8_t memory[4 << 20];
static struct error error;

static void check_headers(struct bytes file)
{
    struct pe_section section;
    struct bytes loaded;
    struct pe pe;

    if (pe_parse(file, &pe, &error) != OK)
        return;
    assert(pe.size_of_headers <= file.len && pe.section_count <= PE_SECTIONS_MAX);
    assert(pe.checksum + 4 <= pe.sections && pe.certificate_entry <= pe.sections);
    for (uint32_t i = 0; i < pe.section_count; i++) {
        pe_section(&pe, i, &section);
        assert(memchr(section.name, '\0', sizeof(section.name)));
        if (pe_loaded_bytes(file, &section, &loaded))
            assert(loaded.at >= file.at && loaded.len <= file.len);
    }
    pe_find(&pe, ".sbat", &section);
}

static void check_append(struct bytes file)
{
    size_t size = file.len, room = file.len + (2u << 20);
    uint8_t *copy = calloc(1, room);
    struct pe_section section;
    struct pe pe;

    assert(copy);
    memcpy(copy, file.at, file.len);
    if (pe_parse((struct bytes){copy, size}, &pe, &error) == OK &&
        pe_append(copy, &size, room, ".fuzz", (struct bytes){(const uint8_t *)"data", 4}, &pe,
                  &error) == OK) {
        assert(size > file.len && size <= room && pe_find(&pe, ".fuzz", &section));
        assert(section.raw + section.raw_size == size &&
               memcmp(copy + section.raw, "data", 4) == 0);
        assert(section.address + section.virtual_size <= pe.size_of_image);
    }
    free(copy);
}

static void check_lists(struct bytes file)
{
    struct signature_list_cursor cursor = signature_list_begin(file);
    struct signature_entry entry;
    struct anchor_file anchor;

    while (signature_list_next(&cursor, &entry)) {
        assert(entry.data.at > file.at && entry.data.len > 0);
        assert(entry.data.at + entry.data.len <= file.at + file.len);
        if (entry.kind == SIGNATURE_IMAGE_DIGEST || entry.kind == SIGNATURE_CERTIFICATE_HASH)
            assert(entry.data.len == digest_size(entry.digest));
    }
    while (file.len && anchor_list_next(&file, &anchor, &error) == OK)
        assert(*anchor.name && memchr(anchor.name, '\0', sizeof(anchor.name)));
}

static void check_verdict(struct bytes file)
{
    /* The certificates that come with a signature serve as db: that takes it furthest. */
    struct boot_databases databases = {file, {0}};
    struct boot_verdict verdict;
    struct memory_source source;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    memory_source_init(&source, "fuzz.efi", file);
    if (boot_judge(&source.source, &databases, a, &verdict, &error) == OK)
        assert(*verdict.text && verdict.starts == (verdict.reason <= BOOT_LISTED));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct authenticode signature;
    struct bytes file = {data, size}, certificate;

    check_headers(file);
    check_append(file);
    check_lists(file);
    check_verdict(file);
    if (authenticode_parse(file, &signature, &error) == OK)
        while (authenticode_next_certificate(&signature.certificates, &certificate))
            assert(certificate.at >= data && certificate.at + certificate.len <= data + size);
    return 0;
}
