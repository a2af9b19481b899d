/* The calendar, shared by times and zones. Private to base. */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include <stdint.h>

#define TIME_ZONES "/usr/share/zoneinfo"

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
int64_t days_from_civil(int64_t year, int month, int day);
int days_in_month(int64_t year, int month);

#endif
