/* What every unit test of this folder includes. */
#ifndef TT_TESTS_UNIT_TUI_TEST_H
#define TT_TESTS_UNIT_TUI_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after those */
#include <cmocka.h>

#endif
