// Opens model files of this package and of other programs, runs them, and rejects unsuitable files.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { type Dim, Graph, type Value } from '#lib/graph/graph.js';
import { decodeModelHeader } from '#lib/graph/header.js';
import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { sigmoid } from '#lib/graph/ops/sigmoid.js';
import { encodeModel } from '#lib/graph/proto.js';
import { type Model, type ModelOptions, openModel } from '#lib/model/session.js';
import { errorOf, folderOf } from '../helpers/folder.js';

let engine: Engine;
beforeAll(() => {
  engine = onnxRuntimeEngine();
});
afterAll(() => engine.close());

interface Foreign {
  shape?: readonly Dim[];
  outputs?: (graph: Graph, x: Value) => Record<string, Value>;
  metadata?: Record<string, string>;
}

/** Makes a file as another program would: it computes the mean of the window, with any name and shape. */
function foreign({ shape = ['N', 1, 4], outputs, metadata = {} }: Foreign): Uint8Array {
  const graph = new Graph('foreign');
  const x = graph.input('signal', 'float32', shape);
  const axes = shape.slice(1).map((_, at) => at + 1);
  const made = outputs?.(graph, x) ?? { logit: reduceMean(graph, x, axes) };
  for (const [name, value] of Object.entries(made)) graph.output(name, value);
  return encodeModel(graph, metadata);
}

async function open(bytes: Uint8Array, options: Partial<ModelOptions> = {}): Promise<Model> {
  const folder = await folderOf({ 'model.onnx': bytes });
  return openModel(`${folder}/model.onnx`, { engine, ...options });
}

const signals = Float32Array.of(1, 2, 3, 4, -1, -1, -1, -1, 0, 0, 0, 8);

