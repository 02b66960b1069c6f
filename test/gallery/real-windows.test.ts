// Which real windows the gallery shows: by label, patient, unit and seed, and pages of twelve leads.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { chooseRealWindows, type RealChoice } from '#lib/gallery/real-windows.js';
import { twelveLeads } from '#lib/signal/leads.js';
import type { ClassFile } from '#lib/synth/physiology/class-file.js';
import { temporaryFolder } from '../helpers/folder.js';
import { twelveLeadFolder } from '../helpers/twelve-leads.js';

const options: RealChoice = { fsHz: 100, seconds: 2, seed: 3, count: 2, ownClasses: [] };

/** A data set of one lead, with one record per label. */
async function oneLead(labels: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const at of labels.keys()) {
    const signal = Float32Array.from(
      { length: 400 },
      (_, n) => Math.round(900 * Math.sin(n / (7 + at))) / 1000,
    );
    await writeRecord(folder, { name: `s${at}`, fsHz: 100, leads: ['II'], signalsMv: [signal] });
  }
  const lines = labels.map((label, at) => `s${at},${label}`);
  await writeFile(join(folder, 'labels.csv'), `record,label\n${lines.join('\n')}\n`);
  return `folder:${folder}`;
}

describe('chooseRealWindows', () => {
  it('chooses windows of different patients by the seed', async () => {
    const source = await twelveLeadFolder(await temporaryFolder());
    const chosen = async (seed: number) =>
      (await chooseRealWindows([source], ['af', 'normal'], { ...options, seed })).byClass;
    const byClass = await chosen(3);
    const { strips, windows, patients } = byClass.get('af')!;
    expect([windows, patients]).toEqual([24, 6]);
    expect(new Set(strips.map(({ origin }) => origin.patient)).size).toBe(2);
    expect(strips.every(({ classes, leads }) => classes.join() === 'af' && leads.join() === 'II')).toBe(true);
    expect(await chosen(3)).toEqual(byClass);
    const others = await Promise.all([4, 5, 6].map(chosen));
    expect(others.some((one) => one.get('af')!.strips[0]!.origin !== strips[0]!.origin)).toBe(true);
  });

  it('adds a page of twelve leads where a data set has them', async () => {
    const twelve = await twelveLeadFolder(await temporaryFolder(), { patients: 2 });
    const one = await oneLead(['af', 'LVH']);
    const { byClass, sources } = await chooseRealWindows([`${twelve},${one}`], ['af', 'lvh', 'wpw'], options);
    expect(sources).toEqual([twelve, one]);
    const page = byClass.get('af')!.page!;
    expect([page.leads, page.signal.length, page.origin.dataset]).toEqual([twelveLeads, 2400, 'folder1']);
    expect(page.classes).toEqual(['af']);
    expect(byClass.get('lvh')).toMatchObject({ page: undefined, windows: 2, patients: 1 });
    expect(byClass.get('wpw')).toEqual({ strips: [], page: undefined, windows: 0, patients: 0 });
  });

  it('prefers windows without another class, and finds mixtures and own classes by their labels', async () => {
    const source = await oneLead(['PVC;LVH', 'LVH;AFIB', 'LVH', 'PVC;AFIB', 'LVH;LAFB']);
    const own: ClassFile[] = [
      { ...{ name: 'tall', title: 'Tall', scp: ['LVH'], snomed: [], rhythm: '(N' }, numbers: {} },
    ];
    const names = ['lvh', 'af+pvc', 'tall'];
    const { byClass } = await chooseRealWindows([source], names, { ...options, count: 9, ownClasses: own });
    const recordsOf = (name: string) => byClass.get(name)!.strips.map(({ origin }) => origin.record);
    expect(recordsOf('af+pvc')).toEqual(['s3']);
    expect([...recordsOf('tall')].sort()).toEqual(['s0', 's1', 's2', 's4']);
    expect(recordsOf('tall')[0]).toBe('s2');
  });
});
