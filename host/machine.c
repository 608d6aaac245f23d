#include "host/machine.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/text.h"
#include "parsers/lines.h"
#include "parsers/machine_file.h"

#define PATH_SIZE 512 /* bytes of a path below the root */

/* The first bytes of a file, into a buffer; none when it cannot be read. */
static struct bytes read_file(const char *root, const char *path, uint8_t *to, size_t size)
{
    char full[PATH_SIZE];
    struct bytes text = {to, 0};
    ssize_t n = 1;

    text_format(full, sizeof(full), "%s%s", root, path);
    int fd = open(full, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && n > 0 && text.len < size) {
        n = read(fd, to + text.len, size - text.len);
        text.len += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        close(fd);
    return text;
}

/* The tables as the kernel keeps them: only root may read them on most systems. */
static enum err add_smbios(const char *root, struct arena *a, struct machine *out, struct error *e)
{
    struct smbios_entry entry;
    struct error ignored;
    uint8_t *table, first[SMBIOS_ENTRY_2];

    struct bytes text =
        read_file(root, "/sys/firmware/dmi/tables/smbios_entry_point", first, sizeof(first));
    if (smbios_parse_entry(text, &entry, &ignored) != OK)
        return OK;
    TRY(arena_take(a, entry.size, 1, 1, (void **)&table, e));
    text = read_file(root, "/sys/firmware/dmi/tables/DMI", table, entry.size);
    return machine_add_smbios(out, &(struct smbios){text, entry.version}, a, e);
}

/* "MemTotal:       16298488 kB"; 0 when it is not there. */
static uint64_t total_memory(const char *root)
{
    static const char key[] = "MemTotal:";
    uint8_t memory[1024];
    uint64_t kib;

    for (struct lines lines = lines_of(read_file(root, "/proc/meminfo", memory, sizeof(memory)));
         lines_next(&lines);) {
        struct bytes line = lines.line;
        if (line.len < sizeof(key) || memcmp(line.at, key, sizeof(key) - 1) != 0)
            continue;
        take(&line, sizeof(key) - 1);
        line = lines_trim(line);
        const uint8_t *end = memchr(line.at, ' ', line.len);
        if (end && text_to_u64((const char *)line.at, (size_t)(end - line.at), &kib))
            return machine_round_memory(kib * 1024);
    }
    return 0;
}

/* Interfaces that are devices: not lo, bridges, tunnels. */
static uint32_t count_ports(const char *root)
{
    char path[PATH_SIZE];
    struct stat ignored;
    uint32_t count = 0;

    text_format(path, sizeof(path), "%s/sys/class/net", root);
    DIR *folder = opendir(path);
    if (!folder)
        return MACHINE_PORTS_UNKNOWN;
    for (struct dirent *d; (d = readdir(folder));) {
        text_format(path, sizeof(path), "%s/sys/class/net/%s/device", root, d->d_name);
        count += d->d_name[0] != '.' && stat(path, &ignored) == 0;
    }
    closedir(folder);
    return count;
}

static enum guest_arch arch_of_host(void)
{
    struct utsname name;

    return uname(&name) == 0 && strcmp(name.machine, "aarch64") == 0 ? GUEST_AARCH64 : GUEST_X86_64;
}

enum err machine_of_tree(const char *root, struct arena *a, struct machine *out, struct error *e)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    *out = machine_unknown(arch_of_host());
    out->processors = processors > 0 ? (uint32_t)processors : 0;
    out->ports = count_ports(root);
    TRY(add_smbios(root, a, out, e));
    if (!out->memory)
        out->memory = total_memory(root);
    return OK;
}

enum err machine_of_host(struct arena *a, struct machine *out, struct error *e)
{
    return machine_of_tree("", a, out, e);
}

_Static_assert(MACHINE_FILE_DISKS_MAX == CONFIG_TARGETS_MAX, "a target for each disk");

enum err machine_parse(struct bytes text, struct arena *a, struct described *out, struct error *e)
{
    struct machine_file file;

    TRY(machine_file_parse(text, a, &file, e));
    *out = (struct described){
        .machine = {.name = file.name,
                    .uuid = file.uuid,
                    .serial = file.serial,
                    .asset = file.asset,
                    .product = file.product,
                    .arch = file.arch == MACHINE_FILE_AARCH64 ? GUEST_AARCH64 : GUEST_X86_64,
                    .processors = file.processors,
                    .memory = file.memory,
                    .ports = file.ports,
                    .mac_count = *file.mac != '\0',
                    .macs = {file.mac}},
        .count = file.disk_count};
    for (size_t i = 0; i < file.disk_count; i++)
        out->disks[i] = (struct described_disk){.bus = file.disks[i].bus,
                                                .serial = file.disks[i].serial,
                                                .model = file.disks[i].model,
                                                .wwn = file.disks[i].wwn,
                                                .size = file.disks[i].size,
                                                .sector_size = file.disks[i].sector_size};
    return OK;
}
