// Reads WFDB records of several segments as one recording. Each segment is a record with a header of its own, whose
// gains, baselines and units count for its samples. In a fixed layout all segments have the same signals. In a variable
// layout the first segment, without samples, names the signals of the whole record; a segment may lack some of them, and
// the segment `~` lacks all. Samples that no segment has are NaN.
// Source: WFDB Applications Guide, header(5), multi-segment records.

import { dirname, posix } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { inputPath, mostSamples } from '../input.js';
import { nullFormat } from './formats.js';
import { refuseFlaws, type WfdbHeader, type WfdbSegment, type WfdbSignal } from './header.js';
import { checkSignalFiles, readHeaderFile, readSignals, withoutSuffix } from './signal-files.js';
import { assumedGain, contradictions } from './stated.js';
import { mvPerUnit } from './units.js';
import { toMv, type Voltage } from './voltages.js';

const gap = '~';
/** Most missing samples of a record, of all leads. No file backs them, so a header alone could fill the memory. */
const mostMissing = mostSamples;

/** The header of a record of several segments. */
type SegmentedHeader = WfdbHeader & { readonly segments: readonly WfdbSegment[] };

/** Returns whether the record has several segments. */
export function isSegmented(header: WfdbHeader): header is SegmentedHeader {
  return header.segments !== undefined;
}

/**
 * Returns the header of a record of several segments with its signals. Each is described as in the first segment that
 * has it; a signal that no segment has keeps the format 0 of the layout.
 *
 * @throws PqrstError ERR_NOT_FOUND, ERR_PATH_OUTSIDE, ERR_WFDB_HEADER: when the header of a segment cannot be read.
 */
export async function describeSegments(path: string, header: SegmentedHeader): Promise<WfdbHeader> {
  const [layout, ...others] = header.segments.filter(({ name }) => name !== gap);
  if (layout === undefined) return header;
  const { signals } = await openSegment(path, header, layout);
  const described = [...signals];
  if (!isVariable(header)) return { ...header, signals };
  for (const segment of others) {
    if (described.every(({ format }) => format !== nullFormat)) break;
    const own = await openSegment(path, header, segment);
    for (const [at, signal] of signals.entries()) {
      const found =
        described[at]!.format === nullFormat ? sameSignal(signal, signals, own.signals) : undefined;
      if (found !== undefined) described[at] = found;
    }
  }
  return { ...header, signals: described };
}

/**
 * Returns the names of the files that a header names, relative to its folder: the signal files, and for a record of
 * segments also the headers of the segments.
 *
 * @param path - the path of the header, with or without .hea.
 * @throws PqrstError The errors of `readHeader`.
 */
export async function recordFiles(path: string): Promise<string[]> {
  const header = await readHeaderFile(path);
  const named = ({ signals }: WfdbHeader, folder: string) =>
    signals
      .filter(({ format }) => format !== nullFormat)
      .map(({ fileName }) => posix.join(folder, fileName.replaceAll('\\', '/')));
  if (!isSegmented(header)) return [...new Set(named(header, '.'))];
  const files = new Set<string>();
  for (const segment of header.segments.filter(({ name }) => name !== gap)) {
    files.add(`${segment.name}.hea`);
    const own = await openSegment(path, header, segment);
    for (const name of named(own, posix.dirname(segment.name))) files.add(name);
  }
  return [...files];
}

/**
 * Checks that the signal files of a record hold what its headers state, and decodes as little as possible.
 *
 * @param path - the path of the header, with or without .hea.
 * @throws PqrstError The errors of `readRecord`.
 */
export async function checkRecordFiles(path: string): Promise<void> {
  const header = await readHeaderFile(path);
  if (!isSegmented(header)) return checkSignalFiles(path, header);
  for (const segment of header.segments) {
    if (segment.name === gap || segment.lengthFrames === 0) continue;
    await checkSignalFiles(await segmentPath(path, segment), await openSegment(path, header, segment));
  }
}

/** Some leads of a record of several segments. */
export interface JoinedSignals {
  /** One array per lead, in mV; NaN where no segment has a sample. */
  readonly signalsMv: Float32Array[];
  /** Sentences about contradictions between the headers and the files. */
  readonly notes: readonly string[];
  /** A sentence if some of the signals have no gain; otherwise undefined. */
  readonly assumedGain: string | undefined;
}

/**
 * Reads leads of a record of several segments.
 *
 * @param header - the header as `describeSegments` returns it.
 * @param wanted - the leads; their signals are elements of the header.
 * @throws PqrstError ERR_WFDB_HEADER, ERR_WFDB_SIGNAL: when the segments do not fit together, or most of the record is
 *   missing. The other errors are those of `readSignals`.
 */
