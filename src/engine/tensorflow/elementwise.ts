// Element-wise operators, with NumPy's broadcasting.

import { type Call, type Operator, type Operators, spreadTo, still, type Tensor } from './call.js';

type Unary =
  | 'neg'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'softplus'
  | 'relu'
  | 'erf';
type Binary = 'add' | 'sub' | 'mul' | 'div' | 'pow';
type Comparison = 'greater' | 'greaterEqual' | 'less' | 'lessEqual' | 'equal';

const unary =
  (name: Unary): Operator =>
  (call) =>
    call.tf[name](call.tensor(0));

const binary =
  (name: Binary): Operator =>
  (call) =>
    call.tf[name](call.tensor(0), call.tensor(1));

const comparison =
  (name: Comparison): Operator =>
  (call) =>
    still(call.tf, (a, b) => call.tf[name](a!, b!), call.tensor(0), call.tensor(1));

/** The operators for element-wise computation. */
export const elementwiseOperators: Operators = {
  Add: binary('add'),
  Sub: binary('sub'),
  Mul: binary('mul'),
  Div: binary('div'),
  Pow: binary('pow'),
  Neg: unary('neg'),
  Exp: unary('exp'),
  Log: unary('log'),
  Sqrt: unary('sqrt'),
  Sin: unary('sin'),
  Cos: unary('cos'),
  Tanh: unary('tanh'),
  Sigmoid: unary('sigmoid'),
  Softplus: unary('softplus'),
  Relu: unary('relu'),
  Erf: unary('erf'),
  Greater: comparison('greater'),
  GreaterOrEqual: comparison('greaterEqual'),
  Less: comparison('less'),
  LessOrEqual: comparison('lessEqual'),
  Equal: comparison('equal'),
  Where: where,
  Identity: (call) => call.tf.clone(call.tensor(0)),
  Cast: cast,
};

function where(call: Call): Tensor {
  const { tf } = call;
  const [condition, a, b] = [call.tensor(0), call.tensor(1), call.tensor(2)];
  const shape = [a, b].reduce(
    (known, { shape }) => tf.backend_util.assertAndGetBroadcastShape(known, shape),
    condition.shape,
  );
  return tf.where(spreadTo(tf, condition, shape), spreadTo(tf, a, shape), spreadTo(tf, b, shape));
}

/** tfjs type of each onnx.TensorProto.DataType. 64-bit integers are stored in 32 bits. */
const castTypes: Readonly<Record<number, 'float32' | 'int32' | 'bool'>> = {
  1: 'float32',
  6: 'int32',
  7: 'int32',
  9: 'bool',
};

function cast(call: Call): Tensor {
  const to = call.whole('to', 1);
  return call.tf.cast(call.tensor(0), castTypes[to] ?? call.refuse(`to the type ${to}`));
}
