/* Memory for what can only be had whole. */
#include <sys/mman.h>

#include "host/system.h"
#include "loader/port.h"

/* Stays until the program ends, and is taken from the machine only as far as it is used. */
enum err port_take_memory(uint64_t size, uint8_t **out, struct error *e)
{
    void *memory = mmap(NULL, size + 1, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    *out = memory;
    if (memory == MAP_FAILED)
        return system_fail(e, ERR_NO_MEMORY, "cannot take %llu bytes", (unsigned long long)size);
    return OK;
}
