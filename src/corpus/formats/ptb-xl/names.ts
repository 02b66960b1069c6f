// Names the shards and records of a corpus in the layout of PTB-XL.

/** Most records in one folder, as in PTB-XL. */
export const mostRecords = 1000;

/**
 * Returns the folder of shard `number`: `records500/00000`. A shard holds both rates of its records (00001_hr and
 * 00001_lr), so that it is one folder.
 */
export function shardName(number: number): string {
  return `records500/${digits(number * mostRecords)}`;
}

/** Returns the name of a record's files at one rate: `00001_hr`. */
export function recordFile(ecgId: number, rate: 'hr' | 'lr'): string {
  return `${digits(ecgId)}_${rate}`;
}

/** Returns a number as five digits with leading zeros. */
export const digits = (value: number) => String(value).padStart(5, '0');
