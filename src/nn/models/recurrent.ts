// Recurrent networks over the chunks of an ECG: embedded chunks, bidirectional layers, the mean over time, and a linear layer
// (Nonaka and Seita 2026, related code). LSTM: Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000.
// GRU: Cho et al. 2014 (arXiv 1406.1078), equations 5-8, with the reset gate after the product, as in PyTorch. Weights have
// the layout of ONNX, with both directions in one tensor (forward, then backward), so an exported file contains them
// unchanged.
// Not included: peepholes, projections, dropout between layers. The defaults are in the middle of the published ranges
// (1-4 layers, 16-256 units): 2 layers, and 64 units, the middle of the powers of two.

import { fixed, type Graph, type Value } from '../../graph/graph.js';
import { gruInference, gruTraining } from '../../graph/ops/gru.js';
import { lstmInference, lstmTraining } from '../../graph/ops/lstm.js';
import type { RecurrentWeights } from '../../graph/ops/recurrence.js';
import { reduceMean } from '../../graph/ops/reduce-mean.js';
import { reshape } from '../../graph/ops/reshape.js';
import { transpose } from '../../graph/ops/transpose.js';
import { chunkParameters, embedChunks } from '../chunks.js';
import { uniformFanIn } from '../init.js';
import { linear } from '../layers.js';
import type { Net } from '../net.js';
import { architecture, type HyperParameters, type ValuesOf } from './architecture.js';

const recurrentParameters = {
  ...chunkParameters,
  layers: { kind: 'whole', low: 1, high: 4, default: 2, about: 'stacked recurrent layers' },
  units: { kind: 'whole', low: 16, high: 256, default: 64, about: 'units per layer and direction' },
  bidirectional: {
    kind: 'choice',
    of: [true, false],
    default: true,
    about: 'whether each layer also reads the record backwards',
  },
} as const satisfies HyperParameters;

type RecurrentValues = ValuesOf<typeof recurrentParameters> & { readonly backboneOut: number };

/** A recurrent network of LSTM layers. */
export const lstm = architecture({
  name: 'lstm',
  title: 'LSTM',
  paper: 'Hochreiter and Schmidhuber 1997, Neural Computation 9(8)',
  minLengthSamples: 1,
  hyperParameters: recurrentParameters,
  backbone: (net, ecg, values) =>
    recurrent(net, ecg, values, 4, net.mode === 'training' ? lstmTraining : lstmInference),
});

/** A recurrent network of GRU layers. */
export const gru = architecture({
  name: 'gru',
  title: 'GRU',
  paper: 'Cho et al. 2014, arXiv 1406.1078',
  minLengthSamples: 1,
  hyperParameters: recurrentParameters,
  backbone: (net, ecg, values) =>
    recurrent(net, ecg, values, 3, net.mode === 'training' ? gruTraining : gruInference),
});

/** Maps ecg [B, leads, L] to [B, backboneOut]. `layer` maps x [T, B, C] to [T, D, B, H] and has `gates` gates. */
function recurrent(
  net: Net,
  ecg: Value,
  { layers, units, bidirectional, chunkSamples, width, backboneOut }: RecurrentValues,
  gates: number,
  layer: (graph: Graph, x: Value, weights: RecurrentWeights) => Value,
): Value {
  const { graph } = net;
  const directions = bidirectional ? 2 : 1;
  const batch = ecg.shape[0]!;
  const initial = uniformFanIn(units);
  let x = transpose(graph, embedChunks(net, ecg, { chunkSamples, width }), [1, 0, 2]);
  for (let at = 0; at < layers; at++) {
    const inputs = fixed(x.shape[2]);
    const states = layer(graph, x, {
      inputWeight: net.weight(`layer${at}.inputWeight`, [directions, gates * units, inputs], initial),
      recurrentWeight: net.weight(`layer${at}.recurrentWeight`, [directions, gates * units, units], initial),
      bias: net.weight(`layer${at}.bias`, [directions, 2 * gates * units], initial),
    });
    const side = transpose(graph, states, [0, 2, 1, 3]);
    x = reshape(graph, side, [x.shape[0]!, batch, directions * units]);
  }
  return linear(net, 'backbone.linear', reduceMean(graph, x, [0]), backboneOut);
}
