// libcurl, and what Swift cannot import of it: variadic functions.
#pragma once
#include <curl/curl.h>
