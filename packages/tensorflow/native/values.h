// Reading and making JavaScript values, every step checked.

#pragma once

#define NAPI_VERSION 8
#include <node_api.h>

#include <cmath>
#include <string>
#include <vector>

#include "failure.h"

namespace rewardlab {

inline void check(napi_env env, napi_status status, const char* what) {
  if (status == napi_ok) return;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (pending) throw PendingException();
  const napi_extended_error_info* info = nullptr;
  napi_get_last_error_info(env, &info);
  const char* why = info != nullptr && info->error_message != nullptr ? info->error_message : "failed";
  throw Failure(std::string(what) + ": " + why);
}

/** The arguments of a call, by position. */
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info, size_t expected, const char* function) : env_(env), function_(function) {
    size_t count = most;
    check(env, napi_get_cb_info(env, info, &count, values_, nullptr, nullptr), function);
    if (count < expected)
      throw Failure(std::string(function) + ": " + std::to_string(count) + " arguments, expected " + std::to_string(expected));
  }
  napi_value operator[](size_t index) const { return values_[index]; }
  const char* function() const { return function_; }

 private:
  static constexpr size_t most = 6;
  napi_env env_;
  const char* function_;
  napi_value values_[most] = {};
};

inline double number_of(napi_env env, napi_value value, const char* what) {
  double number = 0;
  check(env, napi_get_value_double(env, value, &number), what);
  return number;
}

/** A whole number in [lowest, highest]; both within what a double holds exactly. */
inline int64_t integer_of(napi_env env, napi_value value, const char* what, int64_t lowest, int64_t highest) {
  const double number = number_of(env, value, what);
  if (!(number >= static_cast<double>(lowest) && number <= static_cast<double>(highest)) || std::floor(number) != number)
    throw Failure(std::string(what) + ": " + std::to_string(number) + ", expected a whole number from " + std::to_string(lowest) +
                  " to " + std::to_string(highest));
  return static_cast<int64_t>(number);
}

constexpr int64_t safe_integer = 9007199254740991;

inline std::string text_of(napi_env env, napi_value value, const char* what) {
  size_t length = 0;
  check(env, napi_get_value_string_utf8(env, value, nullptr, 0, &length), what);
  std::string text(length, '\0');
  check(env, napi_get_value_string_utf8(env, value, &text[0], length + 1, &length), what);
  return text;
}

inline bool flag_of(napi_env env, napi_value value, const char* what) {
  bool flag = false;
  check(env, napi_get_value_bool(env, value, &flag), what);
  return flag;
}

inline bool is_array(napi_env env, napi_value value) {
  bool is = false;
  return napi_is_array(env, value, &is) == napi_ok && is;
}

inline uint32_t length_of(napi_env env, napi_value array, const char* what) {
  uint32_t length = 0;
  check(env, napi_get_array_length(env, array, &length), what);
  return length;
}

inline napi_value element_of(napi_env env, napi_value array, uint32_t index, const char* what) {
  napi_value element = nullptr;
  check(env, napi_get_element(env, array, index, &element), what);
  return element;
}

inline napi_value property_of(napi_env env, napi_value object, const char* name) {
  napi_value value = nullptr;
  check(env, napi_get_named_property(env, object, name, &value), name);
  return value;
}

inline std::vector<int64_t> integers_of(napi_env env, napi_value array, const char* what, int64_t lowest, int64_t highest) {
  const uint32_t length = length_of(env, array, what);
  std::vector<int64_t> values;
  values.reserve(length);
  for (uint32_t i = 0; i < length; i++) {
    napi_handle_scope scope;
    check(env, napi_open_handle_scope(env, &scope), what);
    napi_value element = nullptr;
    const napi_status got = napi_get_element(env, array, i, &element);
    double number = 0;
    const bool numeric = got == napi_ok && napi_get_value_double(env, element, &number) == napi_ok;
    napi_close_handle_scope(env, scope);
    check(env, got, what);
    if (!numeric || !(number >= static_cast<double>(lowest) && number <= static_cast<double>(highest)) ||
        std::floor(number) != number)
      throw Failure(std::string(what) + ": element " + std::to_string(i) + " is " +
                    (numeric ? std::to_string(number) : std::string("no number")) + ", expected a whole number from " +
                    std::to_string(lowest) + " to " + std::to_string(highest));
    values.push_back(static_cast<int64_t>(number));
  }
  return values;
}

inline napi_value make_number(napi_env env, double number) {
  napi_value value = nullptr;
  check(env, napi_create_double(env, number, &value), "number");
  return value;
}

inline napi_value make_text(napi_env env, const char* text) {
  napi_value value = nullptr;
  check(env, napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value), "text");
  return value;
}

inline napi_value make_array(napi_env env, size_t length) {
  napi_value array = nullptr;
  check(env, napi_create_array_with_length(env, length, &array), "array");
  return array;
}

inline void set_element(napi_env env, napi_value array, uint32_t index, napi_value value) {
  check(env, napi_set_element(env, array, index, value), "element");
}

inline void set_property(napi_env env, napi_value object, const char* name, napi_value value) {
  check(env, napi_set_named_property(env, object, name, value), name);
}

/** { id, shape, dtype }, what tfjs's kernels read of a result. */
inline napi_value make_metadata(napi_env env, double id, const std::vector<int64_t>& shape, int dtype) {
  napi_value result = nullptr;
  check(env, napi_create_object(env, &result), "metadata");
  const napi_value sizes = make_array(env, shape.size());
  for (uint32_t axis = 0; axis < shape.size(); axis++)
    set_element(env, sizes, axis, make_number(env, static_cast<double>(shape[axis])));
  set_property(env, result, "id", make_number(env, id));
  set_property(env, result, "shape", sizes);
  set_property(env, result, "dtype", make_number(env, dtype));
  return result;
}

}  // namespace rewardlab
