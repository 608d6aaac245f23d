/* Any bytes as the record of a deployment. */
#include <assert.h>
#include <string.h>

#include "base/utf.h"
#include "loader/record.h"

static void check_text(const char *text, size_t size)
{
    assert(utf8_valid(text, strlen(text)) && strlen(text) <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[1 << 18];
    struct record record;
    struct error error;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    if (record_parse((struct bytes){data, size}, &a, &record, &error) == OK) {
        check_text(record.system, size);
        check_text(record.option, size);
        check_text(record.instance_id, size);
        check_text(record.signer, size);
        check_text(record.title, size);
        check_text(record.others, size);
        check_text(record.answered, size);
        (void)record_answered(&record, "ip");
        assert(record_same_package(&record, &record.identity));
    } else {
        assert(error.code == ERR_DAMAGED || error.code == ERR_UNSUPPORTED ||
               error.code == ERR_TOO_BIG || error.code == ERR_NO_MEMORY);
    }
    return 0;
}
