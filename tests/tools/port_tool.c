/* What the host tells of itself and asks, for tests/tools/test_host_port.py.
 *
 *     port_tool ask shown|hidden SIZE QUESTION
 *     port_tool page | language | machine ROOT
 *     port_tool describe < FILE
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/machine.h"
#include "loader/port.h"

static uint8_t memory[1 << 20];
static struct arena arena;
static struct error error;

static int failed(void)
{
    printf("code %d: %s\n", error.code, error.text);
    return 1;
}

static int ask(const char *echo, const char *size, const char *question)
{
    static char answer[8192];

    if (port_ask(question, strcmp(echo, "hidden") ? PORT_SHOWN : PORT_HIDDEN, answer,
                 (size_t)atoi(size), &error) != OK)
        return failed();
    printf("answer <%s>\n", answer);
    return 0;
}

static int show(const struct machine *m)
{
    printf("name <%s>\nprocessors %" PRIu32 "\nmemory %" PRIu64 "\nports %" PRIu32 "\narch %d\n",
           m->name, m->processors, m->memory, m->ports, (int)m->arch);
    return 0;
}

static int describe(void)
{
    static uint8_t text[65536];
    static struct described d;
    size_t len = fread(text, 1, sizeof(text), stdin);

    if (machine_parse((struct bytes){text, len}, &arena, &d, &error) != OK)
        return failed();
    show(&d.machine);
    for (size_t i = 0; i < d.count; i++)
        printf("disk %s %" PRIu64 " %" PRIu32 " <%s>\n", d.disks[i].bus, d.disks[i].size,
               d.disks[i].sector_size, d.disks[i].serial);
    return 0;
}

int main(int argc, char **argv)
{
    struct machine machine;

    arena_init(&arena, memory, sizeof(memory), "a test");
    if (argc == 5 && strcmp(argv[1], "ask") == 0)
        return ask(argv[2], argv[3], argv[4]);
    if (argc == 2 && strcmp(argv[1], "page") == 0)
        return printf("%" PRIu32 " x %" PRIu32 "\n", port_page().lines, port_page().columns) < 0;
    if (argc == 2 && strcmp(argv[1], "language") == 0)
        return puts(port_language()) < 0;
    if (argc == 2 && strcmp(argv[1], "describe") == 0)
        return describe();
    if (argc == 3 && strcmp(argv[1], "machine") == 0)
        return machine_of_tree(argv[2], &arena, &machine, &error) == OK ? show(&machine) : failed();
    fputs("port_tool: see the head of its source\n", stderr);
    return 2;
}
