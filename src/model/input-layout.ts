// Finds out how the input of an ONNX file of any program is laid out: the number of leads, the length, and which of both
// dimensions comes first. Shapes: N windows, C leads, L samples.

import { PqrstError } from '../base/errors.js';
import { plural } from '../base/text.js';
import { floatCodes } from '../graph/adapt-model.js';
import type { Dim } from '../graph/graph.js';
import type { ModelPort } from '../graph/header.js';

/** The layout of the input. */
export interface InputLayout {
  readonly port: ModelPort;
  readonly leads: number;
  readonly lengthSamples: number;
  /** True for [N, L, C]: the samples of all leads at one time are neighbours. */
  readonly samplesFirst: boolean;
  /** The number of windows per run, if the file fixes it. */
  readonly batch: number | undefined;
}

/** What is known about the windows besides the shape of the input. */
export interface WindowFacts {
  /** Names of the leads, from the caller or the file. */
  readonly leads: readonly string[] | undefined;
  /** Length that the file states. */
  readonly lengthSamples: number | undefined;
  /** Length that the caller requests, and its text: `10 s at 100 Hz`. */
  readonly asked: { readonly samples: number; readonly text: string } | undefined;
}

/** Returns a port as text: `x float32 [N, 1, 1000]`. */
export function portText({ name, dtype, shape }: ModelPort): string {
  return `${name} ${dtype} [${shape.join(', ')}]`;
}

/**
 * Returns the layout of the only input.
 *
 * @throws PqrstError ERR_MODEL: when the file takes other inputs, or another shape or type.
 * @throws PqrstError ERR_OPTION: when the leads or the length are unknown or contradict the shape.
 */
export function inputLayout(ports: readonly ModelPort[], facts: WindowFacts, source: string): InputLayout {
  const port = soleInput(ports, source);
  const [first] = port.shape;
  const batch = typeof first === 'number' ? first : undefined;
  const [a, b] = port.shape.slice(1);
  if (b === undefined) {
    if ((facts.leads?.length ?? 1) > 1) throw wrongLeads(port, 1, facts, source);
    return {
      ...{ port, batch, leads: 1, samplesFirst: false },
      lengthSamples: lengthOf(a!, port, facts, source),
    };
  }
  const samplesFirst = isSamplesFirst(a!, b, facts);
  const [lead, length] = samplesFirst ? [b, a!] : [a!, b];
  const leads = leadsOf(lead, length, port, facts, source);
  return { port, batch, leads, samplesFirst, lengthSamples: lengthOf(length, port, facts, source) };
}

function soleInput(ports: readonly ModelPort[], source: string): ModelPort {
  const [port] = ports;
  const found = `${source} takes ${ports.map(portText).join(' and ') || 'no input'}`;
  if (port === undefined || ports.length > 1) {
    throw new PqrstError(
      'ERR_MODEL',
      `${found}; expected one input, the window of an ECG: export a model of the window alone`,
    );
  }
  if (floatCodes[port.dtype] === undefined) {
    throw new PqrstError(
      'ERR_MODEL',
      `${found}; expected samples as ${Object.keys(floatCodes).join(', ')}: export a model that takes one of them`,
    );
  }
  if (port.shape.length !== 2 && port.shape.length !== 3) {
    throw new PqrstError(
      'ERR_MODEL',
      `${found}; expected [N, L], [N, C, L] or [N, L, C] for N windows of C leads of L samples: export it with one of ` +
        'these shapes',
    );
  }
  return port;
}

const leadNames = /lead|chan|^c$|feature/i;
const sampleNames = /samp|len|time|seq|step|^[lt]$/i;
/** A dimension of at most this many is taken for leads, if nothing else says what it is. */
const mostLeads = 32;

/** Decides the order of the two dimensions after N. */
function isSamplesFirst(a: Dim, b: Dim, { leads, asked, lengthSamples }: WindowFacts): boolean {
  const wanted = leads?.length ?? 1;
  if (a === wanted || b === wanted) return a !== wanted;
  const length = asked?.samples ?? lengthSamples;
  if (a === length || b === length) return b !== length;
  if (typeof a === 'string' && typeof b === 'string') {
    return leadNames.test(b) || (sampleNames.test(a) && !sampleNames.test(b));
  }
  if (typeof a === 'number') return typeof b === 'number' ? b < a : a > mostLeads;
  return typeof b === 'number' && b <= mostLeads;
}

function leadsOf(lead: Dim, length: Dim, port: ModelPort, facts: WindowFacts, source: string): number {
  const named = facts.leads?.length;
  if (typeof lead === 'string') return named ?? 1;
  if (lead === (named ?? 1)) return lead;
  if (named !== undefined) throw wrongLeads(port, lead, facts, source);
  const twelve = lead === 12 ? ' (12 for the standard twelve)' : '';
  throw new PqrstError(
    'ERR_OPTION',
    `${source} takes ${portText(port)}, windows of ${lead} leads of ${length} samples, and does not name the leads; ` +
      `name them in their order with \`leads\`${twelve}`,
  );
}

function wrongLeads(port: ModelPort, lead: number, { leads = [] }: WindowFacts, source: string): PqrstError {
  return new PqrstError(
    'ERR_OPTION',
    `${source} takes ${portText(port)}, ${plural(lead, 'lead')}, but ${leads.length} are named (${leads.join(', ')}); ` +
      `name ${lead === 1 ? 'one' : lead} with \`leads\``,
  );
}

function lengthOf(dim: Dim, port: ModelPort, facts: WindowFacts, source: string): number {
  const { asked, lengthSamples, leads } = facts;
  if (typeof dim === 'string') {
    const length = asked?.samples ?? lengthSamples;
    if (length !== undefined) return length;
    const free = port.shape.slice(1).filter((one) => typeof one === 'string');
    const andLeads = free.length > 1 && leads === undefined ? ', and `leads` if it takes several' : '';
    throw new PqrstError(
      'ERR_OPTION',
      `${source} takes windows of any length and does not state which length it was trained on; give \`fsHz\` and \`seconds\`${andLeads}`,
    );
  }
  if (lengthSamples !== undefined && lengthSamples !== dim) {
    throw new PqrstError(
      'ERR_MODEL',
      `${source} takes windows of ${dim} samples, but its metadata say ${lengthSamples}; correct them`,
    );
  }
  if (asked === undefined || asked.samples === dim) return dim;
  throw new PqrstError(
    'ERR_OPTION',
    `${source} takes ${portText(port)}, windows of ${dim} samples, not ${asked.samples} (${asked.text}); ` +
      'correct `fsHz` or `seconds`, or omit `seconds`',
  );
}
