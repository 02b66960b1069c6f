// Kills `pqrst synth` (kill -9, which no process can tidy up after), resumes it until it is done, and compares the corpus
// with one that was never disturbed. scripts/kill-test.mjs does the same for longer.

import { join } from 'node:path';
import { expect, it } from 'vitest';
// @ts-expect-error: a script, which has no types
import { killTest } from '../../scripts/kill-test.mjs';
import { mainScript } from '../cli/run-cli.js';
import { temporaryFolder } from './folder.js';

/** Defines one test per format; at least `inMidWork` of the kills must leave an unfinished corpus. */
export function testKills(kills: number, inMidWork: number): void {
  it.each(['npy', 'wfdb'])(
    `at ${kills} random moments leaves a %s corpus that --resume finishes`,
    async (format) => {
      const folder = join(await temporaryFolder(), 'kill');
      const summary = await killTest({ mainScript, format, kills, seed: 1, folder });
      console.log(summary.text);
      expect(summary.differences).toEqual([]);
      expect(summary.kills).toBe(kills);
      expect(summary.inMidWork).toBeGreaterThanOrEqual(inMidWork);
    },
    120_000,
  );
}
