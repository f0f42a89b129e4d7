// libxml2's tree parser.
#pragma once
#include <libxml/parser.h>
#include <libxml/tree.h>
