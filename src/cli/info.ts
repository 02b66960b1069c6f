// `pqrst info`: shows the parts of this installation, the layers of an architecture, or the metadata of an ONNX file.

import { cpus } from 'node:os';
import { PqrstError } from '../base/errors.js';
import { fileLimits } from '../base/open-file.js';
import { packageVersion } from '../base/version.js';
import { classNames } from '../signal/class-table.js';
import { wholeNumber } from './options.js';
import type { Register, Result } from './task.js';

interface Options {
  model?: string;
  arch?: string;
  length?: number;
  leads?: number;
}

export const registerInfo: Register = (program, run) => {
  program
    .command('info')
    .summary('show this installation, an architecture or a model file')
    .description(
      'Shows versions, instruction sets, devices, presets and architectures of this installation; with --arch the ' +
        'parameters, multiply-adds, layers and options of an architecture; with --model the inputs, outputs and ' +
        'metadata of an ONNX file.',
    )
    .option('--model <file>', 'ONNX file to show')
    .option('--arch <name>', 'architecture to show')
    .option(
      '--length <samples>',
      'samples per record, for --arch (default: 1000)',
      wholeNumber('--length', 1, 1_000_000),
    )
    .option('--leads <n>', 'leads per record, for --arch (default: 1)', wholeNumber('--leads', 1, 256))
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst info
  $ pqrst info --arch mega --length 5000
  $ pqrst info --model run/model.onnx --json`,
    )
    .action(run<Options>(info));
};

function info({ model, arch, length, leads }: Options): Promise<Result> {
  if (model !== undefined && arch !== undefined) {
    throw new PqrstError(
      'ERR_OPTION',
      'info takes --model or --arch, not both; run the command once with each',
    );
  }
  if (arch !== undefined) return architecture(arch, length, leads);
  const given = length !== undefined ? '--length' : leads !== undefined ? '--leads' : undefined;
  if (given !== undefined) {
    throw new PqrstError('ERR_OPTION', `${given} belongs to an architecture; add --arch <name>`);
  }
  return model === undefined ? installation() : modelFile(model);
}

async function architecture(name: string, lengthSamples = 1000, leads = 1): Promise<Result> {
  const { resolveArch } = await import('../nn/models/index.js');
  const { summarize } = await import('../nn/summary.js');
  const { archText } = await import('./info-arch.js');
  const summary = summarize(resolveArch(name), {}, { lengthSamples, leads });
  return { json: summary, text: archText(summary) };
}

/** Returns versions, platform and processor of this process, for `info` and for the results of `bench`. */
export function machine() {
  return {
    version: packageVersion(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cpu: `${cpus()[0]?.model ?? 'unknown'} (${cpus().length} threads)`,
  };
}

async function installation(): Promise<Result> {
  const { createRequire } = await import('node:module');
  const { loadKernel } = await import('../kernel/node.js');
  const { architectures } = await import('../nn/models/index.js');
  const { presetNames } = await import('../synth/presets.js');
  const onnxruntime = createRequire(import.meta.url)('onnxruntime-node') as typeof import('onnxruntime-node');
  const { listDevices } = await import('../engine/devices.js');
  const native = loadKernel();
  const devices = await listDevices();
  const facts = {
    ...machine(),
    target: native.target(),
    targets: native.targets(),
    onnxruntime: onnxruntime.env.versions.node ?? onnxruntime.env.versions.common,
    // Only the bundled backends: the package also lists CUDA and TensorRT if their libraries are missing.
    backends: onnxruntime
      .listSupportedBackends()
      .filter(({ bundled }) => bundled)
      .map(({ name }) => name),
    devices,
    presets: presetNames,
    classes: classNames,
    architectures: Object.values(architectures).map(({ name }) => name),
  };
  return {
    json: facts,
    text: lines([
      ['pqrst', facts.version],
      ['Node', `${facts.node}, ${facts.platform}`],
      ['CPU', facts.cpu],
      ['kernel', `${facts.target} (of ${facts.targets.join(', ')})`],
      ['onnxruntime', `${facts.onnxruntime}: ${facts.backends.join(', ')}`],
      ...devices.map(({ device, missing }): [string, string] => [
        `device ${device}`,
        missing === undefined ? 'available' : `not available: ${missing}`,
      ]),
      ['presets', facts.presets.join(', ')],
      ['classes', facts.classes.join(', ')],
      ['architectures', facts.architectures.join(', ')],
    ]),
  };
}

async function modelFile(path: string): Promise<Result> {
  const { readInput } = await import('../codecs/input.js');
  const { decodeModelHeader } = await import('../graph/header.js');
  const bytes = await readInput(path, 'the model', fileLimits.model, (size) => {
    return new PqrstError('ERR_MODEL', `${path} holds ${size} bytes; at most 2 GiB are read`);
  });
  const header = decodeModelHeader(bytes, path);
  const port = ({ name, dtype, shape }: (typeof header.inputs)[number]) =>
    `${name} ${dtype} [${shape.join(', ')}]`;
  return {
    json: { file: path, bytes: bytes.length, ...header },
    text: lines([
      ['file', `${path}, ${bytes.length} bytes`],
      ['takes', header.inputs.map(port).join(', ')],
      ['gives', header.outputs.map(port).join(', ')],
      ...Object.entries(header.metadata),
    ]),
  };
}

function lines(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length)) + 2;
  return pairs.map(([name, value]) => `${name.padEnd(width)}${value}`).join('\n');
}
