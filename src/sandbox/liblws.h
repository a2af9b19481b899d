/* libwebsockets, loaded when it is first needed: include this and not its own header. */
#ifndef SANDBOX_LIBWEBSOCKETS_H
#define SANDBOX_LIBWEBSOCKETS_H

#include <libwebsockets.h>

#include "tt/base/library.h"

#define LIBWEBSOCKETS_FUNCTIONS(X)  \
    X(lws_callback_on_writable)     \
    X(lws_close_reason)             \
    X(lws_context_destroy)          \
    X(lws_context_user)             \
    X(lws_create_context)           \
    X(lws_create_vhost)             \
    X(lws_get_context)              \
    X(lws_get_socket_fd)            \
    X(lws_get_urlarg_by_name)       \
    X(lws_get_vhost_listen_port)    \
    X(lws_hdr_copy)                 \
    X(lws_is_final_fragment)        \
    X(lws_remaining_packet_payload) \
    X(lws_return_http_status)       \
    X(lws_send_pipe_choked)         \
    X(lws_set_log_level)            \
    X(lws_write)

struct libwebsockets {
    LIBWEBSOCKETS_FUNCTIONS(LIBRARY_POINTER)
};
extern struct libwebsockets libwebsockets;

/* Before the first call of a function of libwebsockets. */
int libwebsockets_load(struct error *e);

#define lws_callback_on_writable libwebsockets.lws_callback_on_writable
#define lws_close_reason libwebsockets.lws_close_reason
#define lws_context_destroy libwebsockets.lws_context_destroy
#define lws_context_user libwebsockets.lws_context_user
#define lws_create_context libwebsockets.lws_create_context
#define lws_create_vhost libwebsockets.lws_create_vhost
#define lws_get_context libwebsockets.lws_get_context
#define lws_get_socket_fd libwebsockets.lws_get_socket_fd
#define lws_get_urlarg_by_name libwebsockets.lws_get_urlarg_by_name
#define lws_get_vhost_listen_port libwebsockets.lws_get_vhost_listen_port
#define lws_hdr_copy libwebsockets.lws_hdr_copy
#define lws_is_final_fragment libwebsockets.lws_is_final_fragment
#define lws_remaining_packet_payload libwebsockets.lws_remaining_packet_payload
#define lws_return_http_status libwebsockets.lws_return_http_status
#define lws_send_pipe_choked libwebsockets.lws_send_pipe_choked
#define lws_set_log_level libwebsockets.lws_set_log_level
#define lws_write libwebsockets.lws_write

#endif
