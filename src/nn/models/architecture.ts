// What an architecture is: a name, its hyper-parameters as data (so that they can be checked, printed and searched),
// and how it turns an ECG into features. The head and the outputs are the same for all (head.ts).

import { z } from 'zod';
import { parseOptions } from '../../base/options.js';
import type { Value } from '../../graph/graph.js';
import type { Net } from '../net.js';

/** A whole number of a range. */
export interface WholeParameter {
  readonly kind: 'whole';
  readonly low: number;
  readonly high: number;
  readonly default: number;
  readonly about: string;
}

/** A number of a range, both ends included. */
export interface NumberParameter {
  readonly kind: 'number';
  readonly low: number;
  readonly high: number;
  readonly default: number;
  readonly about: string;
}

/** One of a few values. */
export interface ChoiceParameter<V extends number | string | boolean = number | string | boolean> {
  readonly kind: 'choice';
  readonly of: readonly V[];
  readonly default: V;
  readonly about: string;
}

export type HyperParameter = WholeParameter | NumberParameter | ChoiceParameter;
export type HyperParameters = Readonly<Record<string, HyperParameter>>;

/** The values that the hyper-parameters `H` take. */
export type ValuesOf<H extends HyperParameters> = {
  readonly [Name in keyof H]: H[Name] extends ChoiceParameter ? H[Name]['of'][number] : number;
};

/** Given values by name; what is left out takes its default. */
export type ArchOptions = Readonly<Record<string, unknown>>;

export interface ArchitectureSpec<H extends HyperParameters> {
  readonly name: string;
  readonly title: string;
  /** Authors, year, number of the paper. */
  readonly paper: string;
  /** Shortest input in samples. */
  readonly minLengthSamples: number;
  readonly hyperParameters: H;
  /** ecg [B, leads, L] -> features [B, backboneOut]; B is free in inference. */
  backbone(net: Net, ecg: Value, values: ValuesOf<H & typeof sharedParameters>): Value;
}

export interface Architecture {
  readonly name: string;
  readonly title: string;
  readonly paper: string;
  readonly minLengthSamples: number;
  /** The architecture's own and `backboneOut`. */
  readonly hyperParameters: HyperParameters;
  /** All values, defaults filled in; ERR_OPTION or ERR_RANGE in a sentence. */
  parse(options: ArchOptions): Readonly<Record<string, number | string | boolean>>;
  /**
   * Adds the backbone to `net`: ecg [B, leads, L] to features [B, backboneOut]. Errors as `parse`.
   * @internal
   */
  backbone(net: Net, ecg: Value, options: ArchOptions): Value;
}

/** What every architecture has (Nonaka and Seita 2026, related code: 16-1024). */
const sharedParameters = {
  backboneOut: {
    kind: 'whole',
    low: 16,
    high: 1024,
    default: 64,
    about: 'features that the backbone hands to the head',
  },
} as const satisfies HyperParameters;

/** Adds the shared hyper-parameters and the checks. */
export function architecture<const H extends HyperParameters>(spec: ArchitectureSpec<H>): Architecture {
  const hyperParameters: HyperParameters = { ...spec.hyperParameters, ...sharedParameters };
  const schema = z.strictObject(
    Object.fromEntries(
      Object.entries(hyperParameters).map(([name, parameter]) => [name, schemaOf(parameter)]),
    ),
  );
  const parse = (options: ArchOptions) =>
    parseOptions(schema, options, spec.name) as ReturnType<Architecture['parse']>;
  const { name, title, paper, minLengthSamples } = spec;
  return {
    name,
    title,
    paper,
    minLengthSamples,
    hyperParameters,
    parse,
    backbone: (net, ecg, options) =>
      spec.backbone(net, ecg, parse(options) as ValuesOf<H & typeof sharedParameters>),
  };
}

function schemaOf(parameter: HyperParameter): z.ZodType {
  if (parameter.kind === 'choice') {
    return z.literal([...parameter.of], `one of ${parameter.of.join(', ')}`).default(parameter.default);
  }
  const { kind, low, high } = parameter;
  const what = `a ${kind === 'whole' ? 'whole ' : ''}number in ${low}-${high}`;
  const number = kind === 'whole' ? z.int(what) : z.number(what);
  return number.min(low, what).max(high, what).default(parameter.default);
}
