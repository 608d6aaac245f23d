/* loader/config_list.h - settings that can be numbered: "target" is the first, "target.2" the second.
 *
 * For loader/config.c alone.
 */
#ifndef LOADER_CONFIG_LIST_H
#define LOADER_CONFIG_LIST_H

#include "loader/config.h"

struct config_list;

/* The key of list i, from 0 on; NULL: there are no more. */
const char *config_list_key(size_t i);

/* The list that a key is of, and its place in it; NULL: of none. */
const struct config_list *config_list_of(const char *key, size_t *index);

/* ERR_SETTING for what is no rule where one is wanted. */
enum err config_list_set(struct config *c, const struct config_list *list, size_t index,
                         const char *value, struct config_place place, struct error *e) MUST_CHECK;

/* What stands there of all numbered settings, n from 0 on; its place is nowhere when nothing does. */
#define CONFIG_LISTED (3 * CONFIG_TARGETS_MAX)
void config_list_said(const struct config *c, size_t n, struct config_said *out);

#endif
