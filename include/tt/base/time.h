/* Times are milliseconds since 1970 UTC in int64_t. Code below main takes `now` as a parameter, so that
 * tests pin it; only faces and loops read the clocks. */
#ifndef TT_BASE_TIME_H
#define TT_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "tt/base/error.h"

#define TIME_TEXT 32 /* bytes for a formatted time */
#define TIME_HOUR (INT64_C(60) * 60 * 1000)
#define TIME_DAY (24 * TIME_HOUR)

int64_t time_now(void);       /* wall clock, ms */
int64_t time_monotonic(void); /* ms, never goes back */
int64_t time_monotonic_us(void);

/* "2026-08-01T12:03:51Z": seconds, as the control message and the log want it. */
char *time_format(int64_t ms, char out[TIME_TEXT]);
/* The same with milliseconds, "...51.042Z", as documents show it. */
char *time_format_ms(int64_t ms, char out[TIME_TEXT]);
/* RFC 3339 only. */
int time_parse_rfc3339(const char *text, int64_t *ms, struct error *e);
/* What a person types: RFC 3339, a date (midnight UTC), or `30m`, `2h`, `7d`: that long before now. */
int time_parse(const char *text, int64_t now, int64_t *ms, struct error *e);
/* "2h 5m", "41 ms": a duration for people. */
char *time_format_duration(int64_t ms, char out[TIME_TEXT]);
/* Does the name exist in the system's IANA time zone database? (No path tricks.) */
bool time_zone_valid(const char *name);

/* --- zones: IANA names, read once from the system's database, whatever the process's own zone; from any
 * thread. A name that time_zone_valid() refuses counts as UTC. --- */

int64_t zone_offset(const char *zone, int64_t ms); /* local time minus UTC, in ms, at that moment */
/* The moment at which the local hour or day of MS began: where its clock shows a full hour, or midnight (the
 * first moment of the day where a change of the clock skips midnight). */
int64_t zone_hour(const char *zone, int64_t ms);
int64_t zone_day(const char *zone, int64_t ms);
/* "2026-08-01 19:03:51" by the zone's clock, for people. */
char *zone_format(const char *zone, int64_t ms, char out[TIME_TEXT]);

#endif
