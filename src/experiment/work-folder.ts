// A private folder for one run or search while a worker computes it: EXPERIMENT/work/NAME.ID. Its last step is the
// renaming to its place in the experiment. The next worker of a run whose worker has ended takes its folder over by
// renaming it, and so continues from its checkpoint. A worker that was suspended meanwhile has lost its folder: what it
// writes from then on is in a folder without the file `owner`, which never gets a place.

import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { exists, isAbsent, makeFolder, syncFolder, writeError, writeFileAtomic } from '../base/files.js';
import { fileLimits, readText } from '../base/open-file.js';

/** The folder of all private folders. */
export const workName = 'work';
const ownerName = 'owner';

/** The private folder of one worker. */
export class WorkFolder {
  /** The private folder. */
  readonly path: string;
  readonly #place: string;
  readonly #id: string;

  private constructor(path: string, place: string, id: string) {
    this.path = path;
    this.#place = place;
    this.#id = id;
  }

  /**
   * Makes a private folder for the run or search `name` of the experiment in `out`; takes over that of another worker, or
   * the unfinished folder of `pqrst experiment`.
   */
  static async take(out: string, name: string): Promise<WorkFolder> {
    const place = join(out, name);
    const base = `${name.split(sep).join('~')}.`;
    const id = randomUUID();
    const path = join(out, workName, `${base}${id}`);
    await makeFolder(join(out, workName));
    for (const other of await readdir(join(out, workName))) {
      if (!other.startsWith(base)) continue;
      const from = join(out, workName, other);
      if ((await exists(join(from, ownerName))) && (await moved(from, path))) break;
    }
    if (!(await exists(path)) && !(await moved(place, path))) await makeFolder(path);
    await writeFileAtomic(join(path, ownerName), id);
    return new WorkFolder(path, place, id);
  }

  /**
   * Renames the folder to its place.
   *
   * @throws PqrstError ERR_WRITE: when another worker has taken the folder over.
   */
  async place(): Promise<void> {
    const owner = join(this.path, ownerName);
    const found = await readText(owner, fileLimits.lock).catch((error: unknown) => {
      if (isAbsent(error)) return undefined;
      throw writeError(owner, error);
    });
    if (found !== this.#id) {
      throw new PqrstError(
        'ERR_WRITE',
        `another worker has taken over ${this.path}, because the queue did not hear of this one for too long`,
      );
    }
    await rm(owner);
    await syncFolder(this.path);
    await makeFolder(dirname(this.#place));
    try {
      await rename(this.path, this.#place);
    } catch (error) {
      // Another worker has finished the same run.
      if (!(await exists(this.#place))) throw writeError(this.#place, error);
      await rm(this.path, { recursive: true, force: true });
    }
    await syncFolder(dirname(this.#place));
  }
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw writeError(to, error);
  }
}
