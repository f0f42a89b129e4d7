// libxxhash: XXH32, the checksum of LZ4 frames.
#pragma once
#include <xxhash.h>
