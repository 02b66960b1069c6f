// The types of the simulator's generics, as a user of the package sees them.

import { expectTypeOf, it } from 'vitest';
import type {
  AnnotatedBatch,
  BatchAnnotations,
  BatchOptions,
  ClassFile,
  EcgClass,
  RingReader,
  SynthBatch,
  SynthRecord,
} from '#lib/synth.js';
import { openRing, Synthesizer } from '#lib/synth.js';

declare const float32: Synthesizer;
declare const float16: Synthesizer<'float16'>;
declare const int16: Synthesizer<'int16'>;

it('derives the sample type from the option `type`', () => {
  const options = { preset: 'paper', fsHz: 250, seconds: 10, seed: 1 } as const;
  expectTypeOf(new Synthesizer({ ...options, type: 'int16' })).toEqualTypeOf<Synthesizer<'int16'>>();
  expectTypeOf(new Synthesizer({ ...options, type: 'float32' })).toEqualTypeOf<Synthesizer>();
});

it('gives batches the array of the sample type', () => {
  expectTypeOf(float32.batch({ classes: ['af'], count: 1 })).resolves.toEqualTypeOf<SynthBatch>();
  expectTypeOf<SynthBatch['signals']>().toEqualTypeOf<Float32Array>();
  expectTypeOf<SynthBatch<'float16'>['signals']>().toEqualTypeOf<Uint16Array>();
  expectTypeOf<SynthBatch<'int16'>['signals']>().toEqualTypeOf<Int16Array>();
  expectTypeOf<BatchOptions<'float16'>>().toHaveProperty('out').toEqualTypeOf<Uint16Array | undefined>();
});

it('says that annotations are present only if they were requested', () => {
  expectTypeOf<SynthBatch['annotations']>().toEqualTypeOf<BatchAnnotations | undefined>();
  const options = { classes: ['af'], count: 1 } as const;
  expectTypeOf(int16.batch(options)).resolves.toEqualTypeOf<SynthBatch<'int16'>>();
  expectTypeOf<AnnotatedBatch['annotations']>().toEqualTypeOf<BatchAnnotations>();
  const annotated = { ...options, annotations: true } as const;
  expectTypeOf(int16.batch(annotated)).resolves.toEqualTypeOf<AnnotatedBatch<'int16'>>();
  expectTypeOf(int16.stream(annotated)).toEqualTypeOf<
    AsyncGenerator<AnnotatedBatch<'int16'>, void, undefined>
  >();
  expectTypeOf(float32.readable(annotated).read()).toEqualTypeOf<AnnotatedBatch | null>();
  expectTypeOf(float32.readable(options).read()).toEqualTypeOf<SynthBatch | null>();
});

it('carries the sample type to streams, records and rings', () => {
  expectTypeOf(int16.stream({ classes: ['af'] })).toEqualTypeOf<
    AsyncGenerator<SynthBatch<'int16'>, void, undefined>
  >();
  expectTypeOf(float16.record({ classes: ['af'], index: 0 })).resolves.toEqualTypeOf<
    SynthRecord<'float16'>
  >();
  const ring = int16.ring({ classes: ['af'] });
  expectTypeOf(openRing(ring.handle)).toEqualTypeOf<RingReader<'int16'>>();
});

declare const words: string[];
declare const names: readonly EcgClass[];
declare const ownFile: ClassFile;

it('takes shipped classes, mixtures, episodes and names that are not known yet', () => {
  float32.batch({ classes: ['normal', 'clbbb', 'af+pvc', 'normal>af'], count: 4 });
  float32.batch({ classes: words, count: 4 });
  float32.stream({ classes: names });
});

it('rejects a class that does not exist, and the name of an option that does not exist', () => {
  // @ts-expect-error: not a class
  float32.batch({ classes: ['afib'], count: 1 });
  // @ts-expect-error: not a class
  float32.batch({ classes: ['normal', 'atrial'], count: 1, annotations: true });
  // @ts-expect-error: not a class
  float32.stream({ classes: ['afib'] });
  // @ts-expect-error: not a class
  float32.readable({ classes: ['afib'] });
  // @ts-expect-error: not a class
  float32.ring({ classes: ['afib'] });
  // @ts-expect-error: not a class
  float32.record({ classes: ['afib'], index: 0 });
  // @ts-expect-error: not an option
  float32.batch({ classes: ['af'], count: 1, anotations: true });
  // @ts-expect-error: not an option
  float32.stream({ classes: ['af'], batch: 3 });
  // @ts-expect-error: not an option
  new Synthesizer({ preset: 'clinical', fsHz: 250, seconds: 10, sed: 7 });
});

it('takes the names of the own classes of the synthesizer', () => {
  const rest = { preset: 'physiological', fsHz: 250, seconds: 10, seed: 1 } as const;
  const read = new Synthesizer({ ...rest, ownClasses: [ownFile] });
  read.batch({ classes: ['normal', 'coarse-af'], count: 1 });
  const written = new Synthesizer({ ...rest, ownClasses: [{ ...ownFile, name: 'coarse-af' }] });
  written.batch({ classes: ['normal', 'coarse-af'], count: 1 });
  // @ts-expect-error: neither a shipped class nor an own one
  written.batch({ classes: ['fine-af'], count: 1 });
});

it('rejects an unknown sample type', () => {
  // @ts-expect-error: not a sample type
  new Synthesizer({ preset: 'paper', fsHz: 250, seconds: 10, seed: 1, type: 'int8' });
});
