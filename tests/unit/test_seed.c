#include "loader/seed.h"

#include <string.h>

#include "base/text.h"
#include "tests/build/guest_build.h"
#include "tests/test.h"

static struct error error;
static struct seed seed;

/* The seed of a system with these properties, "key=value". */
static enum err make(const char *const *properties)
{
    static uint8_t memory[2][1 << 22];
    static char inside[4096];
    struct arena a, work;
    struct plan *plan;
    size_t len = 0;

    arena_init(&a, memory[0], sizeof(memory[0]), "a test");
    arena_init(&work, memory[1], sizeof(memory[1]), "a test's scratch");
    len +=
        text_format(inside, sizeof(inside), "<VirtualSystem ovf:id='vm'><ProductSection><Info/>");
    for (; *properties; properties++) {
        const char *is = strchr(*properties, '=');
        len += text_format(inside + len, sizeof(inside) - len,
                           "<Property ovf:key='%.*s' ovf:type='string' ovf:value='%s'/>",
                           (int)(is - *properties), *properties, is + 1);
    }
    text_format(inside + len, sizeof(inside) - len, "</ProductSection></VirtualSystem>");
    TRY(guest_build(inside, NULL, &plan, &error));
    return seed_make(&plan->properties, "ours", &a, work, &seed, &error);
}

#define MAKE(...) make((const char *const[]){__VA_ARGS__, NULL})

static const char *text_of(struct bytes bytes)
{
    static char text[4][4096];
    static unsigned next;
    char *to = text[next++ % 4];

    memcpy(to, bytes.at, bytes.len);
    to[bytes.len] = '\0';
    return to;
}

TEST(a_seed_of_nothing_has_an_instance_and_no_more)
{
    NEED(MAKE("other=x", "password=", "user-data=", "hostname=") == OK);
    CHECK_TEXT(text_of(seed.meta_data), "instance-id: \"ours\"\n");
    CHECK(!seed.user_data.len && !seed.vendor_data.len && !seed.network_config.len);
    CHECK(!seed.note_count);
    CHECK_TEXT(seed.instance_id, "ours");
}

TEST(meta_data_is_made_of_the_properties)
{
    NEED(MAKE("instance-id=i-1", "hostname=web: \"1\"", "public-keys=ssh-rsa A b&#10;ssh-rsa C d",
              "seedfrom=http://x/") == OK);
    CHECK_TEXT(text_of(seed.meta_data),
               "instance-id: \"i-1\"\nlocal-hostname: \"web: \\\"1\\\"\"\n"
               "public-keys: [\"ssh-rsa A b\\u000assh-rsa C d\"]\nseedfrom: \"http://x/\"\n");
    CHECK_TEXT(seed.instance_id, "i-1");
    NEED(MAKE("local-hostname=a", "hostname=b") == OK);
    CHECK_HOLDS(text_of(seed.meta_data), "local-hostname: \"b\"\n");
    NEED(MAKE("hostname=b", "local-hostname=a") == OK);
    CHECK_HOLDS(text_of(seed.meta_data), "local-hostname: \"a\"\n");
}

TEST(user_data_is_base64_or_else_as_it_is)
{
    NEED(MAKE("user-data=I2Nsb3VkLWNvbmZpZwo=") == OK);
    CHECK_TEXT(text_of(seed.user_data), "#cloud-config\n");
    CHECK(!seed.note_count);
    NEED(MAKE("user-data=#!/bin/sh&#10;echo 12&#10;") == OK);
    CHECK_TEXT(text_of(seed.user_data), "#!/bin/sh\necho 12\n");
    NEED(MAKE("user-data=#cloud config") == OK);
    CHECK_TEXT(text_of(seed.user_data), "#cloud config");
    CHECK(!seed.note_count);
}

TEST(text_that_cloud_init_takes_for_base64_is_noted)
{
    NEED(MAKE("user-data=#cloud-configs") == OK);
    CHECK(seed.user_data.len == 9);
    NEED(seed.note_count == 1);
    CHECK_HOLDS(seed.notes[0], "user-data");
}

TEST(an_ignition_config_is_user_data_as_it_is)
{
    /* Of so many letters and digits that it could be base64. */
    NEED(MAKE("user-data= {&quot;ignition&quot;: {&quot;version&quot;: &quot;3.3.0&quot;}, "
              "&quot;a&quot;: 1} ") == OK);
    CHECK_TEXT(text_of(seed.user_data), " {\"ignition\": {\"version\": \"3.3.0\"}, \"a\": 1} ");
    NEED(MAKE("guestinfo.ignition.config.data=e30=",
              "guestinfo.ignition.config.data.encoding=base64") == OK);
    CHECK_TEXT(text_of(seed.user_data), "{}");
    NEED(MAKE("guestinfo.ignition.config.data={}") == OK);
    CHECK_TEXT(text_of(seed.user_data), "{}");
}

TEST(a_password_is_vendor_data)
{
    NEED(MAKE("password=a: &quot;#\\") == OK);
    CHECK_TEXT(text_of(seed.vendor_data), "#cloud-config\npassword: \"a: \\\"#\\\\\"\n");
    CHECK(!seed.note_count);
    NEED(MAKE("password=a", "seedfrom=http://x/") == OK);
    CHECK(seed.note_count == 1);
    NEED(MAKE("password=a", "guestinfo.vendordata=x") == OK);
    CHECK_TEXT(text_of(seed.vendor_data), "x");
    CHECK(seed.note_count == 1);
}

