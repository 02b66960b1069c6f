// Killed at random moments (kill -9, which no process can tidy up after) and resumed until done, a corpus has the bytes
// of one that was never disturbed. scripts/kill-test.mjs does the same for longer.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
// @ts-expect-error: a script, which has no types
import { killTest } from '../../scripts/kill-test.mjs';
import { mainScript } from '../cli/run-cli.js';
import { temporaryFolder } from '../helpers/folder.js';

describe('kill -9', () => {
  it.each(['npy', 'wfdb'])(
    'at 12 random moments leaves a %s corpus that --resume finishes',
    async (format) => {
      const folder = join(await temporaryFolder(), 'kill');
      const summary = await killTest({ mainScript, format, kills: 12, seed: 1, folder });
      console.log(summary.text);
      expect(summary.differences).toEqual([]);
      expect(summary.kills).toBe(12);
      expect(summary.inMidWork).toBeGreaterThanOrEqual(6);
    },
    120_000,
  );
});
