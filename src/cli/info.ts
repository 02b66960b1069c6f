// `pqrst info`: shows the parts of this installation, the layers of an architecture, the metadata of an ONNX file, or
// what a file or folder is; and installs the CUDA provider, whose state it shows.

import { cpus } from 'node:os';
import { PqrstError } from '../base/errors.js';
import { systemReason } from '../base/system-reason.js';
import { onOneLine } from '../base/text.js';
import { packageVersion } from '../base/version.js';
import { classNames } from '../signal/class-table.js';
import { wholeNumber } from './options.js';
import type { Register, Result } from './task.js';

/** A longer value of the metadata is cut in the text. */
const longestValue = 120;

interface Options {
  model?: string;
  arch?: string;
  length?: number;
  leads?: number;
  cudaProvider?: string;
}

export const registerInfo: Register = (program, run) => {
  program
    .command('info')
    .summary('show this installation, an architecture, or what a file or folder is')
    .description(
      'Shows versions, instruction sets, devices, presets and architectures of this installation; with --arch the ' +
        'parameters, multiply-adds, layers and options of an architecture; with --model the inputs, outputs and ' +
        'metadata of an ONNX file; with PATH what a file or folder is, and the command that takes it. With --cuda-provider it unpacks the CUDA ' +
        'provider of ONNX Runtime from a wheel of the same version and commit.',
    )
    .argument(
      '[path]',
      'a model, a record, a table, a class file, the folder of a corpus, a run or a data set, or s3://bucket/prefix of a corpus',
    )
    .option('--model <file>', 'ONNX file to show')
    .option('--arch <name>', 'architecture to show')
    .option(
      '--length <samples>',
      'samples per record, for --arch (default: 1000)',
      wholeNumber('--length', 1, 1_000_000),
    )
    .option('--leads <n>', 'leads per record, for --arch (default: 1)', wholeNumber('--leads', 1, 256))
    .option(
      '--cuda-provider <wheel>',
      'wheel of onnxruntime-gpu, from PyPI, whose CUDA provider is unpacked beside onnxruntime-node',
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst info
  $ pqrst info --arch mega --length 5000
  $ pqrst info --model run/model.onnx --json
  $ pqrst info corpus
  $ pqrst info run/checkpoint.bin
  $ pqrst info --cuda-provider onnxruntime_gpu-1.30.0-cp312-cp312-manylinux_2_28_x86_64.whl`,
    )
    .action((path: string | undefined, options: Options) =>
      run<Options>((given) => info(path, given))(options),
    );
};

async function info(path: string | undefined, options: Options): Promise<Result> {
  const { model, arch, length, leads, cudaProvider } = options;
  if ([path, model, arch, cudaProvider].filter((one) => one !== undefined).length > 1) {
    throw new PqrstError(
      'ERR_OPTION',
      'info takes only one of a path, --model, --arch and --cuda-provider; run the command once with each',
    );
  }
  if (arch !== undefined) return architecture(arch, length, leads);
  const given = length !== undefined ? '--length' : leads !== undefined ? '--leads' : undefined;
  if (given !== undefined) {
    throw new PqrstError('ERR_OPTION', `${given} belongs to an architecture; add --arch <name>`);
  }
  if (cudaProvider !== undefined) return (await import('./info-cuda.js')).unpackProvider(cudaProvider);
  if (path !== undefined) return (await import('./info-path.js')).infoOfPath(path);
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

/** Returns the result of `work`, or the reason why this part of the installation does not work. */
async function part<Made>(work: () => Made | Promise<Made>): Promise<{ made?: Made; missing?: string }> {
  try {
    return { made: await work() };
  } catch (error) {
    return { missing: systemReason(error) };
  }
}

async function installation(): Promise<Result> {
  const { createRequire } = await import('node:module');
  const { loadKernel } = await import('../kernel/node.js');
  const { architectures } = await import('../nn/models/index.js');
  const { presetNames } = await import('../synth/presets.js');
  const kernel = await part(loadKernel);
  const runtime = await part(
    () => createRequire(import.meta.url)('onnxruntime-node') as typeof import('onnxruntime-node'),
  );
  const devices = await part(async () => (await import('../engine/devices.js')).listDevices());
  const versions = runtime.made?.env.versions;
  const facts = {
    ...machine(),
    target: kernel.made?.target() ?? null,
    targets: kernel.made?.targets() ?? [],
    onnxruntime: versions?.node ?? versions?.common ?? null,
    // Only the bundled backends: the package also lists CUDA and TensorRT if their libraries are missing.
    backends: (runtime.made?.listSupportedBackends() ?? [])
      .filter(({ bundled }) => bundled)
      .map(({ name }) => name),
    devices: devices.made ?? [],
    presets: presetNames,
    classes: classNames,
    architectures: Object.values(architectures).map(({ name }) => name),
    missing: [kernel, runtime, devices].flatMap(({ missing }) => missing ?? []),
  };
  const unless = ({ missing }: { missing?: string }, text: string) =>
    missing === undefined ? text : 'not available; the reason is below';
  return {
    exitCode: facts.missing.length === 0 ? 0 : 1,
    json: facts,
    text: [
      lines([
        ['pqrst', facts.version],
        ['Node', `${facts.node}, ${facts.platform}`],
        ['CPU', facts.cpu],
        ['kernel', unless(kernel, `${facts.target} (of ${facts.targets.join(', ')})`)],
        ['onnxruntime', unless(runtime, `${facts.onnxruntime}: ${facts.backends.join(', ')}`)],
        ...facts.devices.map(({ device, missing }): [string, string] => [
          `device ${device}`,
          missing === undefined ? 'available' : `not available: ${missing}`,
        ]),
        ['presets', facts.presets.join(', ')],
        ['classes', facts.classes.join(', ')],
        ['architectures', facts.architectures.join(', ')],
      ]),
      ...facts.missing,
    ].join('\n\n'),
  };
}

async function modelFile(path: string): Promise<Result> {
  const { modelHeader, portText } = await import('./info-model.js');
  const { header, bytes } = await modelHeader(path);
  return {
    json: { file: path, bytes, ...header },
    text: lines([
      ['file', `${path}, ${bytes} bytes`],
      ['takes', header.inputs.map(portText).join(', ')],
      ['gives', header.outputs.map(portText).join(', ')],
      ...Object.entries(header.metadata).map(([name, text]) => [name, cut(text)] as const),
    ]),
  };
}

/** Returns the start of a long value, such as the taps of a filter. */
function cut(text: string): string {
  return text.length <= longestValue
    ? text
    : `${text.slice(0, longestValue)}... (${text.length} characters; --json shows all)`;
}

/** Returns one line per pair, with the values below each other. */
export function lines(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length)) + 2;
  return pairs.map(([name, value]) => onOneLine(`${name.padEnd(width)}${value}`)).join('\n');
}
