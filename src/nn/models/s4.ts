// S4 in its diagonal form S4D: Gu, Gupta, Goel and Re 2022 (arXiv 2206.11893), after S4, Gu, Goel and Re 2022
// (arXiv 2111.00396). Each channel is a linear state space x' = A x + B u, y = Re(C x) + D u with N complex states, in
// discrete time by zero-order hold. With diagonal A, its kernel K[l] = 2 Re(sum over n of C_n Bbar_n Abar_n^l) is a sum of
// decaying cosines and sines of weights: a real tensor that is computed once and stored in the exported file. The NPLR form
// of S4 needs a DFT of a generating function for its kernel and does not give better results (S4D, section 5).
// Initial values: S4D-Lin (section 4.3), A_n = -1/2 + i pi n, B = 1; step sizes log-uniform in 0.001-0.1 (S4, appendix D).
// Block: K * u + D u, GELU, gated linear unit, residual connection, layer normalisation.
// Not included: separate learning rates of A and the step size, dropout between blocks, a trained B (it only scales C).

import { fixed, type Graph, type Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { cos } from '../../graph/ops/cos.js';
import { div } from '../../graph/ops/div.js';
import { exp } from '../../graph/ops/exp.js';
import { gelu } from '../../graph/ops/gelu.js';
import { matmul } from '../../graph/ops/matmul.js';
import { mul } from '../../graph/ops/mul.js';
import { neg } from '../../graph/ops/neg.js';
import { reshape } from '../../graph/ops/reshape.js';
import { sigmoid } from '../../graph/ops/sigmoid.js';
import { sin } from '../../graph/ops/sin.js';
import { slice } from '../../graph/ops/slice.js';
import { sub } from '../../graph/ops/sub.js';
import { chunkParameters, embedChunks } from '../chunks.js';
import { filled, normal, uniform } from '../init.js';
import { layerNorm, linear } from '../layers.js';
import { longConv, meanOverSteps } from '../long-conv.js';
import type { Net } from '../net.js';
import { architecture } from './architecture.js';

/** S4 in its diagonal form, reading in both directions. */
export const s4 = architecture({
  name: 's4',
  title: 'S4D, bidirectional',
  paper: 'Gu et al. 2022, arXiv 2206.11893 (S4: arXiv 2111.00396)',
  minLengthSamples: 1,
  hyperParameters: {
    ...chunkParameters,
    depth: { kind: 'whole', low: 3, high: 6, default: 4, about: 'blocks' },
    stateSize: { kind: 'choice', of: [16, 32, 64], default: 64, about: 'states per channel (N)' },
  },
  backbone: (net, ecg, { chunkSamples, width, depth, stateSize, backboneOut }) => {
    let x = embedChunks(net, ecg, { chunkSamples, width });
    for (let index = 0; index < depth; index++) x = s4Block(net, `block${index}`, x, stateSize);
    return linear(net, 'backbone.linear', meanOverSteps(net.graph, x), backboneOut);
  },
});

/** Applies one block, [B, T, C] -> [B, T, C]. */
function s4Block(net: Net, name: string, x: Value, stateSize: number): Value {
  const { graph } = net;
  const [steps, channels] = [fixed(x.shape[1]), fixed(x.shape[2])];
  const space = stateSpace(net, name, channels, stateSize);
  const [forward, backward] = stateSpaceKernels(graph, space, steps);
  const skip = mul(graph, x, net.weight(`${name}.D`, [channels], normal(1)));
  const y = gelu(graph, add(graph, longConv(graph, x, forward, backward), skip));
  const gate = sigmoid(graph, linear(net, `${name}.gate`, y, channels));
  const mixed = mul(graph, linear(net, `${name}.mix`, y, channels), gate);
  return layerNorm(net, `${name}.norm`, add(graph, x, mixed));
}

/** The M = N / 2 pairs of conjugate states, one state each: A = -exp(logDecay) + i frequency. C has two directions. */
export interface StateSpace {
  /** [C, 1] */
  readonly logStep: Value;
  /** [C, M] */
  readonly logDecay: Value;
  /** [C, M], in radians per unit of time */
  readonly frequency: Value;
  /** [C, 2, M], forwards and backwards */
  readonly real: Value;
  /** [C, 2, M] */
  readonly imaginary: Value;
}

function stateSpace(net: Net, name: string, channels: number, stateSize: number): StateSpace {
  const pairs = stateSize / 2;
  const linearly = (_seed: unknown, _name: string, size: number) =>
    Float32Array.from({ length: size }, (_, at) => Math.PI * (at % pairs));
  return {
    logStep: net.weight(`${name}.logStep`, [channels, 1], uniform(Math.log(0.001), Math.log(0.1))),
    logDecay: net.weight(`${name}.logDecay`, [channels, pairs], filled(Math.log(0.5))),
    frequency: net.weight(`${name}.frequency`, [channels, pairs], linearly),
    real: net.weight(`${name}.C.real`, [channels, 2, pairs], normal(Math.SQRT1_2)),
    imaginary: net.weight(`${name}.C.imaginary`, [channels, 2, pairs], normal(Math.SQRT1_2)),
  };
}

/** Returns the first `steps` values of the forward and the backward kernel, [C, T] each. */
export function stateSpaceKernels(graph: Graph, space: StateSpace, steps: number): [Value, Value] {
  const { frequency, real, imaginary } = space;
  const [channels, pairs] = frequency.shape.map(fixed) as [number, number];
  const step = exp(graph, space.logStep);
  const decay = exp(graph, space.logDecay);
  const [damping, angle] = [mul(graph, decay, step), mul(graph, frequency, step)];
  // Abar = e^(A step); Bbar = (Abar - 1) / A, computed with the conjugate of A = -decay + i frequency in the numerator.
  const shrink = exp(graph, neg(graph, damping));
  const p = sub(graph, mul(graph, shrink, cos(graph, angle)), graph.constant(1));
  const q = mul(graph, shrink, sin(graph, angle));
  const size = add(graph, mul(graph, decay, decay), mul(graph, frequency, frequency));
  const overSize = (value: Value) =>
    reshape(graph, mul(graph, graph.constant(2), div(graph, value, size)), [channels, 1, pairs]);
  const bReal = overSize(sub(graph, mul(graph, q, frequency), mul(graph, p, decay)));
  const bImaginary = overSize(neg(graph, add(graph, mul(graph, q, decay), mul(graph, p, frequency))));
  // 2 C Bbar, and Abar^l = e^(-damping l) (cos(angle l) + i sin(angle l)).
  const cosines = sub(graph, mul(graph, real, bReal), mul(graph, imaginary, bImaginary));
  const sines = add(graph, mul(graph, real, bImaginary), mul(graph, imaginary, bReal));
  const lag = graph.constant(Array.from({ length: steps }, (_, at) => at));
  const byLag = (value: Value) => mul(graph, reshape(graph, value, [channels, pairs, 1]), lag);
  const [envelope, phase] = [exp(graph, neg(graph, byLag(damping))), byLag(angle)];
  const kernels = sub(
    graph,
    matmul(graph, cosines, mul(graph, envelope, cos(graph, phase))),
    matmul(graph, sines, mul(graph, envelope, sin(graph, phase))),
  );
  const direction = (at: number) => reshape(graph, slice(graph, kernels, 1, at, at + 1), [channels, steps]);
  return [direction(0), direction(1)];
}
