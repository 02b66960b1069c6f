// The three settings of a training, in the order in which tables show them.

/** Real data alone; synthetic records alone; synthetic records first, then fine-tuning on real data. */
export const settings = ['real', 'syn', 'syn-real'] as const;
export type Setting = (typeof settings)[number];
