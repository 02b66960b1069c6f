// What the package offers: everything of its entrances. Nothing else is public.

export * from './corpus.js';
export * from './evaluate.js';
export * from './fidelity.js';
export * from './queue.js';
export * from './records.js';
export * from './report.js';
export * from './synth.js';
export * from './train.js';
