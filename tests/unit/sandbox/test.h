/* What every unit test of this folder includes. */
#ifndef TT_TESTS_UNIT_SANDBOX_TEST_H
#define TT_TESTS_UNIT_SANDBOX_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after those */
#include <cmocka.h>

#include <string.h>

#include "tt/base/json.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A document written with ' for ", which must be well-formed. */
static inline struct json *doc(const char *text)
{
    struct str s = STR_INIT;
    str_add(&s, text);
    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] == '\'')
            s.data[i] = '"';
    struct json *j = json_parse(str_text(&s), s.len, NULL);
    assert_non_null(j);
    str_release(&s);
    return j;
}

#endif
