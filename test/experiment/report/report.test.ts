// The report of an experiment from made-up results: its content, its bytes, and how it looks in a browser.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { experimentReport } from '#lib/experiment/report/report.js';
import { lineChart } from '#lib/report/line-chart.js';
import { Browser, browserProgram } from '../../helpers/browser.js';
import { type Found, look } from '../../helpers/look.js';
import { madeUpExperiment } from '../../helpers/made-up-experiment.js';

const whole = madeUpExperiment({
  data: ['ptb-xl:data'],
  outside: ['mitdb:data'],
  tasks: ['aflt', 'wpw', 'pvc', 'af'],
  archs: ['resnet18', 'lstm', 's4'],
  positives: [5, 10, 20, 50],
  fsHz: 100,
});
const page = await experimentReport(whole);

describe('experimentReport', () => {
  it('is one file without scripts and external resources', () => {
    expect(page).not.toMatch(/<script|<link|@import|url\((?!#)|src=|\son\w+=/);
    const addresses = page.match(/https?:\/\/[^"']*/g) ?? [];
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]);
  });

  it('contains every figure and table', () => {
    const count = (pattern: RegExp) => page.match(pattern)?.length ?? 0;
    // Per task: two charts of differences and two of gains. Per architecture and test set: ROC and precision-recall.
    expect(count(/aria-label="[^"]*Syn→Real − Real/g)).toBe(4 * 2);
    expect(count(/<title>\w+: mean gain in F1/g)).toBe(4 * 2);
    expect(count(/<title>ROC curves/g)).toBe(4 * 3 * 2);
    expect(count(/<title>Precision over recall/g)).toBe(4 * 3 * 2);
    expect(count(/<title>Share of positives over mean probability/g)).toBe(4 * 3 * 2);
    expect(count(/<figcaption>Real: Brier 0\.\d{3}, ECE 0\.\d{3}, n per bin 40\. Syn: /g)).toBe(4 * 3 * 2);
    expect(count(/<caption><span>F1 by decision rule, and calibration, of /g)).toBe(4 * 2);
    expect(count(/<title>Training and validation loss/g)).toBe(4 * 3 * 3);
    expect(count(/class="scroll matrix"/g)).toBe(4 * 3 * 3 * 2);
    // Two synthetic records and two real windows per label, for five labels.
    expect(count(/<figcaption>Synthetic, /g)).toBe(5 * 2);
    expect(count(/<figcaption>Real, /g)).toBe(5 * 2);
    // Up to four false positives and four false negatives per test set.
    expect(count(/; labelled [^<]*Syn→Real 0\.\d\d\.<\/figcaption>/g)).toBeGreaterThan(40);
    expect(count(/Outside test mitdb:data\. False /g)).toBe(4 * 2);
    // One sentence per task and test set; the leads of the windows.
    expect(count(/<li><b>[A-Z]+, (held-back|outside) test/g)).toBe(4 * 2);
    expect(page).toContain('MLII</td>');
    expect(page).not.toContain('Probability of af');
  });

  it('contains no path of the machine', async () => {
    const pathed = await experimentReport(
      madeUpExperiment({
        ...{
          data: ['mitdb:/data/2024/mitdb'],
          outside: ['ptb-xl:/data/2024/ptb-xl'],
          tasks: ['af'],
          archs: ['gru'],
        },
        fsHz: 100,
      }),
    );
    expect(pathed).not.toContain('/data');
    expect(pathed).toContain('outside test ptb-xl:ptb-xl');
  });

  it('has a target for every entry of the table of contents', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets.length).toBeGreaterThan(20);
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has a text for every drawing, for screen readers', () => {
    const drawings = page.match(/<svg [^>]*>/g)!;
    expect(
      drawings.filter((tag) => !/role="img" aria-label="[^"]{10,}"|aria-label="[^"]{10,}"/.test(tag)),
    ).toEqual([]);
  });

  it('is equal for equal results', async () => {
    const small = { data: ['a:b'], tasks: ['af'], archs: ['gru'], fsHz: 100 };
    const [one, two] = [
      await experimentReport(madeUpExperiment(small)),
      await experimentReport(madeUpExperiment(small)),
    ];
    expect(two === one).toBe(true);
  });

  it('supports the setting real alone, with labels of a data set', async () => {
    const real = await experimentReport(
      madeUpExperiment({ data: ['a:b'], tasks: ['LVH:NORM'], archs: ['gru'], settings: ['real'], fsHz: 100 }),
    );
    expect(real).toContain('LVH against NORM');
    expect(real).not.toContain('Synthetic, ');
    expect(real).toContain('False negatives: labelled LVH, called NORM');
  });

  it('has no calibration for a task of several classes', async () => {
    const given = { data: ['a:b'], tasks: ['normal+af+aflt'], archs: ['gru'], settings: ['real'], fsHz: 100 };
    const several = madeUpExperiment({ ...given, settings: ['real'] });
    const page = await experimentReport({ ...several, predictionsOf: async () => [] });
    expect(page).toContain('Calibration is measured for tasks of two labels.');
    expect(page).not.toContain('Share of positives over mean probability');
  });

  it('states that no run has finished', async () => {
    const given = madeUpExperiment({ data: ['a:b'], tasks: ['af'], archs: ['gru'] });
    const empty = await experimentReport({
      ...given,
      summary: { cells: [], comparisons: [], gains: [], warnings: ['0 of 15 runs are done.'] },
      rows: [],
      predictionsOf: async () => [],
      curvesOf: async () => [],
    });
    expect(empty).toContain('NO RUN HAS FINISHED');
    expect(empty).toContain('No run of this task has finished.');
  });

  it('states how the records were split', async () => {
    const pageOf = (split: 'patients' | 'random' | 'folds') =>
      experimentReport(
        madeUpExperiment({ data: ['a:b'], tasks: ['af'], archs: ['gru'], fsHz: 100, split, runs: 1 }),
      );
    expect(await pageOf('patients')).toContain(
      'A share of 0.2 of the patients was held back as the test set',
    );
    expect(await pageOf('random')).toContain('A share of 0.2 of the windows was held back as the test set');
    const folds = await pageOf('folds');
    expect(folds).toContain('Fold 10 was held back as the test set');
    expect(folds).not.toContain('A share of');
    expect(folds).toContain(', 1 run each, on');
  });

  it('escapes names', async () => {
    const given = madeUpExperiment({
      data: ['a:<u>'],
      tasks: ['<i>x:"y"'],
      archs: ['gru'],
      settings: ['real'],
    });
    const odd = await experimentReport(given);
    expect(odd).not.toContain('<i>x');
    expect(odd).not.toContain('<u>');
  });
});

