#include "tt/base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

#include "calendar.h"
#include "tt/base/str.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

static int64_t clock_us(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t time_now(void)
{
    return clock_us(CLOCK_REALTIME) / 1000;
}

int64_t time_monotonic(void)
{
    return clock_us(CLOCK_MONOTONIC) / 1000;
}

int64_t time_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

struct civil {
    int64_t year;
    int month, day, hour, minute, second, ms;
};

/* Days since 1970-01-01 of the proleptic Gregorian calendar, with years that begin in March, so that the leap
 * day is the last of its year. */
int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct civil civil_from_ms(int64_t ms)
{
    int64_t days = ms / TIME_DAY - (ms % TIME_DAY < 0);
    int64_t rest = ms - days * TIME_DAY;
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    struct civil c = {
        .month = (int)(mp < 10 ? mp + 3 : mp - 9),
        .day = (int)(doy - (153 * mp + 2) / 5 + 1),
        .hour = (int)(rest / TIME_HOUR),
        .minute = (int)(rest % TIME_HOUR / MINUTE),
        .second = (int)(rest % MINUTE / SECOND),
        .ms = (int)(rest % SECOND),
    };
    c.year = yoe + era * 400 + (c.month <= 2);
    return c;
}

/* The years that four digits can say. */
static int64_t clamp(int64_t ms)
{
    int64_t least = days_from_civil(0, 1, 1) * TIME_DAY, most = days_from_civil(10000, 1, 1) * TIME_DAY - 1;
    return ms < least ? least : ms > most ? most : ms;
}

char *time_format(int64_t ms, char out[TIME_TEXT])
{
    struct civil c = civil_from_ms(clamp(ms));
    snprintf(out, TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)c.year, c.month, c.day, c.hour, c.minute,
             c.second);
    return out;
}

char *time_format_ms(int64_t ms, char out[TIME_TEXT])
{
    struct civil c = civil_from_ms(clamp(ms));
    snprintf(out, TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)c.year, c.month, c.day, c.hour,
             c.minute, c.second, c.ms);
    return out;
}

/* Exactly N digits at *S. */
static bool digits(const char **s, int n, int *value)
{
    *value = 0;
    for (int i = 0; i < n; i++, (*s)++) {
        if (**s < '0' || **s > '9')
            return false;
        *value = *value * 10 + (**s - '0');
    }
    return true;
}

static bool literal(const char **s, char c)
{
    return **s == c && (*s)++;
}

