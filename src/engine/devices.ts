// Finds the devices of the onnxruntime engine that this machine offers, and states what to install for the others.
// Each device is tested in a separate process (device-probe.ts), so that a broken driver does not end the caller. Nothing
// is downloaded, and a device is not tested if required files are missing.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { PqrstError } from '../base/errors.js';
import { downloadCommand, installedRuntime, providerFiles } from './cuda-provider.js';
import { neededLibraries } from './elf-needed.js';
import type { Device } from './engine.js';

/** All devices. */
export const devices = ['cpu', 'cuda', 'webgpu'] as const satisfies readonly Device[];
/** The devices that a caller may choose, and `auto`. */
export const deviceChoices = ['auto', ...devices] as const;
/** `auto` selects CUDA if it is available and the processor otherwise. WebGPU is used only on request. */
export type DeviceChoice = (typeof deviceChoices)[number];

/** States whether a device is available. */
export interface DeviceReport {
  /** Device that was tested: the processor (cpu), CUDA or WebGPU. */
  readonly device: Device;
  /** Why the device is not available and what to do; undefined if it is available. */
  readonly missing?: string;
}

/**
 * Tests every device on this machine.
 *
 * @returns One report for each of cpu, cuda and webgpu.
 * @example
 * ```js
 * import { listDevices } from 'pqrst/train';
 * for (const { device, missing } of await listDevices()) console.log(device, missing ?? 'available');
 * ```
 */
export function listDevices(): Promise<DeviceReport[]> {
  return Promise.all(devices.map(tryDevice));
}

/**
 * Returns the device to compute on and the reason for the choice, as text for the user.
 *
 * @throws PqrstError ERR_DEVICE: when the requested device is not available.
 */
export async function chooseDevice(choice: DeviceChoice): Promise<{ device: Device; reason: string }> {
  const { device, missing } = await tryDevice(choice === 'auto' ? 'cuda' : choice);
  if (missing === undefined) return { device, reason: choice === 'auto' ? 'CUDA was found' : 'as requested' };
  if (choice === 'auto') return { device: 'cpu', reason: `CUDA is not available (${missing})` };
  throw new PqrstError('ERR_DEVICE', `device ${choice} is not available: ${missing}`);
}

/** Tests one device on this machine. */
export async function tryDevice(device: Device): Promise<DeviceReport> {
  if (device === 'cpu') return { device };
  const missing = missingFiles(device) ?? (await probe(device));
  return missing === undefined ? { device } : { device, missing };
}

/** Checks the files of onnxruntime-node and returns what is missing. */
function missingFiles(device: Device): string | undefined {
  const require = createRequire(import.meta.url);
  const platform = `${process.platform}-${process.arch}`;
  const { listSupportedBackends } = require('onnxruntime-node') as typeof import('onnxruntime-node');
  if (!listSupportedBackends().some(({ name }) => name === device)) {
    return `onnxruntime-node has no ${device === 'cuda' ? 'CUDA' : 'WebGPU'} for ${platform}; use device cpu`;
  }
  if (device !== 'cuda') return undefined;
  const { folder, version } = installedRuntime();
  const absent = providerFiles.filter((file) => !existsSync(join(folder, file)));
  if (absent.length === 0) return undefined;
  return (
    `${absent.at(-1)} is not installed; on a machine with an NVIDIA card run ` +
    `${downloadCommand(version)}, and let pqrst info unpack the provider of the wheel (type pqrst help info)`
  );
}

/** Returns what a machine needs besides the provider. The provider itself states the version of CUDA. */
async function advice(device: Exclude<Device, 'cpu'>): Promise<string> {
  if (device === 'webgpu') {
    return "install the card's driver and, on Linux, the Vulkan loader (Debian: libvulkan1)";
  }
  const needed = await neededLibraries(join(installedRuntime().folder, providerFiles[1]!));
  const version = needed.map((name) => /^libcudart\.so\.(\d+)/.exec(name)?.[1]).find(Boolean);
  return `install the card's driver, CUDA ${version ?? 'in the version of the provider'} and cuDNN 9`;
}

/** Tests the device in another process. Returns the problem and what to do, or undefined if the device works. */
function probe(device: Exclude<Device, 'cpu'>): Promise<string | undefined> {
  const program = fileURLToPath(new URL('./device-probe.js', import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, device], { timeout: 60_000 }, (error, _out, complaint) => {
      if (error === null) return resolve(undefined);
      const why = error.signal ? `a test was ended by ${error.signal}` : complaintOf(complaint);
      advice(device).then((remedy) => resolve(`${why}; ${remedy}`), reject);
    });
  });
}

/** Extracts the cause from the output of the runtime: a missing library, a named failure, or else the last line. */
export function complaintOf(printed: string): string {
  const text = stripVTControlCharacters(printed).trim();
  const library = /([\w.+-]+\.(?:so|dll|dylib)[.\d]*): cannot open shared object file/.exec(text)?.[1];
  if (library !== undefined) return `${library} is missing`;
  const named = /(CUDA failure \d+: [^;\n]+)/.exec(text) ?? /was false\. ([^\n]+)/.exec(text);
  const cause = named?.[1] ?? text.split('\n').at(-1)!;
  return cause.trim().slice(0, 200) || 'a test failed without a message';
}
