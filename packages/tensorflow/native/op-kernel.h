// What lies between TensorFlow's C API for kernels and a function on plain memory.

#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tensors.h"

namespace rewardlab {

/** An output's shape: the axes of an input from `begin` to before `end` (from behind where negative), and then those of another one. */
struct Axes {
  int input;
  int64_t begin;
  int64_t end;
};
using OutputShape = std::vector<Axes>;

inline OutputShape like(int input) { return {{input, 0, INT64_MAX}}; }
inline OutputShape outer(int input) { return {{input, 0, -1}}; }

struct OpDescription {
  const char* name;
  std::vector<const char*> inputs;
  std::vector<const char*> outputs;
  std::vector<const char*> attributes;  // all of them floats
  std::vector<OutputShape> shapes;
};

/** What a kernel refuses: becomes the op's status. */
struct BadInput {
  std::string message;
};

/** One run of a kernel: its inputs, and its outputs as they are made. */
class Call {
 public:
  Call(TF_OpKernelContext* context, const OpDescription& op) : context_(context), op_(op), inputs_(op.inputs.size()) {}

  const float* floats(int input) { return static_cast<const float*>(data(input)); }
  const int32_t* integers(int input) { return static_cast<const int32_t*>(data(input)); }

  std::vector<int64_t> shape(int input) {
    const TF_Tensor* tensor = get(input);
    std::vector<int64_t> sizes(static_cast<size_t>(api().TF_NumDims(tensor)));
    for (size_t axis = 0; axis < sizes.size(); axis++) sizes[axis] = api().TF_Dim(tensor, static_cast<int>(axis));
    return sizes;
  }

  /** Throws BadInput unless the input has this shape. */
  void expect(int input, const std::vector<int64_t>& expected) {
    const std::vector<int64_t> given = shape(input);
    if (given != expected)
      throw BadInput{std::string(op_.inputs[static_cast<size_t>(input)]) + " has shape " + text(given) + ", expected " + text(expected)};
  }

  float* floats_out(int output, const std::vector<int64_t>& shape) { return static_cast<float*>(make(output, TF_FLOAT, shape)); }
  int32_t* integers_out(int output, const std::vector<int64_t>& shape) { return static_cast<int32_t*>(make(output, TF_INT32, shape)); }

  /** An output in the memory of an input that nobody else holds, else in its own. Says which by `forwarded`. Call it before the input is looked at. */
  float* floats_out_in(int input, int output, const std::vector<int64_t>& shape, bool* forwarded) {
    const Status status;
    int which = -1;
    inputs_[static_cast<size_t>(input)].reset();
    TF_Tensor* const made = api().TF_ForwardInputOrAllocateOutput(context_, &input, 1, output, shape.data(), static_cast<int>(shape.size()), &which, status);
    status.check(op_.name);
    *forwarded = which >= 0;
    outputs_.emplace_back(made);
    return static_cast<float*>(api().TF_TensorData(made));
  }

  static std::string text(const std::vector<int64_t>& shape) {
    std::string sizes;
    for (const int64_t size : shape) sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
    return "[" + sizes + "]";
  }

 private:
  const TF_Tensor* get(int input) {
    Tensor& held = inputs_[static_cast<size_t>(input)];
    if (held == nullptr) {
      const Status status;
      TF_Tensor* tensor = nullptr;
      api().TF_GetInput(context_, input, &tensor, status);
      status.check(op_.name);
      held.reset(tensor);
    }
    return held.get();
  }
  const void* data(int input) { return api().TF_TensorData(get(input)); }

  void* make(int output, TF_DataType type, const std::vector<int64_t>& shape) {
    const Status status;
    const size_t bytes = static_cast<size_t>(element_count(shape)) * element_bytes(type);
    TF_Tensor* const made = api().TF_AllocateOutput(context_, output, type, shape.data(), static_cast<int>(shape.size()), bytes, status);
    status.check(op_.name);
    outputs_.emplace_back(made);
    return api().TF_TensorData(made);
  }

