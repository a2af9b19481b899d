#include "tt/domain/catalog.h"

#include <stdbool.h>
#include <string.h>

#include "tt/base/text.h"
#include "value.h"

const char *const product_field_words[] = {
    [PRODUCT_FIELD_CODE] = "code",         [PRODUCT_FIELD_NAME] = "name",
    [PRODUCT_FIELD_PRICE] = "price",       [PRODUCT_FIELD_DESCRIPTION] = "description",
    [PRODUCT_FIELD_CATEGORY] = "category", NULL,
};

const char *const stock_state_words[] = {
    [STOCK_AVAILABLE] = "available",
    [STOCK_RESERVED] = "reserved",
    [STOCK_SOLD] = "sold",
    [STOCK_DELETED] = "deleted",
    NULL,
};

const char *const line_fault_texts[] = {
    [LINE_GOOD] = "is good",
    [LINE_EMPTY] = "is empty",
    [LINE_LONG] = "is longer than 2000 bytes",
    [LINE_NOT_UTF8] = "is not UTF-8 text",
    [LINE_CONTROL] = "holds control characters",
};

int product_code_normalise(const char *text, char out[PRODUCT_CODE_TEXT], struct error *e)
{
    size_t n = strlen(text), i = 0;
    for (; i < n && i < PRODUCT_CODE_MAX; i++) {
        char c = text[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
            break;
        out[i] = c;
    }
    if (i < 2 || i < n)
        return value_malformed(e, "code", text, "2 to 10 of A-Z, 0-9 and _");
    out[i] = '\0';
    return 0;
}

int product_name_check(const char *text, struct error *e)
{
    return value_name("name", text, PRODUCT_NAME_MAX, e);
}

static int range_check(const char *field, int64_t n, int64_t min, int64_t max, struct error *e)
{
    if (n >= min && n <= max)
        return 0;
    return error_set(e, ERROR_MALFORMED, field, "bad %s %lld; expected a whole number from %lld to %lld",
                     field, (long long)n, (long long)min, (long long)max);
}

int price_check(int64_t price, struct error *e)
{
    return range_check("price", price, 1, PRODUCT_PRICE_MAX, e);
}

int threshold_check(int64_t threshold, struct error *e)
{
    return range_check("threshold", threshold, 0, PRODUCT_THRESHOLD_MAX, e);
}

bool threshold_crossed(int64_t threshold, int64_t before, int64_t after)
{
    return threshold && before > threshold && after <= threshold;
}

int description_check(const char *text, struct error *e)
{
    return value_text("description", text, 0, PRODUCT_DESCRIPTION_MAX, false, e);
}

int category_check(const char *text, struct error *e)
{
    return value_text("category", text, 0, PRODUCT_CATEGORY_MAX, false, e);
}

/* --- lines --- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

enum line_fault stock_line_normalise(const char *line, size_t length, size_t *n)
{
    bool ascii = true;

    while (length > 0 && is_blank(line[length - 1]))
        length--;
    *n = length;
    if (length == 0)
        return LINE_EMPTY;
    if (length > STOCK_LINE_MAX)
        return LINE_LONG;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)line[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return LINE_CONTROL;
        ascii = ascii && c < 0x80;
    }
    return ascii || text_valid(line, length) ? LINE_GOOD : LINE_NOT_UTF8;
}

bool stock_line_unquote(const char *line, size_t length, struct str *out)
{
    const char *end = line + length;
    while (end > line && is_blank(end[-1]))
        end--;
    if (end - line < 2 || line[0] != '"' || end[-1] != '"')
        return false;
    str_clear(out);
    for (line++, end--; line < end; line++) {
        if (*line == '"' && (line + 1 == end || *++line != '"'))
            return false;
        str_add_char(out, *line);
    }
    return true;
}
