// Opening libtensorflow. Its C functions lie in two libraries, libtensorflow_framework and libtensorflow_cc: both are opened.

#include <dlfcn.h>

#include <mutex>
#include <vector>

#include "failure.h"
#include "ops.h"
#include "quiet-start.h"
#include "tensorflow-c.h"

namespace rewardlab {
namespace {

std::mutex opening;
Api functions;
bool opened = false;

}  // namespace

void open_libraries(const char* const* paths, size_t count) {
  const std::lock_guard<std::mutex> lock(opening);
  if (opened) return;
  const QuietStart quiet;
  std::vector<void*> libraries;
  for (size_t i = 0; i < count; i++) {
    // Never closed: TensorFlow leaves threads behind.
    void* library = dlopen(paths[i], RTLD_LAZY | RTLD_LOCAL);
    if (library == nullptr) throw Failure("DLOPEN", std::string("can't open ") + paths[i] + ": " + dlerror());
    libraries.push_back(library);
  }
  Api found;
  std::string missing;
  const auto find = [&](const char* name) -> void* {
    for (void* library : libraries)
      if (void* symbol = dlsym(library, name)) return symbol;
    if (missing.empty()) missing = name;
    return nullptr;
  };
#define REWARDLAB_FIND(name, result, parameters) found.name = reinterpret_cast<result(*) parameters>(find(#name));
  REWARDLAB_TENSORFLOW_FUNCTIONS(REWARDLAB_FIND)
#undef REWARDLAB_FIND
  if (!missing.empty()) {
    const std::string version = found.TF_Version == nullptr ? "of unknown version" : found.TF_Version();
    throw Failure("TOO_OLD", "libtensorflow " + version + " has no function " + missing + ", expected TensorFlow 2.15 or newer");
  }
  functions = found;
  opened = true;
  try {
    register_ops();
  } catch (...) {
    opened = false;
    throw;
  }
}

const Api& api() {
  if (!opened) throw Failure("NOT_OPEN", "libtensorflow is not open yet");
  return functions;
}

}  // namespace rewardlab
