// Silence while TensorFlow is loaded and started.

#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace rewardlab {

/**
 * Holds standard error back while TensorFlow starts: a few notices come whatever log level was chosen, and errors are in the status. With
 * TF_CPP_MIN_LOG_LEVEL=0 nothing is held back.
 */
class QuietStart {
 public:
  QuietStart() {
    const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
    if (level != nullptr && std::string(level) == "0") return;
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0) return;
    kept_ = ::fcntl(2, F_DUPFD_CLOEXEC, 3);
    if (kept_ >= 0) ::dup2(nowhere, 2);
    ::close(nowhere);
  }
  ~QuietStart() {
    if (kept_ < 0) return;
    ::dup2(kept_, 2);
    ::close(kept_);
  }
  QuietStart(const QuietStart&) = delete;
  QuietStart& operator=(const QuietStart&) = delete;

 private:
  int kept_ = -1;
};

}  // namespace rewardlab
