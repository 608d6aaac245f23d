#include "parsers/ovf_xml.h"

#include <stdio.h>
#include <string.h>

#include "base/utf.h"
#include "parsers/ovf.h"
#include "tests/test.h"

#define DOCUMENT "<?xml version='1.0'?><a x='1'><b>t</b></a>"

static uint8_t memory[64 << 20];
static uint8_t input[OVF_SIZE_MAX + 16];
static struct error error;
static struct xml_node *root;

static enum err load(const void *text, size_t len)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    root = NULL;
    return xml_load((struct bytes){text, len}, &a, &root, &error);
}

static enum err load_text(const char *text)
{
    return load(text, strlen(text));
}

static void check_refused(const char *text, const char *message)
{
    CHECK(load_text(text) == ERR_DAMAGED);
    CHECK_TEXT(error.text, message);
}

/* text repeated count times behind what input already holds. */
static size_t repeat(size_t len, const char *text, size_t count)
{
    for (; count; count--) {
        memcpy(input + len, text, strlen(text));
        len += strlen(text);
    }
    return len;
}

static void check_document(void)
{
    NEED(root && root->first);
    CHECK_TEXT(root->name, "a");
    CHECK_TEXT(xml_attribute(root, XML_NO_SPACE, "x"), "1");
    CHECK_TEXT(root->first->text, "t");
}

/* UTF-16 of text, in input. */
static size_t widen(const char *text, bool big, bool mark)
{
    size_t len = 0;

    if (mark) {
        input[len++] = big ? 0xfe : 0xff;
        input[len++] = big ? 0xff : 0xfe;
    }
    for (; *text; text++) {
        input[len++] = big ? 0 : (uint8_t)*text;
        input[len++] = big ? (uint8_t)*text : 0;
    }
    return len;
}

TEST(a_document_is_read_in_every_encoding_whatever_it_declares)
{
    const char *const declared = "<?xml version='1.0' encoding='utf-16'?><a x='1'><b>t</b></a>";

    NEED(load_text(DOCUMENT) == OK);
    check_document();
    NEED(load_text("\xef\xbb\xbf" DOCUMENT) == OK);
    check_document();
    NEED(load_text(declared) == OK);
    check_document();
    for (int i = 0; i < 4; i++) {
        NEED(load(input, widen(DOCUMENT, i & 1, i & 2)) == OK);
        check_document();
    }
}

TEST(characters_beyond_ascii_come_through_from_utf_16)
{
    /* U+865A, U+1F600 */
    const uint8_t text[] = {0xff, 0xfe, '<',  0,   'a', 0,   '>', 0,   0x5a, 0x86, 0x3d,
                            0xd8, 0x00, 0xde, '<', 0,   '/', 0,   'a', 0,    '>',  0};

    NEED(load(text, sizeof(text)) == OK);
    CHECK_TEXT(root->text, "\xe8\x99\x9a\xf0\x9f\x98\x80");
    CHECK(load(text, sizeof(text) - 1) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "the last character is cut");
    const uint8_t half[] = {0xff, 0xfe, '<', 0, 'a', 0, '>', 0, 0x3d, 0xd8, '<', 0};
    CHECK(load(half, sizeof(half)) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "half of a surrogate pair");
}

