#include "host/arguments.h"

#include <string.h>

#include "base/text.h"
#include "base/workers.h"
#include "host/remote.h"
#include "parsers/machine_file.h"

const char arguments_usage[] =
    "Usage: ovfboot inspect FILE [--plan] [--machine FILE] [--json] [SETTINGS]\n"
    "       ovfboot verify  FILE [--json] [--workers N] [--progress WORD] [SETTINGS]\n"
    "       ovfboot deploy  FILE --to PATH... [--disk ID] [--machine FILE] [--workers N]\n"
    "                       [--progress WORD] [SETTINGS]\n"
    "       ovfboot sign    FILE --key KEY --cert CERT [--chain FILE] [--progress WORD] --out "
    "FILE\n"
    "       ovfboot pack    DISK... --name NAME|--ovf FILE --out FILE [--workers N] [--progress "
    "WORD]\n"
    "       ovfboot seal    [--trust FILE]... [--policy FILE] [--loader FILE] --out FILE\n"
    "       ovfboot media   --ova FILE... [--conf FILE] [--trust FILE...] [--https-trust FILE...]\n"
    "                       [--machine ID=FILE...] [--efi FILE...] [--logs SIZE] [--workers N]\n"
    "                       [--progress WORD] [--force --force] --out PATH\n"
    "       ovfboot log     FILE|DEVICE [--machine ID] [--number N] [--json]\n"
    "       ovfboot settings\n"
    "       ovfboot --help | --version\n"
    "\n"
    "  inspect   show what the package is, what it needs and what can be set\n"
    "  verify    read, prove and unpack everything, and write nothing but a report\n"
    "  deploy    write the package's disks, one --to for each, the boot disk first\n"
    "  sign      make a signed package out of any, with a manifest of its own\n"
    "  pack      make a package with a manifest out of disk images\n"
    "  seal      put trust anchors and a policy into ovfboot.efi; sign it afterwards\n"
    "  media     make a stick, or the image of one, that starts ovfboot and holds packages\n"
    "  log       show what a run left on a stick or its image, or a log file (.json, .txt) alone\n"
    "  settings  list the settings that there are, with their values\n"
    "\n"
    "  FILE      an .ova, or an .ovf with its files beside it; for inspect they may be missing;\n"
    "            or the http:// or https:// URL of one (not for sign);\n"
    "            or a disk image alone, which wants --policy none, since nothing proves it\n"
    "  PATH      a block device, or a file: one that is there is used as a disk of its size,\n"
    "            one that is not is made as large as the disk in the package\n"
    "  --plan    what would be done on a machine, and whether it would do (exit status 1: not)\n"
    "  --machine a file that describes the machine it is for (docs/guide.md); default: this one\n"
    "  --json    for programs (docs/inspect.schema.json)\n"
    "  --disk    only this disk; ID is its file name in the package or its diskId\n"
    "  DISK      an image of any format that is read; x.qcow2 becomes x.vmdk in the package\n"
    "  --name    of the package; its descriptor is made: one machine, started from the first DISK\n"
    "  --ovf     the descriptor to use, as it is; it must name the DISKs as they will be named\n"
    "  --workers threads that compress or unpack, 1 to 16 (default: one for each processor)\n"
    "  --progress auto (the default: a line where standard error is a terminal), none, or json: "
    "an\n"
    "            object in each line of standard error (docs/guide.md)\n"
    "  --loader  the loader to seal (default: the one that came with this tool)\n"
    "\n"
    "For log; of several logs that are wanted the newest is shown, behind a list of them:\n"
    "  --machine ID        only those of one machine, by the name of its files\n"
    "  --number N          only those with that number\n"
    "\n"
    "For media (docs/guide.md); all is read and checked, each package verified, before anything "
    "is\n"
    "written, and all that was written is read again:\n"
    "  --ova FILE          an .ova, for a partition of its own\n"
    "  --conf FILE         becomes ovfboot.conf; it also says how the packages are verified\n"
    "  --trust FILE        for trust\\, --https-trust FILE for https\\\n"
    "  --machine ID=FILE   the settings of one machine: machines\\ID.conf\n"
    "  --efi FILE          a loader for each kind of processor (default: the one that came with\n"
    "                      this tool)\n"
    "  --logs SIZE         what is to stay free for logs (default: 32 MiB)\n"
    "  --out PATH          a file, which is made anew, or a disk, all of which is erased\n"
    "  --force --force     also a disk that is neither removable nor on USB\n"
    "\n"
    "SETTINGS are those of ovfboot.conf (docs/guide.md):\n"
    "  --conf FILE      as the loader would read it; of several a later one wins\n"
    "  --set KEY=VALUE  such as system=ID, option=ID, property.NAME=VALUE, accept-eula=yes\n"
    "  --trust FILE     a CA or pinned certificate (PEM, DER), a CRL, or lines sha256:DIGEST of\n"
    "                   keys\n"
    "  --policy POLICY  signature (the default with --trust): signed by somebody trusted;\n"
    "                   manifest (the default without): a manifest must prove every file that is\n"
    "                   used; none: a package without a manifest will do (inspect's default).\n"
    "                   For seal: a file of settings that nothing can change any more\n"
    "\n"
    "A FILE that is a URL (docs/guide.md):\n"
    "  --https-trust FILE  whose certificates are believed, as with --trust (default: the\n"
    "                      authorities in " REMOTE_AUTHORITIES ")\n"
    "  --proxy URL         http://[USER:PASSWORD@]HOST[:PORT]\n"
    "  --allow-host HOST   files of the package may come from that host too\n"
    "  --retries N         attempts after the first, without progress (default: 5)\n"
    "  --stall SECONDS     how long a server may be silent (default: 30)\n"
    "\n"
    "Exit status: 0 done, 1 refused or failed, 2 wrong usage.\n";

