/* Pieces of Discord messages that keep Discord's limits. */
#ifndef RENDER_PARTS_H
#define RENDER_PARTS_H

#include <stdint.h>

#include "tt/base/json.h"
#include "tt/base/str.h"
#include "tt/domain/message.h"

#define CONTENT_MAX 2000
#define TITLE_MAX 256
#define DESCRIPTION_MAX 4096
#define FOOTER_MAX 2048
#define LABEL_MAX 80
#define CUSTOM_ID_MAX 100
#define EMBEDS_MAX 6000 /* characters of all embeds of one message */

enum { COMPONENT_ROW = 1, COMPONENT_BUTTON = 2, COMPONENT_INPUT = 4 };
enum { BUTTON_PRIMARY = 1, BUTTON_SECONDARY = 2, BUTTON_SUCCESS = 3, BUTTON_DANGER = 4 };

/* Lengths are counted in UTF-16 units: the strictest way in which Discord can count. */
size_t units_of(const char *text);
/* Bytes of the longest beginning of TEXT that has at most UNITS of them. */
size_t fitting(const char *text, size_t units);
/* Set KEY to TEXT, cut with an ellipsis at UNITS. */
void set_fitted(struct json *object, const char *key, const char *text, size_t units);

/* {"allowed_mentions":...}: mentions USER_ID (0: nobody). */
struct json *new_message(int64_t user_id);
struct json *add_embed(struct json *message);
/* A row of components; rows are added to the message (or form) in order. */
struct json *add_row(struct json *message);
void add_button(struct json *row, int style, enum message label, const char *custom_id,
                enum language language);

/* Members write what they like: Discord's markup in it would not stay theirs alone. Append TEXT with it
 * escaped. */
void add_plain(struct str *out, const char *text);

#endif
