// Twelve leads from records on disk to an evaluated ONNX file, and what is refused.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '#lib/datasets/dataset.js';
import { decodeModelHeader } from '#lib/graph/header.js';
import { parseConfig } from '#lib/run/config.js';
import { evaluate } from '#lib/run/evaluate.js';
import { leadsToLoad, modelLeads } from '#lib/run/leads.js';
import { modelMetadataOf } from '#lib/run/phase.js';
import { exportRun } from '#lib/run/run-export.js';
import { trainRun } from '#lib/run/train-run.js';
import { twelveLeads } from '#lib/signal/leads.js';
import { runCli } from '../cli/run-cli.js';
import { dataFolder, titleWithData } from '../helpers/data.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { modelEntries } from '../helpers/model-entries.js';
import { twelveLeadFolder } from '../helpers/twelve-leads.js';

const config = { task: 'af', setting: 'real', fsHz: 100, seconds: 4, batch: 8, epochs: 1 } as const;

describe('a twelve-lead ResNet-18', () => {
  it('is trained and evaluated from the command line', async () => {
    const parent = await temporaryFolder();
    const data = await twelveLeadFolder(join(parent, 'records'), { patients: 3 });
    const out = join(parent, 'run');
    const words = ['--task', 'af', '--setting', 'real', '--leads', '12', '--data', data, '--fs', '100'];
    const trained = await runCli([
      'train',
      ...words,
      '--seconds',
      '4',
      '--epochs',
      '1',
      '--batch',
      '8',
      '--out',
      out,
    ]);
    expect([trained.code, trained.stderr.includes('Error')]).toEqual([0, false]);
    const modelPath = join(out, 'model.onnx');
    const { inputs } = decodeModelHeader(await readFile(modelPath));
    const metadata = await modelEntries(modelPath);
    expect(metadata).toMatchObject({ leads: twelveLeads.join(), arch: 'resnet18' });
    expect(metadata.unit).toBe('mV');
    expect(inputs[0]!.shape).toEqual(['N', 12, 400]);

    // The file says which leads to read.
    const judged = await runCli(['evaluate', '--model', modelPath, '--data', data, '--json']);
    expect(judged.code).toBe(0);
    const { data: read, metrics } = JSON.parse(judged.stdout);
    expect([read.leads, read.unit, metrics.windows]).toEqual([twelveLeads, 'mV', 12]);
    expect(await errorOf(evaluate({ modelPath, data, leads: 'I,II' }))).toContain(
      'takes ecg float32 [N, 12, 400], 12 leads, but 2 are named (I, II)',
    );
    const windows = await openDataset(data, { fsHz: 100, seconds: 4 });
    expect(await errorOf(evaluate({ modelPath, data: windows }))).toMatch(
      /^ERR_OPTION: the windows of folder:.* have II, but .*model.onnx takes I, II, III/,
    );

    const { report, comparison } = await exportRun({
      run: out,
      out: join(parent, 'half.onnx'),
      precision: 'float16',
      data,
    });
    expect([report.precision, comparison!.windows]).toEqual(['float16', 12]);
  });
});

