// Parses noise options from the command line. The text lists artefacts, separated by commas, as NAME=LEVEL or
// NAME=LEVEL@DETAILS. A level is a number or a range with a unit: dB for a signal-to-noise ratio, mV for a size.
//   wander=6dB  wander=0.2mV@0.05-0.5        @ band in Hz
//   powerline=0.05mV@60x5                    @ mains frequency, x harmonics
//   muscle=10..20dB@20-150                   @ band in Hz
//   electrode=0.5mV@6                        @ steps per minute
//   adc=0.005mV  clip=5mV  hold=3            rounding step, limit, number of samples held
// The ranges of the numbers are checked by `checkNoise` in noise.ts.

import { PqrstError, suggest } from '../base/errors.js';
import { levelNames, type NoiseOptions } from './noise.js';

const number = '[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?';
const level = new RegExp(`^(${number})(?:\\.\\.(${number}))?(mV|dB)$`, 'i');
const tails = {
  wander: { pattern: new RegExp(`^(${number})-(${number})(?:Hz)?$`, 'i'), keys: ['lowHz', 'highHz'] },
  powerline: { pattern: /^(\d+)(?:Hz)?(?:x(\d+))?$/i, keys: ['hz', 'harmonics'] },
  muscle: { pattern: new RegExp(`^(${number})-(${number})(?:Hz)?$`, 'i'), keys: ['lowHz', 'highHz'] },
  electrode: { pattern: new RegExp(`^(${number})(?:/min)?$`, 'i'), keys: ['perMinute'] },
} as const;
const examples = {
  wander: 'wander=6dB or wander=0.2mV@0.05-0.5',
  powerline: 'powerline=20dB or powerline=0.05mV@60x5',
  muscle: 'muscle=12dB or muscle=0.03mV@20-150',
  electrode: 'electrode=6dB or electrode=0.5mV@6',
  adc: 'adc=0.005mV',
  clip: 'clip=5mV',
  hold: 'hold=3',
} as const;
type Word = keyof typeof examples;
const words = Object.keys(examples) as Word[];

/**
 * Parses noise options such as `wander=6dB,powerline=0.05mV@60`. Does not check the ranges of the numbers.
 *
 * @throws PqrstError ERR_OPTION: when a part cannot be parsed, is unknown or appears twice.
 */
export function parseNoise(text: string): NoiseOptions {
  const noise: Record<string, Record<string, unknown>> = {};
  const seen = new Set<string>();
  for (const part of text.split(',').map((one) => one.trim())) {
    const [name = '', value] = splitOnce(part, '=');
    const word = words.find((known) => known === name);
    if (word === undefined)
      throw new PqrstError('ERR_OPTION', `noise "${name}" is not known${suggest(name, words)}`);
    if (seen.has(word))
      throw new PqrstError('ERR_OPTION', `noise names "${word}" twice in "${text}"; name it once`);
    seen.add(word);
    const isConverter = word === 'adc' || word === 'clip' || word === 'hold';
    const read = isConverter ? converter(word, value) : artefact(word, value);
    if (read === undefined) {
      throw new PqrstError('ERR_OPTION', `noise "${part}" cannot be read; write ${examples[word]}`);
    }
    const key = isConverter ? 'adc' : word;
    noise[key] = { ...noise[key], ...read };
  }
  return noise as NoiseOptions;
}

function splitOnce(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function artefact(name: keyof typeof tails, text = ''): Record<string, unknown> | undefined {
  const [size, more] = splitOnce(text, '@');
  const amount = amountOf(size);
  if (amount === undefined) return undefined;
  const read: Record<string, unknown> = { [amount.isRatio ? 'snrDb' : levelNames[name]]: amount.value };
  if (more === undefined) return read;
  const { pattern, keys } = tails[name];
  const found = pattern.exec(more);
  if (found === null) return undefined;
  for (const [at, key] of keys.entries()) {
    if (found[at + 1] !== undefined) read[key] = Number(found[at + 1]);
  }
  return read;
}

function converter(word: 'adc' | 'clip' | 'hold', text = ''): Record<string, unknown> | undefined {
  if (word === 'hold') return /^\d+$/.test(text) ? { holdSamples: Number(text) } : undefined;
  const amount = amountOf(text);
  if (amount === undefined || amount.isRatio) return undefined;
  return { [word === 'adc' ? 'stepMv' : 'clipMv']: amount.value };
}

function amountOf(
  text: string,
): { isRatio: boolean; value: number | { min: number; max: number } } | undefined {
  const found = level.exec(text);
  if (found === null) return undefined;
  const [, first, second, unit] = found;
  const value = second === undefined ? Number(first) : { min: Number(first), max: Number(second) };
  return { isRatio: unit!.toLowerCase() === 'db', value };
}