export async function readSegments(
  path: string,
  header: SegmentedHeader,
  wanted: readonly Voltage[],
  abort: AbortSignal | undefined,
): Promise<JoinedSignals> {
  // For each lead the samples of each segment, or the number of samples that the segment lacks.
  const parts: (Float32Array | number)[][] = wanted.map(() => []);
  const notes: string[] = [];
  const decoded: WfdbSignal[] = [];
  for (const segment of header.segments) {
    if (segment.lengthFrames === 0) continue;
    const own = segment.name === gap ? undefined : await openSegment(path, header, segment);
    const found = wanted.map(({ signal }) => own && sameSignal(signal, header.signals, own.signals));
    if (own !== undefined) checkSignals(path, header, segment, wanted, found);
    const present = found.filter((one) => one !== undefined);
    const place = own === undefined ? '' : await segmentPath(path, segment);
    refuseFlaws(present, `${place}.hea`);
    decoded.push(...present);
    const read = own && (await readSignals(place, own, present, abort));
    const problems = read && [...read.notes, ...contradictions(present, read.adc)];
    notes.push(...(problems ?? []).map((problem) => `segment ${segment.name}: ${problem}`));
    for (const [at, one] of found.entries()) {
      const samples = segment.lengthFrames * wanted[at]!.signal.samplesPerFrame;
      const adc = one && read?.adc[present.indexOf(one)];
      parts[at]!.push(one && adc ? toMv(adc, one, mvPerUnit(one.units)!) : samples);
    }
  }
  checkMissing(path, parts);
  checkLength(header, notes);
  return { signalsMv: parts.map(join), notes, assumedGain: assumedGain(decoded) };
}

function isVariable({ segments }: SegmentedHeader): boolean {
  return segments[0]!.lengthFrames === 0;
}

function segmentPath(path: string, { name }: WfdbSegment): Promise<string> {
  return inputPath(dirname(path), `${name}.hea`, 'the header of a segment').then(withoutSuffix);
}

/** Reads the header of a segment, with the length that the record states for it. */
async function openSegment(path: string, header: SegmentedHeader, segment: WfdbSegment): Promise<WfdbHeader> {
  const own = await readHeaderFile(await segmentPath(path, segment));
  const fail = (problem: string) =>
    new PqrstError('ERR_WFDB_HEADER', `record ${withoutSuffix(path)}: segment ${segment.name} ${problem}`);
  if (isSegmented(own)) throw fail('has segments of its own; a segment must be a record of one segment');
  if (own.fsHz !== header.fsHz) {
    throw fail(`has ${own.fsHz} frames per second, the record ${header.fsHz}; correct one of the headers`);
  }
  if (own.lengthFrames !== undefined && own.lengthFrames < segment.lengthFrames) {
    throw fail(
      `has ${own.lengthFrames} frames, and the record states ${segment.lengthFrames}; correct one of the headers`,
    );
  }
  return segment.lengthFrames === 0 ? own : { ...own, lengthFrames: segment.lengthFrames };
}

/**
 * Returns the signal with the name of `signal`; among several signals of this name, the one in the same place.
 *
 * @param all - the signals among which `signal` is.
 * @param others - the signals among which the result is.
 */
function sameSignal(
  signal: WfdbSignal,
  all: readonly WfdbSignal[],
  others: readonly WfdbSignal[],
): WfdbSignal | undefined {
  const named = (signals: readonly WfdbSignal[]) =>
    signals.filter(({ description }) => description === signal.description);
  return named(others)[named(all).indexOf(signal)];
}

/** Checks that the signals of a segment are those of the record. */
function checkSignals(
  path: string,
  header: SegmentedHeader,
  segment: WfdbSegment,
  wanted: readonly Voltage[],
  found: readonly (WfdbSignal | undefined)[],
): void {
  for (const [at, { signal, lead }] of wanted.entries()) {
    const one = found[at];
    const problem =
      one === undefined
        ? isVariable(header)
          ? undefined
          : 'is missing; a record whose segments have different signals needs a layout segment'
        : one.samplesPerFrame !== signal.samplesPerFrame
          ? `has ${one.samplesPerFrame} samples per frame, and in another segment ${signal.samplesPerFrame}; resample it`
          : mvPerUnit(one.units) === undefined
            ? `is in "${one.units}", and in another segment in "${signal.units}"; correct the header`
            : undefined;
    if (problem !== undefined) {
      throw new PqrstError(
        'ERR_WFDB_HEADER',
        `record ${withoutSuffix(path)}: signal ${lead} of segment ${segment.name} ${problem}`,
      );
    }
  }
}

function checkMissing(path: string, parts: readonly (readonly (Float32Array | number)[])[]): void {
  const missing = parts.flat().reduce<number>((sum, part) => sum + (typeof part === 'number' ? part : 0), 0);
  if (missing <= mostMissing) return;
  throw new PqrstError(
    'ERR_WFDB_SIGNAL',
    `record ${withoutSuffix(path)} has gaps of ${missing} samples between its segments; at most ${mostMissing} are read; ` +
      'read its segments one by one',
  );
}

function checkLength({ lengthFrames, segments }: SegmentedHeader, notes: string[]): void {
  const sum = segments.reduce((total, segment) => total + segment.lengthFrames, 0);
  if (lengthFrames === undefined || lengthFrames === sum) return;
  notes.push(`its header states ${lengthFrames} frames, and its segments have ${sum}, which were read`);
}

function join(parts: readonly (Float32Array | number)[]): Float32Array {
  const lengthOf = (part: Float32Array | number) => (typeof part === 'number' ? part : part.length);
  const joined = new Float32Array(parts.reduce<number>((sum, part) => sum + lengthOf(part), 0));
  let at = 0;
  for (const part of parts) {
    if (typeof part === 'number') joined.fill(Number.NaN, at, at + part);
    else joined.set(part, at);
    at += lengthOf(part);
  }
  return joined;
}
