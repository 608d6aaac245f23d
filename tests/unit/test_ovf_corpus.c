/* Every descriptor of the corpus, none of them made here: read, or refused for a reason known. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf.h"
#include "parsers/ovf_drives.h"
#include "parsers/ovf_value.h"
#include "tests/build/shared.h"
#include "tests/test.h"

/* Part of the file's name, part of the sentence.  docs/formats.md says more. */
struct reason {
    const char *name, *why;
};

/* Among the files of these names are templates: a program is yet to put a number where such words
 * stand. */
static const struct reason templates[] = {
    {"open-vmdk__", "size @@VMDK_FILE_SIZE@@ is not a number"},
    {"coreos-assembler__", "_size} is not a number"},
    {"virt-v2v__", "size #SIZE# is not a number"},
    {"ngfw_isotools-stretch__", "capacity +SIZE+ is not a number"},
    {"build-essence__14331db4__template", "capacity $ is not a number"},
};

/* These are refused. */
static const struct reason reasons[] = {
    /* Broken: References do not hold what is referred to, or hold two files under one id. */
    {"ascetictoolbox__1eaf5ba6__atc-single", "file NA-HAProxy-img is not in References"},
    {"ascetictoolbox__65e8a35c__na", "File NA-HAProxy-iso: the id of the file on line 4"},
    /* DSP8023: size is an unsignedLong.  ovftool takes it. */
    {"govmomi__197c4eb1__valid_vmdk_neg_size", "size -2 is not a number"},
    /* These want a service of vCenter's, and say so. */
    {"govmomi__3649fb33__complete_vsc_orig", "vServiceDependencySection"},
    {"govmomi__36adf6f3__complete_vsc_11", "vServiceDependencySection"},
    /* A section of the 0.9 dialect that nobody knows, which is required by default. */
    {"govmomi__0960428f__unsupportedSection", "UnsupportedSectionFoo"},
    /* A draft from before 1.0: its Envelope holds sections of a system, and no system. */
    {"ova__50efc602__ourOVF", "does not belong in Envelope"},
};

/* Of hostile/ovf, refused: they contradict themselves, or lack what must be there. */
static const struct reason hostile[] = {
    {"cot__08ab875a__invalid", "file flash2 is not in References"},
    {"cot__134d20ee__invalid", "file flash2 is not in References"},
    {"cot__2f600667__ersatz_ovf_3.0", "http://schemas.dmtf.org/ovf/envelope/3"},
    {"__no_diskid", "Disk without a diskId"},
    {"__ras_sec_elsewhr", "ResourceAllocationSection does not belong in VirtualSystem"},
    {"__net_sec_elsewhr", "NetworkSection does not belong in VirtualSystem"},
    {"__vh_under_env", "VirtualHardwareSection does not belong in Envelope"},
    {"__dup_diskid", "the id of the disk on line"},
    {"__child_uitem_req_true", "Unknown of http"},
    {"__section_compatibility_neg", "UnknownSection of http"},
    {"__section_compatibility_rec", "UnknownSection of http"},
    {"govmomi__1112634f__empty_system", "File without an id"},
    {"__invalid_ref_id", "File without an id"},
    {"__invalid_ref_no_href", "File without an href"},
    {"__invalid_ref_dup_id", "the id of the file on line"},
    {"__invalid_env", "FakeEnvelope is no OVF descriptor"},
    {"govmomi__2a7eacc4__descriptor", "HTML is no OVF descriptor"},
    {"govmomi__2a93140e__haoUnOS2VMs", "size -9223372036854775807 is not a number"},
    {"govmomi__316963bb__haoUnOS2VMs", "size -9223372036854775809 is not a number"},
    {"__twomin_rangemarker", "the same bound already"},
    {"__twomax_rangemarker", "the same bound already"},
    {"__noninteger_range", "is not a number"},
    {"govmomi__3681ca40__invalid_namespace", "http://nosuchspec.com/ovf/envelope/1"},
    {"govmomi__6de68adf__invalid_namespace", "Envelope without a VirtualSystem"},
    {"__no_content", "Envelope without a VirtualSystem"},
    {"__content_withnovm", "Envelope without a VirtualSystem"},
    {"__invalid_no_vm", "Envelope without a VirtualSystem"},
    {"__no_resourcetype", "names /disk/vmdisk1 and has no ResourceType"},
    {"__prop_no_key", "Property without a key"},
    {"__invalid_no_file_in_ref", "file file1 is not in References"},
    {".gz", "not UTF-8 text"}, /* test_ovf_xpath.py unpacks them */
};

