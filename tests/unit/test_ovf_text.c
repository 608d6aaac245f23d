/* Texts that are elsewhere: bundles of translations in files of their own, messages in files. */
#include "parsers/ovf_text.h"

#include <stdio.h>
#include <string.h>

#include "parsers/ovf.h"
#include "tests/build/shared.h"
#include "tests/test.h"

#define OVF_2 "http://schemas.dmtf.org/ovf/envelope/2"

static uint8_t memory[2][8 << 20];
static struct arena arena, scratch;
static struct error error;
static struct ovf_bundle bundle;
static struct ovf ovf;

static void begin(void)
{
    arena_init(&arena, memory[0], sizeof(memory[0]), "a test");
    arena_init(&scratch, memory[1], sizeof(memory[1]), "a test's scratch");
}

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static enum err parse_bundle(const char *text)
{
    begin();
    return ovf_parse_bundle(bytes_of(text), &arena, scratch, &bundle, &error);
}

static enum err parse(const char *license, const char *strings)
{
    static char text[4096];

    snprintf(text, sizeof(text),
             "<Envelope xmlns='" OVF_2 "' xmlns:ovf='" OVF_2 "'><References>\n"
             "<File ovf:id='eula' ovf:href='eula.txt'/><File ovf:id='de' ovf:href='de.xml'/>\n"
             "</References><VirtualSystem ovf:id='vm'><EulaSection>%s</EulaSection>"
             "</VirtualSystem>%s</Envelope>",
             license, strings);
    begin();
    return ovf_parse(bytes_of(text), &arena, scratch, &ovf, &error);
}

TEST(a_bundle_in_a_file_is_read_in_every_spelling_of_its_namespace)
{
    const char *const roots[] = {
        "<Strings xmlns='http://schemas.dmtf.org/ovf/envelope/1'"
        " xmlns:ovf='http://schemas.dmtf.org/ovf/envelope/1' xml:lang='de-DE'>"
        "<Msg ovf:msgid='a'> Farbe </Msg><Msg ovf:msgid='b'>x</Msg></Strings>",
        "<?xml version='1.0'?>\n<s:Strings xmlns:s='http://schemas.dmtf.org/ovf/strings/1'"
        " xml:lang='de-DE'><s:Msg s:msgid='a'>Farbe</s:Msg><s:Msg s:msgid='b'>x</s:Msg>"
        "</s:Strings>",
        "<Strings xml:lang='de-DE'><Msg msgid='a'>Farbe</Msg><Msg msgid='b'>x</Msg></Strings>",
        "<Strings xmlns='" OVF_2 "' xmlns:o='" OVF_2 "' xml:lang='de-DE'>"
        "<Msg o:msgid='a'>Farbe</Msg><Msg o:msgid='b'>x</Msg></Strings>",
    };

    for (size_t i = 0; i < COUNT_OF(roots); i++) {
        NEED(parse_bundle(roots[i]) == OK);
        CHECK_TEXT(bundle.language, "de-DE");
        CHECK(bundle.file == OVF_NONE);
        NEED(bundle.message_count == 2);
        CHECK_TEXT(bundle.messages[0].id, "a");
        CHECK_TEXT(bundle.messages[0].text, "Farbe");
    }
    NEED(parse_bundle("<Strings><Msg msgid='a' fileRef='f'/></Strings>") == OK);
    CHECK_TEXT(bundle.language, "");
    CHECK(bundle.message_count == 0);
}

TEST(what_is_no_bundle_is_refused)
{
    CHECK(parse_bundle("<Envelope xmlns='" OVF_2 "'/>") == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 1: Envelope is no bundle of translations: Strings is wanted");
    CHECK(parse_bundle("<Strings xmlns='http://example.com/'/>") == ERR_DAMAGED);
    CHECK(parse_bundle("plain text") == ERR_DAMAGED);
    CHECK(parse_bundle("") == ERR_DAMAGED);
    begin();
    arena_init(&scratch, memory[1], 16, "a test's scratch");
    CHECK(ovf_parse_bundle(bytes_of("<Strings/>"), &arena, scratch, &bundle, &error) ==
          ERR_NO_MEMORY);
}

TEST(a_license_may_be_in_a_file_and_so_may_its_translation)
{
    NEED(parse("<License ovf:msgid='l' ovf:fileRef='eula'>see the file</License>",
               "<Strings xml:lang='de' ovf:fileRef='de'/><Strings xml:lang='fr'>"
               "<Msg ovf:msgid='l' ovf:fileRef='eula'/></Strings>") == OK);
    NEED(ovf.systems[0].eula_count == 1 && ovf.bundle_count == 2);
    const struct ovf_message *license = &ovf.systems[0].eulas[0];
    CHECK(license->file == 0 && ovf.systems[0].name.file == OVF_NONE);
    CHECK(ovf.bundles[0].file == 1 && ovf.bundles[1].file == OVF_NONE);
    CHECK(ovf.bundles[1].messages[0].file == 0);
    /* A translation whose file was not read is none. */
    CHECK_TEXT(ovf_say(&ovf, license, "fr"), "see the file");
    ovf.bundles[1].messages[0].text = "la licence";
    CHECK_TEXT(ovf_say(&ovf, license, "fr"), "la licence");
    /* What the loader does with the bundle in a file. */
    CHECK_TEXT(ovf_say(&ovf, license, "de"), "see the file");
    NEED(ovf_parse_bundle(bytes_of("<Strings xml:lang='de'><Msg msgid='l'>Lizenz</Msg></Strings>"),
                          &arena, scratch, &ovf.bundles[0], &error) == OK);
    CHECK_TEXT(ovf_say(&ovf, license, "de-AT"), "Lizenz");

    CHECK(parse("<License ovf:fileRef='none'/>", "") == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 3: License: file none is not in References");
    NEED(parse("<License ovf:fileRef=''>x</License>", "") == OK);
    CHECK(ovf.systems[0].eulas[0].file == OVF_NONE);
}

TEST(the_standard_s_example_speaks_german)
{
#define EXAMPLES "schemas/examples/DSP2021_1.0.0/examples/"
    struct bytes text;

    begin();
    if (!shared_read(EXAMPLES "myservice.ovf", &text))
        return;
    NEED(ovf_parse(text, &arena, scratch, &ovf, &error) == OK);
    NEED(ovf.bundle_count >= 1 && ovf.bundles[0].file != OVF_NONE);
    CHECK_TEXT(ovf.files[ovf.bundles[0].file].href, "de-DE-bundle.xml");
    CHECK_TEXT(ovf_say(&ovf, &ovf.options[0].label, "de-DE"), "Minimal");
    if (!shared_read(EXAMPLES "de-DE-bundle.xml", &text))
        return;
    NEED(ovf_parse_bundle(text, &arena, scratch, &ovf.bundles[0], &error) == OK);
    CHECK(ovf.bundles[0].message_count == 11);
    CHECK_TEXT(ovf.bundles[0].language, "de-DE");
    CHECK_TEXT(ovf_say(&ovf, &ovf.options[1].label, "de-DE"), "Normal");
    CHECK_TEXT(ovf_say(&ovf, &ovf.options[1].label, "en"), ovf.options[1].label.text);
    CHECK(ovf_say(&ovf, &ovf.options[1].label, "fr") == ovf.options[1].label.text);
}
