#include "loader/port.h"

enum guest_arch port_arch(void)
{
    return GUEST_X86_64;
}
