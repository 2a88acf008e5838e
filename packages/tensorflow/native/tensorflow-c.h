// The part of TensorFlow's public C API that the binding uses, declared here so that building needs no TensorFlow. The functions are looked up
// at run time in the libraries that are opened, so one binary serves every TensorFlow that has them (2.15 and newer).

#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

struct TF_Status;
struct TF_Tensor;
struct TF_Graph;
struct TF_Operation;
struct TF_OperationDescription;
struct TF_Function;
struct TF_FunctionOptions;
struct TF_DeviceList;
struct TFE_ContextOptions;
struct TFE_Context;
struct TFE_Op;
struct TFE_TensorHandle;
struct TF_OpDefinitionBuilder;
struct TF_ShapeInferenceContext;
struct TF_ShapeHandle;
struct TF_KernelBuilder;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;

struct TF_Buffer {
  const void* data;
  size_t length;
  void (*data_deallocator)(void* data, size_t length);
};

struct TF_Output {
  TF_Operation* oper;
  int index;
};

/** An element of a string tensor; only TensorFlow's own functions look inside. */
struct TF_TString {
  alignas(8) unsigned char bytes[24];
};

enum TF_DataType : int {
  TF_FLOAT = 1,
  TF_DOUBLE = 2,
  TF_INT32 = 3,
  TF_UINT8 = 4,
  TF_INT8 = 6,
  TF_STRING = 7,
  TF_COMPLEX64 = 8,
  TF_INT64 = 9,
  TF_BOOL = 10,
  TF_BFLOAT16 = 14,
  TF_HALF = 19,
  TF_RESOURCE = 20,
};

enum TF_AttrType : int {
  TF_ATTR_STRING = 0,
  TF_ATTR_INT = 1,
  TF_ATTR_FLOAT = 2,
  TF_ATTR_BOOL = 3,
  TF_ATTR_TYPE = 4,
  TF_ATTR_SHAPE = 5,
  TF_ATTR_RESOURCE = 9,  // tfjs's own number
};

}  // extern "C"

