/* The catalogue's rules: what a product and a line of stock may look like. Errors are ERROR_MALFORMED and
 * name the argument as the commands do (code, name, price, description, category, threshold, line). */
#ifndef TT_DOMAIN_CATALOG_H
#define TT_DOMAIN_CATALOG_H

#include <stddef.h>
#include <stdint.h>

#include "tt/base/error.h"
#include "tt/base/str.h"

#define PRODUCT_CODE_MAX 10
#define PRODUCT_CODE_TEXT (PRODUCT_CODE_MAX + 1)
#define PRODUCT_NAME_MAX 50         /* characters */
#define PRODUCT_DESCRIPTION_MAX 200 /* characters */
#define PRODUCT_CATEGORY_MAX 50     /* characters */
#define PRODUCT_PRICE_MAX 1000000000
#define PRODUCT_THRESHOLD_MAX 1000000000
#define STOCK_LINE_MAX 2000 /* bytes */
/* The most items that one command claims, reserves or reduces: what fits a short transaction. */
#define STOCK_TAKE_MAX 1000

/* What `product edit` may change. */
enum product_field {
    PRODUCT_FIELD_CODE,
    PRODUCT_FIELD_NAME,
    PRODUCT_FIELD_PRICE,
    PRODUCT_FIELD_DESCRIPTION,
    PRODUCT_FIELD_CATEGORY,
    PRODUCT_FIELD_COUNT
};
extern const char *const product_field_words[]; /* ended by NULL */

/* In the order of the numbers that are stored. */
enum stock_state { STOCK_AVAILABLE, STOCK_RESERVED, STOCK_SOLD, STOCK_DELETED, STOCK_STATE_COUNT };
extern const char *const stock_state_words[]; /* ended by NULL */

/* Upper-cased; [A-Z0-9_]{2,10}. */
int product_code_normalise(const char *text, char out[PRODUCT_CODE_TEXT], struct error *e);
/* 1 to 50 characters of one line, not only white space. */
int product_name_check(const char *text, struct error *e);
int price_check(int64_t price, struct error *e); /* 1 to 10^9 WL */
int description_check(const char *text, struct error *e);
int category_check(const char *text, struct error *e);
int threshold_check(int64_t threshold, struct error *e); /* 0 (none) to 10^9 */
/* Did so many items become so few that staff must know, and were not before? */
bool threshold_crossed(int64_t threshold, int64_t before, int64_t after);

/* Why a line is not taken. */
enum line_fault { LINE_GOOD, LINE_EMPTY, LINE_LONG, LINE_NOT_UTF8, LINE_CONTROL, LINE_FAULT_COUNT };
/* "is empty", "is longer than 2000 bytes", ...: what follows "line 12 " or "the line ". */
extern const char *const line_fault_texts[];

/* What is kept of a line of stock: its first *N bytes, for trailing white space is removed (the carriage
 * return of foreign line ends too). Valid UTF-8 of 1 to 2,000 bytes without NUL, newline or other control
 * characters but tab. */
enum line_fault stock_line_normalise(const char *line, size_t length, size_t *n);

/* A line that is one quoted field of CSV (white space behind it does not count): OUT is its text, with one
 * quote for two. False: it is something else, OUT is undefined. */
bool stock_line_unquote(const char *line, size_t length, struct str *out);

#endif
