// What the attention models share around their attention, over sequences [B, T, F]: positions, the feed-forward net,
// and what of the sequence becomes the record's feature. Hyper-parameters beside what reads them.

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
    about: "the record's feature: a learned sum over the steps, their mean, or the class token's place",
  },
  positions: {
    kind: 'choice',
    of: ['sinusoidal', 'none'],
    default: 'sinusoidal',
    about: 'what tells a chunk its place; none: the record is a bag of chunks',
  },
} as const satisfies HyperParameters;

/** Adds the sinusoidal positions of Vaswani et al. 2017, section 3.5, to x [B, T, F]; `none` leaves it. */
export function addPositions(net: Net, x: Value, positions: 'sinusoidal' | 'none'): Value {
  if (positions === 'none') return x;
  const [steps, width] = x.shape.slice(1).map(fixed) as [number, number];
  return add(net.graph, x, net.graph.constant(sinusoids(steps, width), [steps, width]));
}

/** [steps, width]: sin(step / 10000^(i / width)) in the even columns i, the cosine of the same in column i + 1. */
function sinusoids(steps: number, width: number): number[] {
  return Array.from({ length: steps * width }, (_, at) => {
    const [step, column] = [Math.floor(at / width), at % width];
    const angle = step / 10000 ** ((column - (column % 2)) / width);
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
}

/** Linear -> GELU -> linear, step by step: x [..., F] -> [..., F] by way of `hidden` features. */
export function feedForward(net: Net, name: string, x: Value, hidden: number): Value {
  const inner = gelu(net.graph, linear(net, `${name}.linear1`, x, hidden));
  return linear(net, `${name}.linear2`, inner, fixed(x.shape.at(-1)));
}

/**
 * [B, T, F] -> [B, F]. fc: the T steps weighted by one learned weight each, plus a bias; mean: over all steps, the
 * class token's included; last: what stands in the class token's place, the first (the related code's word).
 */
export function selectFeature(net: Net, x: Value, feature: 'fc' | 'mean' | 'last'): Value {
  const { graph } = net;
  const [batch, , width] = x.shape;
  if (feature === 'last') return reshape(graph, slice(graph, x, 1, 0, 1), [batch!, width!]);
  if (feature === 'mean') return meanOverSteps(graph, x);
  const byFeature = transpose(graph, x, [0, 2, 1]);
  return reshape(graph, linear(net, 'backbone.steps', byFeature, 1), [batch!, width!]);
}
