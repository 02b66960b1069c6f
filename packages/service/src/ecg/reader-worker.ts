// The thread that reads recordings: it unpacks, decodes, resamples, cuts, filters and scales, or draws. The service
// ends the thread if a recording takes too long.

import { parentPort } from 'node:worker_threads';
import { type EcgRecord, recordWindows, standardize, type WindowSet } from 'pqrst/records';
import { ecgPaper } from 'pqrst/report';
import { badRequest, refusalOf, ServiceError } from '../errors.js';
import { requestValues } from '../limits.js';
import { notice } from '../notice.js';
import { readUpload } from './read-upload.js';
import type { CutRecording, ReadReply, ReadResult, ReadTask, WindowShape } from './recording.js';

async function read({ folder, files, query, work }: ReadTask): Promise<ReadResult> {
  const records = readUpload(files, folder, query);
  if (work.kind === 'paper') {
    const { value } = await records.next();
    await records.return();
    return { kind: 'paper', svg: draw(value!, work) };
  }
  const recordings: CutRecording[] = [];
  const parts: Float32Array[] = [];
  let room = work.shape.mostWindows;
  for await (const record of records) {
    const { recording, windows } = cut(record, { ...work.shape, mostWindows: room }, query.leads);
    recordings.push(recording);
    parts.push(...windows);
    room -= windows.length;
  }
  const signals = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    signals.set(part, at);
    at += part.length;
  }
  return { kind: 'windows', recordings, signals };
}

/** Cuts a recording as the model takes it. */
function cut(record: EcgRecord, shape: WindowShape, asked: string | undefined) {
  const { fsHz, lengthSamples, filter, scaling, mostWindows } = shape;
  const seconds = record.signalsMv[0]!.length / record.fsHz;
  const count = Math.floor((seconds * fsHz) / lengthSamples);
  const leadCount = shape.leads?.length ?? 1;
  if (count > mostWindows || seconds * fsHz * leadCount > requestValues) {
    throw new ServiceError(
      413,
      'ERR_TOO_LARGE',
      `the recording has ${count} windows, too many for one request; divide it`,
    );
  }
  const { leads, note } = leadsOf(record, shape, asked);
  const set: WindowSet = recordWindows(record, { fsHz, seconds: lengthSamples / fsHz, leads, filter });
  for (const { signal } of scaling === 'zscore' ? set.windows : []) {
    for (let at = 0; at < signal.length; at += lengthSamples) {
      const lead = signal.subarray(at, at + lengthSamples);
      standardize(lead, lead, 'a lead of a window');
    }
  }
  const recording: CutRecording = {
    ...{ name: record.name, fsHz: record.fsHz, seconds, leads: record.leads },
    usedLeads: set.windows[0]?.leads ?? [],
    startsS: set.windows.map(({ startS }) => startS),
    skipped: set.skipped.map(({ reason }) => reason),
    notes: [...(record.notes ?? []), ...(note === undefined ? [] : [note])],
  };
  return { recording, windows: set.windows.map(({ signal }) => signal) };
}

/** Returns the leads to cut. The only lead of a recording serves a model of one lead, whatever its name is. */
function leadsOf(
  record: EcgRecord,
  { leads }: WindowShape,
  asked: string | undefined,
): { readonly leads: string | readonly string[] | undefined; readonly note?: string } {
  const count = leads?.length ?? 1;
  if (asked !== undefined) {
    const given = asked === '12' ? 12 : asked.split(',').length;
    if (given === count) return { leads: asked };
    throw badRequest(
      `the model takes ${count} leads, but ${given} are named; name them in the order of the model`,
    );
  }
  if (count > 1 || record.leads.length > 1) return { leads };
  const [own] = record.leads;
  const [wanted] = leads ?? [];
  const isOther = wanted !== undefined && own !== wanted;
  return {
    leads: undefined,
    ...(isOther && { note: `the only lead ${own} is taken as the lead ${wanted} of the model` }),
  };
}

function draw(
  { name, fsHz, leads, signalsMv }: EcgRecord,
  { startS, seconds, lead }: Extract<ReadTask['work'], { kind: 'paper' }>,
): string {
  const plain = (text: string) => text.trim().toUpperCase();
  const wanted = lead === undefined ? ['II', 'MLII'] : [lead];
  const found = wanted
    .map((one) => leads.findIndex((own) => plain(own) === plain(one)))
    .find((at) => at >= 0);
  if (lead !== undefined && found === undefined)
    throw badRequest(`the recording has no such lead; it has ${leads.join(', ')}`);
  const at = found ?? 0;
  const signal = signalsMv[at]!.subarray(Math.round(startS * fsHz), Math.round((startS + seconds) * fsHz));
  if (signal.length < 2) throw badRequest(`the recording ends before ${startS} s`);
  return ecgPaper({ title: name, lead: leads[at]!, fsHz, unit: 'mV', signal, startS, note: notice });
}

parentPort!.on('message', async (task: ReadTask) => {
  let reply: ReadReply;
  try {
    reply = { result: await read(task) };
  } catch (error) {
    const refusal = refusalOf(error);
    // Messages of the library name files by their path, which the client does not know.
    const message = refusal.message.replaceAll(`${task.folder}/`, '').replaceAll(task.folder, 'the upload');
    const failure = refusal.status === 500 && error instanceof Error ? error.stack : undefined;
    const { status, code, retryAfterS } = refusal;
    reply = { refusal: { status, code, message, retryAfterS }, failure };
  }
  const transfer = 'result' in reply && reply.result.kind === 'windows' ? [reply.result.signals.buffer] : [];
  parentPort!.postMessage(reply, transfer);
});
