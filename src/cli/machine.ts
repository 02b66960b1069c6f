// What this process runs on: what `info` shows, and what a figure of speed was measured on.

import { cpus } from 'node:os';
import { packageVersion } from '../base/version.js';

export function machine() {
  return {
    version: packageVersion(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cpu: `${cpus()[0]?.model ?? 'unknown'} (${cpus().length} threads)`,
  };
}
