import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { type ExportRunOptions, exportRun } from '#lib/run/run-export.js';
import { trainRun } from '#lib/run/train-run.js';
import type { WindowSet } from '#lib/signal/window.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { classSet, registerTinyArch, windowSet } from '../helpers/tiny-arch.js';
import { wrongEngine } from '../helpers/wrong-engine.js';

let data: WindowSet;
beforeAll(async () => {
  registerTinyArch();
  data = await windowSet({ task: 'af', positive: 4, negative: 8 });
});

/** Trains a short run of both phases and returns its folder. */
async function finishedRun(): Promise<string> {
  const run = await temporaryFolder();
  const shape = {
    arch: 'tiny',
    fsHz: 100,
    seconds: 4,
    batch: 8,
    epochs: 2,
    syntheticCount: 16,
    validateEvery: 1,
  };
  await trainRun({ task: 'af', setting: 'syn-real', learningRate: 5e-3, ...shape }, { out: run, data });
  return run;
}

describe('exportRun', () => {
  it('writes the best weights of the last phase, and compares the file with the float32 model', async () => {
    const run = await finishedRun();
    const [plain, half] = [join(run, 'plain.onnx'), join(run, 'half.onnx')];
    const { report, comparison } = await exportRun({ run, out: plain });
    expect(comparison).toBeUndefined();
    expect(report).toMatchObject({ path: plain, precision: 'float32' });
    expect((await readFile(plain)).equals(await readFile(join(run, 'model.onnx')))).toBe(true);
    const progress: [number, number][] = [];
    const judged = await exportRun({
      run,
      out: half,
      precision: 'float16',
      data,
      onProgress: (done, total) => progress.push([done, total]),
    });
    expect(judged.report.sizeBytes).toBeLessThan(report.sizeBytes);
    expect(judged.comparison).toMatchObject({ source: 'test', windows: 36, positives: 12 });
    const { float32Auprc, auprc } = judged.comparison!;
    expect(Math.abs(float32Auprc.value - auprc.value)).toBeLessThan(0.05);
    expect(progress.at(-1)).toEqual([72, 72]);
    // 16 random windows and 36 windows of the data.
    expect([report.windows, judged.report.windows]).toEqual([16, 52]);
    await rm(join(run, 'model.onnx'));
    const alone = await exportRun({ run, out: half, precision: 'float16', data });
    expect(alone).toEqual(judged);
  });

  it.each(['train', 'experiment'])('writes no file of a %s run if a step fails', async (kind) => {
    const run = await finishedRun();
    if (kind === 'experiment') await rm(join(run, 'model.onnx'));
    const out = join(await temporaryFolder(), 'out.onnx');
    const refuse = (change: Partial<ExportRunOptions>) => errorOf(exportRun({ run, out, data, ...change }));
    const normal = data.windows.filter(({ classes }) => classes.includes('normal'));
    expect(await refuse({ data: { ...data, windows: normal } })).toMatch(/^ERR_DATA_EMPTY/);
    expect(await refuse({ data: { ...data, fsHz: 50 } })).toMatch(/^ERR_OPTION: .*400 samples at 50 Hz/);
    const abort = new AbortController();
    const onProgress = () => abort.abort(new Error('enough'));
    const aborted = exportRun({ run, out, data, signal: abort.signal, onProgress });
    await expect(aborted).rejects.toThrow('enough');
    const engine = onnxRuntimeEngine();
    expect(await refuse({ engine: wrongEngine(engine) })).toMatch(/^ERR_EXPORT_PARITY/);
    await engine.close();
    expect(await readdir(dirname(out))).toEqual([]);
  });

  it('refuses a run of another format', async () => {
    const run = await finishedRun();
    const path = join(run, 'metrics.json');
    const { schema, ...earlier } = JSON.parse(await readFile(path, 'utf8'));
    expect(schema).toBe(1);
    const out = join(run, 'out.onnx');
    await writeFile(path, JSON.stringify(earlier));
    expect(await errorOf(exportRun({ run, out }))).toMatch(
      /^ERR_CHECKPOINT: .*metrics\.json is of an earlier run format without a number, .*reads format 1; use .*, or delete the folder/,
    );
    await writeFile(path, JSON.stringify({ ...earlier, schema: 2 }));
    expect(await errorOf(exportRun({ run, out }))).toMatch(/^ERR_CHECKPOINT: .*is of run format 2/);
  });

  it('exports runs of several classes, and of labels that the simulator does not make', async () => {
    const set = await classSet(
      (['normal', 'af', 'aflt'] as const).flatMap((name) => [name, name, name, name]),
    );
    const short = { arch: 'tiny', fsHz: 100, seconds: 4, batch: 8, epochs: 1, setting: 'real' } as const;
    const three = await temporaryFolder();
    await trainRun({ ...short, task: 'normal+af+aflt' }, { out: three, data: set });
    const judged = await exportRun({
      run: three,
      out: join(three, 'half.onnx'),
      precision: 'float16',
      data: set,
    });
    expect(judged.comparison).toMatchObject({ windows: 36 });
    expect(judged.comparison).not.toHaveProperty('positives');
    expect(judged.comparison!.auprc.value).toBeGreaterThan(0);

    const windows = set.windows.map((window) => ({
      ...window,
      labels: [window.classes.join().toUpperCase()],
    }));
    const named = await temporaryFolder();
    await trainRun({ ...short, task: 'AF:NORMAL' }, { out: named, data: { ...set, windows } });
    expect((await exportRun({ run: named, out: join(named, 'again.onnx') })).report.windows).toBeGreaterThan(
      0,
    );
  });

  it('refuses a folder without a finished run, and does not replace a file of a run', async () => {
    const run = await finishedRun();
    const out = join(run, 'out.onnx');
    for (const name of ['model.onnx', 'checkpoint.bin', 'learning-curve.svg']) {
      expect(await errorOf(exportRun({ run, out: join(run, name) }))).toMatch(
        /^ERR_OPTION: .*is a file of the run itself/,
      );
    }
    await symlink(run, `${run}-link`);
    expect(await errorOf(exportRun({ run: `${run}-link`, out: join(run, 'model.onnx') }))).toMatch(
      /^ERR_OPTION/,
    );
    expect(await errorOf(exportRun({ run, out, precision: 'float8' as 'int8' }))).toMatch(
      /^ERR_OPTION: exportRun: precision must be one of float32, float16, int8/,
    );
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await expect(exportRun({ run, out, signal: abort.signal })).rejects.toThrow('enough');
    await writeFile(join(run, 'checkpoint.bin'), 'PQRSTCKP');
    expect(await errorOf(exportRun({ run, out }))).toMatch(/^ERR_CHECKPOINT: .*is cut short/);
    await writeFile(join(run, 'metrics.json'), '{"schema": 1, "config": {}}');
    expect(await errorOf(exportRun({ run, out }))).toMatch(
      /^ERR_CHECKPOINT: .*is damaged \(missing or invalid: data, curve\); delete it/,
    );
    expect(await errorOf(exportRun({ run: join(run, 'none'), out }))).toMatch(
      /^ERR_NOT_FOUND: .*trained to its end/,
    );
    expect(await readdir(run)).not.toContain('out.onnx');
  });
});
