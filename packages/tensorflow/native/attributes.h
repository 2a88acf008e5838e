// tfjs's op attributes, set on an op that is executed or on a node of a graph: the C API has the same setters for both.

#pragma once

#include "values.h"

namespace rewardlab {

struct EagerOp {
  TFE_Op* op;
  void text(const char* name, const std::string& value) { api().TFE_OpSetAttrString(op, name, value.data(), value.size()); }
  void integer(const char* name, int64_t value) { api().TFE_OpSetAttrInt(op, name, value); }
  void real(const char* name, float value) { api().TFE_OpSetAttrFloat(op, name, value); }
  void flag(const char* name, bool value) { api().TFE_OpSetAttrBool(op, name, value ? 1 : 0); }
  void type(const char* name, TF_DataType value) { api().TFE_OpSetAttrType(op, name, value); }
  void shape(const char* name, const std::vector<int64_t>& dims) {
    const Status status;
    api().TFE_OpSetAttrShape(op, name, dims.data(), static_cast<int>(dims.size()), status);
    status.check(name);
  }
  void integers(const char* name, const std::vector<int64_t>& v) {
    api().TFE_OpSetAttrIntList(op, name, v.data(), static_cast<int>(v.size()));
  }
  void reals(const char* name, const std::vector<float>& v) {
    api().TFE_OpSetAttrFloatList(op, name, v.data(), static_cast<int>(v.size()));
  }
  void flags(const char* name, const std::vector<unsigned char>& v) {
    api().TFE_OpSetAttrBoolList(op, name, v.data(), static_cast<int>(v.size()));
  }
  void types(const char* name, const std::vector<TF_DataType>& v) {
    api().TFE_OpSetAttrTypeList(op, name, v.data(), static_cast<int>(v.size()));
  }
};

struct GraphNode {
  TF_OperationDescription* op;
  void text(const char* name, const std::string& value) { api().TF_SetAttrString(op, name, value.data(), value.size()); }
  void integer(const char* name, int64_t value) { api().TF_SetAttrInt(op, name, value); }
  void real(const char* name, float value) { api().TF_SetAttrFloat(op, name, value); }
  void flag(const char* name, bool value) { api().TF_SetAttrBool(op, name, value ? 1 : 0); }
  void type(const char* name, TF_DataType value) { api().TF_SetAttrType(op, name, value); }
  void shape(const char* name, const std::vector<int64_t>& dims) {
    api().TF_SetAttrShape(op, name, dims.data(), static_cast<int>(dims.size()));
  }
  void integers(const char* name, const std::vector<int64_t>& v) {
    api().TF_SetAttrIntList(op, name, v.data(), static_cast<int>(v.size()));
  }
  void reals(const char* name, const std::vector<float>& v) {
    api().TF_SetAttrFloatList(op, name, v.data(), static_cast<int>(v.size()));
  }
  void flags(const char* name, const std::vector<unsigned char>& v) {
    api().TF_SetAttrBoolList(op, name, v.data(), static_cast<int>(v.size()));
  }
  void types(const char* name, const std::vector<TF_DataType>& v) {
    api().TF_SetAttrTypeList(op, name, v.data(), static_cast<int>(v.size()));
  }
};

/** One attribute as tfjs gives it, read in full before the op is begun: what throws then leaves nothing half made. */
struct Attribute {
  std::string name;
  int kind;
  bool list;
  std::string text;
  std::vector<double> numbers;
  std::vector<int64_t> integers;  // of TF_ATTR_INT and TF_ATTR_SHAPE
};

inline std::vector<Attribute> attributes_of(napi_env env, napi_value array) {
  std::vector<Attribute> attributes;
  const uint32_t count = length_of(env, array, "attributes");
  for (uint32_t i = 0; i < count; i++) {
    const napi_value given = element_of(env, array, i, "attributes");
    Attribute attribute;
    attribute.name = text_of(env, property_of(env, given, "name"), "an attribute's name");
    attribute.kind = static_cast<int>(integer_of(env, property_of(env, given, "type"), "an attribute's type", 0, 9));
    const napi_value value = property_of(env, given, "value");
    const char* what = attribute.name.c_str();
    attribute.list = is_array(env, value);
    const auto number = [&](napi_value one) {
      return attribute.kind == TF_ATTR_BOOL ? (flag_of(env, one, what) ? 1.0 : 0.0) : number_of(env, one, what);
    };
    switch (attribute.kind) {
      case TF_ATTR_STRING:
        attribute.text = text_of(env, value, what);
        break;
      case TF_ATTR_SHAPE:
        attribute.integers = integers_of(env, value, what, 0, safe_integer);
        if (attribute.integers.size() > 254) throw Failure(attribute.name + ": too many axes");
        break;
      case TF_ATTR_INT:
        if (attribute.list) attribute.integers = integers_of(env, value, what, -safe_integer, safe_integer);
        else attribute.integers.push_back(integer_of(env, value, what, -safe_integer, safe_integer));
        break;
      case TF_ATTR_TYPE:
      case TF_ATTR_FLOAT:
      case TF_ATTR_BOOL:
        if (!attribute.list) attribute.numbers.push_back(number(value));
        for (uint32_t j = 0, length = attribute.list ? length_of(env, value, what) : 0; j < length; j++)
          attribute.numbers.push_back(number(element_of(env, value, j, what)));
        if (attribute.kind == TF_ATTR_TYPE)
          for (const double type : attribute.numbers)
            if (!(type >= 1 && type <= 64) || std::floor(type) != type)
              throw Failure(attribute.name + ": " + std::to_string(type) + " is no dtype");
        break;
      default:
        throw Failure(attribute.name + ": attributes of type " + std::to_string(attribute.kind) + " are not supported");
    }
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

template <class Op>
void set_attributes(Op op, const std::vector<Attribute>& attributes) {
  for (const Attribute& one : attributes) {
    const char* name = one.name.c_str();
    switch (one.kind) {
      case TF_ATTR_STRING:
        op.text(name, one.text);
        break;
      case TF_ATTR_SHAPE:
        op.shape(name, one.integers);
        break;
      case TF_ATTR_INT:
        if (one.list) op.integers(name, one.integers);
        else op.integer(name, one.integers[0]);
        break;
      case TF_ATTR_FLOAT:
        if (one.list) op.reals(name, std::vector<float>(one.numbers.begin(), one.numbers.end()));
        else op.real(name, static_cast<float>(one.numbers[0]));
        break;
      case TF_ATTR_BOOL:
        if (one.list) op.flags(name, std::vector<unsigned char>(one.numbers.begin(), one.numbers.end()));
        else op.flag(name, one.numbers[0] != 0);
        break;
      case TF_ATTR_TYPE: {
        std::vector<TF_DataType> types;
        for (const double type : one.numbers) types.push_back(static_cast<TF_DataType>(static_cast<int>(type)));
        if (one.list) op.types(name, types);
        else op.type(name, types[0]);
        break;
      }
    }
  }
}

}  // namespace rewardlab
