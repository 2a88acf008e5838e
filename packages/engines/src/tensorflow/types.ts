/** tfjs-node's own dtype numbers are TensorFlow's. */
export const TF = {
  TF_FLOAT: 1,
  TF_INT32: 3,
  TF_UINT8: 4,
  TF_STRING: 7,
  TF_COMPLEX64: 8,
  TF_INT64: 9,
  TF_BOOL: 10,
  TF_RESOURCE: 20,
  TF_ATTR_STRING: 0,
  TF_ATTR_INT: 1,
  TF_ATTR_FLOAT: 2,
  TF_ATTR_BOOL: 3,
  TF_ATTR_TYPE: 4,
  TF_ATTR_SHAPE: 5,
  TF_ATTR_RESOURCE: 9,
} as const;

/** TensorFlow's number of a tfjs dtype. */
export function typeNumber(dtype: string): number {
  const numbers: Record<string, number> = {
    float32: TF.TF_FLOAT,
    int32: TF.TF_INT32,
    bool: TF.TF_BOOL,
    complex64: TF.TF_COMPLEX64,
    string: TF.TF_STRING,
  };
  return numbers[dtype]!;
}
