// Asks a service for the probabilities of a recording, and of windows as tensors, with nothing but fetch.
//   node --experimental-strip-types client.ts http://127.0.0.1:8000 RECORDING

import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

/** The parts of an answer for recordings that this program reads. */
export interface Classified {
  readonly notice: string;
  readonly recordings: readonly {
    readonly name: string;
    readonly windows: readonly {
      readonly startS: number;
      readonly probabilities: Readonly<Record<string, number>>;
      readonly classes: readonly string[];
    }[];
  }[];
}

/** Returns why the service refused a request. */
async function reasonOf(response: Response): Promise<string> {
  return ((await response.json()) as { readonly error: string }).error;
}

/** Sends a recording (ZIP of WFDB or EDF files, EDF, CSV, npy or JSON) and returns the answer. */
export async function classify(
  url: string,
  file: Uint8Array<ArrayBuffer>,
  key?: string,
): Promise<Classified> {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/v1/ecg:classify`, { method: 'POST', headers, body: file });
  if (response.status === 429) throw new Error(`busy: try again in ${response.headers.get('retry-after')} s`);
  if (!response.ok) throw new Error(`${response.status}: ${await reasonOf(response)}`);
  return (await response.json()) as Classified;
}

/** Sends windows [N, C, L] in the binary form of the Open Inference Protocol and returns their probabilities. */
export async function infer(
  url: string,
  model: string,
  signals: Float32Array<ArrayBuffer>,
  shape: readonly number[],
): Promise<Float32Array> {
  const head = new TextEncoder().encode(
    JSON.stringify({
      inputs: [
        { name: 'ecg', shape, datatype: 'FP32', parameters: { binary_data_size: signals.byteLength } },
      ],
      outputs: [{ name: 'probability', parameters: { binary_data: true } }],
    }),
  );
  const response = await fetch(`${url}/v2/models/${model}/infer`, {
    method: 'POST',
    headers: { 'inference-header-content-length': String(head.length) },
    body: new Blob([head, signals]),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await reasonOf(response)}`);
  const headBytes = Number(response.headers.get('inference-header-content-length'));
  return new Float32Array((await response.arrayBuffer()).slice(headBytes));
}

const [, script, url, path] = process.argv;
if (
  script !== undefined &&
  import.meta.url === pathToFileURL(script).href &&
  url !== undefined &&
  path !== undefined
) {
  const { notice, recordings } = await classify(
    url,
    new Uint8Array(await readFile(path)),
    process.env.PQRST_API_KEY,
  );
  console.log(notice);
  for (const { name, windows } of recordings) {
    for (const { startS, probabilities, classes } of windows) {
      const words = Object.entries(probabilities).map(([each, value]) => `${each} ${value.toFixed(3)}`);
      console.log(`${name} ${startS} s: ${classes.join('+')} (${words.join(', ')})`);
    }
  }
}
