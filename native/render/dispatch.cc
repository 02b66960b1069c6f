// Chooses the instruction set at the first call: PQRST_FORCE_TARGET if this machine can run it, otherwise the
// best one that is compiled in and that the machine can run. A name that the machine cannot run is ignored
// here; src/kernel/node.ts rejects it. Another target may be selected while jobs run, because all targets
// make the same bits.
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "synth.h"
#include "target.h"

namespace pqrst {
namespace {

constexpr const Target* kCompiled[] = {
#if defined(PQRST_HAS_X86)
    &kAvx512,
    &kAvx2,
#endif
#if defined(PQRST_HAS_NEON)
    &kNeon,
#endif
    &kScalar,
};

struct Dispatch {
  std::vector<const char*> names;
  std::atomic<const Target*> current{nullptr};

  Dispatch() {
    for (const Target* target : kCompiled) {
      if (!target->runnable()) continue;
      names.push_back(target->name);
      if (current == nullptr) current = target;
    }
    const char* forced = std::getenv("PQRST_FORCE_TARGET");
    if (forced != nullptr) select(forced);
  }

  bool select(const char* name) {
    for (const Target* target : kCompiled) {
      if (std::strcmp(target->name, name) != 0 || !target->runnable()) continue;
      current = target;
      return true;
    }
    return false;
  }
};

Dispatch& dispatch() {
  static Dispatch instance;
  return instance;
}

}  // namespace

const Kernels& kernels() { return dispatch().current.load()->kernels; }
std::span<const char* const> targets() { return dispatch().names; }
const char* target() { return dispatch().current.load()->name; }
bool select_target(const char* name) { return dispatch().select(name); }

}  // namespace pqrst
