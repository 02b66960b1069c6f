// Summarises an architecture: parameters, multiply-adds, layers and hyper-parameters. The numbers come from the inference
// graph, which is not run.

import { type GraphContent, sizeOf } from '../graph/graph.js';
import { multiplyAdds } from '../graph/multiply-adds.js';
import type { Architecture, ArchOptions, HyperParameter } from './models/architecture.js';
import { type NetworkShape, outlineNetwork } from './models/index.js';
import type { Slot } from './net.js';

/** A layer: all tensors whose names are equal up to the last dot. */
export interface LayerSummary {
  /** Common part of the names. */
  readonly name: string;
  /** Name, shape and kind of each tensor. */
  readonly tensors: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly kind: 'weight' | 'statistic';
  }[];
  /** Number of trained weights, without running statistics. */
  readonly parameters: number;
}

/** An architecture in numbers. */
export interface ArchSummary {
  /** Name for `resolveArch`, for example resnet18. */
  readonly name: string;
  /** Name of the architecture as reports write it, for example in the heading of a table. */
  readonly title: string;
  /** Authors, year and number of the paper. */
  readonly paper: string;
  /** Length of the shortest input in samples. */
  readonly minLengthSamples: number;
  /** Number of leads of the summarised network. */
  readonly leads: number;
  /** Length of its input in samples. */
  readonly lengthSamples: number;
  /** Number of trained weights. */
  readonly parameters: number;
  /** Multiply-adds of one record in inference, in convolutions, matrix products and recurrent layers. */
  readonly multiplyAdds: number;
  /** Layers in the order in which a record passes them. */
  readonly layers: readonly LayerSummary[];
  /** Hyper-parameters with their names, allowed values and defaults, including `backboneOut`. */
  readonly hyperParameters: readonly (HyperParameter & { readonly name: string })[];
}

/**
 * Counts the parameters, multiply-adds and layers of a network.
 *
 * @param arch - The architecture, from `resolveArch`.
 * @param options - Hyper-parameters; default values for the others.
 * @param shape - Leads, length in samples and outputs; default one lead, 1000 samples and a binary output.
 * @example
 * ```js
 * import { resolveArch, summarizeArch } from 'pqrst/train';
 * const { parameters, multiplyAdds } = summarizeArch(resolveArch('resnet18'), {}, { lengthSamples: 2500 });
 * console.log(parameters, multiplyAdds);
 * ```
 * @throws PqrstError ERR_OPTION: when a hyper-parameter is unknown or has a wrong type.
 * @throws PqrstError ERR_RANGE: when a hyper-parameter is out of range or the input is too short.
 */
export function summarize(
  arch: Architecture,
  options: ArchOptions = {},
  shape: NetworkShape = {},
): ArchSummary {
  const { name, title, paper, minLengthSamples } = arch;
  const { leads = 1, lengthSamples = 1000 } = shape;
  const { graph, slots } = outlineNetwork(arch, options, shape);
  const layers = new Map<string, Slot[]>();
  for (const slot of slots) {
    const layer = slot.name.replace(/\.[^.]*$/, '');
    layers.set(layer, [...(layers.get(layer) ?? []), slot]);
  }
  return {
    name,
    title,
    paper,
    minLengthSamples,
    leads,
    lengthSamples,
    parameters: parametersOf(slots),
    multiplyAdds: multiplyAdds(onlyAfter('ecg', graph)),
    layers: [...layers].map(([layer, tensors]) => ({
      name: layer,
      tensors: tensors.map(({ name, shape, kind }) => ({ name, shape, kind })),
      parameters: parametersOf(tensors),
    })),
    hyperParameters: Object.entries(arch.hyperParameters).map(([name, parameter]) => ({
      name,
      ...parameter,
    })),
  };
}

function parametersOf(slots: readonly Slot[]): number {
  return slots.filter(({ kind }) => kind === 'weight').reduce((count, { shape }) => count + sizeOf(shape), 0);
}

/** Keeps the nodes that depend on an input, because nodes that depend only on weights do not run for each record. */
function onlyAfter(input: string, graph: GraphContent): GraphContent {
  const reached = new Set([input]);
  const nodes = graph.nodes.filter(({ inputs, outputs }) => {
    const isReached = inputs.some(({ name }) => reached.has(name));
    if (isReached) for (const { name } of outputs) reached.add(name);
    return isReached;
  });
  const { name, inputs, outputs, initializers } = graph;
  return { name, inputs, outputs, initializers, nodes };
}
