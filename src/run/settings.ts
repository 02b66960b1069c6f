// The three settings of a training, in the order in which tables show them.

/** All settings of a training. */
export const settings = ['real', 'syn', 'syn-real'] as const;
/** A setting of a training: real records only, synthetic records only, or synthetic records first and real records afterwards. */
export type Setting = (typeof settings)[number];
