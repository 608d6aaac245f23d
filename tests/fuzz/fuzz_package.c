/* A package of any bytes, as the loader takes it: index, signature, manifest, descriptor, plan, what the guest is told,
 * and the disks onto targets that keep their first sector only.
 *
 * Whatever comes of it, what failed left no target that starts, and was told in one line of clean text.
 *
 * Most inputs of a blind fuzzer would end at the first checksum.  The mutator therefore changes one file of the
 * archive at a time, or all of it, and then puts the headers' checksums right, and mostly the digests of the
 * manifest, so that the damage reaches what is behind.
 */
#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "base/utf.h"
#include "loader/choices.h"
#include "loader/deploy.h"
#include "loader/files.h"
#include "loader/media.h"
#include "loader/memory.h"
#include "loader/notes.h"
#include "tests/build/signed.h"
#include "tests/fake_port.h"
#include "tests/fuzz/repair.h"

#define INPUT_MAX    (1u << 20) /* bytes */
#define SECTOR       512
#define OLD          "what was there"
#define TARGET_EXTRA (16u << 20) /* bytes behind the guest disk */

struct kept {
    struct target target;
    uint8_t first[SECTOR];
    size_t writes;
};

static enum err keep(struct target *t, uint64_t lba, const void *from, size_t count,
                     struct error *e)
{
    struct kept *k = (struct kept *)t;

    (void)e;
    k->writes++;
    if (lba == 0 && count)
        memcpy(k->first, from, SECTOR);
    return OK;
}

static enum err give(struct target *t, uint64_t lba, void *to, size_t count, struct error *e)
{
    struct kept *k = (struct kept *)t;

    (void)e;
    memset(to, 0, count * SECTOR);
    if (lba == 0 && count)
        memcpy(to, k->first, SECTOR);
    return OK;
}

static enum err clear(struct target *t, uint64_t lba, uint64_t count, bool *done, struct error *e)
{
    struct kept *k = (struct kept *)t;

    (void)e;
    k->writes++;
    if (lba == 0 && count)
        memset(k->first, 0, SECTOR);
    *done = true;
    return OK;
}

static enum err settle(struct target *t, struct error *e)
{
    (void)t, (void)e;
    return OK;
}

static void plug_in(struct kept *k, uint64_t capacity)
{
    static const struct target_ops ops = {
        .write = keep, .read = give, .flush = settle, .zero = clear};

    *k = (struct kept){
        .target = {.ops = &ops,
                   .name = "a target",
                   .sectors = min_u64(capacity, INT64_MAX) / SECTOR + TARGET_EXTRA / SECTOR,
                   .sector_size = SECTOR,
                   .alignment = 1}};
    memcpy(k->first, OLD, sizeof(OLD));
    k->first[510] = 0x55;
    k->first[511] = 0xaa;
}

static bool starts(const struct kept *k)
{
    return k->first[510] == 0x55 && k->first[511] == 0xaa;
}

static void check_error(const struct error *e)
{
    assert(e->code != OK && e->text[0] && utf8_valid(e->text, strlen(e->text)));
    for (const char *at = e->text; *at; at++)
        assert((unsigned char)*at >= 0x20 && *at != 0x7f);
}

static const struct config *settings(void)
{
    static const struct config config = {.unattended = ANSWER_YES,
                                         .accept_eula = ANSWER_YES,
                                         .eula_place = {"a test", "", 0},
                                         .cd_images = CD_IMAGES_OMIT};

    return &config;
}

/* Whom we believe: nobody, or who signed tests/build/signed.h. */
static void believe(struct authority *authority, bool somebody, struct arena *a)
{
    struct error error;

    *authority = (struct authority){.policy = somebody ? VERIFY_SIGNATURE : VERIFY_MANIFEST,
                                    .clock = {{true, SIGNED_NOW}, SIGNED_NOW}};
    if (somebody)
        assert(trust_add(&authority->trust, "root.pem",
                         (struct bytes){(const uint8_t *)signed_root, strlen(signed_root)}, a,
                         &error) == OK);
}

static enum err make_plan(struct plan *plan, struct package *package, struct memory *m,
                          struct error *e)
{
    struct authority authority;

