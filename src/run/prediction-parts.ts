// Predictions of a corpus as a folder: one part per shard of the corpus, under the name and number of the shard, and
// _manifest.json last. A part has a temporary name until it is on the disk, and its bytes follow from the model, the
// records and the device alone, so a part that runs twice has the same bytes. Several tasks may write one folder, each its
// own parts, as with a corpus (corpus/folder-staging.ts).
// More than 300 lines: writing and reading of both formats stay together, so that they cannot differ.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type AsyncBuffer, parquetReadObjects } from 'hyparquet';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { writeFileAtomic } from '../base/files.js';
import { fileLimits, readBytes, readText } from '../base/open-file.js';
import { parseJson } from '../base/parse-json.js';
import { systemReason } from '../base/system-reason.js';
import { jsonText } from '../base/text.js';
import { packageVersion } from '../base/version.js';
import { cellText, csvText } from '../codecs/csv.js';
import { parseRows } from '../codecs/table-text.js';
import { FolderStaging, type Staged } from '../corpus/folder-staging.js';
import type { CorpusPlan } from '../corpus/format.js';
import { HashedFile } from '../corpus/hashed-file.js';
import { countShards, listShards, type PlacedShard, shardsOfPart } from '../corpus/shards.js';
import type { LeadFacts } from '../datasets/plausibility.js';
import type { Device } from '../engine/engine.js';
import type { OutputKind } from '../model/metadata.js';
import type { SkippedRecord } from '../signal/window.js';
import type { PartFormat, PredictionsOptions } from './part-formats.js';
import type { PredictedWindow } from './predict.js';
import { logitHeads, predictionCells, predictionHeads, probabilityHeads } from './predictions.js';

/** All that determines the bytes of the parts. */
export interface PartsIdentity {
  readonly generator: string;
  /** SHA-256 of the model with its weights. */
  readonly model: string;
  /** `CorpusSource.identity`. */
  readonly records: string;
  readonly task: string;
  readonly labels: readonly string[];
  readonly fsHz: number;
  readonly seconds: number;
  readonly filter: string | null;
  readonly scaling: string;
  /** Leads of the model; empty for the default lead. */
  readonly leads: readonly string[];
  readonly output: OutputKind;
  readonly device: Device;
  readonly format: PartFormat;
}

/** What the manifest states about a part. */
export interface PartReceipt {
  readonly windows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly skipped: readonly SkippedRecord[];
  readonly facts: readonly LeadFacts[];
}

/** What an evaluation found in a shard. */
export type PartContent = Pick<PartReceipt, 'skipped' | 'facts'> & {
  readonly rows: readonly PredictedWindow[];
};

/** The columns of a finished part that scores are computed from. */
export interface PartColumns {
  readonly receipt: PartReceipt;
  readonly rows: readonly {
    readonly recordName: string;
    readonly label: number;
    /** That of the positive label for two labels, otherwise one per label. */
    readonly probabilities: readonly number[];
  }[];
}

const manifestName = '_manifest.json';
const manifestSchema = z.looseObject({
  request: z.looseObject({ generator: z.string() }),
  parts: z.array(z.looseObject({ path: z.string(), windows: z.int().min(0), sha256: z.string() })),
});

interface PartsManifest {
  readonly request: PartsIdentity;
  readonly windows: number;
  readonly parts: readonly ({ readonly path: string } & PartReceipt)[];
}

const staged: Staged<PartsIdentity> = {
  what: 'unfinished predictions',
  code: 'ERR_CHECKPOINT',
  manifestIn: (names) => names.find((name) => name === manifestName),
  readIdentity: async (folder) => (await readPartsManifest(folder)).request,
  refuseOther(folder, existing, requested) {
    for (const name of Object.keys(requested) as (keyof PartsIdentity)[]) {
      const [was, now] = [existing[name], requested[name]].map((value) => JSON.stringify(value) ?? 'nothing');
      if (was === now) continue;
      throw new PqrstError(
        'ERR_OPTION',
        `${folder} contains predictions with \`${name}\` ${was}, but ${now} is requested; give the same options, or ` +
          'choose another folder',
      );
    }
  },
};

