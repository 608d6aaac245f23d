/* limits.h - nothing: gcc's own limits.h, which goes on to this one, has all that is needed. */