TEST(network_config_is_what_is_below_its_key)
{
    NEED(MAKE("network-config=bmV0d29yazoKICB2ZXJzaW9uOiAyCg==") == OK);
    CHECK_TEXT(text_of(seed.network_config), "        \n  version: 2\n");
    NEED(MAKE("network-config=dmVyc2lvbjogMgo=") == OK);
    CHECK(!seed.network_config.len && seed.note_count == 1);
    NEED(MAKE("network-config=no") == OK);
    CHECK(!seed.network_config.len && seed.note_count == 1);
    NEED(MAKE("network-config=bmV0d29yazog//8=") == OK);
    CHECK(!seed.network_config.len && seed.note_count == 1);
}

TEST(guestinfo_is_decoded_by_its_encoding)
{
    NEED(MAKE("guestinfo.userdata=YQ==", "guestinfo.userdata.encoding=b64") == OK);
    CHECK_TEXT(text_of(seed.user_data), "a");
    NEED(MAKE("guestinfo.userdata=YQ== &#10;") == OK);
    CHECK_TEXT(text_of(seed.user_data), "YQ==");
    NEED(MAKE("guestinfo.userdata=--- ") == OK);
    CHECK(!seed.user_data.len);
    NEED(MAKE("guestinfo.userdata=H4sIAAAAAAACA8tIzcnJVyjPL8pJ4QIALTsIrwwAAAA=",
              "guestinfo.userdata.encoding=gzip+base64") == OK);
    CHECK_TEXT(text_of(seed.user_data), "hello world\n");
    NEED(MAKE("user-data=#!x", "guestinfo.userdata=y") == OK);
    CHECK_TEXT(text_of(seed.user_data), "#!x");
}

TEST(guestinfo_that_cannot_be_decoded_is_refused)
{
    CHECK(MAKE("guestinfo.userdata=YQ", "guestinfo.userdata.encoding=base64") == ERR_SETTING);
    CHECK_TEXT(error.text, "property guestinfo.userdata: is not base64, as its encoding says");
    CHECK(MAKE("guestinfo.userdata=/w==", "guestinfo.userdata.encoding=base64") == ERR_SETTING);
    CHECK(MAKE("guestinfo.userdata=YQ==", "guestinfo.userdata.encoding=gz+b64") == ERR_SETTING);
    CHECK_TEXT(error.text, "property guestinfo.userdata: gzip: bad compressed data");
}

TEST(guestinfo_metadata_stands_behind_ours)
{
    NEED(MAKE("guestinfo.metadata=# x&#10;---&#10;local-hostname: h&#10;", "hostname=g") == OK);
    CHECK_TEXT(text_of(seed.meta_data),
               "instance-id: \"ours\"\nlocal-hostname: \"g\"\nlocal-hostname: h");
    NEED(MAKE("guestinfo.metadata={&quot;network&quot;: {&quot;version&quot;: 2}}") == OK);
    CHECK_TEXT(text_of(seed.meta_data),
               "{\"instance-id\": \"ours\", \"network\": {\"version\": 2}}");
    CHECK_TEXT(text_of(seed.network_config), " {\"version\": 2}");
    NEED(MAKE("guestinfo.metadata=network: dmVyc2lvbjogMgo=&#10;network.encoding: base64") == OK);
    CHECK_TEXT(text_of(seed.network_config), "version: 2\n");
}

TEST(an_instance_is_of_one_machine_and_one_package)
{
    uint8_t one[DIGEST_MAX] = {1}, two[DIGEST_MAX] = {2};
    char a[SEED_INSTANCE_MAX], b[SEED_INSTANCE_MAX];

    CHECK(strlen(seed_instance("uuid", one, a)) == SEED_INSTANCE_MAX - 1);
    CHECK_TEXT(seed_instance("uuid", one, b), a);
    CHECK(strcmp(seed_instance("uuid", two, b), a) != 0);
    CHECK(strcmp(seed_instance("other", one, b), a) != 0);
}

TEST(a_seed_says_nothing_of_collections_further_out)
{
    static uint8_t memory[2][1 << 18];
    struct arena a, work;
    struct plan *plan;

    arena_init(&a, memory[0], sizeof(memory[0]), "a test");
    arena_init(&work, memory[1], sizeof(memory[1]), "a test's scratch");
    NEED(guest_build("<VirtualSystemCollection ovf:id='a'><Info/><ProductSection><Info/>"
                     "<Property ovf:key='hostname' ovf:type='string' ovf:value='far'/>"
                     "</ProductSection><VirtualSystemCollection ovf:id='b'><Info/><ProductSection>"
                     "<Info/><Property ovf:key='user-data' ovf:type='string' ovf:value='#near'/>"
                     "</ProductSection><VirtualSystem ovf:id='vm'><Info/></VirtualSystem>"
                     "</VirtualSystemCollection></VirtualSystemCollection>",
                     NULL, &plan, &error) == OK);
    NEED(seed_make(&plan->properties, "ours", &a, work, &seed, &error) == OK);
    CHECK_TEXT(text_of(seed.meta_data), "instance-id: \"ours\"\n");
    CHECK(seed.user_data.len > 0);
}
