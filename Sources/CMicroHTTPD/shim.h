// libmicrohttpd, and what Swift cannot import of it: variadic functions.
#pragma once
#include <microhttpd.h>
