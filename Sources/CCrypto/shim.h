// libcrypto: AES, MD5 and SHA-256 through EVP, and random bytes.
#pragma once
#include <openssl/evp.h>
#include <openssl/rand.h>
