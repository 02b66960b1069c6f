// Parts that the attention models share, over sequences [B, T, F]: positions, the feed-forward net, the feature of the
// whole record, and their hyper-parameters.

import { fixed, type Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { gelu } from '../graph/ops/gelu.js';
import { reshape } from '../graph/ops/reshape.js';
import { slice } from '../graph/ops/slice.js';
import { transpose } from '../graph/ops/transpose.js';
import { linear } from './layers.js';
import { meanOverSteps } from './long-conv.js';
import type { HyperParameters } from './models/architecture.js';
import type { Net } from './net.js';

/** Hyper-parameters of every attention model. */
export const sequenceParameters = {
  feature: {
    kind: 'choice',
    of: ['fc', 'mean', 'last'],
    default: 'last',
    about: 'feature of the record: a learned sum over the steps (fc), their mean, or the class token (last)',
  },
  positions: {
    kind: 'choice',
    of: ['sinusoidal', 'none'],
    default: 'sinusoidal',
    about: 'how the network knows the order of the chunks; none: it does not know the order',
  },
} as const satisfies HyperParameters;

/** Adds the sinusoidal positions of Vaswani et al. 2017, section 3.5, to x [B, T, F]; `none` adds nothing. */
export function addPositions(net: Net, x: Value, positions: 'sinusoidal' | 'none'): Value {
  if (positions === 'none') return x;
  const [steps, width] = x.shape.slice(1).map(fixed) as [number, number];
  return add(net.graph, x, net.graph.constant(sinusoids(steps, width), [steps, width]));
}

/** Returns [steps, width]: sin(step / 10000^(i / width)) in each even column i, the cosine of the same in column i + 1. */
function sinusoids(steps: number, width: number): number[] {
  return Array.from({ length: steps * width }, (_, at) => {
    const [step, column] = [Math.floor(at / width), at % width];
    const angle = step / 10000 ** ((column - (column % 2)) / width);
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
}

/** Applies linear, GELU, linear to each step of x [..., F], with `hidden` features in between. */
export function feedForward(net: Net, name: string, x: Value, hidden: number): Value {
  const inner = gelu(net.graph, linear(net, `${name}.linear1`, x, hidden));
  return linear(net, `${name}.linear2`, inner, fixed(x.shape.at(-1)));
}

/**
 * Reduces [B, T, F] to the feature [B, F] of the record. fc: a sum of the T steps with one learned weight each, plus a
 * bias. mean: the mean of all steps, including the class token. last: the class token, which is the first step (the name
 * is that of the related code).
 */
export function selectFeature(net: Net, x: Value, feature: 'fc' | 'mean' | 'last'): Value {
  const { graph } = net;
  const [batch, , width] = x.shape;
  if (feature === 'last') return reshape(graph, slice(graph, x, 1, 0, 1), [batch!, width!]);
  if (feature === 'mean') return meanOverSteps(graph, x);
  const byFeature = transpose(graph, x, [0, 2, 1]);
  return reshape(graph, linear(net, 'backbone.steps', byFeature, 1), [batch!, width!]);
}
