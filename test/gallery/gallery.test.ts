// The page of the gallery: what it contains, that its bytes follow from the options, and how it looks in a browser.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { makeGallery } from '#lib/gallery/gallery.js';
import { classNames } from '#lib/signal/class-table.js';
import { splitLeads } from '#lib/signal/leads.js';
import type { ClassFile } from '#lib/synth/physiology/class-file.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { Browser, browserProgram } from '../helpers/browser.js';
import { errorOf } from '../helpers/folder.js';
import { type Found, look } from '../helpers/look.js';

const slow: ClassFile = {
  ...{ name: 'slow-af', title: 'Slow <AF>', scp: ['AFIB'], snomed: [], rhythm: '(AFIB', parents: ['af'] },
  numbers: { 'rhythm.rrS': { law: 'uniform', min: 1.2, max: 1.4 } },
};
const some = { classes: ['normal', 'pvc', 'clbbb', 'slow-af', 'af+pvc', 'normal>af'], ownClasses: [slow] };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pqrst-gallery-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('makeGallery', () => {
  it('shows strips, a page and intervals of each class and preset', async () => {
    const seen: number[][] = [];
    const made = await makeGallery({ ...some, data: [], seed: 4, onClass: (...counts) => seen.push(counts) });
    const { html, classes, presets, real } = made;
    expect([classes, presets, real]).toEqual([
      some.classes,
      ['physiological', 'clinical', 'paper'],
      undefined,
    ]);
    expect(seen.at(-1)).toEqual([6, 6]);
    const count = (pattern: RegExp) => html.match(pattern)?.length ?? 0;
    // Three strips and a page per class; two strips of each of the paper's presets for normal and pvc.
    expect(count(/<figcaption>Synthetic, seed \d, record 0: \d+\/min/g)).toBe(6 * 4 + 2 * 2 * 2);
    expect(count(/aria-label="Synthetic [^"]+, seed 7, lead I to V6, 10 s at 250 Hz/g)).toBe(6);
    expect(count(/<caption><span>[^<]+: median and range over 50 records/g)).toBe(6);
    expect(count(/<th scope="col" class="number">expected<\/th>/g)).toBe(5);
    expect(html).toContain('<h2>Slow &lt;AF&gt;</h2>');
    expect(html).toContain('<h2>Atrial fibrillation (AF) with Premature ventricular contraction (PVC)</h2>');
    expect(html).toContain('<h2>Normal sinus rhythm, then Atrial fibrillation (AF)</h2>');
    expect(html).toContain('Class clbbb. SCP-ECG CLBBB. SNOMED CT 733534002, 164909002. WFDB rhythm (N.');
    expect(html).toContain('id="class-slow-af"');
    expect(html).toContain('No data sets were given');
    // Types of beats and intervals.
    expect(html).toMatch(
      /number of records that have them: physiological N \d+\u00a0% \(50\), V \d+\u00a0% \(\d+\)/,
    );
    expect(html).toMatch(
      /<th scope="row">QRS of ventricular beats \(ms\)<\/th><td class="number">\d+ \(\d+ to/,
    );
  });

  it('is one file without scripts and external resources, and small', async () => {
    const { html } = await makeGallery({ classes: ['af'], presets: ['physiological'], data: [], seed: 0 });
    expect(html).not.toMatch(/<script|<link|@import|url\((?!#)|src=|\son\w+=/);
    // All 28 classes with real records then take less than 6 MB.
    expect(html.length).toBeLessThan(160_000);
  });

  it('shows all classes by default, and those of the paper for its presets', async () => {
    const paper = await makeGallery({ presets: ['paper'], data: [], seed: 0 });
    expect(paper.classes).toEqual(['normal', 'af', 'aflt', 'pvc', 'wpw']);
    expect(paper.html).not.toContain('I to V6');
    expect(paper.html).not.toContain('>expected</th>');
    const whole = await makeGallery({ presets: ['physiological'], ownClasses: [slow], data: [], seed: 0 });
    expect(whole.classes).toEqual([...classNames, 'slow-af']);
  });

  it('has the same bytes for the same options, and other records for another seed', async () => {
    const options = { classes: ['af'], presets: ['physiological'], data: [] };
    const [one, same, other] = await Promise.all([1, 1, 2].map((seed) => makeGallery({ ...options, seed })));
    expect(same!.html).toBe(one!.html);
    expect(other!.html).not.toBe(one!.html);
  });

  it('refuses classes that the presets do not make, and aborts', async () => {
    const make = (options: object) => errorOf(makeGallery({ data: [], seed: 0, ...options }));
    expect(await make({ classes: ['alft'] })).toMatch(/^ERR_UNKNOWN_CLASS: .*did you mean "aflt"/);
    expect(await make({ presets: ['paper'], classes: ['clbbb'] })).toMatch(/^ERR_UNKNOWN_CLASS: /);
    expect(await make({ presets: ['paper'], ownClasses: [slow] })).toMatch(/^ERR_OPTION: .*physiological/);
    expect(await make({ presets: ['papier'] })).toMatch(/^ERR_UNKNOWN_PRESET: /);
    expect(await make({ data: ['folder:missing'] })).toMatch(/^ERR_NOT_FOUND: /);
    const stop = new AbortController();
    const reason = new Error('enough');
    const stopped = makeGallery({
      data: [],
      seed: 0,
      signal: stop.signal,
      onClass: () => stop.abort(reason),
    });
    await expect(stopped).rejects.toBe(reason);
  });
});

/** Writes twelve-lead records of 10 s: two of AF, one of them with the label LVH too. */
async function realFolder(): Promise<string> {
  const path = join(folder, 'real');
  const synthesizer = new Synthesizer({
    preset: 'physiological',
    fsHz: 250,
    seconds: 10,
    seed: 9,
    leads: '12',
  });
  const { signals, leads } = await synthesizer.batch({ classes: ['af'], count: 2 });
  for (const [at, record] of splitLeads(signals, 2).entries()) {
    await writeRecord(path, {
      name: `r${at}`,
      fsHz: 250,
      leads,
      signalsMv: splitLeads(record, leads.length),
    });
  }
  await writeFile(join(path, 'labels.csv'), 'record,label,patient\nr0,AFIB,p0\nr1,AFIB;LVH,p1\n');
  return `folder:${path}`;
}

describe('real records', () => {
  it('are beside the synthetic ones, with their labels and a page', async () => {
    const read: number[] = [];
    const source = await realFolder();
    const options = { classes: ['af', 'lvh', 'wpw'], presets: ['physiological'], data: [source], seed: 0 };
    const { html, real } = await makeGallery({ ...options, onRead: (done) => read.push(done) });
    expect(read).toEqual([1, 2]);
    expect(real?.sources).toEqual([source]);
    const captions = [...html.matchAll(/<figcaption>(Real: [^<]+)/g)].map(([, words]) => words);
    expect(captions).toEqual([
      'Real: record r0, patient p0, from 0 s; labelled AFIB.',
      'Real: record r1, patient p1, from 0 s; labelled AFIB, LVH.',
      'Real: record r0, patient p0, from 0 s; labelled AFIB.',
      'Real: record r1, patient p1, from 0 s; labelled AFIB, LVH.',
      'Real: record r1, patient p1, from 0 s; labelled AFIB, LVH.',
    ]);
    expect(html).toContain('aria-label="Record r0, lead I to V6, 10 s at 250 Hz, 25 mm/s  10 mm/mV"');
    expect(html).toContain('The data sets have 2 windows of 2 patients with this label.');
    expect(html).toContain('The data sets have no record with this label.');
  });
});

const noBrowser = browserProgram === undefined;
describe.skipIf(noBrowser)(
  noBrowser ? 'skipped: chromium was not found (CHROMIUM can name it)' : 'in a browser',
  () => {
    let browser: Browser;
    beforeAll(async () => {
      const { html } = await makeGallery({ ...some, data: [await realFolder()], seed: 0 });
      await writeFile(join(folder, 'gallery.html'), html);
      browser = await Browser.start(browserProgram!);
    });
    afterAll(() => browser?.close());

    it.each([{ width: 1280 }, { width: 1280, dark: true }, { width: 390 }, { width: 390, dark: true }])(
      'draws every figure, fits the width of the page and reports no error: %o',
      async (view) => {
        await browser.view(view);
        await browser.open(join(folder, 'gallery.html'));
        const found = await browser.evaluate<Found>(look);
        expect(browser.complaints).toEqual([]);
        expect(found.empty).toEqual([]);
        expect(found.figures).toBeGreaterThan(30);
        expect(found.pageWidth).toBeLessThanOrEqual(view.width);
        expect(found.wide).toEqual([]);
        expect(found.faint).toEqual([]);
        expect(found.inkIsDarker).toBe(view.dark !== true);
        // Every drawing has a text alternative, and every anchor of the contents leads to a section.
        const unnamed = `[...document.querySelectorAll('svg')].filter((svg) => svg.getAttribute('role') !== 'img' || !svg.getAttribute('aria-label')).length`;
        expect(await browser.evaluate<number>(unnamed)).toBe(0);
        const lost = `[...document.querySelectorAll('nav a')].filter((link) => !document.querySelector(link.hash)).length`;
        expect(await browser.evaluate<number>(lost)).toBe(0);
      },
    );
  },
);
