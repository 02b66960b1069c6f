// `pqrst info --arch`: shows the sizes, options and layers of an architecture as text.

import type { HyperParameter } from '../nn/models/architecture.js';
import type { ArchSummary, LayerSummary } from '../nn/summary.js';

/** Returns the description of an architecture as text. */
export function archText(summary: ArchSummary): string {
  const { name, title, paper, minLengthSamples, leads, lengthSamples } = summary;
  return [
    table([
      ['architecture', `${name}: ${title}`],
      ['paper', paper],
      ['input', `[N, ${leads}, ${lengthSamples}], records of ${minLengthSamples} samples or more`],
      ['parameters', count(summary.parameters)],
      [
        'multiply-adds',
        `${count(summary.multiplyAdds)} per record in inference: convolutions, matrix products, recurrent layers; ` +
          'normalisations, activations and other operations on single elements are not counted',
      ],
    ]),
    table([
      ['hyper-parameter', 'values', 'default', 'about'],
      ...summary.hyperParameters.map((one) => [one.name, valuesOf(one), String(one.default), one.about]),
    ]),
    table([
      ['layer', 'parameters', 'tensors'],
      ...summary.layers.map((layer) => [layer.name, count(layer.parameters), tensorsOf(layer)]),
    ]),
  ].join('\n\n');
}

function valuesOf(parameter: HyperParameter): string {
  return parameter.kind === 'choice' ? parameter.of.join(', ') : `${parameter.low}-${parameter.high}`;
}

/** Returns `weight 64x1x7`; statistics are in brackets, because they are not parameters. */
function tensorsOf({ tensors }: LayerSummary): string {
  return tensors
    .map((tensor) => {
      const text = `${tensor.name.split('.').at(-1)} ${tensor.shape.join('x')}`;
      return tensor.kind === 'weight' ? text : `(${text})`;
    })
    .join(', ');
}

/** Returns rows with columns of equal width; the last column may have any width. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)) + 2);
  return rows
    .map((row) => row.map((cell, at) => (at < row.length - 1 ? cell.padEnd(widths[at]!) : cell)).join(''))
    .join('\n');
}

/** Returns 3876705 as 3,876,705. */
function count(value: number): string {
  return value.toLocaleString('en-US');
}