describe('openModel', () => {
  it('accepts [N, 1, L] and [N, L] with free or fixed N', async () => {
    for (const shape of [
      ['N', 1, 4],
      ['N', 4],
      [1, 1, 4],
      [2, 4],
    ] as const) {
      const model = await open(foreign({ shape }));
      expect([...(await model.run(signals))]).toEqual([2.5, -1, 2]);
      const probabilities = await model.predict(signals);
      expect(probabilities[1]).toBeCloseTo(1 / (1 + Math.E), 6);
      await model.close();
    }
  });

  it('returns a probability unchanged, by name, metadata or option', async () => {
    const half = (name: string) => (graph: Graph, x: Value) => ({
      [name]: sigmoid(graph, reduceMean(graph, x, [1, 2])),
    });
    const named = await open(foreign({ outputs: half('prob_af') }));
    const stated = await open(foreign({ outputs: half('y'), metadata: { output: 'probability' } }));
    const chosen = await open(foreign({ outputs: half('y') }), { output: 'probability' });
    for (const model of [named, stated, chosen]) {
      expect((await model.predict(signals))[1]).toBeCloseTo(1 / (1 + Math.E), 6);
    }
    expect(await errorOf(open(foreign({ outputs: half('y') })))).toMatch(
      /^ERR_OPTION: the output "y" .* may be/,
    );
  });

  it('prefers the logit among several outputs', async () => {
    const model = await open(
      foreign({
        outputs: (graph, x) => {
          const logit = reduceMean(graph, x, [1, 2]);
          return { probability: sigmoid(graph, logit), logit };
        },
      }),
    );
    expect(model.output).toBe('logit');
    expect((await model.run(signals))[0]).toBe(2.5);
  });

  it('uses the output that the metadata or an option state', async () => {
    const outputs = (graph: Graph, x: Value) => {
      const logit = reduceMean(graph, x, [1, 2]);
      return { logit, probability: sigmoid(graph, logit) };
    };
    const stated = await open(foreign({ outputs, metadata: { output: 'probability' } }));
    const chosen = await open(foreign({ outputs }), { output: 'probability' });
    for (const model of [stated, chosen]) {
      expect((await model.predict(signals))[1]).toBeCloseTo(1 / (1 + Math.E), 6);
    }
    const replaced = await open(foreign({ outputs, metadata: { output: 'logit' } }), {
      output: 'probability',
    });
    expect((await replaced.predict(signals))[1]).toBeCloseTo(1 / (1 + Math.E), 6);
    expect([stated.notes, replaced.notes]).toEqual([
      [],
      [expect.stringMatching(/states `output` logit; the given probability is used instead$/)],
    ]);
  });

  it('says what to do if a probability is invalid', async () => {
    const model = await open(foreign({}), { output: 'probability' });
    expect(await errorOf(model.predict(signals))).toMatch(
      /^ERR_MODEL: the output "logit" .* answered 2\.5; if it is a logit, say so/,
    );
  });

  it('treats a dimension of 0 or -1, as some exporters write it, as free', async () => {
    for (const free of [0, -1]) {
      expect([...decodeModelHeader(foreign({ shape: [free, 1, free] })).inputs[0]!.shape]).toEqual([
        '?',
        1,
        '?',
      ]);
    }
    const model = await open(foreign({ shape: [-1, 1, 4] }));
    expect([...(await model.run(signals))]).toEqual([2.5, -1, 2]);
  });

  it('takes a free length from the metadata or an option', async () => {
    const bytes = foreign({ shape: ['N', 1, 'L'] });
    expect(await errorOf(open(bytes))).toMatch(/^ERR_OPTION: .*any length/);
    const model = await open(bytes, { fsHz: 3, seconds: 2 });
    expect([...(await model.run(signals))]).toEqual([Math.fround(8 / 6), Math.fround(6 / 6)]);
    const stated = await open(foreign({ shape: ['N', 'L'], metadata: { lengthSamples: '4' } }));
    expect(stated.lengthSamples).toBe(4);
    expect(await errorOf(open(foreign({ metadata: { fsHz: '2' } }), { seconds: 3 }))).toMatch(
      /^ERR_OPTION: .*4 samples, not 6 \(3 s at 2 Hz\)/,
    );
    expect(await errorOf(open(foreign({ metadata: { lengthSamples: '5' } })))).toMatch(
      /^ERR_MODEL: .* 4 samples, but .* 5/,
    );
  });

  it('rejects files of other shapes, and names them', async () => {
    expect(await errorOf(open(foreign({ shape: ['N', 12, 4] })))).toMatch(
      /^ERR_OPTION: .*signal float32 \[N, 12, 4\], windows of 4 leads of 12 samples.*`leads`/,
    );
    expect(await errorOf(open(foreign({ shape: ['N', 1, 4, 4] })))).toMatch(/^ERR_MODEL/);
    expect(await errorOf(open(foreign({ shape: ['N'], outputs: (_, x) => ({ logit: x }) })))).toMatch(
      /^ERR_MODEL/,
    );
    const wide = foreign({ outputs: (graph, x) => ({ logits: reduceMean(graph, x, [1]) }) });
    expect(await errorOf(open(wide))).toMatch(
      /^ERR_OPTION: .*logits float32 \[N, 4\]; which class is each of the 4 values\? .*`classes`/,
    );
    expect(await errorOf(open(foreign({ metadata: { fsHz: 'fast' } })))).toMatch(
      /^ERR_MODEL: .*fsHz as "fast"/,
    );
    for (const [name, text] of Object.entries({ lengthSamples: '4.5', threshold: '7' })) {
      const sentence = await errorOf(open(foreign({ shape: ['N', 'L'], metadata: { [name]: text } })));
      expect(sentence).toContain(`states ${name} as "${text}"`);
    }
  });

  it('accepts several leads and outputs if the metadata name them', async () => {
    // The mean of each lead as the logit of a class.
    const shape = ['N', 2, 2] as const;
    const outputs = (graph: Graph, x: Value) => ({ logit: reduceMean(graph, x, [2]) });
    const named = { leads: 'I,II', outputs: 'multiclass', classes: 'normal,af' };
    const model = await open(foreign({ shape, outputs, metadata: named }));
    expect(model).toMatchObject({ leads: 2, lengthSamples: 2, outputs: { kind: 'multiclass', count: 2 } });
    expect([...(await model.run(signals))]).toEqual([1.5, 3.5, -1, -1, 0, 4]);
    const expected = [1 / (1 + Math.exp(2)), 1 / (1 + Math.exp(-2)), 0.5, 0.5];
    for (const [at, probability] of (await model.predict(signals)).subarray(0, 4).entries()) {
      expect(probability).toBeCloseTo(expected[at]!, 6);
    }
    expect(await errorOf(model.run(new Float32Array(6)))).toMatch(/windows of 2 leads of 2 samples/);
    const labels = await open(foreign({ shape, outputs, metadata: { ...named, outputs: 'multilabel' } }));
    expect((await labels.predict(signals))[1]).toBeCloseTo(1 / (1 + Math.exp(-3.5)), 6);

    const refuse = (metadata: Record<string, string>) => errorOf(open(foreign({ shape, outputs, metadata })));
    expect(await refuse({ ...named, leads: 'I' })).toMatch(
      /^ERR_OPTION: .*signal float32 \[N, 2, 2\], 2 leads, but 1 are named \(I\)/,
    );
    expect(await refuse({ ...named, leads: 'I,II,V1' })).toMatch(
      /2 leads, but 3 are named \(I, II, V1\); name 2 with `leads`/,
    );
    expect(await refuse({ ...named, classes: 'normal,af,pvc' })).toMatch(
      /logit float32 \[N, 2\], but 3 classes are named \(normal, af, pvc\)/,
    );
    expect(await refuse({ leads: 'I,II', outputs: 'multiclass' })).toMatch(
      /multiclass, and 0 classes; name the/,
    );
    expect(await refuse({ ...named, outputs: 'several' })).toMatch(/states outputs as "several"/);
  });

  it('rejects garbage, a truncated file and a missing file', async () => {
    const whole = foreign({});
    expect(await errorOf(open(Buffer.from('no model at all')))).toMatch(/^ERR_MODEL/);
    expect(await errorOf(open(whole.subarray(0, whole.length - 20)))).toMatch(/^ERR_MODEL/);
    expect(await errorOf(open(new Uint8Array(0)))).toMatch(/^ERR_MODEL/);
    expect(await errorOf(openModel('none.onnx', { engine }))).toMatch(/^ERR_NOT_FOUND: the model none\.onnx/);
    expect(await errorOf(openModel('.', { engine }))).toMatch(/^ERR_MODEL/);
  });

  it('rejects a complete file with an unknown operator', async () => {
    const text = Buffer.from(foreign({})).toString('latin1');
    const bytes = Buffer.from(text.replaceAll('ReduceMean', 'XeduceMean'), 'latin1');
    expect(await errorOf(open(bytes))).toMatch(/^ERR_MODEL: .*model\.onnx cannot be run \(.*XeduceMean/s);
  });

  it('rejects signals that are not whole windows, and outputs that are NaN', async () => {
    const model = await open(foreign({}));
    expect(await errorOf(model.run(new Float32Array(7)))).toMatch(/^ERR_RANGE: 7 samples/);
    expect(await errorOf(model.run(Float32Array.of(1, 2, 3, Number.NaN)))).toMatch(/^ERR_MODEL: .*NaN/);
    expect(await model.run(new Float32Array(0))).toHaveLength(0);
  });
});