TEST(trailing_nuls_are_cut_and_others_refused)
{
    const char text[] = DOCUMENT "\0\0\0";

    NEED(load(text, sizeof(text)) == OK);
    check_document();
    CHECK(load("<a>\n\0</a>", 9) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 2: control character 0x00");
}

TEST(bytes_that_are_no_utf_8_are_refused_with_their_line)
{
    check_refused("<a>\n\n\xff</a>", "line 3: not UTF-8 text");
    check_refused("<a>\xc0\x80</a>", "line 1: not UTF-8 text");
    check_refused("<a>\x1b</a>", "line 1: control character 0x1b");
}

TEST(lines_are_counted_over_comments_values_and_every_line_end)
{
    NEED(load_text(
             "<?xml\n?>\r\n<!-- \n -->\n<a\n x='\n'>\r<b/>\n<!-- --><c\n/><d>x\n</d\n></a>") == OK);
    const uint32_t lines[] = {5, 8, 9, 10};
    const struct xml_node *nodes[] = {root, root->first, root->first->next,
                                      root->first->next->next};
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        CHECK(nodes[i]->line == lines[i]);
}

TEST(text_is_put_together_from_pieces_and_references)
{
    NEED(load_text("<a>x<!-- <b> -->y<![CDATA[<&]]>&lt;&#65;&#x42;&amp;&gt;&quot;&apos;</a>") ==
         OK);
    CHECK_TEXT(root->text, "xy<&<AB&>\"'");
    NEED(load_text("<a x=' &#10;&lt;\n\t'><!--> odd, but a comment <--></a>") == OK);
    CHECK_TEXT(xml_attribute(root, XML_NO_SPACE, "x"), " \n<  ");
    CHECK_TEXT(root->text, "");
}

TEST(what_is_not_well_formed_is_refused_with_line_and_element)
{
    check_refused("", "no XML element in it");
    check_refused("  \n", "no XML element in it");
    check_refused("text", "line 1: text outside of the outermost element");
    check_refused("<a/>\nx", "line 2: text outside of the outermost element");
    check_refused("<a/>\n<b/>", "line 2: b: a second outermost element");
    check_refused("<a>\n<b>\n</a>", "line 3: end of a inside of b, open since line 2");
    check_refused("<a>\n<b>", "line 2: b has no end");
    check_refused("</a>", "line 1: end of a, which is not open");
    check_refused("<a>\n<b x=1/></a>", "line 2, in b: attribute x: a value in quotes is missing");
    check_refused("<a x/>", "line 1, in a: attribute x: a value in quotes is missing");
    check_refused("<a x='<'/>", "line 1, in a: attribute x: a value in quotes is missing");
    check_refused("<a x='1'y='2'/>", "line 1, in a: the start tag does not end");
    check_refused("<a", "line 1, in a: the start tag does not end");
    check_refused("<a></a", "line 1: end of a: > is missing");
    check_refused("<a>< b/></a>", "line 1, in a: a name is missing");
    check_refused("<a>\n<!-- x", "line 2: comment without an end");
    check_refused("<a>\n<![CDATA[ x", "line 2: CDATA section without an end");
    check_refused("<a>\n<?x", "line 2: processing instruction without an end");
    check_refused("<a x='1' x='2'/>", "Duplicate attribute 'x' in element a on line 1");
}

TEST(document_types_and_entities_are_refused)
{
    check_refused("<!DOCTYPE a [<!ENTITY x 'y'>]>\n<a>&x;</a>",
                  "line 1: a document type or entity declaration");
    check_refused("<a>\n<!ENTITY x 'y'></a>", "line 2: a document type or entity declaration");
    const char *const wrong[] = {
        "&x;",  "&nbsp;", "&;", "&#;",  "&#x;",     "&#0;",          "&#xD800;", "&#x110000;",
        "&amp", "& amp;", "&",  "&#1;", "&#xFFFE;", "&#4294967361;", "&#X41;",   "&#x4294967296;"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char text[100];
        snprintf(text, sizeof(text), "<a>\n<b>%s</b></a>", wrong[i]);
        check_refused(text, "line 2, in b: & starts neither a character reference nor one of "
                            "XML's own entities");
        snprintf(text, sizeof(text), "<a>\n<b c='%s'/></a>", wrong[i]);
        check_refused(text, "line 2, in b: & starts neither a character reference nor one of "
                            "XML's own entities");
    }
}

/* Just within a limit is read, one more is ERR_TOO_BIG. */
static void check_limit(size_t (*build)(size_t n), size_t most, const char *message)
{
    NEED(load(input, build(most)) == OK);
    CHECK(load(input, build(most + 1)) == ERR_TOO_BIG);
    CHECK_HOLDS(error.text, message);
}

static size_t deep(size_t n)
{
    return repeat(repeat(0, "<a>", n), "</a>", n);
}

static size_t many(size_t n)
{
    return repeat(repeat(repeat(0, "<a>", 1), "<b/>", n - 1), "</a>", 1);
}

static size_t many_attributes(size_t n)
{
    size_t len = repeat(0, "<a>", 1);

    return repeat(repeat(len, "<b c=''/>", n), "</a>", 1);
}

static size_t many_namespaces(size_t n)
{
    size_t len = repeat(0, "<a>", 1);

    return repeat(repeat(len, "<b xmlns='x'/>", n), "</a>", 1);
}

static size_t wide(size_t n)
{
    size_t len = repeat(0, "<a", 1);

    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf((char *)input + len, 20, " x%zu=''", i);
    return repeat(len, "/>", 1);
}

static size_t long_name(size_t n)
{
    return repeat(repeat(repeat(0, "<", 1), "n", n), "/>", 1);
}

static size_t long_value(size_t n)
{
    return repeat(repeat(repeat(0, "<a b=\"", 1), "v", n), "\"/>", 1);
}

static size_t long_text(size_t n)
{
    return repeat(repeat(repeat(0, "<a>", 1), "t", n), "</a>", 1);
}

static size_t large(size_t n)
{
    return repeat(repeat(repeat(0, "<a>", 1), " ", n - 7), "</a>", 1);
}

TEST(every_limit_holds_to_the_last_one)
{
    check_limit(deep, OVF_DEPTH_MAX, "line 1: a: more than 64 elements inside each other");
    check_limit(many, OVF_ELEMENTS_MAX, "line 1: b: more than 65536 elements");
    check_limit(many_attributes, OVF_ATTRIBUTES_MAX, "line 1, in b: more than 32768 attributes");
    check_limit(many_namespaces, OVF_NAMESPACES_MAX, "declarations of namespaces");
    check_limit(wide, OVF_PER_TAG_MAX, "line 1, in a: more than 128 attributes on one element");
    check_limit(long_name, OVF_NAME_MAX, "line 1: a name of 257 bytes");
    check_limit(long_value, OVF_VALUE_MAX, "line 1, in a: attribute b: more than 65536 bytes");
    check_limit(long_text, OVF_PIECE_MAX, "line 1, in a: text of more than 524288 bytes");
    CHECK(load(input, large(OVF_SIZE_MAX)) == ERR_TOO_BIG);
    CHECK_HOLDS(error.text, "text of more than");
    CHECK(load(input, large(OVF_SIZE_MAX + 1)) == ERR_TOO_BIG);
    CHECK_TEXT(error.text, "8388609 bytes, and 8388608 is the most that is read");
}

TEST(text_cut_up_by_comments_is_still_one_piece)
{
    size_t len = repeat(0, "<a>", 1);

    len = repeat(len, "t<!---->", OVF_PIECE_MAX + 1);
    CHECK(load(input, repeat(len, "</a>", 1)) == ERR_TOO_BIG);
}

TEST(names_are_matched_by_uri_in_every_spelling_of_the_field)
{
    const char *const spellings[] = {
        "<Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/1' "
        "xmlns:o='http://schemas.dmtf.org/ovf/envelope/1' o:id='1'><File/></Envelope>",
        "<ovf-ns:Envelope xmlns:ovf-ns='http://schemas.dmtf.org/ovf/envelope/2' ovf-ns:id='1'>"
        "<ovf-ns:File/></ovf-ns:Envelope>",
        "<ovf:Envelope xmlns:ovf='http://www.vmware.com/schema/ovf/1/envelope' ovf:id='1'><File/>"
        "</ovf:Envelope>",
        "<x:Envelope xmlns:x='http://schemas.dmtf.org/ovf/envelope/1/' id='1'><x:File/>"
        "</x:Envelope>",
        "<Envelope id='1'><File/></Envelope>",
        "<ovf:Envelope ovf:id='1'><ovf:File/></ovf:Envelope>",
    };

    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        NEED(load_text(spellings[i]) == OK);
        CHECK(xml_is(root, "Envelope"));
        CHECK_TEXT(xml_attribute(root, XML_OVF, "id"), "1");
        CHECK(xml_count(root, "File") == 1);
    }
    NEED(load_text("<Envelope xmlns='urn:other' xmlns:ovf='urn:other' ovf:id='1'/>") == OK);
    CHECK(!xml_is(root, "Envelope"));
    CHECK(!xml_attribute(root, XML_OVF, "id"));
}