describe('the leads of a run', () => {
  it('may be one other than II, which an evaluation then reads', async () => {
    const parent = await temporaryFolder();
    const data = await twelveLeadFolder(join(parent, 'records'), { patients: 3 });
    const out = join(parent, 'run');
    const result = await trainRun({ ...config, leads: 'v1' }, { out, data });
    expect(result.data).toMatchObject({ leads: ['V1'], unit: 'mV' });
    const { data: read } = await evaluate({ modelPath: join(out, 'model.onnx'), data });
    expect(read.leads).toEqual(['V1']);
    const other = await evaluate({ modelPath: join(out, 'model.onnx'), data, leads: 'II' });
    expect(other.data.leads).toEqual(['II']);
    expect(other.notes[0]).toMatch(/model\.onnx states `leads` V1; the given II is used instead/);
  });

  it('are several for synthetic records only where the preset makes them', async () => {
    const out = join(await temporaryFolder(), 'run');
    const message =
      /^ERR_OPTION: the paper's model makes lead II only, and the windows have 12 leads \(I, II, /;
    for (const setting of ['syn', 'syn-real'] as const) {
      const refused = trainRun(
        { ...config, preset: 'paper', setting, leads: '12' },
        { out, data: 'folder:x' },
      );
      expect(await errorOf(refused)).toMatch(message);
    }
    const words = ['--task', 'af', '--data', 'folder:x', '--leads', '12', '--preset', 'paper', '--out', out];
    const refused = await runCli(['experiment', ...words]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("the paper's model makes lead II only");
    const strange = { ...config, preset: 'physiological', setting: 'syn', leads: 'II,VX' } as const;
    expect(await errorOf(trainRun(strange, { out }))).toMatch(
      /^ERR_OPTION: the simulator makes no lead "VX"/,
    );
  });

  it('are those of the real windows in the synthetic phase, whether requested or given', async () => {
    const parent = await temporaryFolder();
    const data = await twelveLeadFolder(join(parent, 'records'), { patients: 3 });
    const small = { ...config, preset: 'physiological', setting: 'syn-real', syntheticCount: 8 } as const;
    const arch = { arch: 'lstm', archOptions: { layers: 1, units: 16 } } as const;
    const windows = await openDataset(data, { fsHz: 100, seconds: 4, leads: ['V1', 'II'] });
    for (const [leads, given] of [
      ['V1,II', data],
      [undefined, windows],
    ] as const) {
      const out = join(parent, `run-${leads}`);
      const result = await trainRun({ ...small, ...arch, leads }, { out, data: given });
      expect(result.data.leads).toEqual(['V1', 'II']);
      expect(result.curve.map(({ phase }) => phase)).toEqual(['pretrain', 'finetune']);
    }
  });
});

const real = dataFolder('ptb-xl');

describe('a twelve-lead ResNet-18 that is trained on synthetic records', () => {
  const synthetic = {
    ...config,
    preset: 'physiological',
    setting: 'syn',
    leads: '12',
    seconds: 10,
    syntheticCount: 16,
  } as const;

  const title = 'is one ONNX file that names its leads, and is evaluated on PTB-XL';
  it(titleWithData(title, 'ptb-xl'), async () => {
    const out = join(await temporaryFolder(), 'run');
    const result = await trainRun(synthetic, { out });
    expect([result.data.leads, result.test.on]).toEqual([twelveLeads, 'synthetic']);
    const modelPath = join(out, 'model.onnx');
    const { inputs } = decodeModelHeader(await readFile(modelPath));
    const metadata = await modelEntries(modelPath);
    expect([metadata.leads, inputs[0]!.shape]).toEqual([twelveLeads.join(), ['N', 12, 1000]]);
    if (real === undefined) return;
    const { data, metrics } = await evaluate({ modelPath, data: `ptb-xl:${real}` });
    expect([data.leads, data.unit, data.skipped.length]).toEqual([twelveLeads, 'mV', 0]);
    expect(metrics.windows).toBeGreaterThan(200);
  });
});

describe('the leads of a model', () => {
  it('are those its file names; II means the lead that each data set gives by itself', () => {
    expect([modelLeads(undefined), modelLeads(['ECG']), modelLeads(['MLII'])]).toEqual([
      undefined,
      undefined,
      ['II'],
    ]);
    expect([leadsToLoad(['MLII']), leadsToLoad(['II']), leadsToLoad(['ECG'])]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([leadsToLoad(['v1']), leadsToLoad(['II', 'vx'])]).toEqual([['V1'], ['II', 'vx']]);
  });

  it('have one spelling in its file, however the recordings name them', () => {
    const trained = parseConfig({ task: 'af', setting: 'real', arch: 'lstm' });
    const leadsOf = (...leads: string[]) => {
      const summary = { source: 'x', fsHz: 100, lengthSamples: 400, leads, unit: 'mV', skipped: 0 } as const;
      return modelMetadataOf(trained, summary, null).leads;
    };
    for (const name of ['II', 'ii', 'MLII', 'Lead II', 'II/MLII']) expect(leadsOf(name)).toEqual(['II']);
    expect(leadsOf('i', 'avr')).toEqual(['I', 'aVR']);
    expect(leadsOf('ECG, left')).toEqual(['ECG  left']);
  });
});
