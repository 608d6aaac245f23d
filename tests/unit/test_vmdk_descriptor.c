#include "parsers/vmdk.h"

#include "tests/test.h"

TEST(the_descriptor_is_read_as_real_ones_are_written)
{
    static const char text[] = "# Disk DescriptorFile\r\nparentCID=FFFFFFFF \r\n"
                               "createType=streamOptimized\r\n"
                               "ddb.logicalSectorSize = \"4096\"  \r\nnonsense\r\n=\n";
    struct vmdk_descriptor d;

    vmdk_parse_descriptor((struct bytes){(const uint8_t *)text, sizeof(text)}, &d);
    CHECK_TEXT(d.create_type, "streamOptimized");
    CHECK(!d.has_parent && d.sector_size == 4096);
    vmdk_parse_descriptor((struct bytes){(const uint8_t *)"a=b", 3}, &d);
    CHECK_TEXT(d.create_type, "");
    CHECK(d.sector_size == 512);
}