static const struct {
    const char *name;
    enum command command;
} commands[] = {
    {"inspect", COMMAND_INSPECT}, {"verify", COMMAND_VERIFY},     {"deploy", COMMAND_DEPLOY},
    {"sign", COMMAND_SIGN},       {"seal", COMMAND_SEAL},         {"pack", COMMAND_PACK},
    {"media", COMMAND_MEDIA},     {"settings", COMMAND_SETTINGS}, {"log", COMMAND_LOG},
};

static const char *command_name(enum command command)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (commands[i].command == command)
            return commands[i].name;
    return "";
}

static enum err add(struct argument_list *list, const char *name, const char *value,
                    struct error *e)
{
    if (list->count == ARGUMENT_FILES_MAX)
        return fail(e, ERR_TOO_BIG, "more than %d %s", ARGUMENT_FILES_MAX, name);
    list->at[list->count++] = value;
    return OK;
}

static enum err take_option(struct arguments *a, const char *name, const char *value,
                            struct error *e)
{
    const struct {
        const char *name;
        unsigned commands;
        const char **one;           /* what may be given once, ... */
        struct argument_list *many; /* ... or often */
    } options[] = {
        {"--disk", COMMAND_DEPLOY, &a->disk, NULL},
        {"--key", COMMAND_SIGN, &a->key, NULL},
        {"--cert", COMMAND_SIGN, &a->cert, NULL},
        {"--chain", COMMAND_SIGN, &a->chain, NULL},
        {"--out", COMMAND_SIGN | COMMAND_SEAL | COMMAND_PACK | COMMAND_MEDIA, &a->out, NULL},
        {"--name", COMMAND_PACK, &a->name, NULL},
        {"--ovf", COMMAND_PACK, &a->ovf, NULL},
        {"--workers", COMMAND_VERIFY | COMMAND_DEPLOY | COMMAND_PACK | COMMAND_MEDIA, &a->workers,
         NULL},
        {"--policy", COMMAND_READERS | COMMAND_SEAL, &a->policy, NULL},
        {"--loader", COMMAND_SEAL, &a->loader, NULL},
        {"--conf", COMMAND_READERS | COMMAND_MEDIA, NULL, &a->conf},
        {"--machine", COMMAND_INSPECT | COMMAND_DEPLOY | COMMAND_LOG, &a->machine, NULL},
        {"--number", COMMAND_LOG, &a->number, NULL},
        {"--progress", COMMAND_LONG, &a->progress, NULL},
        {"--proxy", COMMAND_READERS, &a->proxy, NULL},
        {"--retries", COMMAND_READERS, &a->retries, NULL},
        {"--stall", COMMAND_READERS, &a->stall, NULL},
        {"--https-trust", COMMAND_READERS | COMMAND_MEDIA, NULL, &a->https_trust},
        {"--allow-host", COMMAND_READERS, NULL, &a->allow_host},
        {"--set", COMMAND_READERS, NULL, &a->set},
        {"--to", COMMAND_DEPLOY, NULL, &a->to},
        {"--trust", COMMAND_READERS | COMMAND_SEAL | COMMAND_MEDIA, NULL, &a->trust},
        {"--ova", COMMAND_MEDIA, NULL, &a->ova},
        {"--machine", COMMAND_MEDIA, NULL, &a->machines},
        {"--efi", COMMAND_MEDIA, NULL, &a->efi},
        {"--logs", COMMAND_MEDIA, &a->logs, NULL},
    };

