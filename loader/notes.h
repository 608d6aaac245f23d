/* loader/notes.h - what the descriptor asks for that has no counterpart on one physical machine. */
#ifndef LOADER_NOTES_H
#define LOADER_NOTES_H

#include "loader/plan.h"

/* Add them to the plan's notes, once its disks are known. */
void notes_make(struct plan *plan, struct arena *a);

#endif
