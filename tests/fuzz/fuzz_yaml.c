/* Any bytes as YAML with a key "network", and as the base64 that it comes in. */
#include <assert.h>
#include <string.h>

#include "base/base64.h"
#include "parsers/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[1 << 18];
    struct bytes text = {data, size}, out;
    struct error error;
    struct arena a;
    uint8_t *bytes;
    size_t len;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    if (yaml_below(text, "network", &a, &out, &error) == OK)
        assert(out.len <= size);
    else
        assert(error.code == ERR_NO_MEMORY);

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    if (TAKE(&a, BASE64_ROOM(size), &bytes, &error) != OK)
        return 0;
    if (base64_read_loose(text, bytes, &len))
        assert(len <= BASE64_ROOM(size));
    return 0;
}
