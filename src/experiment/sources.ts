// The sources of synthetic records of an experiment. Each generator is opened once, and makes each record once.

import type { EngineChoice } from '../engine/open.js';
import type { GeneratorFile } from '../generators/folder.js';
import { openGenerator, type RecordGenerator } from '../generators/open-generator.js';
import { expectLearntLabels, type OtherSource, type TrainConfig } from '../run/config.js';
import { heldBack } from '../run/predictions.js';
import {
  bothSources,
  expectFittingSource,
  keptSource,
  type RecordSource,
  refuseLearntPatients,
} from '../run/record-source.js';
import { usesSynthetic } from '../run/settings.js';
import { simulatorOf } from '../run/sides.js';
import type { SignalSource } from '../signal/source.js';
import { type LabelTask, parseLabelTask, simulatedClasses, turnsOf } from '../signal/tasks.js';
import type { ExperimentConfig } from './config.js';
import type { ExperimentData } from './data.js';
import { simulator, sourceParts } from './source-names.js';

/** A generator of an experiment: what its folder states, for the report. */
export interface GeneratorFacts {
  /** The source as the configuration names it. */
  readonly source: string;
  readonly file: GeneratorFile;
}

interface Opened {
  readonly generator: RecordGenerator;
  /** The generator, which keeps its records in memory. */
  readonly kept: RecordSource;
}

/** The open sources of an experiment by name. */
export class Sources {
  readonly #opened: ReadonlyMap<string, Opened>;

  private constructor(opened: ReadonlyMap<string, Opened>) {
    this.#opened = opened;
  }

  /**
   * Opens the generators of a configuration, and checks that they make its records.
   *
   * @throws PqrstError ERR_OPTION: when rate, length, leads, filter or labels differ.
   * @throws PqrstError The errors of `openGenerator`.
   */
  static async open(
    config: ExperimentConfig,
    options: EngineChoice & { readonly threads: number },
  ): Promise<Sources> {
    const opened = new Map<string, Opened>();
    const sources = new Sources(opened);
    try {
      for (const name of config.settings.some(usesSynthetic) ? config.sources : []) {
        const parts = sourceParts(name);
        if (parts.kind === 'simulator') continue;
        const { folder, kind } = parts;
        // The same generator can be a source by itself and beside the simulator.
        const [alone, beside] = [opened.get(`generator:${folder}`), opened.get(`both:${folder}`)];
        const same = kind === 'refined' ? undefined : (alone ?? beside);
        opened.set(name, same ?? (await openOne(folder, kind === 'refined', config, options)));
      }
    } catch (error) {
      await sources.close();
      throw error;
    }
    return sources;
  }

  /** Returns the source of a task's records; undefined for the simulator. */
  of(name: string, config: TrainConfig, seed: number): RecordSource | undefined {
    const kept = this.#opened.get(name)?.kept;
    if (kept === undefined || sourceParts(name).kind !== 'both') return kept;
    const task = parseLabelTask(config.task);
    const { filter } = config;
    // Two sources in turns make one record of each label per request, so the simulator keeps larger blocks too.
    const simulated = keptSource({ ...simulatorOf(config, seed), id: simulator, filter, patients: [] });
    return bothSources(asTask(simulated, task, config), asTask(kept, task, config));
  }

  /** Returns the name and the labels of a source, which stand for it where a configuration is checked. */
  partOf(name: string, task: string): OtherSource | undefined {
    const kept = this.#opened.get(name)?.kept;
    if (kept === undefined) return undefined;
    const labels = sourceParts(name).kind === 'both' ? parseLabelTask(task).labels : kept.labels;
    return { id: this.idOf(name)!, labels };
  }

  /** Returns what identifies the records of a source; undefined for the simulator. */
  idOf(name: string): string | undefined {
    const id = this.#opened.get(name)?.kept.id;
    return id !== undefined && sourceParts(name).kind === 'both' ? `${simulator} and ${id}` : id;
  }

  /** Returns the SHA-256 of the generator of a source; null for the simulator. */
  hashOf(name: string | null): string | null {
    return (name === null ? undefined : this.#opened.get(name)?.generator.spec.sha256) ?? null;
  }

  /** What identifies the records of each source with a generator, by name. */
  get ids(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#opened.keys()].map((name) => [name, this.idOf(name)!]));
  }

  /** The generators in the order of the configuration, each once. */
  get facts(): readonly GeneratorFacts[] {
    const byHash = new Map<string, GeneratorFacts>();
    for (const [source, { generator }] of this.#opened) {
      const { file, spec } = generator;
      if (!byHash.has(spec.sha256)) byHash.set(spec.sha256, { source, file });
    }
    return [...byHash.values()];
  }

  /**
   * Refuses test windows of patients whose records a generator learnt.
   *
   * @throws PqrstError ERR_OPTION: when the held-back side of a task or an outside set has one of them.
   */
  refuseLearnt({ set, tasks }: Pick<ExperimentData, 'set' | 'tasks'>): void {
    for (const { generator } of new Set(this.#opened.values())) {
      for (const { name, windows } of tasks.flatMap(({ tests }) => tests)) {
        const tested = windows.map(({ window }) => window);
        refuseLearntPatients(generator, tested, name === heldBack ? set.source : name);
      }
    }
  }

  /** Releases the generators. */
  async close(): Promise<void> {
    for (const { generator } of new Set(this.#opened.values())) await generator.close();
  }
}

async function openOne(
  folder: string,
  isRefined: boolean,
  config: ExperimentConfig,
  options: EngineChoice & { readonly threads: number },
): Promise<Opened> {
  const sampling = isRefined ? { refine: config.preset as string } : {};
  const generator = await openGenerator(folder, { ...options, seed: config.seed, sampling });
  try {
    expectFittingSource(generator, config, config.leads ?? ['II']);
    for (const task of config.tasks) expectLearntLabels(task, generator, config.labelMap);
  } catch (error) {
    await generator.close();
    throw error;
  }
  return { generator, kept: keptSource(generator) };
}

/** Returns a source with the labels of a task. Two sources that spell the labels differently then have the same ones. */
function asTask<Source extends SignalSource>(
  source: Source,
  task: LabelTask,
  { ownClasses, labelMap }: Pick<TrainConfig, 'ownClasses' | 'labelMap'>,
): Source {
  const outputs = simulatedClasses(task, source.labels, ownClasses, labelMap)!;
  return {
    ...source,
    labels: task.labels,
    batch: (request) => {
      const classes = request.labels.map((label) => outputs[task.labels.indexOf(label)]!);
      return source.batch({ ...request, labels: turnsOf(classes) });
    },
  };
}
