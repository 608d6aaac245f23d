/* tests/mbedtls_msan.h - MBEDTLS_USER_CONFIG_FILE of "make msan": MemorySanitizer does not see what assembly writes. */
#undef MBEDTLS_HAVE_ASM
#undef MBEDTLS_AESNI_C
