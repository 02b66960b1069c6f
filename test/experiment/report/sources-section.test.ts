// The section of the report about sources, added records and shares, from made-up results.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ExperimentConfigInput } from '#lib/experiment/config.js';
import { experimentReport } from '#lib/experiment/report/report.js';
import { sourceTables } from '#lib/experiment/report/source-tables.js';
import type { GeneratorFile } from '#lib/generators/folder.js';
import { Browser, browserProgram } from '../../helpers/browser.js';
import { type Found, look } from '../../helpers/look.js';
import { madeUpExperiment } from '../../helpers/made-up-experiment.js';

const point = { trainLoss: 1, valF1: null, valAuprc: null, seconds: 1, epoch: 1 };
const file: GeneratorFile = {
  ...{ schema: 1, version: '0.1.0', kind: 'time-vqvae', size: 'small', options: {}, parameters: 1234567 },
  ...{
    labels: ['normal', 'aflt'],
    leads: ['II'],
    channels: ['II'],
    fsHz: 100,
    lengthSamples: 1000,
    config: {},
  },
  trainedOn: { source: 'ptb-xl:/data/ptb-xl', patients: [], records: [240, 12] },
  files: {},
  curve: [
    { ...point, phase: 'tokenizer', step: 100, valLoss: 0.5 },
    { ...point, phase: 'tokenizer', step: 200, valLoss: 0.6 },
    { ...point, phase: 'prior', step: 300, valLoss: 3.25 },
  ],
  seconds: 4230,
};
const given = {
  ...{ data: 'ptb-xl:data', tasks: ['aflt'], archs: ['resnet18', 's4'], outside: ['mitdb:data'], runs: 2 },
  settings: ['real', 'syn', 'syn-real', 'real+syn', 'real+real'],
  ...{ ratios: [0.5, 1], shares: [1, 10] },
} satisfies ExperimentConfigInput;
const source = 'generator:/private/anna/gens/vq';
const made = madeUpExperiment({ ...given, sources: ['simulator', source], positives: [5] }, 80);
const input = { ...made, generators: [{ source, file }] };

describe('the tables of sources', () => {
  const tables = sourceTables(input);
  const rowsOf = (title: string, from = 0) =>
    tables.find((one) => one.title === title)!.rows.map((cells) => cells.slice(from).join(' | '));

  it('state what each generator is, phase by phase', () => {
    expect(rowsOf('G1. The generators')).toEqual([
      'generator:vq | time-vqvae | small | 1234567 | 240 normal, 12 aflt | tokenizer 200, prior 300 | 70.5 | ' +
        'tokenizer 0.5000, prior 3.2500',
    ]);
  });

  it('have a row per training and number of real records, in each test', () => {
    const names = [
      'G3. Real and added records',
      'G4. Synthetic records alone',
      'G5. Pre-training, then real records',
    ];
    const tests = ['held-back test', 'outside test mitdb:data'];
    expect(tables.map(({ title }) => title)).toEqual([
      'G1. The generators',
      ...names.flatMap((name) => tests.map((test) => `${name}: AFLT, ${test}`)),
    ]);
    for (const { head, rows } of tables) {
      expect(new Set(head).size).toBe(head.length);
      for (const cells of rows) expect(cells).toHaveLength(head.length);
    }
    const ofArch = (rows: readonly string[]) => rows.filter((row) => row.startsWith('s4'));
    const shown = (name: string) =>
      ofArch(rowsOf(`${name}: AFLT, held-back test`)).map((row) => row.split(' | '));
    const added = ['Real+Syn × 0.5', 'Real+Syn × 1'];
    const trainings = [
      'Real',
      ...['simulator', 'generator:vq'].flatMap((maker) => added.map((one) => `${one} of ${maker}`)),
      ...['Real+Real × 0.5', 'Real+Real × 1'],
    ];
    expect(shown('G3. Real and added records').map(([, level, , training]) => [level, training])).toEqual(
      ['all', '5 positives'].flatMap((level) => trainings.map((training) => [level, training])),
    );
    expect(shown('G4. Synthetic records alone').map(([, training]) => training)).toEqual([
      ...['Real', 'Syn of simulator', 'Syn of generator:vq'],
    ]);
    const transferred = ['Real', 'Syn→Real of simulator', 'Syn→Real of generator:vq'];
    expect(
      shown('G5. Pre-training, then real records').map(([, level, , training]) => [level, training]),
    ).toEqual(
      ['all', '10 %', '1 %', '5 positives'].flatMap((level) =>
        transferred.map((training) => [level, training]),
      ),
    );
  });

  it('compare each training with Real on the same real records', () => {
    const rows = rowsOf('G5. Pre-training, then real records: AFLT, held-back test');
    const { comparisons } = made.summary;
    const one = comparisons.find((found) => {
      return (
        found.arch === 's4' && found.source === source && found.share === 10 && found.test === 'held-back'
      );
    })!;
    const row = rows.find((text) => /^s4 \| 10 % .*generator:vq/.test(text))!.split(' | ');
    expect(row[5]).toContain(one.f1.difference.toFixed(3).replace('-', '−'));
    expect(row[6]).toBe(one.f1.pCorrected < 0.001 ? '< 0.001' : one.f1.pCorrected.toFixed(3));
    expect(rows.find((text) => /^s4 \| 10 % .*\| Real \|/.test(text))!.split(' | ')[5]).toBe('–');
  });

  it('are absent from an experiment of the first paper', async () => {
    const first = madeUpExperiment(
      { ...given, settings: ['real', 'syn', 'syn-real'], ratios: undefined, shares: [] },
      80,
    );
    expect(sourceTables(first)).toEqual([]);
    expect(await experimentReport(first)).not.toContain('Learned generators');
  });
});

describe('the report', () => {
  it('draws the score against the share with a line per source, and shows the first source in the other sections', async () => {
    const page = await experimentReport(input);
    const figures = page.match(/aria-label="AFLT, s4: F1 against the share of real records[^"]*"/g)!;
    expect(figures).toHaveLength(2);
    expect(figures[0]).toMatch(/Real alone: 1 % 0\.\d{3}, 10 % .*; simulator: 1 % .*; generator:vq: 1 % /);
    expect(page.match(/<title>ROC curves/g)).toHaveLength(2 * 2);
    expect(page).not.toContain('/private/anna');
    // The configuration names the sources, and the table of F1 has one row per architecture.
    expect(page).toContain('simulator, generator:vq');
    expect(page).toContain('resnet18, s4');
    const alone = madeUpExperiment(
      { ...given, sources: source, settings: ['real', 'syn', 'syn-real'], ratios: undefined },
      80,
    );
    const other = await experimentReport({ ...alone, generators: [{ source, file }] });
    expect(other).toContain('The synthetic ECGs come from generator:vq.');
    expect(other).not.toContain('<figcaption>Synthetic, ');
  });

  it.skipIf(browserProgram === undefined)('looks well in a browser', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pqrst-report-'));
    const browser = await Browser.start(browserProgram!);
    try {
      await writeFile(join(folder, 'report.html'), await experimentReport(input));
      await browser.view({ width: 1280 });
      await browser.open(join(folder, 'report.html'));
      const found = await browser.evaluate<Found>(look);
      expect(browser.complaints).toEqual([]);
      expect([found.empty, found.wide, found.faint]).toEqual([[], [], []]);
    } finally {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