    believe(&authority, package->certificate != NULL, &m->package);
    enum err err = plan_open(package, &authority, "de-DE", &m->package, m->work, plan, e);
    if (err == ERR_UNTRUSTED && package->certificate) {
        check_error(e);
        package->certificate = NULL;
        believe(&authority, false, &m->package);
        err = plan_open(package, &authority, "de-DE", &m->package, m->work, plan, e);
    }
    if (err != OK)
        return err;
    TRY(choose_what(plan, settings(), &m->package, e));
    TRY(media_check(plan, settings(), &m->package, e));
    TRY(plan_disks(plan, GUEST_X86_64, &m->package, m->work, e));
    TRY(files_read(plan, true, &m->package, m->work, e));
    notes_make(plan, &m->package);
    TRY(choose_licences(plan, settings(), &m->package, e));
    TRY(choose_properties(plan, settings(), &m->package, e));
    return plan_size_blanks(plan, e);
}

/* A guest that nothing is told gets no volume: making one takes longer than all the rest. */
static enum err tell_guest(const struct plan *plan, struct memory *m, struct provision *out,
                           struct error *e)
{
    struct machine machine = machine_unknown(GUEST_X86_64);
    struct provision_facts facts = {
        .machine = &machine, .others = "", .sector_size = SECTOR, .seconds = SIGNED_NOW};

    if (!plan->properties.count && !plan->file_count)
        return OK;
    return provision_make(plan, &facts, &m->package, m->work, out, e);
}

static enum err run(struct source *archive, struct memory *m, struct kept kept[], size_t *count,
                    struct error *e)
{
    static struct proved proved[CONFIG_TARGETS_MAX];
    static struct package package;
    static struct plan plan;
    struct target *targets[CONFIG_TARGETS_MAX];
    struct provision provision = {0};

    *count = 0;
    TRY(package_open_archive(&package, archive, &m->package, e));
    TRY(make_plan(&plan, &package, m, e));
    TRY(tell_guest(&plan, m, &provision, e));
    assert(plan.count > 0 && plan.count <= CONFIG_TARGETS_MAX);
    for (size_t i = 0; i < plan.count; i++) {
        plug_in(&kept[i], plan.disks[i].capacity);
        targets[i] = &kept[i].target;
        TRY(plan_check_target(&plan.disks[i], targets[i], m->work, e));
    }
    *count = plan.count;
    return deploy(&plan, targets, provision.volume.len ? &provision : NULL, memory_rest(m), proved,
                  e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _Alignas(4096) static uint8_t memory[MEMORY_PACKAGE + MEMORY_WORK];
    static struct kept kept[CONFIG_TARGETS_MAX];
    struct memory_source archive;
    struct error error = {.code = OK};
    struct memory m;
    size_t count;

    fake_port.said_len = 0;
    memory_init(&m, memory);
    memory_source_init(&archive, "fuzz.ova", (struct bytes){data, size});
    enum err err = run(&archive.source, &m, kept, &count, &error);
    if (err != OK)
        check_error(&error);
    for (size_t i = 0; i < count; i++)
        assert(err == OK ? memcmp(kept[i].first, OLD, sizeof(OLD)) != 0
                         : !kept[i].writes || !starts(&kept[i]));
    return 0;
}

/* There only in libFuzzer's builds. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);

/* Change what one file holds, of any size that leaves room for the others. */
static size_t mutate_member(uint8_t *data, size_t size, size_t room, unsigned number)
{
    static uint8_t contents[INPUT_MAX], rest[INPUT_MAX];
    struct repair_member member;
    size_t at = 0, behind = 0;

    for (unsigned i = 0; i <= number; i++) {
        if (!repair_next(data, size, &at, &member))
            return LLVMFuzzerMutate(data, size, room);
        behind = at;
    }
    size_t begin = (size_t)(member.contents - data), rest_len = size - behind;
    if (begin + rest_len + 2 * REPAIR_BLOCK > room || member.size > room - begin - rest_len)
        return LLVMFuzzerMutate(data, size, room);
    memcpy(contents, member.contents, member.size);
    memcpy(rest, data + behind, rest_len);
    size_t len = LLVMFuzzerMutate(contents, member.size, room - begin - rest_len - REPAIR_BLOCK);
    size_t padded = (len + REPAIR_BLOCK - 1) / REPAIR_BLOCK * REPAIR_BLOCK;
    memset(data + begin, 0, padded);
    memcpy(data + begin, contents, len);
    memcpy(data + begin + padded, rest, rest_len);
    repair_set_size(member.header, len);
    return begin + padded + rest_len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    if (room > INPUT_MAX)
        room = INPUT_MAX;
    if (seed % 4)
        size = mutate_member(data, size, room, seed / 4 % 5);
    else
        size = LLVMFuzzerMutate(data, size, room);
    if (seed / 32 % 16)
        repair_tar(data, size);
    if (seed / 512 % 8)
        repair_manifests(data, size);
    return size;
}
