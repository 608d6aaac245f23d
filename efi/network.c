/* The network of the machine. */
#include "base/text.h"
#include "loader/port.h"

enum err port_network(const struct network_settings *settings, struct arena *a, struct error *e)
{
    (void)settings;
    (void)a;
    return fail(e, ERR_NETWORK, "the network is not there yet");
}

enum err port_wire(struct arena *a, struct wire **out, struct error *e)
{
    (void)a;
    *out = NULL;
    return fail(e, ERR_NETWORK, "the network is not there yet");
}

bool port_wait(uint32_t ms)
{
    (void)ms;
    return true;
}