int days_in_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool scan_date(const char **s, int64_t *ms)
{
    int year, month, day;
    if (!digits(s, 4, &year) || !literal(s, '-') || !digits(s, 2, &month) || !literal(s, '-') ||
        !digits(s, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    *ms = days_from_civil(year, month, day) * TIME_DAY;
    return true;
}

static bool scan_clock(const char **s, int64_t *ms, bool *leap_second)
{
    int hour, minute, second;
    if (!digits(s, 2, &hour) || !literal(s, ':') || !digits(s, 2, &minute) || !literal(s, ':') ||
        !digits(s, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    *leap_second = second == 60;
    *ms += hour * TIME_HOUR + minute * MINUTE + second * SECOND;
    if (!literal(s, '.'))
        return true;
    if (**s < '0' || **s > '9')
        return false;
    for (int64_t unit = 100; **s >= '0' && **s <= '9'; (*s)++, unit /= 10)
        *ms += (**s - '0') * unit;
    return true;
}

static bool scan_offset(const char **s, int64_t *ms)
{
    if (literal(s, 'Z') || literal(s, 'z'))
        return true;
    int sign = **s == '-' ? -1 : 1, hour, minute;
    if (!literal(s, '+') && !literal(s, '-'))
        return false;
    if (!digits(s, 2, &hour) || !literal(s, ':') || !digits(s, 2, &minute) || hour > 23 || minute > 59)
        return false;
    *ms -= sign * (hour * TIME_HOUR + minute * MINUTE);
    return true;
}

static bool scan_rfc3339(const char *s, int64_t *ms)
{
    bool leap_second = false;
    if (!scan_date(&s, ms) || (!literal(&s, 'T') && !literal(&s, 't')))
        return false;
    if (!scan_clock(&s, ms, &leap_second) || !scan_offset(&s, ms) || *s)
        return false;
    /* A leap second ends a UTC day; here it is the first second of the next one. */
    int64_t into_day = (*ms % TIME_DAY + TIME_DAY) % TIME_DAY;
    return !leap_second || into_day < SECOND;
}

int time_parse_rfc3339(const char *text, int64_t *ms, struct error *e)
{
    int64_t value = 0;
    if (!scan_rfc3339(text, &value))
        return error_set(e, ERROR_MALFORMED, "time",
                         "'%s' is not a time; expected RFC 3339, as 2026-08-01T12:03:51Z", text);
    *ms = value;
    return 0;
}

static bool scan_ago(const char *s, int64_t *ago)
{
    int64_t n = 0;
    const char *start = s;
    for (; *s >= '0' && *s <= '9' && s - start < 9; s++)
        n = n * 10 + (*s - '0');
    if (s == start || !*s || s[1])
        return false;
    int64_t unit = *s == 'm' ? MINUTE : *s == 'h' ? TIME_HOUR : *s == 'd' ? TIME_DAY : 0;
    *ago = n * unit;
    return unit != 0;
}

int time_parse(const char *text, int64_t now, int64_t *ms, struct error *e)
{
    int64_t value = 0;
    const char *s = text;
    if (scan_ago(text, &value)) {
        *ms = now - value;
        return 0;
    }
    if ((scan_date(&s, &value) && !*s) || scan_rfc3339(text, &value)) {
        *ms = value;
        return 0;
    }
    error_set(e, ERROR_MALFORMED, "time", "'%s' is not a time", text);
    return error_hint(e, "expected RFC 3339 (2026-08-01T12:03:51Z), a date (2026-08-01), or 30m, 2h, 7d ago");
}

char *time_format_duration(int64_t ms, char out[TIME_TEXT])
{
    const char *sign = ms < 0 ? "-" : "";
    uint64_t n = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    if (n < SECOND)
        snprintf(out, TIME_TEXT, "%s%" PRIu64 " ms", sign, n);
    else if (n < 10 * SECOND)
        snprintf(out, TIME_TEXT, "%s%" PRIu64 ".%" PRIu64 " s", sign, n / 1000, n % 1000 / 100);
    else if (n < MINUTE)
        snprintf(out, TIME_TEXT, "%s%" PRIu64 " s", sign, n / 1000);
    else if (n < TIME_HOUR)
        snprintf(out, TIME_TEXT, "%s%" PRIu64 "m %" PRIu64 "s", sign, n / MINUTE, n % MINUTE / SECOND);
    else if (n < TIME_DAY)
        snprintf(out, TIME_TEXT, "%s%" PRIu64 "h %" PRIu64 "m", sign, n / TIME_HOUR, n % TIME_HOUR / MINUTE);
    else
        snprintf(out, TIME_TEXT, "%s%" PRIu64 "d %" PRIu64 "h", sign, n / TIME_DAY, n % TIME_DAY / TIME_HOUR);
    return out;
}

/* Words of the zone database: no path tricks, and none of the directory's other inhabitants. */
static bool zone_name_plain(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n > 64 || str_starts(name, "posix/") || str_starts(name, "right/") ||
        str_equal(name, "localtime") || str_equal(name, "posixrules"))
        return false;
    char before = '/';
    for (const char *c = name; *c; before = *c++) {
        bool letter = (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z');
        bool other = (*c >= '0' && *c <= '9') || *c == '_' || *c == '+' || *c == '-';
        if (!letter && !other && *c != '/')
            return false;
        if (before == '/' && !letter)
            return false;
    }
    return before != '/';
}

bool time_zone_valid(const char *name)
{
    if (!name || !zone_name_plain(name))
        return false;
    if (str_equal(name, "UTC"))
        return true;
    char path[128], magic[4];
    snprintf(path, sizeof path, TIME_ZONES "/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, magic, sizeof magic);
    close(fd);
    return n == sizeof magic && memcmp(magic, "TZif", sizeof magic) == 0;
}