async function readPartsManifest(folder: string): Promise<PartsManifest> {
  const path = join(folder, manifestName);
  try {
    const manifest = parseJson(await readText(path, fileLimits.manifest), 2 ** 24);
    manifestSchema.parse(manifest);
    return manifest as PartsManifest;
  } catch (cause) {
    throw new PqrstError(
      'ERR_CHECKPOINT',
      `${path} is not a manifest of predictions (${systemReason(cause)}); delete ${folder} and start again`,
      { cause },
    );
  }
}

/** The parts of one folder. */
export class PredictionParts {
  readonly #folder: string;
  readonly #plan: CorpusPlan;
  readonly #identity: PartsIdentity;
  readonly #staging: FolderStaging<PartsIdentity, PartReceipt>;

  constructor(folder: string, plan: CorpusPlan, identity: PartsIdentity) {
    this.#folder = folder;
    this.#plan = plan;
    this.#identity = identity;
    this.#staging = new FolderStaging(folder, countShards(plan), staged);
  }

  /**
   * Claims the folder for part `part` of `parts`.
   *
   * @returns all shards of this part, and those whose part file does not exist yet.
   * @throws PqrstError ERR_OPTION: when the folder contains other predictions.
   * @throws PqrstError ERR_RANGE: when there are fewer shards than parts.
   * @throws PqrstError ERR_WRITE: when it contains something else, or this part was started and `resume` is not set.
   */
  async claim({ part = 1, parts = 1, resume = false }: PredictionsOptions) {
    const count = countShards(this.#plan);
    if (part > parts || parts > count) {
      throw new PqrstError(
        'ERR_RANGE',
        `part ${part} of ${parts} is requested, but the corpus has ${count === 1 ? '1 shard' : `${count} shards`}; ` +
          `request at most ${count} parts, and a part up to their number`,
      );
    }
    const { from, to } = shardsOfPart(this.#plan, part, parts);
    const shards = [...listShards(this.#plan, from, to)];
    if ((await this.#staging.claim(this.#identity, part, resume)) === 'complete') {
      return { shards, missing: [] as PlacedShard[] };
    }
    await this.#staging.removeLeftovers(from, to);
    const names = shards.map((shard) => ({ place: shard.place, path: this.#pathOf(shard) }));
    const written = await this.#staging.written(names);
    const missing = shards.filter(({ place }) => !written.has(place));
    return { shards, missing };
  }

  /** Writes the part of a shard. */
  async write(shard: PlacedShard, { rows, skipped, facts }: PartContent): Promise<void> {
    const { labels, format } = this.#identity;
    const temporary = this.#staging.temporary(shard.place);
    try {
      const file = await HashedFile.open(temporary);
      try {
        await file.write(format === 'csv' ? csvBytes(labels, rows) : parquetBytes(labels, rows));
      } catch (error) {
        await file.abandon();
        throw error;
      }
      const written = await file.close();
      await this.#staging.place(temporary, this.#pathOf(shard));
      await this.#staging.writeReceipt(shard.place, { windows: rows.length, ...written, skipped, facts });
    } catch (error) {
      await this.#staging.discard(temporary);
      throw error;
    }
  }

  /** Writes the manifest if every part exists. Returns whether the predictions are complete. */
  async finish(): Promise<boolean> {
    const all = [...listShards(this.#plan, 0, countShards(this.#plan))];
    try {
      const receipts = await this.#staging.receipts();
      if (receipts === undefined) return await this.#staging.isComplete();
      const parts = all.map((shard) => ({ path: this.#pathOf(shard), ...receipts[shard.place]! }));
      const windows = parts.reduce((sum, part) => sum + part.windows, 0);
      const temporary = this.#staging.temporary('manifest');
      await writeFileAtomic(temporary, jsonText({ request: this.#identity, windows, parts }));
      await this.#staging.place(temporary, manifestName);
    } catch (error) {
      // Another task that finished first has removed the staging area.
      if (!(await this.#staging.isComplete())) throw error;
    }
    await this.#staging.clear();
    return true;
  }

  /**
   * Yields the columns of finished parts, in the order of `shards`.
   *
   * @param shards - undefined: all parts of complete predictions.
   * @throws PqrstError ERR_CHECKPOINT: when a part is missing or was changed.
   */
  async *read(shards: readonly PlacedShard[] | undefined): AsyncGenerator<PartColumns, void, undefined> {
    if (shards === undefined) {
      const { parts } = await readPartsManifest(this.#folder);
      for (const { path, ...receipt } of parts) yield { receipt, rows: await this.#rowsOf(path, receipt) };
      return;
    }
    for (const shard of shards) {
      const receipt = await this.#staging.readReceipt(shard.place);
      if (receipt === undefined) {
        throw new PqrstError(
          'ERR_CHECKPOINT',
          `${this.#folder} was finished by another task meanwhile; repeat the call with \`resume\` to get its scores`,
        );
      }
      yield { receipt, rows: await this.#rowsOf(this.#pathOf(shard), receipt) };
    }
  }

  async #rowsOf(path: string, { sha256 }: PartReceipt): Promise<PartColumns['rows']> {
    const full = join(this.#folder, path);
    const fail = (problem: string, cause?: unknown) =>
      new PqrstError('ERR_CHECKPOINT', `${full} ${problem}; delete ${this.#folder} and evaluate again`, {
        cause,
      });
    let bytes: Buffer;
    try {
      bytes = await readBytes(full, fileLimits.table);
    } catch (cause) {
      throw fail(`cannot be read (${systemReason(cause)})`, cause);
    }
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
      throw fail('is not as it was written (its SHA-256 differs)');
    }
    const { labels, format } = this.#identity;
    return format === 'csv' ? csvRows(labels, bytes) : parquetRows(labels, bytes);
  }

  /** Returns the path of the part of a shard: the folder of its set and its number, with `/`. */
  #pathOf({ set, number }: PlacedShard): string {
    const name = `${String(number).padStart(5, '0')}.${this.#identity.format}`;
    return set.folder === '' ? name : `${set.folder}/${name}`;
  }
}

function csvBytes(labels: readonly string[], rows: readonly PredictedWindow[]): Buffer {
  return Buffer.from(csvText([predictionHeads(labels), ...rows.map((row) => predictionCells(labels, row))]));
}

function csvRows(labels: readonly string[], bytes: Buffer): PartColumns['rows'] {
  const [head, ...lines] = parseRows(bytes.toString('utf8')).rows.map(({ cells }) => cells.map(cellText));
  const placeOf = (name: string) => head!.indexOf(name);
  const [record, label] = [placeOf('recordName'), placeOf('label')];
  const places = probabilityHeads(labels).map(placeOf);
  return lines.map((cells) => ({
    recordName: cells[record]!,
    label: Number(cells[label]),
    probabilities: places.map((at) => Number(cells[at])),
  }));
}

function parquetBytes(labels: readonly string[], rows: readonly PredictedWindow[]): Uint8Array {
  const column = (
    name: string,
    type: NonNullable<ColumnSource['type']>,
    data: ColumnSource['data'],
  ): ColumnSource => {
    return { name, type, data, nullable: false };
  };
  const isPair = labels.length === 2;
  const columnData = [
    column(
      'recordName',
      'STRING',
      rows.map(({ recordName }) => recordName),
    ),
    column(
      'patientId',
      'STRING',
      rows.map(({ patientId }) => patientId),
    ),
    column(
      'startS',
      'DOUBLE',
      Float64Array.from(rows, ({ startS }) => startS),
    ),
    column(
      'label',
      'INT32',
      Int32Array.from(rows, ({ label }) => label),
    ),
    ...logitHeads(labels).map((name, at) =>
      column(
        name,
        'DOUBLE',
        Float64Array.from(rows, ({ logits }) => logits[at]!),
      ),
    ),
    ...probabilityHeads(labels).map((name, at) =>
      column(
        name,
        'FLOAT',
        Float32Array.from(rows, ({ probabilities }) => probabilities[isPair ? 1 : at]!),
      ),
    ),
  ];
  return new Uint8Array(
    parquetWriteBuffer({
      ...{ columnData, codec: 'UNCOMPRESSED', createdBy: `pqrst ${packageVersion()}` },
      rowGroupSize: 65_536,
    }),
  );
}

async function parquetRows(labels: readonly string[], bytes: Buffer): Promise<PartColumns['rows']> {
  const file: AsyncBuffer = {
    byteLength: bytes.length,
    slice: (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer,
  };
  const heads = probabilityHeads(labels);
  const found = await parquetReadObjects({ file, columns: ['recordName', 'label', ...heads] });
  return found.map((row) => ({
    recordName: String(row.recordName),
    label: Number(row.label),
    probabilities: heads.map((name) => Number(row[name])),
  }));
}