namespace rewardlab {

/** Every C function that is used: F(name, result, parameters). */
#define REWARDLAB_TENSORFLOW_FUNCTIONS(F)                                                                                     \
  F(TF_Version, const char*, ())                                                                                              \
  F(TF_NewStatus, TF_Status*, ())                                                                                             \
  F(TF_DeleteStatus, void, (TF_Status*))                                                                                      \
  F(TF_GetCode, int, (const TF_Status*))                                                                                      \
  F(TF_Message, const char*, (const TF_Status*))                                                                              \
  F(TF_NewBuffer, TF_Buffer*, ())                                                                                             \
  F(TF_DeleteBuffer, void, (TF_Buffer*))                                                                                      \
  F(TF_AllocateTensor, TF_Tensor*, (TF_DataType, const int64_t* dims, int rank, size_t bytes))                                \
  F(TF_DeleteTensor, void, (TF_Tensor*))                                                                                      \
  F(TF_TensorType, TF_DataType, (const TF_Tensor*))                                                                           \
  F(TF_TensorByteSize, size_t, (const TF_Tensor*))                                                                            \
  F(TF_TensorElementCount, int64_t, (const TF_Tensor*))                                                                       \
  F(TF_TensorData, void*, (const TF_Tensor*))                                                                                 \
  F(TF_StringInit, void, (TF_TString*))                                                                                       \
  F(TF_StringCopy, void, (TF_TString*, const char* data, size_t size))                                                        \
  F(TF_StringGetDataPointer, const char*, (const TF_TString*))                                                                \
  F(TF_StringGetSize, size_t, (const TF_TString*))                                                                            \
  F(TF_DeviceListCount, int, (const TF_DeviceList*))                                                                          \
  F(TF_DeviceListName, const char*, (const TF_DeviceList*, int, TF_Status*))                                                  \
  F(TF_DeviceListType, const char*, (const TF_DeviceList*, int, TF_Status*))                                                  \
  F(TF_DeleteDeviceList, void, (TF_DeviceList*))                                                                              \
  F(TFE_NewContextOptions, TFE_ContextOptions*, ())                                                                           \
  F(TFE_ContextOptionsSetConfig, void, (TFE_ContextOptions*, const void* proto, size_t length, TF_Status*))                   \
  F(TFE_ContextOptionsSetDevicePlacementPolicy, void, (TFE_ContextOptions*, int policy))                                      \
  F(TFE_DeleteContextOptions, void, (TFE_ContextOptions*))                                                                    \
  F(TFE_NewContext, TFE_Context*, (const TFE_ContextOptions*, TF_Status*))                                                    \
  F(TFE_DeleteContext, void, (TFE_Context*))                                                                                  \
  F(TFE_ContextListDevices, TF_DeviceList*, (TFE_Context*, TF_Status*))                                                       \
  F(TFE_ContextAddFunction, void, (TFE_Context*, TF_Function*, TF_Status*))                                                   \
  F(TFE_ContextRemoveFunction, void, (TFE_Context*, const char* name, TF_Status*))                                            \
  F(TFE_NewTensorHandle, TFE_TensorHandle*, (const TF_Tensor*, TF_Status*))                                                   \
  F(TFE_DeleteTensorHandle, void, (TFE_TensorHandle*))                                                                        \
  F(TFE_TensorHandleDataType, TF_DataType, (TFE_TensorHandle*))                                                               \
  F(TFE_TensorHandleNumDims, int, (TFE_TensorHandle*, TF_Status*))                                                            \
  F(TFE_TensorHandleDim, int64_t, (TFE_TensorHandle*, int index, TF_Status*))                                                 \
  F(TFE_TensorHandleResolve, TF_Tensor*, (TFE_TensorHandle*, TF_Status*))                                                     \
  F(TFE_NewOp, TFE_Op*, (TFE_Context*, const char* name, TF_Status*))                                                         \
  F(TFE_DeleteOp, void, (TFE_Op*))                                                                                            \
  F(TFE_OpAddInput, void, (TFE_Op*, TFE_TensorHandle*, TF_Status*))                                                           \
  F(TFE_OpSetAttrString, void, (TFE_Op*, const char* name, const void* value, size_t length))                                 \
  F(TFE_OpSetAttrInt, void, (TFE_Op*, const char* name, int64_t))                                                             \
  F(TFE_OpSetAttrFloat, void, (TFE_Op*, const char* name, float))                                                             \
  F(TFE_OpSetAttrBool, void, (TFE_Op*, const char* name, unsigned char))                                                      \
  F(TFE_OpSetAttrType, void, (TFE_Op*, const char* name, TF_DataType))                                                        \
  F(TFE_OpSetAttrShape, void, (TFE_Op*, const char* name, const int64_t* dims, int rank, TF_Status*))                         \
  F(TFE_OpSetAttrIntList, void, (TFE_Op*, const char* name, const int64_t* values, int count))                                \
  F(TFE_OpSetAttrFloatList, void, (TFE_Op*, const char* name, const float* values, int count))                                \
  F(TFE_OpSetAttrBoolList, void, (TFE_Op*, const char* name, const unsigned char* values, int count))                         \
  F(TFE_OpSetAttrTypeList, void, (TFE_Op*, const char* name, const TF_DataType* values, int count))                           \
  F(TFE_Execute, void, (TFE_Op*, TFE_TensorHandle** results, int* count, TF_Status*))                                         \
  F(TF_NewGraph, TF_Graph*, ())                                                                                               \
  F(TF_DeleteGraph, void, (TF_Graph*))                                                                                        \
  F(TF_GraphGetOpDef, void, (TF_Graph*, const char* name, TF_Buffer*, TF_Status*))                                            \
  F(TF_GraphGetTensorNumDims, int, (TF_Graph*, TF_Output, TF_Status*))                                                        \
  F(TF_GraphGetTensorShape, void, (TF_Graph*, TF_Output, int64_t* dims, int rank, TF_Status*))                                \
  F(TF_NewOperation, TF_OperationDescription*, (TF_Graph*, const char* type, const char* name))                               \
  F(TF_AddInput, void, (TF_OperationDescription*, TF_Output))                                                                 \
  F(TF_AddInputList, void, (TF_OperationDescription*, const TF_Output*, int count))                                           \
  F(TF_SetAttrString, void, (TF_OperationDescription*, const char* name, const void* value, size_t length))                   \
  F(TF_SetAttrInt, void, (TF_OperationDescription*, const char* name, int64_t))                                               \
  F(TF_SetAttrFloat, void, (TF_OperationDescription*, const char* name, float))                                               \
  F(TF_SetAttrBool, void, (TF_OperationDescription*, const char* name, unsigned char))                                        \
  F(TF_SetAttrType, void, (TF_OperationDescription*, const char* name, TF_DataType))                                          \
  F(TF_SetAttrShape, void, (TF_OperationDescription*, const char* name, const int64_t* dims, int rank))                       \
  F(TF_SetAttrIntList, void, (TF_OperationDescription*, const char* name, const int64_t* values, int count))                  \
  F(TF_SetAttrFloatList, void, (TF_OperationDescription*, const char* name, const float* values, int count))                  \
  F(TF_SetAttrBoolList, void, (TF_OperationDescription*, const char* name, const unsigned char* values, int count))           \
  F(TF_SetAttrTypeList, void, (TF_OperationDescription*, const char* name, const TF_DataType* values, int count))             \
  F(TF_SetAttrTensor, void, (TF_OperationDescription*, const char* name, TF_Tensor*, TF_Status*))                             \
  F(TF_FinishOperation, TF_Operation*, (TF_OperationDescription*, TF_Status*))                                                \
  F(TF_OperationNumOutputs, int, (TF_Operation*))                                                                             \
  F(TF_OperationOutputType, TF_DataType, (TF_Output))                                                                         \
  F(TF_GraphToFunction, TF_Function*,                                                                                         \
    (const TF_Graph*, const char* name, unsigned char append_hash, int operations, const TF_Operation* const*, int inputs,    \
     const TF_Output*, int outputs, const TF_Output*, const char* const* output_names, const TF_FunctionOptions*,             \
     const char* description, TF_Status*))                                                                                    \
  F(TF_DeleteFunction, void, (TF_Function*))                                                                                  \
  F(TF_SetStatus, void, (TF_Status*, int code, const char* message))                                                          \
  F(TF_NumDims, int, (const TF_Tensor*))                                                                                      \
  F(TF_Dim, int64_t, (const TF_Tensor*, int axis))                                                                            \
  F(TF_NewOpDefinitionBuilder, TF_OpDefinitionBuilder*, (const char* name))                                                   \
  F(TF_OpDefinitionBuilderAddInput, void, (TF_OpDefinitionBuilder*, const char* spec))                                        \
  F(TF_OpDefinitionBuilderAddOutput, void, (TF_OpDefinitionBuilder*, const char* spec))                                       \
  F(TF_OpDefinitionBuilderAddAttr, void, (TF_OpDefinitionBuilder*, const char* spec))                                         \
  F(TF_OpDefinitionBuilderSetShapeInferenceFunction, void,                                                                    \
    (TF_OpDefinitionBuilder*, void (*infer)(TF_ShapeInferenceContext*, TF_Status*)))                                          \
  F(TF_RegisterOpDefinition, void, (TF_OpDefinitionBuilder*, TF_Status*))                                                     \
  F(TF_NewShapeHandle, TF_ShapeHandle*, ())                                                                                   \
  F(TF_DeleteShapeHandle, void, (TF_ShapeHandle*))                                                                            \
  F(TF_ShapeInferenceContextGetInput, void, (TF_ShapeInferenceContext*, int input, TF_ShapeHandle*, TF_Status*))              \
  F(TF_ShapeInferenceContextSubshape, void,                                                                                   \
    (TF_ShapeInferenceContext*, TF_ShapeHandle*, int64_t from, int64_t to, TF_ShapeHandle* result, TF_Status*))               \
  F(TF_ShapeInferenceContextConcatenateShapes, void,                                                                          \
    (TF_ShapeInferenceContext*, TF_ShapeHandle*, TF_ShapeHandle*, TF_ShapeHandle* result, TF_Status*))                        \
  F(TF_ShapeInferenceContextSetOutput, void, (TF_ShapeInferenceContext*, int output, TF_ShapeHandle*, TF_Status*))            \
  F(TF_NewKernelBuilder, TF_KernelBuilder*,                                                                                   \
    (const char* op, const char* device, void* (*make)(TF_OpKernelConstruction*), void (*compute)(void*, TF_OpKernelContext*), \
     void (*remove)(void*)))                                                                                                  \
  F(TF_RegisterKernelBuilder, void, (const char* name, TF_KernelBuilder*, TF_Status*))                                        \
  F(TF_OpKernelConstruction_GetAttrFloat, void, (TF_OpKernelConstruction*, const char* name, float* value, TF_Status*))       \
  F(TF_OpKernelConstruction_Failure, void, (TF_OpKernelConstruction*, TF_Status*))                                            \
  F(TF_GetInput, void, (TF_OpKernelContext*, int input, TF_Tensor** tensor, TF_Status*))                                      \
  F(TF_AllocateOutput, TF_Tensor*,                                                                                            \
    (TF_OpKernelContext*, int output, TF_DataType, const int64_t* dims, int rank, size_t bytes, TF_Status*))                  \
  F(TF_ForwardInputOrAllocateOutput, TF_Tensor*,                                                                              \
    (TF_OpKernelContext*, const int* candidates, int count, int output, const int64_t* dims, int rank, int* forwarded,        \
     TF_Status*))                                                                                                             \
  F(TF_OpKernelContext_Failure, void, (TF_OpKernelContext*, TF_Status*))

/** The functions of the libraries that were opened. */
struct Api {
#define REWARDLAB_MEMBER(name, result, parameters) result(*name) parameters = nullptr;
  REWARDLAB_TENSORFLOW_FUNCTIONS(REWARDLAB_MEMBER)
#undef REWARDLAB_MEMBER
};

/** Opens the libraries in the given order and finds every function; can be called again, and then does nothing. Throws Failure. */
void open_libraries(const char* const* paths, size_t count);

/** Throws Failure if no library was opened. */
const Api& api();

}  // namespace rewardlab
