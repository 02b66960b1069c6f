// Runs windows [N, C, L] through an open model file in the layout and the batch size of its input, and returns the raw values
// of its output.

import { PqrstError } from '../base/errors.js';
import { excerpt, plural } from '../base/text.js';
import type { Execution } from '../engine/engine.js';
import type { InputLayout } from './input-layout.js';

/** The two ends of a loaded model. */
export interface Ends {
  readonly layout: InputLayout;
  /** Names of both ports in the engine. */
  readonly inputName: string;
  readonly outputName: string;
  readonly source: string;
  /** Advice in case an output is NaN. */
  readonly remedy: string;
}

/** Runs all windows at once; if the file fixes N, runs N windows at a time and pads the last group with zeros. */
export async function runAll(
  execution: Execution,
  ends: Ends & { readonly width: number },
  signals: Float32Array,
): Promise<Float32Array> {
  const { layout, width, source } = ends;
  const { leads, lengthSamples, batch } = layout;
  const size = leads * lengthSamples;
  const count = signals.length / size;
  if (!Number.isInteger(count)) {
    const each = leads === 1 ? '' : `${leads} leads of `;
    throw new PqrstError(
      'ERR_RANGE',
      `${signals.length} samples are not a whole number of windows of ${each}${lengthSamples} samples; give complete windows`,
    );
  }
  const rows = batch ?? count;
  const outputs = new Float32Array(count * width);
  for (let start = 0; start < count; start += rows) {
    const part = signals.subarray(start * size, (start + rows) * size);
    const values = await runBatch(execution, ends, part, rows);
    if (values.length !== rows * width) {
      throw new PqrstError(
        'ERR_MODEL',
        `${source} answered ${values.length} values for ${plural(rows, 'window')}; expected ${width === 1 ? 'one' : width} per window`,
      );
    }
    outputs.set(values.subarray(0, (count - start) * width), start * width);
  }
  const wrong = outputs.findIndex(Number.isNaN);
  if (wrong >= 0) {
    const window = Math.floor(wrong / width);
    throw new PqrstError(
      'ERR_MODEL',
      `${source} answered NaN for window ${window + 1} of ${count}; ${ends.remedy}`,
    );
  }
  return outputs;
}

/** Runs `rows` windows, of which `signals` holds the first, and returns all values of the output. */
export async function runBatch(execution: Execution, ends: Ends, signals: Float32Array, rows: number) {
  const { layout, inputName, outputName, source } = ends;
  const { port, leads, lengthSamples, samplesFirst } = layout;
  const size = rows * leads * lengthSamples;
  const isInterleaved = samplesFirst && leads > 1;
  const data = signals.length === size && !isInterleaved ? signals : new Float32Array(size);
  if (isInterleaved) interleave(signals, data, layout);
  else if (data !== signals) data.set(signals);
  const inner = samplesFirst ? [lengthSamples, leads] : [leads, lengthSamples];
  const shape = port.shape.length === 3 ? [rows, ...inner] : [rows, lengthSamples];
  const results = await execution.run({ [inputName]: { data, shape } }).catch((cause: Error) => {
    throw runError(cause, shape, layout, source);
  });
  const values = results[outputName]?.data;
  if (values instanceof Float32Array) return values;
  throw new PqrstError('ERR_MODEL', `${source} gave no ${outputName}; export it again`);
}

/** Copies windows [C, L] to windows [L, C]. */
function interleave(
  signals: Float32Array,
  into: Float32Array,
  { leads, lengthSamples }: Pick<InputLayout, 'leads' | 'lengthSamples'>,
): void {
  const size = leads * lengthSamples;
  for (let start = 0; start < signals.length; start += size) {
    for (let lead = 0; lead < leads; lead++) {
      for (let at = 0; at < lengthSamples; at++) {
        into[start + at * leads + lead] = signals[start + lead * lengthSamples + at]!;
      }
    }
  }
}

/** Returns the error of a run. A model that leaves its dimensions open may still need certain numbers of leads or samples. */
function runError(cause: Error, shape: readonly number[], { port, leads }: InputLayout, source: string) {
  const windows = `windows [${shape.join(', ')}]`;
  const [, channels, groups] = /kernel channels: (\d+) group: (\d+)/.exec(cause.message) ?? [];
  const needed = Number(channels) * Number(groups);
  const dims = `[${port.shape.join(', ')}]`;
  const isFree = port.shape.slice(1).some((dim) => typeof dim === 'string');
  if (!isFree) {
    return new PqrstError('ERR_ENGINE', `${source} failed on ${windows}: ${excerpt(cause.message)}`, {
      cause,
    });
  }
  const advice =
    needed > 0 && needed !== leads
      ? `but its first convolution takes ${plural(needed, 'lead')}; name them with \`leads\`${needed === 12 ? ' (12 for the standard twelve)' : ''}`
      : `(${excerpt(cause.message)}); give its \`leads\`, \`fsHz\` and \`seconds\` as it was trained`;
  return new PqrstError(
    'ERR_MODEL',
    `${source} has the free input ${port.name} ${dims} and failed on ${windows}, ${plural(leads, 'lead')}, ${advice}`,
    { cause },
  );
}
