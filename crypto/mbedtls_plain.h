/* mbedtls_plain.h - included in front of some files of mbedTLS (Makefile): functions that crypto/gcm.c
 * and crypto/sha.c stand in front of get other names. */
#ifndef CRYPTO_MBEDTLS_PLAIN_H
#define CRYPTO_MBEDTLS_PLAIN_H

#define mbedtls_gcm_update        plain_gcm_update
#define mbedtls_gcm_crypt_and_tag plain_gcm_crypt_and_tag
#define mbedtls_gcm_auth_decrypt  plain_gcm_auth_decrypt

#define mbedtls_sha1          plain_sha1
#define mbedtls_sha1_update   plain_sha1_update
#define mbedtls_sha256        plain_sha256
#define mbedtls_sha256_update plain_sha256_update

#endif
