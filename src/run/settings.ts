// The three settings of a training, in the order in which tables show them.

/** All settings of a training. */
export const settings = ['real', 'syn', 'syn-real'] as const;
/** Trains on real data alone, on synthetic records alone, or on synthetic records first and real data afterwards. */
export type Setting = (typeof settings)[number];
