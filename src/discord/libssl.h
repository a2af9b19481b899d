/* OpenSSL, loaded when it is first needed: include this and not its own headers. */
#ifndef DISCORD_LIBSSL_H
#define DISCORD_LIBSSL_H

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "tt/base/library.h"

#define LIBSSL_FUNCTIONS(X)             \
    X(ERR_clear_error)                  \
    X(ERR_peek_last_error)              \
    X(ERR_reason_error_string)          \
    X(EVP_Digest)                       \
    X(EVP_sha1)                         \
    X(SSL_CTX_ctrl)                     \
    X(SSL_CTX_free)                     \
    X(SSL_CTX_load_verify_file)         \
    X(SSL_CTX_new)                      \
    X(SSL_CTX_set_default_verify_paths) \
    X(SSL_CTX_set_verify)               \
    X(SSL_connect)                      \
    X(SSL_ctrl)                         \
    X(SSL_free)                         \
    X(SSL_get0_param)                   \
    X(SSL_get_error)                    \
    X(SSL_get_verify_result)            \
    X(SSL_new)                          \
    X(SSL_pending)                      \
    X(SSL_read)                         \
    X(SSL_set1_host)                    \
    X(SSL_set_fd)                       \
    X(SSL_set_hostflags)                \
    X(SSL_write)                        \
    X(TLS_client_method)                \
    X(X509_VERIFY_PARAM_set1_ip_asc)    \
    X(X509_verify_cert_error_string)

struct libssl {
    LIBSSL_FUNCTIONS(LIBRARY_POINTER)
};
extern struct libssl libssl;

/* Before the first call of a function of OpenSSL. */
int libssl_load(struct error *e);

#define ERR_clear_error libssl.ERR_clear_error
#define ERR_peek_last_error libssl.ERR_peek_last_error
#define ERR_reason_error_string libssl.ERR_reason_error_string
#define EVP_Digest libssl.EVP_Digest
#define EVP_sha1 libssl.EVP_sha1
#define SSL_CTX_ctrl libssl.SSL_CTX_ctrl
#define SSL_CTX_free libssl.SSL_CTX_free
#define SSL_CTX_load_verify_file libssl.SSL_CTX_load_verify_file
#define SSL_CTX_new libssl.SSL_CTX_new
#define SSL_CTX_set_default_verify_paths libssl.SSL_CTX_set_default_verify_paths
#define SSL_CTX_set_verify libssl.SSL_CTX_set_verify
#define SSL_connect libssl.SSL_connect
#define SSL_ctrl libssl.SSL_ctrl
#define SSL_free libssl.SSL_free
#define SSL_get0_param libssl.SSL_get0_param
#define SSL_get_error libssl.SSL_get_error
#define SSL_get_verify_result libssl.SSL_get_verify_result
#define SSL_new libssl.SSL_new
#define SSL_pending libssl.SSL_pending
#define SSL_read libssl.SSL_read
#define SSL_set1_host libssl.SSL_set1_host
#define SSL_set_fd libssl.SSL_set_fd
#define SSL_set_hostflags libssl.SSL_set_hostflags
#define SSL_write libssl.SSL_write
#define TLS_client_method libssl.TLS_client_method
#define X509_VERIFY_PARAM_set1_ip_asc libssl.X509_VERIFY_PARAM_set1_ip_asc
#define X509_verify_cert_error_string libssl.X509_verify_cert_error_string

#endif
