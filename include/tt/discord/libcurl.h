/* libcurl, loaded when it is first needed: include this and not its own header. */
#ifndef TT_DISCORD_LIBCURL_H
#define TT_DISCORD_LIBCURL_H

#include <curl/curl.h>

#include "tt/base/library.h"

#define LIBCURL_FUNCTIONS(X)    \
    X(curl_easy_cleanup)        \
    X(curl_easy_getinfo)        \
    X(curl_easy_init)           \
    X(curl_easy_perform)        \
    X(curl_easy_reset)          \
    X(curl_easy_setopt)         \
    X(curl_easy_strerror)       \
    X(curl_free)                \
    X(curl_global_init)         \
    X(curl_mime_addpart)        \
    X(curl_mime_data)           \
    X(curl_mime_filename)       \
    X(curl_mime_free)           \
    X(curl_mime_init)           \
    X(curl_mime_name)           \
    X(curl_mime_type)           \
    X(curl_multi_add_handle)    \
    X(curl_multi_assign)        \
    X(curl_multi_cleanup)       \
    X(curl_multi_info_read)     \
    X(curl_multi_init)          \
    X(curl_multi_remove_handle) \
    X(curl_multi_setopt)        \
    X(curl_multi_socket_action) \
    X(curl_slist_append)        \
    X(curl_slist_free_all)      \
    X(curl_url)                 \
    X(curl_url_cleanup)         \
    X(curl_url_get)             \
    X(curl_url_set)

struct libcurl {
    LIBCURL_FUNCTIONS(LIBRARY_POINTER)
};
extern struct libcurl libcurl;

/* Before the first call of a function of libcurl. */
int libcurl_load(struct error *e);

/* Macros that check types stand before them in gcc. */
#undef curl_easy_getinfo
#undef curl_easy_setopt
#undef curl_multi_setopt

#define curl_easy_cleanup libcurl.curl_easy_cleanup
#define curl_easy_getinfo libcurl.curl_easy_getinfo
#define curl_easy_init libcurl.curl_easy_init
#define curl_easy_perform libcurl.curl_easy_perform
#define curl_easy_reset libcurl.curl_easy_reset
#define curl_easy_setopt libcurl.curl_easy_setopt
#define curl_easy_strerror libcurl.curl_easy_strerror
#define curl_free libcurl.curl_free
#define curl_global_init libcurl.curl_global_init
#define curl_mime_addpart libcurl.curl_mime_addpart
#define curl_mime_data libcurl.curl_mime_data
#define curl_mime_filename libcurl.curl_mime_filename
#define curl_mime_free libcurl.curl_mime_free
#define curl_mime_init libcurl.curl_mime_init
#define curl_mime_name libcurl.curl_mime_name
#define curl_mime_type libcurl.curl_mime_type
#define curl_multi_add_handle libcurl.curl_multi_add_handle
#define curl_multi_assign libcurl.curl_multi_assign
#define curl_multi_cleanup libcurl.curl_multi_cleanup
#define curl_multi_info_read libcurl.curl_multi_info_read
#define curl_multi_init libcurl.curl_multi_init
#define curl_multi_remove_handle libcurl.curl_multi_remove_handle
#define curl_multi_setopt libcurl.curl_multi_setopt
#define curl_multi_socket_action libcurl.curl_multi_socket_action
#define curl_slist_append libcurl.curl_slist_append
#define curl_slist_free_all libcurl.curl_slist_free_all
#define curl_url libcurl.curl_url
#define curl_url_cleanup libcurl.curl_url_cleanup
#define curl_url_get libcurl.curl_url_get
#define curl_url_set libcurl.curl_url_set

#endif
