// SQLite, and what Swift cannot import of it: variadic functions and pointer-cast constants.
#pragma once
#include <sqlite3.h>
