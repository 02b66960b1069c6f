// The interface of an architecture: its name, its hyper-parameters as data (which can be checked, printed and searched), and
// the function that maps an ECG to features. All architectures share the head and the outputs (head.ts).

import { z } from 'zod';
import { parseOptions } from '../../base/options.js';
import type { Value } from '../../graph/graph.js';
import type { Net } from '../net.js';

/** A hyper-parameter that is a whole number in a range, including both ends. */
export interface WholeParameter {
  /** Marks a hyper-parameter whose values are whole numbers from `low` to `high`. */
  readonly kind: 'whole';
  /** Smallest allowed value. */
  readonly low: number;
  /** Largest allowed value. */
  readonly high: number;
  /** Value that is used if the caller gives none, from `low` to `high`. */
  readonly default: number;
  /** Effect or meaning of the hyper-parameter, as text for the user. */
  readonly about: string;
}

/** A hyper-parameter that is a number in a range, including both ends. */
export interface NumberParameter {
  /** Marks a hyper-parameter whose values are real numbers from `low` to `high`. */
  readonly kind: 'number';
  /** Smallest allowed value. */
  readonly low: number;
  /** Largest allowed value. */
  readonly high: number;
  /** Value that is used if the caller gives none, from `low` to `high`. */
  readonly default: number;
  /** Effect or meaning of the hyper-parameter, as text for the user. */
  readonly about: string;
}

/** A hyper-parameter with a few allowed values. */
export interface ChoiceParameter<V extends number | string | boolean = number | string | boolean> {
  /** Marks a hyper-parameter whose values are listed in `of`. */
  readonly kind: 'choice';
  /** All allowed values: numbers, words or booleans. */
  readonly of: readonly V[];
  /** Value that is used if the caller gives none; one of `of`. */
  readonly default: V;
  /** Effect or meaning of the hyper-parameter, as text for the user. */
  readonly about: string;
}

/** A hyper-parameter with its allowed values, default and description. */
export type HyperParameter = WholeParameter | NumberParameter | ChoiceParameter;
/** Hyper-parameters by name. */
export type HyperParameters = Readonly<Record<string, HyperParameter>>;

/** The values of the hyper-parameters `H`. */
export type ValuesOf<H extends HyperParameters> = {
  readonly [Name in keyof H]: H[Name] extends ChoiceParameter ? H[Name]['of'][number] : number;
};

/** Values of hyper-parameters by name; missing ones have their default. */
export type ArchOptions = Readonly<Record<string, unknown>>;

/** The definition of an architecture. */
export interface ArchitectureSpec<H extends HyperParameters> {
  readonly name: string;
  readonly title: string;
  /** Authors, year and number of the paper. */
  readonly paper: string;
  /** Shortest input in samples. */
  readonly minLengthSamples: number;
  readonly hyperParameters: H;
  /** Maps ecg [B, leads, L] to features [B, backboneOut]; B is free in inference. */
  backbone(net: Net, ecg: Value, values: ValuesOf<H & typeof sharedParameters>): Value;
}

/** A network architecture. */
export interface Architecture {
  /** Name for `resolveArch`, for example resnet18. */
  readonly name: string;
  /** Title for reports. */
  readonly title: string;
  /** Authors, year and number of the paper. */
  readonly paper: string;
  /** Length of the shortest input in samples. */
  readonly minLengthSamples: number;
  /** Hyper-parameters of the architecture, and `backboneOut`, which all architectures have. */
  readonly hyperParameters: HyperParameters;
  /**
   * Checks hyper-parameters and fills in the defaults.
   *
   * @param options - Values by name of the hyper-parameter; names that are missing get their default.
   * @throws PqrstError ERR_OPTION, ERR_RANGE: when a hyper-parameter is unknown or its value is not allowed.
   */
  parse(options: ArchOptions): Readonly<Record<string, number | string | boolean>>;
  /**
   * Maps ecg [B, leads, L] to features [B, backboneOut].
   *
   * @throws PqrstError The errors of `parse`.
   * @internal
   */
  backbone(net: Net, ecg: Value, options: ArchOptions): Value;
}

/** Hyper-parameters of every architecture (Nonaka and Seita 2026, related code: 16-1024). */
const sharedParameters = {
  backboneOut: {
    kind: 'whole',
    low: 16,
    high: 1024,
    default: 64,
    about: 'features that the backbone passes to the head',
  },
} as const satisfies HyperParameters;

/** Makes an architecture from its definition: adds the shared hyper-parameters and the checks. */
export function architecture<const H extends HyperParameters>(spec: ArchitectureSpec<H>): Architecture {
  const hyperParameters: HyperParameters = { ...spec.hyperParameters, ...sharedParameters };
  const parse = parserOf(spec.name, hyperParameters);
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

/**
 * Returns a function that checks values of `hyperParameters` and adds the default of each missing one.
 *
 * @param name - Names the network in messages.
 */
export function parserOf<H extends HyperParameters>(
  name: string,
  hyperParameters: H,
): (options: ArchOptions) => ValuesOf<H> {
  const schema = z.strictObject(
    Object.fromEntries(
      Object.entries(hyperParameters).map(([parameter, spec]) => [parameter, schemaOf(spec)]),
    ),
  );
  return (options) => parseOptions(schema, options, name) as ValuesOf<H>;
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
