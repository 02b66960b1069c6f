// The types of the simulator's generics, as a user of the package sees them.

import { expectTypeOf, it } from 'vitest';
import type {
  BatchAnnotations,
  BatchOptions,
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
  expectTypeOf(float32.batch({ ...options, annotations: true }))
    .resolves.toHaveProperty('annotations')
    .toEqualTypeOf<BatchAnnotations>();
});

it('carries the sample type to streams, records and rings', () => {
  expectTypeOf(int16.stream).returns.toEqualTypeOf<AsyncGenerator<SynthBatch<'int16'>, void, undefined>>();
  expectTypeOf(float16.record).returns.resolves.toEqualTypeOf<SynthRecord<'float16'>>();
  const ring = int16.ring({ classes: ['af'] });
  expectTypeOf(openRing(ring.handle)).toEqualTypeOf<RingReader<'int16'>>();
});

it('takes any name of a class, and rejects an unknown sample type', () => {
  expectTypeOf(float32.batch).parameter(0).toHaveProperty('classes').toEqualTypeOf<readonly EcgClass[]>();
  expectTypeOf<string>().toExtend<EcgClass>();
  // @ts-expect-error: not a sample type
  new Synthesizer({ preset: 'paper', fsHz: 250, seconds: 10, seed: 1, type: 'int8' });
});
