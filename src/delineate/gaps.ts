// Fills the gaps of a lead for the search, and remembers where they are.

/** A lead without gaps, and the stretches that were gaps. */
export interface FilledLead {
  /** [N], with a straight line over each gap; the first and last value continue at the ends. All zero if no sample is finite. */
  readonly signal: Float32Array;
  /** First sample, and sample after the last one, of each gap, in order. */
  readonly gaps: readonly (readonly [number, number])[];
}

/** Fills samples that are not finite numbers. Returns the lead itself if it has no gap. */
export function fillGaps(lead: Float32Array): FilledLead {
  let at = lead.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return { signal: lead, gaps: [] };
  const signal = Float32Array.from(lead);
  const gaps: (readonly [number, number])[] = [];
  while (at < lead.length) {
    let end = at;
    while (end < lead.length && !Number.isFinite(lead[end]!)) end++;
    const before = at > 0 ? signal[at - 1]! : end < lead.length ? lead[end]! : 0;
    const after = end < lead.length ? lead[end]! : before;
    for (let n = at; n < end; n++) {
      signal[n] = before + ((after - before) * (n - at + 1)) / (end - at + 1);
    }
    gaps.push([at, end]);
    at = end;
    while (at < lead.length && Number.isFinite(lead[at]!)) at++;
  }
  return { signal, gaps };
}