/* Of hostile/ovf, taken all the same: why is what docs/formats.md says of each. */
static const struct reason taken[] = {
    {"cot__6269cf47__invalid", "ovf_list_drives() refuses the disk that is not there"},
    {"cot__73fd65f7__invalid", "ovf_list_drives() refuses the disk that is not there"},
    {"__no_format", "a format is told by the file's content, and real packages leave it out"},
    {"govmomi__04a75c16__haoUnOS2VMs", "a wrong size of a file shows when the file is read"},
    {"govmomi__2e4db434__haoUnOS2VMs", "a wrong size of a file shows when the file is read"},
    {"__invalid_ref_size_null", "size is optional"},
    {"__invalid_vmdk", "what is wrong is in the disk"},
    {"__invalid_delta_reference_disk", "what is wrong is in the disk"},
    {"__invalid_zero_capacity", "it has no disk"},
    {"__no_capacity", "the file's own capacity counts, and oVirt leaves it out"},
    {"__dup_filerefs", "each disk gets a copy, and real packages do it"},
    {"__dup_instanceid", "VMware's and oVirt's own exports do it"},
    {"__no_instanceid", "an item that nothing refers to needs none"},
    {"__unsupported-resourcesubtype", "a device of no known type is none that is written to"},
    {"__sunVHW-DiskTypes-invalid",
     "its controllers are of no known kind, and controllers only order"},
    {"__no_net", "a network that is not listed is only a name, and real packages have some"},
    {"__ann_sec_elsewhr", "a note beside the systems belongs to the outermost"},
    {"__dup_prodsec", "open-ovf's own example does it"},
    {"__prop_no_type", "without a type it is a text"},
    {"__prop_invalid_type", "a type that is not known is a text"},
    {"__content_withnoinfo", "Info is for people"},
    {"__nostalgia-missing-element-name", "a name of a device is for people"},
    {"__efi-nvram-with-extra-config-mismatch-illegal", "nvram is not used here"},
    {"__no_version_num", "the namespace is the version"},
    {"__invalid_multiple_vh", "it has one section of hardware"},
    {"__no_vh", "a system without hardware has no disk: loader/plan.c refuses it"},
    {"__bare_minimal", "a system without hardware has no disk: loader/plan.c refuses it"},
    {"govmomi__100c6774__empty_system", "an empty System says nothing of the hypervisor"},
    {"govmomi__420bf31d__invalid", "a system without an id is one that nothing refers to"},
    {"govmomi__60b2ee5e__haoUnOS2VMs", "a system without an id is one that nothing refers to"},
    {"__identity_compression", "valid; the negative is its package"},
    {"__valid_certificate", "valid; the negative is its package"},
    {"__valid_no_disk_in_server", "valid; the negative is its package"},
};

static uint8_t memory[2][32 << 20];
static struct error error;
static struct ovf ovf;

/* Follow every index once: a wrong one is then seen. */
static void look_around(struct arena a)
{
    struct ovf_drives drives;

    for (size_t i = 0; i < ovf.system_count; i++) {
        const struct ovf_option *option = ovf_default_option(&ovf);
        if (ovf_list_drives(&ovf, i, option ? option->id : NULL, &a, &drives, &error) == OK)
            CHECK(drives.count == 0 || drives.boot < drives.count);
        CHECK(ovf.systems[i].parent == OVF_NONE || ovf.systems[i].parent < i);
    }
}

static enum err parse(const char *folder, const char *name)
{
    struct arena a, scratch;
    struct bytes text;
    char path[1024];
    clock_t start = clock();

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (!shared_read(path, &text))
        return ERR_IO;
    arena_init(&a, memory[0], sizeof(memory[0]), "a test");
    arena_init(&scratch, memory[1], sizeof(memory[1]), "a test's scratch");
    enum err result = ovf_parse(text, &a, scratch, &ovf, &error);
    if (result == OK)
        look_around(a);
    else
        CHECK(utf8_valid(error.text, strlen(error.text)));
    CHECK(clock() - start < 2 * CLOCKS_PER_SEC);
    return result;
}

static const struct reason *find(const struct reason *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(name, list[i].name))
            return &list[i];
    return NULL;
}

static bool is_for(const struct reason *reason)
{
    return reason && strstr(error.text, reason->why);
}

static DIR *open_folder(const char *folder)
{
    const char *shared = getenv("OVFBOOT_SHARED");
    char path[1024];

    snprintf(path, sizeof(path), "%s/%s", shared ? shared : "../shared", folder);
    DIR *dir = opendir(path);
    if (!dir)
        test_skip("the corpus is not there: set OVFBOOT_SHARED");
    return dir;
}

