// Input of the sequence models: the ECG is cut into chunks, each of which is embedded linearly (Nonaka and Seita 2026,
// related code).

import { fixed, type Value } from '../graph/graph.js';
import { pad } from '../graph/ops/pad.js';
import { reshape } from '../graph/ops/reshape.js';
import { transpose } from '../graph/ops/transpose.js';
import { linear } from './layers.js';
import type { HyperParameters } from './models/architecture.js';
import type { Net } from './net.js';

/** Hyper-parameters of every sequence model. */
export const chunkParameters = {
  chunkSamples: {
    kind: 'choice',
    of: [50, 100, 250, 500],
    default: 50,
    about: 'samples per chunk; each chunk is one step of the sequence',
  },
  width: { kind: 'choice', of: [16, 32, 64, 128, 256], default: 64, about: 'features per embedded chunk' },
} as const satisfies HyperParameters;

/** States how to cut and embed an ECG. */
export interface ChunkOptions {
  readonly chunkSamples: number;
  readonly width: number;
  /** Whether to add a chunk of zeros in front, where the model collects features of the whole record; default false. */
  readonly classToken?: boolean;
}

/**
 * Embeds ecg [B, leads, L] as [B, T, width] with T = ceil(L / chunkSamples). A class token adds one step. The last chunk is
 * padded with zeros.
 */
export function embedChunks(net: Net, ecg: Value, options: ChunkOptions): Value {
  const { graph } = net;
  const { chunkSamples, width, classToken = false } = options;
  const [batch, leads, length] = [ecg.shape[0]!, fixed(ecg.shape[1]), fixed(ecg.shape[2])];
  const steps = Math.ceil(length / chunkSamples) + Number(classToken);
  const before = classToken ? chunkSamples : 0;
  const padded = pad(graph, ecg, 2, before, steps * chunkSamples - before - length);
  const byLead = reshape(graph, padded, [batch, leads, steps, chunkSamples]);
  const byStep = leads === 1 ? byLead : transpose(graph, byLead, [0, 2, 1, 3]);
  return linear(net, 'embedding', reshape(graph, byStep, [batch, steps, leads * chunkSamples]), width);
}
