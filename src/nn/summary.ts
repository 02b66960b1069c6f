// An architecture in numbers: parameters, multiply-adds, layers, hyper-parameters. Read off the inference graph; nothing
// is run.

import { type GraphContent, sizeOf } from '../graph/graph.js';
import { multiplyAdds } from '../graph/multiply-adds.js';
import type { Architecture, ArchOptions, HyperParameter } from './models/architecture.js';
import { type NetworkShape, outlineNetwork } from './models/index.js';
import type { Slot } from './net.js';

/** The tensors of one name, up to its last dot. */
export interface LayerSummary {
  readonly name: string;
  readonly tensors: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly kind: 'weight' | 'statistic';
  }[];
  /** Trained weights; running statistics are none. */
  readonly parameters: number;
}

export interface ArchSummary {
  readonly name: string;
  readonly title: string;
  readonly paper: string;
  readonly minLengthSamples: number;
  readonly leads: number;
  readonly lengthSamples: number;
  readonly parameters: number;
  /** Of one record in inference: convolutions, matrix products, recurrent layers. Nothing that acts element by element. */
  readonly multiplyAdds: number;
  /** In the order in which a record passes them. */
  readonly layers: readonly LayerSummary[];
  readonly hyperParameters: readonly (HyperParameter & { readonly name: string })[];
}

/** Errors as `buildNetwork`. */
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

/** The nodes that depend on an input: what the weights alone decide is computed once, not for each record. */
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
