// All operators of the interpreter, by their ONNX names.

import type { Operators } from './call.js';
import { convolutionOperators } from './convolution.js';
import { elementwiseOperators } from './elementwise.js';
import { normalisationOperators } from './normalisation.js';
import { productOperators } from './product.js';
import { recurrentOperators } from './recurrent.js';
import { shapeOperators } from './shape.js';

/** All operators that a program can contain. */
export const operators: Operators = {
  ...elementwiseOperators,
  ...shapeOperators,
  ...productOperators,
  ...convolutionOperators,
  ...normalisationOperators,
  ...recurrentOperators,
};
