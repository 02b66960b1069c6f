// The synthetic records of one class and preset: some strips of lead II with their marks, a page of twelve leads where the
// preset makes them, and the intervals over many records.

import { ecgPaper } from '../report/ecg-paper.js';
import type { Figure } from '../report/html.js';
import { recordMarks } from '../report/marks.js';
import { twelveLeadPage } from '../report/twelve-lead-page.js';
import type { EcgClass } from '../signal/classes.js';
import { splitLeads, twelveLeads } from '../signal/leads.js';
import { makesTwelveLeads } from '../synth/leads.js';
import type { ClassFile } from '../synth/physiology/class-file.js';
import { Synthesizer } from '../synth/synthesizer.js';
import {
  type BeatShare,
  beatShares,
  type IntervalSummary,
  intervalsOf,
  type Measure,
  summarize,
} from './intervals.js';
import { measuresText } from './measure-text.js';

/** Which records are made. */
export interface SyntheticRequest {
  readonly preset: string;
  /** Classes of the user's own; empty for presets of the paper's model. */
  readonly ownClasses: readonly ClassFile[];
  readonly fsHz: number;
  readonly seconds: number;
  readonly seed: number;
  /** Number of strips; strip k is record 0 of seed + k. The page is record 0 of the seed after them. */
  readonly strips: number;
  /** Number of records that are measured: those of `seed` from record 0. */
  readonly measured: number;
  readonly signal?: AbortSignal | undefined;
}

/** The pictures and measures of a class. */
export interface SyntheticClass {
  readonly strips: readonly Figure[];
  readonly page: Figure | undefined;
  readonly intervals: Readonly<Partial<Record<Measure, IntervalSummary>>>;
  readonly beats: readonly BeatShare[];
}

/** Makes the records of a class, draws some of them and measures many. */
export async function syntheticClass(name: EcgClass, request: SyntheticRequest): Promise<SyntheticClass> {
  const { seed, preset } = request;
  const strips: Figure[] = [];
  for (let at = 0; at < request.strips; at++) strips.push(await draw(name, request, seed + at, false));
  const page = makesTwelveLeads(preset) ? await draw(name, request, seed + request.strips, true) : undefined;
  const { measured: count, signal } = request;
  const { annotations } = await synthesizer(request, seed).batch({
    classes: [name],
    count,
    annotations: true,
    signal,
  });
  const records = Array.from({ length: count }, (_, at) => annotations!.record(at));
  return { strips, page, intervals: summarize(records.map(intervalsOf)), beats: beatShares(records) };
}

function synthesizer(
  { preset, ownClasses, fsHz, seconds }: SyntheticRequest,
  seed: number,
  leads: readonly string[] = ['II'],
): Synthesizer {
  return new Synthesizer({ preset, ownClasses, fsHz, seconds, seed, leads });
}

/** Draws record 0 of a seed: lead II in rows of five seconds, or the page of twelve leads. */
async function draw(
  name: EcgClass,
  request: SyntheticRequest,
  seed: number,
  asPage: boolean,
): Promise<Figure> {
  const leads = asPage ? twelveLeads : ['II'];
  const { signals, annotations } = await synthesizer(request, seed, leads).batch({
    classes: [name],
    count: 1,
    annotations: true,
    signal: request.signal,
  });
  const record = annotations!.record(0);
  const { fsHz } = request;
  const drawn = {
    title: `Synthetic ${name}, seed ${seed}`,
    fsHz,
    unit: 'mV' as const,
    marks: recordMarks(record),
  };
  const svg = asPage
    ? twelveLeadPage({ ...drawn, leads, signals: splitLeads(signals, leads.length) })
    : ecgPaper({ ...drawn, lead: 'II', signal: signals, rowS: 5 });
  return { svg, caption: `Synthetic, seed ${seed}, record 0: ${measuresText(intervalsOf(record))}.` };
}
