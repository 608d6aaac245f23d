#include "host/settings.h"

#include <stdio.h>

#include "loader/config.h"

enum err settings_print(struct arena scratch, struct error *e)
{
    static struct config defaults;
    struct config_known known;

    TRY(config_read((struct bytes){0}, NULL, 0, &scratch, &defaults, e));
    for (size_t i = 0; config_known(&defaults, i, &known); i++) {
        printf("%-16s %s", known.key, *known.values ? known.values : "any text");
        if (*known.standard)
            printf(" (default: %s)", known.standard);
        putchar('\n');
    }
    return OK;
}
