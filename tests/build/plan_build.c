#include "tests/build/plan_build.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "loader/choices.h"
#include "tests/build/package_build.h"

#define OVF "http://schemas.dmtf.org/ovf/envelope/1"
#define CIM "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"

static uint8_t memory[2][16 << 20];

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

void plan_build_begin(struct plan_build *b, const char *content)
{
    *b = (struct plan_build){0};
    int len = snprintf(b->descriptor, sizeof(b->descriptor),
                       "<Envelope xmlns='" OVF "' xmlns:ovf='" OVF "' xmlns:rasd='" CIM
                       "CIM_ResourceAllocationSettingData'"
                       " xmlns:vmw='http://www.vmware.com/schema/ovf'"
                       " xmlns:vbox='http://www.virtualbox.org/ovf/machine'>\n"
                       "<References><File ovf:id='text' ovf:href='text.txt'/>"
                       "<File ovf:id='strings' ovf:href='strings.xml'/>"
                       "<File ovf:id='outside' ovf:href='../outside.txt'/>"
                       "<File ovf:id='packed' ovf:href='text.gz' ovf:compression='gzip'/>"
                       "<File ovf:id='zipped' ovf:href='text.zip' ovf:compression='zip'/>"
                       "<File ovf:id='cut' ovf:href='text.txt' ovf:chunkSize='1'/>"
                       "<File ovf:id='sized' ovf:href='text.txt' ovf:size='4'/></References>"
                       "%s</Envelope>",
                       content);
    assert((size_t)len < sizeof(b->descriptor));
    fake_folder_init(&b->folder, "stick", b->files, 0);
    plan_build_file(b, "box.ovf", b->descriptor);
}

void plan_build_file(struct plan_build *b, const char *name, const char *text)
{
    assert(b->folder.count < PLAN_BUILD_FILES_MAX);
    b->files[b->folder.count++] = (struct fake_file){name, bytes_of(text)};
}

void plan_build_manifest(struct plan_build *b, const char *wrong)
{
    size_t len = 0;

    for (size_t i = 0; i < b->folder.count; i++) {
        const struct fake_file *file = &b->files[i];
        bool bad = wrong && strcmp(file->name, wrong) == 0;
        len = build_manifest_line(b->manifest, sizeof(b->manifest), len, DIGEST_SHA256, file->name,
                                  bad ? bytes_of("other") : file->bytes);
    }
    plan_build_file(b, "box.mf", b->manifest);
}

enum err plan_build_open(struct plan_build *b, const char *settings)
{
    struct authority authority = {.policy = VERIFY_NONE};
    struct error *e = &b->error;

    arena_init(&b->arena, memory[0], sizeof(memory[0]), "the package");
    arena_init(&b->work, memory[1], sizeof(memory[1]), "unpacking");
    struct config_source file = {
        .where = "ovfboot.conf", .unit = "line", .text = bytes_of(settings)};

    TRY(config_read(bytes_of(b->sealed ? b->sealed : ""), &file, 1, &b->arena, &b->config, e));
    TRY(package_open_folder(&b->package, &b->folder.folder, "box.ovf", &b->arena, e));
    return plan_open(&b->package, &authority, b->config.language ? b->config.language : "",
                     &b->arena, b->work, &b->plan, e);
}

enum err plan_build_choose(struct plan_build *b, const char *settings)
{
    TRY(plan_build_open(b, settings));
    return choose_what(&b->plan, &b->config, &b->arena, &b->error);
}
