#include "loader/facts.h"

#include <string.h>

#include "tests/test.h"

static uint8_t memory[2 * FACTS_VALUE_MAX + 64];
static struct error error;

static struct machine box(void)
{
    struct machine m = machine_unknown(GUEST_X86_64);

    m.uuid = "4c4c4544-0036-3510-8052-b4c04f4a3132";
    m.serial = "SN 42";
    m.asset = "IT-7";
    m.product = "Rack 9000";
    m.macs[0] = "52:54:00:12:34:56";
    m.macs[1] = "52:54:00:12:34:57";
    m.mac_count = 2;
    return m;
}

static enum err fill(const struct machine *m, const char *value, const char **out)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    return facts_fill(m, value, &a, out, &error);
}

static void becomes(const char *value, const char *wanted)
{
    struct machine m = box();
    const char *out;

    CHECK(fill(&m, value, &out) == OK);
    CHECK_TEXT(out, wanted);
}

TEST(facts_of_the_machine_are_put_into_values)
{
    becomes("${mac}", "52:54:00:12:34:56");
    becomes("box-${serial}", "box-SN 42");
    becomes("BOOT${arch}.EFI", "BOOTx64.EFI");
    becomes("${uuid}${asset}!${product}", "4c4c4544-0036-3510-8052-b4c04f4a3132IT-7!Rack 9000");
}

TEST(what_is_no_fact_stays_as_it_is)
{
    becomes("", "");
    becomes("$", "$");
    becomes("${", "${");
    becomes("${MAC} ${mac $mac ${HOME} $$ {uuid}", "${MAC} ${mac $mac ${HOME} $$ {uuid}");
    becomes("${ip}${serial}", "${ip}SN 42");
}

TEST(a_second_dollar_keeps_a_fact_out)
{
    becomes("$${mac} is ${mac}", "${mac} is 52:54:00:12:34:56");
    becomes("$$${asset}", "$${asset}");
    becomes("$${other}", "$${other}");
}

TEST(a_fact_that_the_machine_does_not_tell_is_an_error)
{
    static const char *const texts[][2] = {
        {"${mac}", "${mac}: this machine does not tell its address of a network port"},
        {"${uuid}", "${uuid}: this machine does not tell its UUID"},
        {"x${serial}", "${serial}: this machine does not tell its serial number"},
        {"${asset}", "${asset}: this machine does not tell its asset tag"},
        {"${product}", "${product}: this machine does not tell its product name"}};
    struct machine m = machine_unknown(GUEST_X86_64);
    const char *out;

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        CHECK(fill(&m, texts[i][0], &out) == ERR_SETTING);
        CHECK_TEXT(error.text, texts[i][1]);
    }
    CHECK(fill(&m, "$${mac} ${", &out) == OK);
}

TEST(values_with_facts_have_a_limit)
{
    static char long_value[FACTS_VALUE_MAX + 8];
    struct machine m = box();
    const char *out;

    memset(long_value, 'x', FACTS_VALUE_MAX);
    memcpy(long_value, "${asset}", 8);
    CHECK(fill(&m, long_value, &out) == OK && strlen(out) == FACTS_VALUE_MAX - 4);
    memset(long_value, 'x', FACTS_VALUE_MAX + 4);
    memcpy(long_value, "${asset}", 8);
    CHECK(fill(&m, long_value, &out) == OK && strlen(out) == FACTS_VALUE_MAX);
    long_value[FACTS_VALUE_MAX + 4] = 'x';
    CHECK(fill(&m, long_value, &out) == ERR_TOO_BIG);
}

TEST(which_values_use_an_address_is_known)
{
    CHECK(facts_use_mac("a${mac}b") && facts_use_mac("$${mac}${mac}"));
    CHECK(!facts_use_mac("$${mac}") && !facts_use_mac("${serial}") && !facts_use_mac(""));
}

TEST(each_kind_of_machine_has_its_name)
{
    struct machine m = machine_unknown(GUEST_AARCH64);
    const char *out;

    CHECK(fill(&m, "${arch}", &out) == OK);
    CHECK_TEXT(out, "aa64");
}
