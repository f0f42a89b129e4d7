// ISA-L: inflate, deflate and CRC-32.
#pragma once
#include <isa-l.h>
