/* tests/build/signed.h - one small signed manifest, for tests, and for fuzz targets, which are
 * linked with nothing else of the tests.
 *
 * openssl made it, with keys that are gone.  The signer's certificate is by the root's, both are for
 * P-256 and valid from 2020 to 2120; the list revokes the signer.
 *
 *     openssl ecparam -name prime256v1 -genkey -noout -out root.key        (and leaf.key)
 *     openssl ca -selfsign ...     keyCertSign and cRLSign; openssl ca -cert root.pem ...
 *     openssl dgst -sha256 -sign leaf.key a.mf
 *     openssl cms -sign -binary -in a.mf -signer leaf.pem -inkey leaf.key -outform PEM
 *     openssl ca -revoke leaf.pem; openssl ca -gencrl
 */
#ifndef TESTS_BUILD_SIGNED_H
#define TESTS_BUILD_SIGNED_H

#include <string.h>

#include "crypto/signature.h"

#define SIGNED_NOW 1795000000 /* Unix seconds, in 2026 */

/* One line. */
static const char signed_manifest[] =
    "SHA256(a.ovf)= ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n";

/* The signature of it. */
static const char signed_line[] =
    "SHA256(a.mf)= "
    "3045022100cc7aad1a341d985a9f9606c8ae180ee49456eec6aef6e2e5503436c617bca608022012731ff9e4d6bedc"
    "df2bd815d9d2ad8c408b7eb9e8b27d03b3c98197c0ecea75\n";

