/* mbedtls_config.h - the parts of mbedTLS 3.6 that ovfboot has, in firmware and on the host alike.
 *
 * Digests, X.509, signatures over a manifest, and TLS as a client.  Private keys are read and used by
 * the host's sign command only, with random numbers that it brings; the firmware's linker leaves them
 * out.  There is no source of random numbers here and no file: crypto/tls.c and crypto/entropy.c are
 * given theirs.
 *
 * mbedTLS has no clock here and believes nobody: certificates, of packages and of servers, are judged
 * by crypto/chain.c and crypto/path.c with a time they are given.
 */
#ifndef CRYPTO_MBEDTLS_CONFIG_H
#define CRYPTO_MBEDTLS_CONFIG_H

/* Surroundings: malloc from libc, which in firmware is efi/libc/malloc.c. */
#define MBEDTLS_HAVE_ASM
#define MBEDTLS_NO_UDBL_DIVISION /* 128-bit division is in libgcc, which firmware lacks */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_DEPRECATED_REMOVED

/* Digests. */
#define MBEDTLS_MD_C
#define MBEDTLS_MD5_C /* to say that a certificate is signed with it, and for passphrases in PEM */
#define MBEDTLS_SHA1_C
#define MBEDTLS_SHA224_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C

/* On AArch64 the CPU's own SHA-512 is found by a call to the system, so it is left out. */

/* Encodings. */
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_BASE64_C
#define MBEDTLS_OID_C
#define MBEDTLS_PEM_PARSE_C

/* Public keys: RSA with PKCS #1 v1.5 and PSS, ECDSA over P-256 and P-384. */
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECDSA_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C

/* Certificates and revocation lists.  PKCS #7 is read by crypto/cms.c: mbedTLS 3.6 does no signed
 * attributes. */
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_CRL_PARSE_C
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT
#define MBEDTLS_X509_REMOVE_INFO

/* Private keys under a passphrase: PKCS #8 with PBES2, and the older form in PEM. */
#define MBEDTLS_AES_C
#define MBEDTLS_CIPHER_C
#define MBEDTLS_CIPHER_MODE_CBC
#define MBEDTLS_CIPHER_PADDING_PKCS7
#define MBEDTLS_PKCS5_C

/* TLS 1.2 and 1.3 as a client (crypto/tls.c): AES-GCM and ECDHE over P-256 and P-384 only, without
 * renegotiation, tickets, compression and pre-shared keys.  TLS 1.3 is written over PSA, of which
 * crypto/psa_config.h has what it needs. */
#define MBEDTLS_AESNI_C
#define MBEDTLS_GCM_C
#define MBEDTLS_HMAC_DRBG_C /* crypto/entropy.c */
#define MBEDTLS_ECDH_C
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE
#define MBEDTLS_SSL_IN_CONTENT_LEN  16384 /* bytes; a server may fill a record */
#define MBEDTLS_SSL_OUT_CONTENT_LEN 4096  /* bytes; requests are small */
#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_PSA_CRYPTO_CONFIG
#define MBEDTLS_PSA_CRYPTO_CONFIG_FILE "crypto/psa_config.h"
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG

#endif
