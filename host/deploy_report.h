/* host/deploy_report.h - the report of ovfboot deploy (loader/report.h), where report = URL is set. */
#ifndef HOST_DEPLOY_REPORT_H
#define HOST_DEPLOY_REPORT_H

#include "host/session.h"
#include "loader/report.h"

/* As loader/course.h's tell(): fails only where the report is required, and not of a failure. */
enum err deploy_tell(struct session *s, struct report *r, enum outcome outcome,
                     const struct error *why, struct error *e) MUST_CHECK;

#endif
