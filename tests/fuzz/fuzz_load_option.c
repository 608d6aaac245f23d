/* Any bytes as an entry of the boot menu, and its path. */
#include <assert.h>
#include <string.h>

#include "base/utf.h"
#include "parsers/hd_path.h"
#include "parsers/load_option.h"

static void check_path(struct bytes path)
{
    static uint8_t again[HD_PATH_SIZE_MAX];
    struct hd_path p;

    if (!hd_path_parse(path, &p))
        return;
    assert(p.table == HD_MBR || p.table == HD_GPT);
    assert(utf8_valid(p.file, strlen(p.file)));
    size_t len = hd_path_store(&p, again);
    assert(len && len <= path.len && p.is_long == (len < path.len));
    assert(memcmp(again, path.at + path.len - len, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[1 << 17];
    struct load_option o;

    check_path((struct bytes){data, size});
    if (size > sizeof(again) || !load_option_parse((struct bytes){data, size}, &o))
        return 0;
    assert(load_option_size(&o) == size);
    load_option_store(&o, again);
    assert(memcmp(again, data, size) == 0);
    check_path(o.path);
    return 0;
}
