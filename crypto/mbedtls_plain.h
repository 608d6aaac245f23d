/* mbedtls_plain.h - included in front of mbedTLS's gcm.c (Makefile): the functions that crypto/gcm.c
 * stands in front of get other names. */
#ifndef CRYPTO_MBEDTLS_PLAIN_H
#define CRYPTO_MBEDTLS_PLAIN_H

#define mbedtls_gcm_update        plain_gcm_update
#define mbedtls_gcm_crypt_and_tag plain_gcm_crypt_and_tag
#define mbedtls_gcm_auth_decrypt  plain_gcm_auth_decrypt

#endif