  TF_OpKernelContext* context_;
  const OpDescription& op_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
};

using Attributes = std::vector<float>;

/** An op whose kernel is `compute`, told the attributes in the order of their description. */
template <const OpDescription& op, void (*compute)(Call&, const Attributes&)>
struct Op {
  static void register_op() {
    const Status status;
    TF_OpDefinitionBuilder* const definition = api().TF_NewOpDefinitionBuilder(op.name);
    for (const char* input : op.inputs) api().TF_OpDefinitionBuilderAddInput(definition, input);
    for (const char* output : op.outputs) api().TF_OpDefinitionBuilderAddOutput(definition, output);
    for (const char* attribute : op.attributes)
      api().TF_OpDefinitionBuilderAddAttr(definition, (std::string(attribute) + ": float").c_str());
    api().TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, infer);
    api().TF_RegisterOpDefinition(definition, status);
    status.check(op.name);
    TF_KernelBuilder* const builder = api().TF_NewKernelBuilder(op.name, "CPU", make, run, remove);
    api().TF_RegisterKernelBuilder(op.name, builder, status);
    status.check(op.name);
  }

 private:
  static void infer(TF_ShapeInferenceContext* context, TF_Status* status) {
    const Shape part, shape;
    for (size_t output = 0; output < op.shapes.size() && ok(status); output++) {
      bool first = true;
      for (const Axes& axes : op.shapes[output]) {
        const Shape& into = first ? shape : part;
        if (ok(status)) api().TF_ShapeInferenceContextGetInput(context, axes.input, into.handle, status);
        if (ok(status)) api().TF_ShapeInferenceContextSubshape(context, into.handle, axes.begin, axes.end, into.handle, status);
        if (ok(status) && !first) api().TF_ShapeInferenceContextConcatenateShapes(context, shape.handle, part.handle, shape.handle, status);
        first = false;
      }
      if (ok(status)) api().TF_ShapeInferenceContextSetOutput(context, static_cast<int>(output), shape.handle, status);
    }
  }

  static bool ok(TF_Status* status) { return api().TF_GetCode(status) == 0; }

  struct Shape {
    TF_ShapeHandle* handle = api().TF_NewShapeHandle();
    Shape() = default;
    Shape(const Shape&) = delete;
    Shape& operator=(const Shape&) = delete;
    ~Shape() { api().TF_DeleteShapeHandle(handle); }
  };

  static void* make(TF_OpKernelConstruction* construction) {
    const Status status;
    auto attributes = std::make_unique<Attributes>(op.attributes.size());
    for (size_t i = 0; i < op.attributes.size() && api().TF_GetCode(status) == 0; i++)
      api().TF_OpKernelConstruction_GetAttrFloat(construction, op.attributes[i], &(*attributes)[i], status);
    if (api().TF_GetCode(status) != 0) api().TF_OpKernelConstruction_Failure(construction, status);
    return attributes.release();
  }

  static void run(void* kernel, TF_OpKernelContext* context) {
    constexpr int invalid_argument = 3, resource_exhausted = 8, internal = 13;
    const auto fail = [&](int code, const std::string& message) {
      const Status status;
      api().TF_SetStatus(status, code, message.c_str());
      api().TF_OpKernelContext_Failure(context, status);
    };
    try {
      Call call(context, op);
      compute(call, *static_cast<const Attributes*>(kernel));
    } catch (const BadInput& bad) {
      fail(invalid_argument, std::string(op.name) + ": " + bad.message);
    } catch (const Failure& failure) {
      fail(failure.code == "RESOURCE_EXHAUSTED" ? resource_exhausted : internal, failure.message);
    } catch (const std::bad_alloc&) {
      fail(resource_exhausted, std::string(op.name) + ": out of memory");
    } catch (const std::exception& error) {
      fail(internal, std::string(op.name) + ": " + error.what());
    }
  }

  static void remove(void* kernel) { delete static_cast<Attributes*>(kernel); }
};

}  // namespace rewardlab
