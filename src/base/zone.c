#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/base/str.h"
#include "tt/base/time.h"

/* Files of the zone database (RFC 8536): changes of the clock as far as they are listed, then a rule in the
 * form of POSIX's TZ for the years after. The rule is laid out as changes too, up to a year that nobody here
 * will see. */

#define LAST_YEAR 2200
#define SIZE_MOST (1 << 20)

/* From `at` on the clock shows UTC plus `offset`. The first one begins at INT64_MIN. */
struct era {
    int64_t at, offset; /* ms */
};

struct zone {
    struct zone *next;
    char name[65];
    struct era *eras;
    size_t count;
};

static void add_era(struct zone *z, int64_t at, int64_t offset)
{
    if (z->count && z->eras[z->count - 1].offset == offset)
        return;
    if ((z->count & (z->count - 1)) == 0)
        z->eras = mem_resize(z->eras, z->count ? z->count * 2 : 1, sizeof *z->eras);
    z->eras[z->count++] = (struct era){.at = at, .offset = offset};
}

/* --- the rule of the years to come --- */

struct change {
    char form; /* 'M' month, week, day of week; 'J' day of year without leap day; '0' with it */
    int month, week, day;
    int64_t time; /* s after midnight */
};

struct rule {
    int64_t standard, summer; /* offsets, s */
    bool changes;
    struct change to_summer, to_standard;
};

static bool scan_int(const char **s, int most, int *out)
{
    const char *start = *s;
    for (*out = 0; **s >= '0' && **s <= '9' && *s - start < 4; (*s)++)
        *out = *out * 10 + (**s - '0');
    return *s > start && *out <= most;
}

/* "WIB" or "<+07>" */
static bool scan_name(const char **s)
{
    const char *start = *s;
    if (**s == '<') {
        const char *end = strchr(*s, '>');
        *s = end ? end + 1 : *s;
        return end != NULL;
    }
    while ((**s >= 'a' && **s <= 'z') || (**s >= 'A' && **s <= 'Z'))
        (*s)++;
    return *s > start;
}

/* "-3", "5:30", "2:00:00" */
static bool scan_seconds(const char **s, int64_t *out)
{
    int sign = **s == '-' ? -1 : 1, hours, minutes = 0, seconds = 0;
    if (**s == '-' || **s == '+')
        (*s)++;
    if (!scan_int(s, 167, &hours))
        return false;
    if (**s == ':' && (++*s, !scan_int(s, 59, &minutes)))
        return false;
    if (**s == ':' && (++*s, !scan_int(s, 59, &seconds)))
        return false;
    *out = sign * (hours * 3600 + minutes * 60 + seconds);
    return true;
}

static bool scan_change(const char **s, struct change *c)
{
    *c = (struct change){.form = '0', .time = 2 * 3600};
    if (**s == 'M' || **s == 'J')
        c->form = *(*s)++;
    if (c->form != 'M') {
        if (!scan_int(s, 365, &c->day))
            return false;
    } else if (!scan_int(s, 12, &c->month) || c->month == 0 || *(*s)++ != '.' || !scan_int(s, 5, &c->week) ||
               c->week == 0 || *(*s)++ != '.' || !scan_int(s, 6, &c->day)) {
        return false;
    }
    return **s != '/' || (++*s, scan_seconds(s, &c->time));
}

static bool scan_rule(const char *s, struct rule *r)
{
    *r = (struct rule){0};
    if (!scan_name(&s) || !scan_seconds(&s, &r->standard))
        return false;
    r->standard = -r->standard; /* POSIX counts westward */
    if (*s == '\0')
        return true;
    r->changes = true;
    r->summer = r->standard + 3600;
    if (!scan_name(&s))
        return false;
    if (*s != ',') {
        if (!scan_seconds(&s, &r->summer))
            return false;
        r->summer = -r->summer;
    }
    return *s++ == ',' && scan_change(&s, &r->to_summer) && *s++ == ',' && scan_change(&s, &r->to_standard) &&
           *s == '\0';
}