    for (size_t i = 0; i < COUNT_OF(options); i++) {
        if (strcmp(options[i].name, name) != 0 || !(options[i].commands & a->command))
            continue;
        if (!value)
            return fail(e, ERR_SETTING, "%s wants a value", name);
        a->open = options[i].many;
        if (options[i].many)
            return add(options[i].many, name, value, e);
        if (*options[i].one)
            return fail(e, ERR_SETTING, "%s is there twice", name);
        *options[i].one = value;
        return OK;
    }
    return fail(e, ERR_SETTING, "%s has no option %s", command_name(a->command), name);
}

/* KEY=VALUE parted in place: the argument is ours, as argv is. */
static enum err split(char *setting, struct error *e)
{
    char *equals = strchr(setting, '=');

    if (!equals)
        return fail(e, ERR_SETTING, "--set %s: it must be KEY=VALUE", setting);
    *equals = '\0';
    return OK;
}

enum err arguments_apply(const struct arguments *a, struct config *c, struct error *e)
{
    const struct {
        const char *option, *key, *value;
    } options[] = {{"--policy", "verify", a->command & COMMAND_READERS ? a->policy : NULL},
                   {"--proxy", "proxy", a->proxy},
                   {"--retries", "retries", a->retries},
                   {"--stall", "stall", a->stall}};
    const struct config_place by_set = {"--set", "", 0};

    for (size_t i = 0; i < COUNT_OF(options); i++) {
        struct config_place place = {options[i].option, "", 0};
        if (options[i].value && config_set(c, options[i].key, options[i].value, place, e) != OK)
            return within(e, "%s", options[i].option);
    }
    for (size_t i = 0; i < a->set.count; i++) {
        const char *key = a->set.at[i];
        if (config_set(c, key, key + strlen(key) + 1, by_set, e) != OK)
            return within(e, "--set");
    }
    return OK;
}

/* What is wrong in itself is wrong usage. */
static enum err check_settings(const struct arguments *a, struct error *e)
{
    static struct config ignored;

    return arguments_apply(a, &ignored, e);
}

static enum err check_pack(struct arguments *a, struct error *e)
{
    if (!a->disks.count)
        return fail(e, ERR_SETTING, "pack wants a DISK");
    if (!a->name == !a->ovf)
        return fail(e, ERR_SETTING, "pack wants either --name NAME or --ovf FILE");
    if (!a->out)
        return fail(e, ERR_SETTING, "pack wants --out FILE");
    return OK;
}

static enum err check_media(struct arguments *a, struct error *e)
{
    if (!a->ova.count)
        return fail(e, ERR_SETTING, "media wants --ova FILE");
    if (!a->out)
        return fail(e, ERR_SETTING, "media wants --out FILE");
    if (a->conf.count > 1)
        return fail(e, ERR_SETTING, "--conf is there twice");
    a->logs_size = MEDIA_LOGS;
    if (a->logs && !machine_file_size(a->logs, &a->logs_size))
        return fail(e, ERR_SETTING, "--logs %s: is no size such as 64MiB", a->logs);
    if (a->logs_size > MEDIA_LOGS_MAX)
        return fail(e, ERR_SETTING, "--logs %s: is more than %u MiB", a->logs,
                    MEDIA_LOGS_MAX >> 20);
    return OK;
}

