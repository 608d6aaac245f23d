#include "loader/port.h"
enum err port_ask(const char *question, enum port_echo echo, char *answer, size_t size,
                  struct error *e)
{
    (void)echo;
    (void)answer;
    (void)size;
    return fail(e, ERR_SETTING, "nobody can answer here: %s", question);
}
struct port_page port_page(void)
{
    return (struct port_page){25, 80};
}
const char *port_language(void)
{
    return "";
}
