/* A manifest of any bytes. */
#include <assert.h>
#include <string.h>

#include "base/utf.h"
#include "parsers/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[1 << 20];
    struct manifest manifest;
    struct error error;
    struct arena a;
    uint32_t line = 0;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    if (manifest_parse((struct bytes){data, size}, &a, &manifest, &error) != OK) {
        assert(error.text[0] && utf8_valid(error.text, strlen(error.text)));
        return 0;
    }
    assert(manifest.count <= MANIFEST_LINES_MAX);
    for (size_t i = 0; i < manifest.count; i++) {
        const struct manifest_entry *entry = &manifest.entries[i];
        assert(entry->name[0] && strlen(entry->name) < size);
        assert(utf8_valid(entry->name, strlen(entry->name)));
        assert(entry->line > line);
        assert(digest_size(entry->kind) >= 20 && digest_size(entry->kind) <= DIGEST_MAX);
        line = entry->line;
    }
    return 0;
}
