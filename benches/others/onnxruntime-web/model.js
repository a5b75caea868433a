// An ONNX model of one node, in the bytes of its protobuf: numbers of fields are those of onnx.proto.

const FLOAT = 1;
const INT = 2;
const OPSET = 13;
const IR_VERSION = 7; // of opset 13

/** y = softmax(x) along an axis, in f32. */
export function softmaxModel(dims, axis) {
  const attribute = [...text(1, "axis"), ...number(3, axis), ...number(20, INT)];
  const node = [...text(1, "x"), ...text(2, "y"), ...text(4, "Softmax"), ...bytes(5, attribute)];
  const graph = [...bytes(1, node), ...text(2, "softmax"), ...bytes(11, value("x", dims)), ...bytes(12, value("y", dims))];
  return Uint8Array.from([...number(1, IR_VERSION), ...bytes(7, graph), ...bytes(8, number(2, OPSET))]);
}

/** ValueInfoProto: a tensor's name, type and shape. */
function value(name, dims) {
  const shape = dims.flatMap((dim) => bytes(1, number(1, dim)));
  const tensor = [...number(1, FLOAT), ...bytes(2, shape)];
  return [...text(1, name), ...bytes(2, bytes(1, tensor))];
}

function number(field, value) {
  return [...varint(field << 3), ...varint(value)];
}

function bytes(field, content) {
  return [...varint((field << 3) | 2), ...varint(content.length), ...content];
}

function text(field, content) {
  return bytes(field, new TextEncoder().encode(content));
}

/** Seven bits a byte, the lowest first. */
function varint(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