/* Seconds since 1970 by a clock that stands at UTC. */
static int64_t change_in(const struct change *c, int64_t year)
{
    int64_t first = days_from_civil(year, 1, 1), day;
    if (c->form == 'M') {
        int64_t month = days_from_civil(year, c->month, 1);
        int weekday = (int)(((month + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
        day = month + (c->day - weekday + 7) % 7 + (c->week - 1) * 7;
        if (day >= month + days_in_month(year, c->month))
            day -= 7;
    } else if (c->form == 'J') {
        day = first + c->day - 1 + (c->day > 59 && days_in_month(year, 2) == 29);
    } else {
        day = first + c->day;
    }
    return day * 86400 + c->time;
}

/* LAST: of the changes that are listed. */
static void add_rule(struct zone *z, const struct rule *r, int64_t last)
{
    if (!r->changes)
        return;
    for (int64_t year = 1970; year <= LAST_YEAR; year++) {
        struct era pair[2] = {
            {(change_in(&r->to_summer, year) - r->standard) * 1000, r->summer * 1000},
            {(change_in(&r->to_standard, year) - r->summer) * 1000, r->standard * 1000},
        };
        bool south = pair[0].at > pair[1].at;
        for (int i = 0; i < 2; i++)
            if (pair[i ^ south].at > last)
                add_era(z, pair[i ^ south].at, pair[i ^ south].offset);
    }
}

/* --- the file --- */

static int64_t big_endian(const unsigned char *p, int n)
{
    uint64_t value = p[0] & 0x80 ? UINT64_MAX : 0;
    for (int i = 0; i < n; i++)
        value = value << 8 | p[i];
    return (int64_t)value;
}

enum { COUNT_UTC, COUNT_STD, COUNT_LEAP, COUNT_TIME, COUNT_TYPE, COUNT_CHAR, COUNTS };
#define HEADER 44

struct block {
    size_t count[COUNTS];
    size_t size; /* header and data */
};

static bool read_block(const unsigned char *p, size_t left, size_t time_bytes, struct block *b)
{
    if (left < HEADER || memcmp(p, "TZif", 4) != 0)
        return false;
    for (int i = 0; i < COUNTS; i++) {
        int64_t n = big_endian(p + 20 + 4 * i, 4);
        if (n < 0 || n > SIZE_MOST)
            return false;
        b->count[i] = (size_t)n;
    }
    b->size = HEADER + b->count[COUNT_TIME] * (time_bytes + 1) + b->count[COUNT_TYPE] * 6 +
              b->count[COUNT_CHAR] + b->count[COUNT_LEAP] * (time_bytes + 4) + b->count[COUNT_STD] +
              b->count[COUNT_UTC];
    return b->size <= left && b->count[COUNT_TYPE] > 0;
}

static bool read_eras(struct zone *z, const unsigned char *p, const struct block *b, int64_t *last)
{
    const unsigned char *times = p + HEADER, *indexes = times + b->count[COUNT_TIME] * 8,
                        *types = indexes + b->count[COUNT_TIME];
    *last = INT64_MIN;
    add_era(z, INT64_MIN, big_endian(types, 4) * 1000);
    for (size_t i = 0; i < b->count[COUNT_TIME]; i++) {
        if (indexes[i] >= b->count[COUNT_TYPE])
            return false;
        int64_t at = big_endian(times + 8 * i, 8);
        if (at < -(INT64_C(1) << 40)) /* "since ever" */
            continue;
        *last = at * 1000;
        add_era(z, at * 1000, big_endian(types + 6 * indexes[i], 4) * 1000);
    }
    return true;
}

/* Version 2 and above: a block of 32-bit times for old readers, one of 64-bit times, the rule between
 * newlines. */
static bool read_zone(struct zone *z, const struct str *file)
{
    const unsigned char *p = (const unsigned char *)file->data;
    struct block old, block;
    struct rule rule;
    int64_t last;
    char text[128];

    if (!read_block(p, file->len, 4, &old) || p[4] < '2' ||
        !read_block(p + old.size, file->len - old.size, 8, &block) ||
        !read_eras(z, p + old.size, &block, &last))
        return false;
    const char *footer = (const char *)p + old.size + block.size;
    size_t left = file->len - old.size - block.size;
    if (left < 2 || footer[0] != '\n' || left - 2 >= sizeof text)
        return false;
    memcpy(text, footer + 1, left - 2);
    text[left - 2] = '\0';
    if (text[0] == '\0')
        return true;
    if (!scan_rule(text, &rule))
        return false;
    add_rule(z, &rule, last);
    return true;
}

/* --- the zones that were asked for --- */

static struct era utc_era = {.at = INT64_MIN};
static struct zone utc = {.name = "UTC", .eras = &utc_era, .count = 1};
static _Atomic(struct zone *) zones = &utc; /* grows at its head; what is in it stays */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const struct zone *known(const char *name)
{
    const struct zone *z = atomic_load_explicit(&zones, memory_order_acquire);
    while (z && !str_equal(z->name, name))
        z = z->next;
    return z;
}

static const struct zone *load(const char *name)
{
    struct str file = STR_INIT;
    char *path = mem_format(TIME_ZONES "/%s", name);
    struct zone *z = mem_zero(1, sizeof *z);

    str_copy(z->name, sizeof z->name, name);
    if (fs_read(path, SIZE_MOST, &file, NULL) || !read_zone(z, &file)) {
        /* Known to be unreadable: not looked for again. */
        free(z->eras);
        z->eras = &utc_era;
        z->count = 1;
    }
    z->next = atomic_load_explicit(&zones, memory_order_relaxed);
    atomic_store_explicit(&zones, z, memory_order_release);
    str_release(&file);
    free(path);
    return z;
}

static const struct zone *zone_of(const char *name)
{
    const struct zone *z = name ? known(name) : &utc;
    if (z)
        return z;
    if (!time_zone_valid(name))
        return &utc;
    pthread_mutex_lock(&lock);
    z = known(name);
    if (!z)
        z = load(name);
    pthread_mutex_unlock(&lock);
    return z;
}

static size_t era_of(const struct zone *z, int64_t ms)
{
    size_t low = 0, high = z->count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (z->eras[middle].at <= ms)
            low = middle;
        else
            high = middle;
    }
    return low;
}

int64_t zone_offset(const char *zone, int64_t ms)
{
    const struct zone *z = zone_of(zone);
    return z->eras[era_of(z, ms)].offset;
}

static int64_t floor_to(int64_t ms, int64_t unit)
{
    return ms - (ms % unit + unit) % unit;
}

/* The earliest moment from which on the clock has shown nothing before the start of the local unit. */
static int64_t start_of(const char *zone, int64_t ms, int64_t unit)
{
    const struct zone *z = zone_of(zone);
    size_t i = era_of(z, ms);
    int64_t local = floor_to(ms + z->eras[i].offset, unit);

    for (;; i--) {
        int64_t start = local - z->eras[i].offset, at = z->eras[i].at;
        /* An hour that the clock shows twice is two hours; a midnight that it shows twice begins one day. */
        if (start > at || (start == at && unit == TIME_HOUR))
            return start;
        /* The clock was changed within the unit: did it show the same unit just before? */
        int64_t before = i > 0 ? floor_to(at - 1 + z->eras[i - 1].offset, unit) : INT64_MIN;
        if (before != local)
            return at;
    }
}

int64_t zone_hour(const char *zone, int64_t ms)
{
    return start_of(zone, ms, TIME_HOUR);
}

int64_t zone_day(const char *zone, int64_t ms)
{
    return start_of(zone, ms, TIME_DAY);
}

char *zone_format(const char *zone, int64_t ms, char out[TIME_TEXT])
{
    time_format(ms + zone_offset(zone, ms), out);
    out[10] = ' ';
    out[19] = '\0';
    return out;
}