/* The signer's certificate. */
static const char signed_leaf[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBcDCCARegAwIBAgIBAjAKBggqhkjOPQQDAjAWMRQwEgYDVQQDDAt2ZWN0b3Ig\n"
    "cm9vdDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowGDEWMBQGA1UE\n"
    "AwwNdmVjdG9yIHNpZ25lcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLwfDnjU\n"
    "798PuiEnfgbN1TTz3iToaPpdPx2ABB/iWD7st4mgEjXaLHZhcyQb7aM21Dzre60g\n"
    "aC0CImxSxphou72jUjBQMA4GA1UdDwEB/wQEAwIHgDAdBgNVHQ4EFgQUkaUyVS3N\n"
    "gBDoIJsI8W6WPe84NEIwHwYDVR0jBBgwFoAUwqiqXoYfxya2QVamLS5i4HaTfu0w\n"
    "CgYIKoZIzj0EAwIDRwAwRAIgJyTD8ptfe9reaHhoaVHardnjpsb8w7bIXtN+/qcQ\n"
    "6aoCIA+O4kWlf8BwYLwHtqikq0GK/Lo0fbzKWIsoFR/559rq\n"
    "-----END CERTIFICATE-----\n";

/* Its issuer's. */
static const char signed_root[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBXzCCAQWgAwIBAgIBATAKBggqhkjOPQQDAjAWMRQwEgYDVQQDDAt2ZWN0b3Ig\n"
    "cm9vdDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFjEUMBIGA1UE\n"
    "AwwLdmVjdG9yIHJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQVU69aat2H\n"
    "ZuWADQzmMogjsSuOILdGnafaNeBv/xOKDyDekzTlbh8/dQkSx8LDigQCY5iTmRcu\n"
    "40hHUWIIX1GLo0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAd\n"
    "BgNVHQ4EFgQUwqiqXoYfxya2QVamLS5i4HaTfu0wCgYIKoZIzj0EAwIDSAAwRQIh\n"
    "AI70jhFxn+Y4SNxPV1PQr0C3g28L5d2ypo+sCw9nTZe2AiAjAcV3EcmFu1pR6p2f\n"
    "LoVM6koNOkdc/R2kL1WGKWk4HQ==\n"
    "-----END CERTIFICATE-----\n";

/* With attributes, and with the signer's certificate. */
static const char signed_cms[] =
    "-----BEGIN CMS-----\n"
    "MIIDGwYJKoZIhvcNAQcCoIIDDDCCAwgCAQExDTALBglghkgBZQMEAgEwCwYJKoZI\n"
    "hvcNAQcBoIIBdDCCAXAwggEXoAMCAQICAQIwCgYIKoZIzj0EAwIwFjEUMBIGA1UE\n"
    "AwwLdmVjdG9yIHJvb3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBa\n"
    "MBgxFjAUBgNVBAMMDXZlY3RvciBzaWduZXIwWTATBgcqhkjOPQIBBggqhkjOPQMB\n"
    "BwNCAAS8Hw541O/fD7ohJ34GzdU0894k6Gj6XT8dgAQf4lg+7LeJoBI12ix2YXMk\n"
    "G+2jNtQ863utIGgtAiJsUsaYaLu9o1IwUDAOBgNVHQ8BAf8EBAMCB4AwHQYDVR0O\n"
    "BBYEFJGlMlUtzYAQ6CCbCPFulj3vODRCMB8GA1UdIwQYMBaAFMKoql6GH8cmtkFW\n"
    "pi0uYuB2k37tMAoGCCqGSM49BAMCA0cAMEQCICckw/KbX3va3mh4aGlR2q3Z46bG\n"
    "/MO2yF7Tfv6nEOmqAiAPjuJFpX/AcGC8B7aopKtBivy6NH28yliLKBUf+efa6jGC\n"
    "AW0wggFpAgEBMBswFjEUMBIGA1UEAwwLdmVjdG9yIHJvb3QCAQIwCwYJYIZIAWUD\n"
    "BAIBoIHkMBgGCSqGSIb3DQEJAzELBgkqhkiG9w0BBwEwHAYJKoZIhvcNAQkFMQ8X\n"
    "DTI2MTEyMzA0NTc1M1owLwYJKoZIhvcNAQkEMSIEILHmw0Y4+7wtf7KB2Zi8XUHM\n"
    "YP758kaw7koizIU1Dp+DMHkGCSqGSIb3DQEJDzFsMGowCwYJYIZIAWUDBAEqMAsG\n"
    "CWCGSAFlAwQBFjALBglghkgBZQMEAQIwCgYIKoZIhvcNAwcwDgYIKoZIhvcNAwIC\n"
    "AgCAMA0GCCqGSIb3DQMCAgFAMAcGBSsOAwIHMA0GCCqGSIb3DQMCAgEoMAoGCCqG\n"
    "SM49BAMCBEcwRQIgcsD2cxVotlACxRL8k47Pe+dyHyXEYD3mveK/TO6j/MMCIQCu\n"
    "RwBe/YFGliIJGKTY/omLvERo6fIRUMub9fjZiySaww==\n"
    "-----END CMS-----\n";

/* Revokes the signer. */
static const char signed_crl[] =
    "-----BEGIN X509 CRL-----\n"
    "MIHFMG0CAQEwCgYIKoZIzj0EAwIwFjEUMBIGA1UEAwwLdmVjdG9yIHJvb3QXDTIw\n"
    "MDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAUMBICAQIXDTI2MTEyMzA0NTc1\n"
    "M1qgDjAMMAoGA1UdFAQDAgEBMAoGCCqGSM49BAMCA0gAMEUCIQC9jFVGP8HHrhes\n"
    "rcSftufBO7ncp9ClT1Yo2xWAZwMWGQIgdzpMp2kW122NeS+igRN1bb3jyLawAwWr\n"
    "jJntOJZdTTY=\n"
    "-----END X509 CRL-----\n";

static inline struct bytes signed_bytes(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

/* Everything that a verification asks. */
static inline struct signature_question signed_question(const struct trust *trust,
                                                        struct bytes cert)
{
    return (struct signature_question){
        .manifest = signed_bytes(signed_manifest),
        .cert = cert,
        .trust = trust,
        .clock = {.now = {true, SIGNED_NOW}, .built = SIGNED_NOW - 1},
    };
}

#endif
