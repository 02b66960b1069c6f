// The prior of TimeVQVAE: two bidirectional transformers that predict the codes of masked tokens (Lee, Malacarne and Aune
// 2023, section 3.3; MaskGIT, Chang et al. 2022, arXiv 2202.04200). A label token comes first in each. The prior of the high
// band also sees all codes of the low band: each is repeated for the two high tokens of its time, mixed by two convolutions
// of 7 taps and concatenated with the high tokens. Positions are learned: in the same number of steps, sinusoids reached a
// loss that was 0.2 to 0.25 higher on the language of test/generators/prior-objective.test.ts.
// Shapes: B batch, n low tokens, 2 n high tokens, K codes. A token is a code below K, or K where it is masked.

import { fixed, type Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { concat } from '../../graph/ops/concat.js';
import { gatherRows } from '../../graph/ops/gather-rows.js';
import { gelu } from '../../graph/ops/gelu.js';
import { gemm } from '../../graph/ops/gemm.js';
import { reshape } from '../../graph/ops/reshape.js';
import { slice } from '../../graph/ops/slice.js';
import { flip } from '../../graph/ops/transpose.js';
import { convolution } from '../denoisers/parts.js';
import { normal } from '../init.js';
import { layerNorm, linear } from '../layers.js';
import { encoderLayer } from '../models/transformer.js';
import type { Net } from '../net.js';
import type { TimeVqvaeValues } from './time-vqvae.js';

/** What the prior of the low band takes. */
export interface LowPriorInput {
  /** [B, n], int64: codes of the low band; K where masked. */
  readonly low: Value;
  /** [B, labels + 1]: 1 for the label of a record. The last column is the null label: the label is not given. */
  readonly label: Value;
}

/** What the prior of the high band takes. */
export interface HighPriorInput extends LowPriorInput {
  /** [B, 2 n], int64: codes of the high band; K where masked. The low tokens are not masked. */
  readonly high: Value;
}

/** Returns the logits of the low tokens, [B, n, K]. */
export function lowPrior(net: Net, { low, label }: LowPriorInput, values: TimeVqvaeValues): Value {
  const { lowWidth: width, lowDepth: depth } = values;
  const tokens = embedTokens(net, 'low.prior', low, values.codes + 1, width);
  return predict(net, 'low.prior', tokens, label, { ...values, width, depth });
}

/** Returns the logits of the high tokens, [B, 2 n, K]. */
export function highPrior(net: Net, input: HighPriorInput, values: TimeVqvaeValues): Value {
  const { graph } = net;
  const { highWidth: width, highDepth: depth, codes } = values;
  const own = embedTokens(net, 'high.prior', input.high, codes + 1, width);
  const low = embedTokens(net, 'high.prior.low', input.low, codes, width);
  const [batch, tokens] = [low.shape[0]!, fixed(low.shape[1])];
  const twice = reshape(graph, concat(graph, [low, low], 2), [batch, 2 * tokens, width]);
  const mix = (at: number, x: Value) =>
    convolution(net, `high.prior.low.conv${at}`, x, { filters: width, taps: 7, padding: 3 });
  const mixed = flip(graph, mix(1, gelu(graph, mix(0, flip(graph, twice)))));
  const joined = linear(net, 'high.prior.join', concat(graph, [own, mixed], 2), width);
  return predict(net, 'high.prior', joined, input.label, { ...values, width, depth });
}

interface PredictorOptions extends TimeVqvaeValues {
  readonly width: number;
  readonly depth: number;
}

/** Applies a transformer to tokens [B, T, width] after a label token. Returns the logits [B, T, K]. */
function predict(net: Net, name: string, tokens: Value, label: Value, options: PredictorOptions): Value {
  const { graph } = net;
  const { width, depth, heads, expansion, codes } = options;
  const count = fixed(tokens.shape[1]);
  const table = net.weight(`${name}.label.weight`, [fixed(label.shape[1]), width], normal(1));
  const first = reshape(graph, gemm(graph, label, table), [label.shape[0]!, 1, width]);
  const positions = net.weight(`${name}.position.weight`, [1, count + 1, width], normal(1));
  let x = add(graph, concat(graph, [first, tokens], 1), positions);
  for (let at = 0; at < depth; at++) {
    x = encoderLayer(net, `${name}.layer${at}`, x, { heads, feedForward: expansion * width, norm: 'pre' });
  }
  const answers = layerNorm(net, `${name}.norm`, slice(graph, x, 1, 1, 1 + count));
  return linear(net, `${name}.output`, answers, codes);
}

/** Maps codes [B, T] below `count` to [B, T, width]. */
function embedTokens(net: Net, name: string, codes: Value, count: number, width: number): Value {
  const table = net.weight(`${name}.embedding.weight`, [count, width], normal(1));
  return gatherRows(net.graph, table, codes);
}