TEST(every_descriptor_of_the_corpus_is_read_or_refused_for_a_known_reason)
{
    const char *const folder = "corpus/descriptors";
    DIR *dir = open_folder(folder);
    size_t read = 0;

    if (!dir)
        return;
    for (struct dirent *d; (d = readdir(dir));) {
        if (d->d_name[0] == '.' || strcmp(d->d_name, "index.tsv") == 0)
            continue;
        enum err result = parse(folder, d->d_name);
        const struct reason *reason = find(reasons, COUNT_OF(reasons), d->d_name);
        const struct reason *template = find(templates, COUNT_OF(templates), d->d_name);
        read += result == OK;
        if (result == OK ? reason != NULL : !is_for(reason) && !is_for(template))
            test_failed(d->d_name, 0, result == OK ? "is taken" : error.text);
    }
    closedir(dir);
    CHECK(read > 300);
}

/* Qualifiers that ask for something. */
static bool restricts(const char *qualifiers)
{
    const char *const words[] = {"MinLen", "MaxLen", "Value", "Ip", "Netmask", "Gateway", "Dns"};

    if (strncmp(qualifiers, "MinLen(0),", 10) == 0)
        qualifiers += 10;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strstr(qualifiers, words[i]))
            return true;
    return false;
}

/* Defaults that are not what the package itself says they are. */
static const struct reason defaults[] = {
    {"govmomi__28f2bc14__properties", "  42   is not a whole number"},
    {"ascetictoolbox__571abfec__saas", "offline is not a whole number from 0 to 4294967295"},
    {"ascetictoolbox__017b49b1__ascetic-pm", "offline is not a whole number from 0 to"},
};

static size_t rules; /* properties with one */

static void check_property(const char *file, const struct ovf_property *p)
{
    char rule[OVF_VALUE_RULE_MAX];

    rules += *ovf_value_rule(p, rule, sizeof(rule)) != '\0';
    if ((restricts(p->qualifiers) || restricts(p->vendor_qualifiers)) && !*rule)
        test_failed(file, (int)p->line, "a qualifier is not understood");
    if (!*p->value || strstr(p->value, "${") || ovf_check_value(p, p->value, &error) == OK)
        return;
    const struct reason *reason = find(defaults, COUNT_OF(defaults), file);
    if (!is_for(reason))
        test_failed(file, (int)p->line, error.text);
}

static void check_properties(const char *file)
{
    for (size_t i = 0; i < ovf.system_count; i++)
        for (size_t j = 0; j < ovf.systems[i].product_count; j++)
            for (size_t k = 0; k < ovf.systems[i].products[j].property_count; k++)
                check_property(file, &ovf.systems[i].products[j].properties[k]);
}

TEST(every_qualifier_of_the_corpus_is_understood_and_nearly_every_default_is_a_value)
{
    const char *const folder = "corpus/descriptors";
    DIR *dir = open_folder(folder);

    if (!dir)
        return;
    rules = 0;
    for (struct dirent *d; (d = readdir(dir));)
        if (d->d_name[0] != '.' && strcmp(d->d_name, "index.tsv") != 0 &&
            parse(folder, d->d_name) == OK)
            check_properties(d->d_name);
    closedir(dir);
    CHECK(rules > 300);
}

TEST(every_hostile_descriptor_is_refused_for_a_known_reason_or_taken_for_one)
{
    const char *const folder = "corpus/hostile/ovf";
    DIR *dir = open_folder(folder);

    if (!dir)
        return;
    for (struct dirent *d; (d = readdir(dir));) {
        if (d->d_name[0] == '.')
            continue;
        enum err result = parse(folder, d->d_name);
        const struct reason *refused = find(hostile, COUNT_OF(hostile), d->d_name);
        const struct reason *accepted = find(taken, COUNT_OF(taken), d->d_name);
        if (!refused == !accepted)
            test_failed(d->d_name, 0, "is to be in one of the two tables");
        else if (refused ? result == OK || !is_for(refused) : result != OK)
            test_failed(d->d_name, 0, result == OK ? "is taken" : error.text);
    }
    closedir(dir);
}

TEST(the_hint_of_a_home_assistant_release_is_read_though_vmw_is_not_declared)
{
    const char *const name = "operating-system__00ccbae4__home-assistant.ovf";

    if (parse("corpus/descriptors", name) != OK)
        return;
    CHECK(ovf.systems[0].firmware == OVF_FIRMWARE_EFI);
}
