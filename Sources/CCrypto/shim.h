// libcrypto: AES, MD5 and SHA-256 through EVP, random bytes, and the end of a thread.
#pragma once
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
