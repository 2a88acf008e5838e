#include "tensors.h"

#include <cstring>

namespace rewardlab {
namespace {

constexpr int most_axes = 254;                  // TensorFlow's own limit
constexpr int64_t most_bytes = int64_t{1} << 46;  // beyond any machine; keeps products from overflowing

/** Where the bytes of a typed array lie, and how many they are. */
struct Bytes {
  const void* data;
  size_t length;
  napi_typedarray_type type;
};

Bytes bytes_of(napi_env env, napi_value value) {
  bool typed = false;
  check(env, napi_is_typedarray(env, value, &typed), "values");
  if (!typed) throw Failure("values: expected a typed array");
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  check(env, napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr), "values");
  static const size_t sizes[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};  // in the order of napi_typedarray_type
  if (static_cast<size_t>(type) >= sizeof(sizes) / sizeof(sizes[0])) throw Failure("values: unknown typed array");
  return {data, length * sizes[type], type};
}

bool fits(napi_typedarray_type given, TF_DataType type) {
  switch (type) {
    case TF_FLOAT:
    case TF_COMPLEX64:
      return given == napi_float32_array;
    case TF_DOUBLE:
      return given == napi_float64_array;
    case TF_INT32:
      return given == napi_int32_array;
    case TF_INT64:  // tfjs gives an int64 as two int32
      return given == napi_bigint64_array || given == napi_int32_array;
    case TF_BOOL:
    case TF_UINT8:
      return given == napi_uint8_array || given == napi_uint8_clamped_array;
    case TF_INT8:
      return given == napi_int8_array;
    case TF_HALF:
    case TF_BFLOAT16:
      return given == napi_uint16_array;
    default:
      return false;
  }
}

napi_typedarray_type array_of(TF_DataType type) {
  switch (type) {
    case TF_FLOAT:
    case TF_COMPLEX64:
      return napi_float32_array;
    case TF_DOUBLE:
      return napi_float64_array;
    case TF_INT32:
      return napi_int32_array;
    case TF_INT64:
      return napi_bigint64_array;
    case TF_INT8:
      return napi_int8_array;
    case TF_HALF:
    case TF_BFLOAT16:
      return napi_uint16_array;
    default:
      return napi_uint8_array;
  }
}

Tensor allocate(TF_DataType type, const std::vector<int64_t>& shape, size_t bytes) {
  Tensor tensor(api().TF_AllocateTensor(type, shape.data(), static_cast<int>(shape.size()), bytes));
  if (!tensor || (bytes > 0 && api().TF_TensorData(tensor.get()) == nullptr))
    throw Failure("RESOURCE_EXHAUSTED", "out of memory: a tensor of " + std::to_string(bytes) + " bytes");
  return tensor;
}

Tensor make_strings(napi_env env, const std::vector<int64_t>& shape, napi_value values) {
  const int64_t count = element_count(shape);
  const int64_t given = length_of(env, values, "values");
  if (given != count)
    throw Failure("values: " + std::to_string(given) + " strings, expected " + std::to_string(count));
  Tensor tensor = allocate(TF_STRING, shape, static_cast<size_t>(count) * sizeof(TF_TString));
  auto* strings = static_cast<TF_TString*>(api().TF_TensorData(tensor.get()));
  for (int64_t i = 0; i < count; i++) api().TF_StringInit(&strings[i]);  // all of them, so that what throws leaves no garbage to free
  for (int64_t i = 0; i < count; i++) {
    const Bytes bytes = bytes_of(env, element_of(env, values, static_cast<uint32_t>(i), "values"));
    api().TF_StringCopy(&strings[i], static_cast<const char*>(bytes.data), bytes.length);
  }
  return tensor;
}

napi_value make_bytes(napi_env env, const void* data, size_t length, napi_typedarray_type type, size_t elements) {
  void* copy = nullptr;
  napi_value buffer = nullptr;
  check(env, napi_create_arraybuffer(env, length, &copy, &buffer), "out of memory");
  if (length > 0) std::memcpy(copy, data, length);
  napi_value array = nullptr;
  check(env, napi_create_typedarray(env, type, elements, buffer, 0, &array), "typed array");
  return array;
}

}  // namespace

size_t element_bytes(TF_DataType type) {
  switch (type) {
    case TF_BOOL:
    case TF_UINT8:
    case TF_INT8:
      return 1;
    case TF_HALF:
    case TF_BFLOAT16:
      return 2;
    case TF_FLOAT:
    case TF_INT32:
      return 4;
    case TF_DOUBLE:
    case TF_INT64:
    case TF_COMPLEX64:
      return 8;
    case TF_STRING:
      return sizeof(TF_TString);
    default:
      return 0;
  }
}

std::vector<int64_t> shape_of(napi_env env, napi_value array) {
  std::vector<int64_t> shape = integers_of(env, array, "shape", 0, most_bytes);
  if (shape.size() > most_axes) throw Failure("shape: " + std::to_string(shape.size()) + " axes, expected at most 254");
  element_count(shape);
  return shape;
}

TF_DataType type_of(napi_env env, napi_value value) {
  const auto type = static_cast<TF_DataType>(integer_of(env, value, "dtype", 1, 64));
  if (element_bytes(type) == 0) throw Failure("dtype: " + std::to_string(type) + " is not supported");
  return type;
}

int64_t element_count(const std::vector<int64_t>& shape) {
  int64_t product = 1;  // of the sizes that aren't 0: TensorFlow refuses a shape whose other sizes overflow
  bool empty = false;
  for (const int64_t size : shape) {
    if (size == 0) {
      empty = true;
      continue;
    }
    if (size > most_bytes / 8 / product) throw Failure("RESOURCE_EXHAUSTED", "shape: more elements than memory can hold");
    product *= size;
  }
  return empty ? 0 : product;
}

Tensor make_tensor(napi_env env, const std::vector<int64_t>& shape, TF_DataType type, napi_value values) {
  if (type == TF_STRING) return make_strings(env, shape, values);
  const Bytes bytes = bytes_of(env, values);
  if (!fits(bytes.type, type)) throw Failure("values: this typed array can't hold dtype " + std::to_string(type));
  const size_t expected = static_cast<size_t>(element_count(shape)) * element_bytes(type);
  if (bytes.length != expected)
    throw Failure("values: " + std::to_string(bytes.length) + " bytes, expected " + std::to_string(expected) + " for the shape");
  Tensor tensor = allocate(type, shape, expected);
  if (expected > 0) std::memcpy(api().TF_TensorData(tensor.get()), bytes.data, expected);
  return tensor;
}

napi_value read_tensor(napi_env env, const TF_Tensor* tensor) {
  const TF_DataType type = api().TF_TensorType(tensor);
  const size_t size = element_bytes(type);
  if (size == 0) throw Failure("dtype: values of dtype " + std::to_string(type) + " can't be read");
  const void* data = api().TF_TensorData(tensor);
  const auto count = static_cast<size_t>(api().TF_TensorElementCount(tensor));
  if (type == TF_STRING) {
    const auto* strings = static_cast<const TF_TString*>(data);
    const napi_value array = make_array(env, count);
    for (size_t i = 0; i < count; i++) {
      const size_t length = api().TF_StringGetSize(&strings[i]);
      const napi_value one = make_bytes(env, api().TF_StringGetDataPointer(&strings[i]), length, napi_uint8_array, length);
      set_element(env, array, static_cast<uint32_t>(i), one);
    }
    return array;
  }
  const size_t elements = type == TF_COMPLEX64 ? 2 * count : count;
  return make_bytes(env, data, count * size, array_of(type), elements);
}

}  // namespace rewardlab
