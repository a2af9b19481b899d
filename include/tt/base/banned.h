/* Functions that do not compile here, each with a safe counterpart in base. Force-included by the Makefile
 * after the system headers that declare them. */
#ifndef TT_BASE_BANNED_H
#define TT_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets system popen strtok asctime ctime
#pragma GCC poison gmtime localtime atoi atol atoll tmpnam mktemp

#endif
