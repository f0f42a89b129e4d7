// libfuse 3's low-level interface, and what Swift cannot import of it: variadic functions and initialiser macros.
#pragma once
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>
