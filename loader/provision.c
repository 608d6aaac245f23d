#include "loader/provision.h"

#include <string.h>

#include "disks/image.h"
#include "disks/partition_add.h"
#include "loader/environment.h"
#include "loader/record.h"
#include "loader/seed.h"

/* What tells this machine from others. */
static const char *machine_id(const struct machine *m)
{
    return *m->uuid ? m->uuid : *m->serial ? m->serial : m->mac_count ? m->macs[0] : "";
}

/* The n-th port of the machine is for the n-th of the descriptor. */
static const char *network_of(const struct plan *plan, size_t port)
{
    const struct ovf_hardware *h = plan->hardware;

    for (size_t i = 0; h && i < h->item_count; i++) {
        const struct ovf_item *item = &h->items[i];
        if (item->type != OVF_ETHERNET || !ovf_item_counts(h, item, plan->option) || port--)
            continue;
        return item->connection_count ? item->connections[0] : "";
    }
    return "";
}

static enum err make_environment(const struct plan *plan, const struct machine *machine,
                                 struct arena *a, struct arena work, struct bytes *out,
                                 struct error *e)
{
    struct environment_adapter adapters[MACHINE_MACS_MAX];
    struct environment_facts facts = {.kind = "ovfboot",
                                      .version = OVFBOOT_VERSION,
                                      .vendor = "ovfboot",
                                      .locale = *plan->language ? plan->language : "en",
                                      .adapters = adapters,
                                      .adapter_count = machine->mac_count};

    for (size_t i = 0; i < machine->mac_count; i++)
        adapters[i] =
            (struct environment_adapter){.mac = machine->macs[i], .network = network_of(plan, i)};
    return environment_write(plan, &facts, a, work, out, e);
}

static void add_file(struct provision *p, const char *path, struct bytes bytes)
{
    p->files[p->file_count++] = (struct fat_make_file){path, bytes};
}

/* From the instance id, so that the partition is found again; the form is that of RFC 9562,
 * version 8, in the order of bytes of a GPT. */
void provision_guid(const char *instance_id, uint8_t guid[16])
{
    static const char purpose[] = "ovfboot cidata ";
    uint8_t digest[DIGEST_MAX];
    struct digest d;

    digest_start(&d, DIGEST_SHA256);
    digest_add(&d, (struct bytes){(const uint8_t *)purpose, sizeof(purpose) - 1});
    digest_add(&d, (struct bytes){(const uint8_t *)instance_id, strlen(instance_id)});
    digest_finish(&d, digest);
    memcpy(guid, digest, 16);
    guid[7] = (uint8_t)((guid[7] & 0x0f) | 0x80);
    guid[8] = (uint8_t)((guid[8] & 0x3f) | 0x80);
}

/* Full of line ends, which mean nothing behind a text, and nothing in JSON. */
static enum err add_logs(struct provision *p, struct arena *a, struct error *e)
{
    uint8_t *blank;

    TRY(TAKE(a, PROVISION_LOG_SIZE, &blank, e));
    memset(blank, '\n', PROVISION_LOG_SIZE);
    add_file(p, PROVISION_LOG_TEXT, (struct bytes){blank, PROVISION_LOG_SIZE});
    add_file(p, PROVISION_LOG_JSON, (struct bytes){blank, PROVISION_LOG_SIZE});
    return OK;
}

static void take_digest(struct bytes bytes, uint8_t out[DIGEST_MAX])
{
    struct digest d;

    digest_start(&d, DIGEST_SHA256);
    digest_add(&d, bytes);
    digest_finish(&d, out);
}

static void add_seed(struct provision *p, const struct seed *seed)
{
    _Static_assert(SEED_NOTES_MAX <= PROVISION_NOTES_MAX, "every note of the seed");
    p->instance_id = seed->instance_id;
    memcpy(p->notes, seed->notes, seed->note_count * sizeof(*seed->notes));
    p->note_count = seed->note_count;
    add_file(p, "meta-data", seed->meta_data);
    add_file(p, "user-data", seed->user_data);
    if (seed->vendor_data.len)
        add_file(p, "vendor-data", seed->vendor_data);
    if (seed->network_config.len)
        add_file(p, "network-config", seed->network_config);
}

static enum err add_files(struct provision *p, const struct plan *plan,
                          const struct provision_facts *facts, const char *id, struct arena *a,
                          struct arena work, struct error *e)
{
    struct bytes environment, record;
    struct seed seed = {.note_count = 0};

    TRY(TAKE(a, PROVISION_FILES_MAX + plan->file_count, &p->files, e));
    TRY(seed_make(&plan->properties, id, a, work, &seed, e));
    add_seed(p, &seed);
    TRY(make_environment(plan, facts->machine, a, work, &environment, e));
    add_file(p, ENVIRONMENT_FILE, environment);
    take_digest(environment, p->environment);
    TRY(record_write(plan, seed.instance_id, facts->others, a, work, &record, e));
    add_file(p, RECORD_FILE, record);
    if (facts->keeps_log)
        TRY(add_logs(p, a, e));
    for (size_t i = 0; i < plan->file_count; i++)
        add_file(p, plan->files[i].path, plan->files[i].bytes);
    return OK;
}

enum err provision_make(const struct plan *plan, const struct provision_facts *facts,
                        struct arena *a, struct arena work, struct provision *out, struct error *e)
{
    char instance[SEED_INSTANCE_MAX];
    const char *id;

    *out = (struct provision){0};
    seed_instance(machine_id(facts->machine), plan->proof.descriptor_digest, instance);
    TRY(arena_text(a, instance, strlen(instance), &id, e));
    TRY(add_files(out, plan, facts, id, a, work, e));
    provision_guid(id, out->guid);

    struct fat_make make = {.sector_size = facts->sector_size,
                            .label = PROVISION_LABEL,
                            .seconds = facts->seconds,
                            .files = out->files,
                            .count = out->file_count};
    memcpy(&make.serial, out->guid, sizeof(make.serial));
    return fat_make(&make, a, &out->volume, e);
}

enum err provision_check(const struct provision *p, const struct plan *plan,
                         const struct target *target, struct arena work, struct error *e)
{
    const struct plan_disk *disk = &plan->disks[0];
    struct partition_new what = {.size = p->volume.len, .name = PROVISION_LABEL};
    struct partition_added *added;
    struct source *guest;

    if (!disk->looked_inside)
        return OK;
    memcpy(what.guid, p->guid, sizeof(what.guid));
    TRY(TAKE(&work, 1, &added, e));
    TRY(plan_open_guest(disk, disk->image, target->sector_size, &work, &guest, e));
    return partition_plan(guest, target->sector_size, target->sectors, &what, work, added, e);
}

uint64_t provision_target_size(const struct provision *p, const struct plan *plan,
                               uint32_t sector_size)
{
    return partition_target_sectors(plan->disks[0].capacity, p->volume.len, sector_size) *
           sector_size;
}
