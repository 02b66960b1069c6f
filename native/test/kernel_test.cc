#include "synth.h"
int main() { return pqrst::targets().empty() ? 1 : 0; }
