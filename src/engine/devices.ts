// The devices of the onnxruntime engine: which can be had on this machine, and what to install for one that cannot.
// A device is tried in a process of its own (device-probe.ts), so that a broken driver ends that one and not ours.
// Nothing is downloaded, and nothing is tried where the files alone tell that it cannot work.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { PqrstError } from '../base/errors.js';
import type { Device } from './engine.js';

export const devices = ['cpu', 'cuda', 'webgpu'] as const satisfies readonly Device[];
export const deviceChoices = ['auto', ...devices] as const;
/** `auto` is CUDA where it can be had, else the processor; WebGPU is taken only when asked for. */
export type DeviceChoice = (typeof deviceChoices)[number];

export interface DeviceReport {
  readonly device: Device;
  /** Why it cannot be had and what to do; absent where it can. */
  readonly missing?: string;
}

/** Tries every device. */
export function listDevices(): Promise<DeviceReport[]> {
  return Promise.all(devices.map(tryDevice));
}

/** The device to compute on and, in a sentence, why that one. ERR_DEVICE where the one asked for cannot be had. */
export async function chooseDevice(choice: DeviceChoice): Promise<{ device: Device; reason: string }> {
  const { device, missing } = await tryDevice(choice === 'auto' ? 'cuda' : choice);
  if (missing === undefined) return { device, reason: choice === 'auto' ? 'CUDA was found' : 'as asked' };
  if (choice === 'auto') return { device: 'cpu', reason: `CUDA is not there (${missing})` };
  throw new PqrstError('ERR_DEVICE', `device ${choice} cannot be had: ${missing}`);
}

async function tryDevice(device: Device): Promise<DeviceReport> {
  if (device === 'cpu') return { device };
  const missing = missingFiles(device) ?? (await probe(device));
  return missing === undefined ? { device } : { device, missing };
}

/** What the files of onnxruntime-node tell without a trial. */
function missingFiles(device: Device): string | undefined {
  const require = createRequire(import.meta.url);
  const platform = `${process.platform}-${process.arch}`;
  const { listSupportedBackends } = require('onnxruntime-node') as typeof import('onnxruntime-node');
  if (!listSupportedBackends().some(({ name }) => name === device)) {
    return `onnxruntime-node has no ${device === 'cuda' ? 'CUDA' : 'WebGPU'} for ${platform}; use device cpu`;
  }
  if (device !== 'cuda') return undefined;
  const home = join(dirname(require.resolve('onnxruntime-node')), '..');
  const files = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];
  const folder = join(home, 'bin/napi-v6', process.platform, process.arch);
  const absent = files.filter((file) => !existsSync(join(folder, file)));
  if (absent.length === 0) return undefined;
  const script = relative('', join(home, 'script/install.js'));
  return (
    `${absent.at(-1)} was not fetched; on a machine with an NVIDIA card, CUDA 12 and cuDNN 9 run ` +
    `node ${script} --onnxruntime-node-install=cuda12`
  );
}

const advice: Readonly<Record<Exclude<Device, 'cpu'>, string>> = {
  cuda: "install the card's driver, CUDA 12 and cuDNN 9",
  webgpu: "install the card's driver and, on Linux, the Vulkan loader (Debian: libvulkan1)",
};

/** Runs a graph of one node on the device in another process; what went wrong and what to do, if anything did. */
function probe(device: Exclude<Device, 'cpu'>): Promise<string | undefined> {
  const program = fileURLToPath(new URL('./device-probe.js', import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [program, device], { timeout: 60_000 }, (error, _out, complaint) => {
      if (error === null) return resolve(undefined);
      const why = error.signal ? `a trial ended by ${error.signal}` : complaintOf(complaint);
      resolve(`${why}; ${advice[device]}`);
    });
  });
}

/** What tells in the words of the runtime and its driver: a library that is missing, a failure's name, the last line. */
export function complaintOf(printed: string): string {
  const text = stripVTControlCharacters(printed).trim();
  const library = /([\w.+-]+\.(?:so|dll|dylib)[.\d]*): cannot open shared object file/.exec(text)?.[1];
  if (library !== undefined) return `${library} is missing`;
  const named = /(CUDA failure \d+: [^;\n]+)/.exec(text) ?? /was false\. ([^\n]+)/.exec(text);
  const told = named?.[1] ?? text.split('\n').at(-1)!;
  return told.trim().slice(0, 200) || 'a trial failed without a word';
}
