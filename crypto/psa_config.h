/* psa_config.h - what mbedTLS's PSA has: the key schedule and key exchange of TLS 1.3. */
#ifndef CRYPTO_PSA_CONFIG_H
#define CRYPTO_PSA_CONFIG_H

#define PSA_WANT_ALG_SHA_256      1
#define PSA_WANT_ALG_SHA_384      1
#define PSA_WANT_ALG_HMAC         1
#define PSA_WANT_ALG_HKDF_EXTRACT 1
#define PSA_WANT_ALG_HKDF_EXPAND  1
#define PSA_WANT_ALG_ECDH         1

#define PSA_WANT_ECC_SECP_R1_256 1
#define PSA_WANT_ECC_SECP_R1_384 1

#define PSA_WANT_KEY_TYPE_DERIVE                1
#define PSA_WANT_KEY_TYPE_HMAC                  1
#define PSA_WANT_KEY_TYPE_ECC_PUBLIC_KEY        1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_BASIC    1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_EXPORT   1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_GENERATE 1

#endif
