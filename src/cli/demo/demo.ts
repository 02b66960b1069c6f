// The demo runs the whole protocol once with small budgets. It trains AF against normal in the three settings, exports,
// evaluates on patients outside the training, and writes one HTML report. It takes minutes; do not cite its results.

import { access, mkdtemp, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { makeFolder, writeFileAtomic } from '../../base/files.js';
import { openDataset } from '../../datasets/dataset.js';
import { type BaseSetting, baseSettings } from '../../run/settings.js';
import { type RunResult, trainRun } from '../../run/train-run.js';
import { displayNames, type EcgWindow, type WindowSet } from '../../signal/window.js';
import { type CurvePoint, readCheckpoint } from '../../train/checkpoint.js';
import type { Task } from '../task.js';
import { trainingProgress } from '../training-progress.js';
import { demoPage, verdict } from './page.js';
import { classPictures, type RealRecords } from './strips.js';

const fsHz = 100;
const seconds = 10;
/** Maximum number of windows per patient, so that no patient outweighs the others and the demo takes only minutes. */
const mostPerPatient = { normal: 24, af: 64 };

const config = {
  task: 'af',
  arch: 'resnet18',
  preset: 'physiological',
  schedule: 'one-cycle',
  learningRate: 2e-3,
  fsHz,
  seconds,
  seed: 1,
  batch: 32,
  epochs: 3,
  validateEvery: 1,
  syntheticCount: 1280,
} as const;

/** The configuration of the demo. */
export type DemoConfig = Readonly<Record<keyof typeof config, string | number>>;

/** One training of the demo. */
export interface DemoRun {
  readonly setting: BaseSetting;
  readonly result: RunResult;
  readonly curve: readonly CurvePoint[];
}

/** The result of the demo. */
export interface DemoOutcome {
  /** Path of the report. */
  readonly report: string;
  /** Sentences about the scores. */
  readonly verdict: readonly string[];
}

/** Runs the demo with `mitdb` in `dataFolder`, otherwise `ptb-xl`, otherwise with synthetic records alone. */
export async function demo(out: string, dataFolder: string, task: Task): Promise<DemoOutcome> {
  const started = performance.now();
  const real = await findRecords(dataFolder, task);
  const settings: readonly BaseSetting[] = real === undefined ? ['syn'] : baseSettings;
  await makeFolder(out);
  const work = await mkdtemp(join(out, '.work-'));
  const runs: DemoRun[] = [];
  try {
    for (const setting of settings) runs.push(await runOne(setting, work, real, task));
    // Models of an earlier demo would not belong to the new report.
    for (const setting of baseSettings) await rm(join(out, `${setting}.onnx`), { force: true });
    for (const { setting } of runs) {
      await rename(join(work, setting, 'model.onnx'), join(out, `${setting}.onnx`));
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const pictures = await classPictures(config.seed, real);
  const tookS = (performance.now() - started) / 1000;
  const report = join(out, 'report.html');
  await writeFileAtomic(report, demoPage({ config, runs, pictures, real, tookS }));
  return { report: relative('', report), verdict: verdict(runs) };
}

async function runOne(
  setting: BaseSetting,
  work: string,
  real: RealRecords | undefined,
  task: Task,
): Promise<DemoRun> {
  const folder = join(work, setting);
  const progress = trainingProgress(task, setting);
  try {
    const result = await trainRun(
      { ...config, setting },
      {
        out: folder,
        ...(real && { data: thin(real.set) }),
        signal: task.signal,
        onEvent: progress.onEvent,
      },
    );
    const { progress: done } = await readCheckpoint(join(folder, 'checkpoint.bin'));
    return { setting, result, curve: done.curve };
  } finally {
    progress.stop();
  }
}

async function findRecords(dataFolder: string, task: Task): Promise<RealRecords | undefined> {
  for (const kind of ['mitdb', 'ptb-xl']) {
    const folder = join(dataFolder, kind);
    const exists = await access(folder).then(
      () => true,
      () => false,
    );
    if (!exists) continue;
    const progress = task.startProgress(`reading ${kind}`);
    try {
      const set = await openDataset(`${kind}:${folder}`, {
        fsHz,
        seconds,
        signal: task.signal,
        onProgress: (done, total) => progress.update(done, total),
      });
      return { set: { ...set, source: kind }, mitdbFolder: kind === 'mitdb' ? folder : undefined };
    } finally {
      progress.stop();
    }
  }
  return undefined;
}

/** Returns the windows of the task, limited per patient and label, spread evenly over each recording. */
function thin(set: WindowSet): WindowSet {
  const groups = new Map<string, EcgWindow[]>();
  for (const window of set.windows) {
    const side = window.classes.includes('af') ? 'af' : 'normal';
    if (side === 'normal' && !window.classes.includes('normal')) continue;
    const key = `${side} ${displayNames(window).patientId}`;
    groups.set(key, [...(groups.get(key) ?? []), window]);
  }
  const windows = [...groups].flatMap(([key, all]) => {
    const most = key.startsWith('af') ? mostPerPatient.af : mostPerPatient.normal;
    const kept = Math.min(most, all.length);
    return Array.from({ length: kept }, (_, n) => all[Math.floor((n * all.length) / kept)]!);
  });
  return { ...set, windows };
}
