// Lists the shards of a plan, and divides them among tasks. Shards are numbered through all sets.

import type { CorpusFormat, CorpusPlan, CorpusSet, CorpusShard } from './format.js';

function shardsOfSet(set: CorpusSet, shardRecords: number): number {
  return Math.ceil(set.count / shardRecords);
}

/** Returns the number of shards of the whole corpus. */
export function countShards(plan: Pick<CorpusPlan, 'sets' | 'shardRecords'>): number {
  return plan.sets.reduce((sum, set) => sum + shardsOfSet(set, plan.shardRecords), 0);
}

/** Yields the shards `from` .. `to` - 1 of the corpus, in order. */
export function* listShards(plan: CorpusPlan, from: number, to: number): Generator<PlacedShard> {
  let first = 0;
  for (const set of plan.sets) {
    const shards = shardsOfSet(set, plan.shardRecords);
    for (let at = Math.max(from, first); at < Math.min(to, first + shards); at++) {
      const number = at - first;
      const start = set.start + number * plan.shardRecords;
      const count = Math.min(plan.shardRecords, set.start + set.count - start);
      yield { set, number, start, count, place: at };
    }
    first += shards;
  }
}

/** A shard with its number in the whole corpus. */
export interface PlacedShard extends CorpusShard {
  /** Number in the whole corpus, from 0. */
  readonly place: number;
}

/** Returns the contiguous shards [from, to) that part `part` (from 1) of `parts` writes. */
export function shardsOfPart(plan: CorpusPlan, part: number, parts: number): { from: number; to: number } {
  const shards = countShards(plan);
  return { from: Math.floor(((part - 1) * shards) / parts), to: Math.floor((part * shards) / parts) };
}

/**
 * Returns the number of records per shard that divides the work evenly among `parts` tasks. The result is at most
 * `handy`, and for one task it is `handy`. For several tasks the number of shards is rounded up until every task can
 * have equally many; the result is the smallest one that gives this number of shards. The corpus must have at least
 * `parts` records.
 */
export function evenShardRecords(sets: readonly CorpusSet[], handy: number, parts: number): number {
  if (parts === 1) return handy;
  const shardsOf = (shardRecords: number) => countShards({ sets, shardRecords });
  const wanted = Math.ceil(shardsOf(handy) / parts) * parts;
  const most = lastThat((records) => shardsOf(records) >= wanted, 1, handy);
  return lastThat((records) => shardsOf(records) > shardsOf(most), 0, most) + 1;
}

/** Returns the last number in low .. high for which `holds` is true, otherwise `low`. `holds` must change only once. */
function lastThat(holds: (value: number) => boolean, low: number, high: number): number {
  let [yes, no] = [low, high + 1];
  while (no - yes > 1) {
    const middle = Math.floor((yes + no) / 2);
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

/** Returns the path of shard `number` of `set` in the corpus, with `/`. */
export function shardPath(format: CorpusFormat, set: CorpusSet, number: number): string {
  const name = format.shardName(number);
  return set.folder === '' ? name : `${set.folder}/${name}`;
}