TEST(the_innermost_declaration_holds)
{
    NEED(load_text("<a xmlns:p='http://schemas.dmtf.org/ovf/envelope/1'><p:b xmlns:p='urn:x'>"
                   "<p:c/></p:b><p:d/><vmw:e/><who:f/></a>") == OK);
    const struct xml_node *b = root->first;
    CHECK(b->space == XML_FOREIGN && b->first->space == XML_FOREIGN);
    CHECK_TEXT(b->first->uri, "urn:x");
    CHECK(b->next->space == XML_OVF);
    CHECK(b->next->next->space == XML_VMW);
    CHECK(b->next->next->next->space == XML_FOREIGN);
}

TEST(cim_classes_are_known_by_their_last_word)
{
    NEED(load_text("<a xmlns:r='http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
                   "CIM_StorageAllocationSettingData.xsd' xmlns:s='http://x/2608 schema/"
                   "CIM_EthernetPortAllocationSettingData'><r:b/><s:b/></a>") == OK);
    CHECK(root->first->space == XML_SASD);
    CHECK(root->first->next->space == XML_EPASD);
}

TEST(the_old_spelling_of_sections_is_that_of_the_new)
{
    NEED(
        load_text("<o:Envelope xmlns:o='http://www.vmware.com/schema/ovf/1/envelope' "
                  "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>"
                  "<Section xsi:type='o:DiskSection_Type'/><Content xsi:type='VirtualSystem_Type'/>"
                  "<Section xsi:type='x:FooSection_Type' xmlns:x='urn:x'/><Section/>"
                  "</o:Envelope>") == OK);
    CHECK(xml_child(root, "DiskSection"));
    CHECK(xml_child(root, "VirtualSystem"));
    CHECK(!xml_child(root, "FooSection"));
    CHECK(xml_child(root, "Section"));
    CHECK_TEXT(root->first->written, "Section");
}