static enum err read_workers(struct arguments *a, struct error *e)
{
    uint64_t count = 0;

    if (a->workers &&
        (!text_to_u64(a->workers, strlen(a->workers), &count) || !count || count > WORKERS_MAX))
        return fail(e, ERR_SETTING, "--workers %s: is no number from 1 to %d", a->workers,
                    WORKERS_MAX);
    a->worker_count = (size_t)count;
    return OK;
}

static enum err read_number(struct arguments *a, struct error *e)
{
    if (a->number && !text_to_u64(a->number, strlen(a->number), &a->log_number))
        return fail(e, ERR_SETTING, "--number %s: is no number", a->number);
    return OK;
}

static enum err check_progress(const struct arguments *a, struct error *e)
{
    static const char *const words[] = {"auto", "none", "json"};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (!a->progress || strcmp(a->progress, words[i]) == 0)
            return OK;
    return fail(e, ERR_SETTING, "--progress %s: is none of auto, none, json", a->progress);
}

static enum err check_complete(struct arguments *a, struct error *e)
{
    const char *name = command_name(a->command);

    TRY(read_workers(a, e));
    TRY(read_number(a, e));
    TRY(check_progress(a, e));
    if (a->command == COMMAND_PACK)
        return check_pack(a, e);
    if (a->command == COMMAND_MEDIA)
        return check_media(a, e);
    if (!a->file && !(a->command & COMMAND_FILELESS))
        return fail(e, ERR_SETTING, "%s wants a FILE", name);
    if (a->command == COMMAND_DEPLOY && !a->to.count)
        return fail(e, ERR_SETTING, "deploy wants --to PATH");
    if (a->command == COMMAND_SIGN && (!a->key || !a->cert))
        return fail(e, ERR_SETTING, "sign wants --key KEY and --cert CERT");
    if ((a->command == COMMAND_SIGN || a->command == COMMAND_SEAL) && !a->out)
        return fail(e, ERR_SETTING, "%s wants --out FILE", name);
    if (a->command == COMMAND_SEAL && !a->trust.count && !a->policy)
        return fail(e, ERR_SETTING, "seal wants --trust FILE or --policy FILE");
    return a->command & COMMAND_READERS ? check_settings(a, e) : OK;
}

enum err arguments_parse(char **argv, struct arguments *a, struct error *e)
{
    const char *command = *argv++;

    *a = (struct arguments){0};
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (strcmp(command, commands[i].name) == 0)
            a->command = commands[i].command;
    if (!a->command)
        return fail(e, ERR_SETTING, "there is no command %s", command);
    for (; *argv; argv++) {
        if (strcmp(*argv, "--json") == 0 && a->command & COMMAND_JSON) {
            a->json = true;
        } else if (strcmp(*argv, "--plan") == 0 && a->command == COMMAND_INSPECT) {
            a->plan = true;
        } else if (strcmp(*argv, "--force") == 0 && a->command == COMMAND_MEDIA) {
            a->force++;
        } else if (text_starts(*argv, "--")) {
            if (strcmp(argv[0], "--set") == 0 && argv[1])
                TRY(split(argv[1], e));
            TRY(take_option(a, argv[0], argv[1], e));
            argv++;
        } else if (a->command == COMMAND_PACK) {
            TRY(add(&a->disks, "DISKs", *argv, e));
        } else if (a->command == COMMAND_MEDIA && a->open) {
            TRY(add(a->open, "FILEs", *argv, e)); /* --ova *.ova */
        } else if (a->file || a->command & COMMAND_FILELESS) {
            return fail(e, ERR_SETTING, "%s is one FILE too many", *argv);
        } else {
            a->file = *argv;
        }
    }
    return check_complete(a, e);
}
