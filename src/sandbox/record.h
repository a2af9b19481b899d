/* Requests and answers kept for reading (control verb "requests") and appended to the record file. */
#ifndef SANDBOX_RECORD_H
#define SANDBOX_RECORD_H

#include "request.h"

void record_request(const struct request *r);
/* Those that fit: numbers above SINCE; METHOD and PATH (a pattern) may be NULL, STATUS and BOT 0. */
struct json *record_list(const struct box *b, int64_t since, const char *method, const char *path, int status,
                         int64_t bot, size_t limit);
void record_release(struct box *b);

#endif
