// Errors on their way to JavaScript, and TensorFlow's status.

#pragma once

#include <string>
#include <utility>

#include "tensorflow-c.h"

namespace rewardlab {

/** Becomes a JavaScript Error with this message and, where it has one, `code`. */
struct Failure {
  std::string code;
  std::string message;

  explicit Failure(std::string text) : message(std::move(text)) {}
  Failure(std::string name, std::string text) : code(std::move(name)), message(std::move(text)) {}
};

/** A JavaScript exception is under way already: nothing is to be added. */
struct PendingException {};

class Status {
 public:
  Status() : status_(api().TF_NewStatus()) {}
  ~Status() { api().TF_DeleteStatus(status_); }
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;

  operator TF_Status*() const { return status_; }

  /** Throws TensorFlow's own message, after `where`, if the last call failed. */
  void check(const std::string& where) const {
    const int code = api().TF_GetCode(status_);
    if (code != 0) throw Failure(name_of(code), where + ": " + api().TF_Message(status_));
  }

 private:
  static const char* name_of(int code) {
    static const char* const names[] = {
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE",
        "DATA_LOSS", "UNAUTHENTICATED"};
    return code >= 0 && code < static_cast<int>(sizeof(names) / sizeof(names[0])) ? names[code] : "UNKNOWN";
  }

  TF_Status* status_;
};

}  // namespace rewardlab