const noBrowser = browserProgram === undefined;
describe.skipIf(noBrowser)(
  noBrowser ? 'skipped: chromium was not found (CHROMIUM can name it)' : 'in a browser',
  () => {
    let browser: Browser;
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'pqrst-report-'));
      await writeFile(join(folder, 'report.html'), page);
      browser = await Browser.start(browserProgram!);
    });
    afterAll(async () => {
      await browser?.close();
      await rm(folder, { recursive: true, force: true });
    });

    it.each([{ width: 1280 }, { width: 1280, dark: true }, { width: 390 }, { width: 390, dark: true }])(
      'draws every figure, fits the width of the page and reports no error: %o',
      async (view) => {
        await browser.view(view);
        await browser.open(join(folder, 'report.html'));
        const found = await browser.evaluate<Found>(look);
        expect(browser.complaints).toEqual([]);
        expect(found.empty).toEqual([]);
        expect(found.figures).toBeGreaterThan(100);
        expect(found.pageWidth).toBeLessThanOrEqual(view.width);
        expect(found.wide).toEqual([]);
        expect(found.faint).toEqual([]);
        // Dark text on a light page, or the opposite.
        expect(found.inkIsDarker).toBe(view.dark !== true);
      },
    );

    it('detects an empty figure', async () => {
      const bare = lineChart(
        't',
        'a chart without lines',
        { name: 'x' },
        { name: 'y' },
        [{ name: 'none', colour: 0, weight: 'strong', points: [] }],
        { embedded: true },
      );
      await writeFile(join(folder, 'bare.html'), `<style>svg{width:300px}</style><figure>${bare}</figure>`);
      await browser.open(join(folder, 'bare.html'));
      expect((await browser.evaluate<Found>(look)).empty).toEqual(['a chart without lines']);
    });

    it('prints folded sections', async () => {
      await browser.view({ width: 794, media: 'print' });
      await browser.open(join(folder, 'report.html'));
      const hidden = `[...document.querySelectorAll('details svg')].filter((svg) => !svg.checkVisibility()).length`;
      expect(await browser.evaluate<number>(hidden)).toBe(0);
      await browser.view({ width: 794 });
      expect(await browser.evaluate<number>(hidden)).toBeGreaterThan(50);
    });
  },
);
