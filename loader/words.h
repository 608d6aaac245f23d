/* loader/words.h - what a person reads on the screens, in English: titles, questions, what keys do.
 *
 * To translate the screens is to translate this file.  What went wrong is worded where it is noticed,
 * as everywhere.  Formats keep their conversions in this order.  A keys line has at most 39 columns
 * where it is to be seen whole on the narrowest screen.
 */
#ifndef LOADER_WORDS_H
#define LOADER_WORDS_H

/* Around every question. */
#define WORDS_PROGRAM    "ovfboot"
#define WORDS_NUMBER     "%s Number:"
#define WORDS_KEYS       "Arrows, Enter; Esc goes back"
#define WORDS_KEYS_PART  WORDS_KEYS "; %zu-%zu of %zu"
#define WORDS_KEYS_LINE  "Enter takes it; Esc goes back"
#define WORDS_BAD_NUMBER "Type a number from 1 to %zu, or choose with the arrow keys."
#define WORDS_BAD_CHOICE "That is none of these: choose with the arrow keys."
#define WORDS_COUNTDOWN  "%s in %u s; any key stops the clock"
#define WORDS_MACHINE    "Machine    %s"
#define WORDS_PACKAGE    "Package    %s"
#define WORDS_SIGNED_BY  "Signed by  %s"
#define WORDS_SYSTEM     "System     %s"
#define WORDS_OPTION     "Option     %s"
#define WORDS_TYPE_YES   "Type yes, or press Esc to go back; what was typed is not yes."

/* Leaving. */
#define WORDS_LEAVE      "Leave ovfboot?"
#define WORDS_LEAVE_NOTE "Nothing has been written."
#define WORDS_LEAVE_NO   "No, back to the question"
#define WORDS_LEAVE_YES  "Yes, leave"

/* Which one. */
#define WORDS_PACKAGES      "Packages on the media of this machine:"
#define WORDS_WHICH_PACKAGE "Which package?"
#define WORDS_SYSTEMS       "Virtual systems of this appliance:"
#define WORDS_SYSTEMS_NOTE  "One machine runs one of them."
#define WORDS_OPTIONS       "Deployment options of this appliance:"
#define WORDS_WHICH         "Which?"
#define WORDS_DISKS         "Disks of this machine:"
#define WORDS_DISKS_NOTE    "%s needs %s. The disk chosen is erased."
#define WORDS_WHICH_DISK    "Which disk?"

/* Licences, page by page. */
#define WORDS_LICENCE "Licence agreement (EULA) %zu of %zu:"
#define WORDS_ACCEPT  "Do you accept it? Type yes:"
#define WORDS_MORE    "-- more: Enter --"
#define WORDS_PAGE    "Page %zu of %zu; PgUp/Dn; Esc goes back"

/* Properties. */
#define WORDS_FORM         "What can be set:"
#define WORDS_FORM_PROMPT  "Number to change one:"
#define WORDS_FORM_GO_ON   "Go on with these values"
#define WORDS_FORM_MISSING "%s needs a value first."
#define WORDS_FORM_NEEDS   "(needs a value)"
#define WORDS_EMPTY        "(empty)"
#define WORDS_SET          "(set, not shown)"
#define WORDS_NOT_SET      "(not set)"
#define WORDS_NOW          "now: %s"
#define WORDS_NOW_KEEP     "now: %s; Enter keeps it, \"\" makes it empty"
#define WORDS_VALUE        "Value:"
#define WORDS_VALUE_HIDDEN "Value (not shown):"
#define WORDS_VALUE_AGAIN  "Once more:"
#define WORDS_NOT_THE_SAME "The two were not the same. Type it again."

/* The last question. */
#define WORDS_PLAN           "What will be done:"
#define WORDS_PLAN_TITLE     "Appliance  %s"
#define WORDS_PLAN_VERSION   "Appliance  %s, version %s"
#define WORDS_PLAN_VALUES    "Values     %zu of %zu set by a person"
#define WORDS_PLAN_TELLS     "Tells      the guest its properties, in a partition of %s"
#define WORDS_PLAN_TELLS_NOT "Tells      the guest nothing"
#define WORDS_PLAN_FILES     "           and gives it %zu files"
#define WORDS_PLAN_DISK      "Disk       %s, %s"
#define WORDS_PLAN_TARGET    "  onto     %s"
#define WORDS_PLAN_ERASES    "  erases   %s"
#define WORDS_PLAN_RAM       "  onto     a RAM disk, gone when the machine is switched off"
#define WORDS_ERASE_CHOSEN   "Erase what is on it? Type yes:"
#define WORDS_ERASE_FOUND    "Erase it? Type yes:"
#define WORDS_ERASE_GUEST    "Erase it and all that the guest has stored? Type yes:"

#endif
