// What the benchmarks beside PyTorch share: the peer process, timing, and the row of a table.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Runs a Python script of this folder and returns a function that sends it a request and resolves with its answer. */
export function openPeer(python, script) {
  const child = spawn(python, [fileURLToPath(new URL(script, import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Waiting threads sleep, as those of our engine do: on a busy machine, spinning threads would multiply the CPU time.
    env: { ...process.env, OMP_WAIT_POLICY: 'passive' },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('the PyTorch process ended; is torch installed for --python?');
    return JSON.parse(value);
  };
  return { ask, close: () => child.stdin.end() };
}

/** Runs the work and returns its CPU time and its elapsed time in milliseconds. */
export async function timed(work) {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() - wall };
}

export const peerHeader =
  '| network | work | CPU ms | PyTorch CPU ms | ratio | elapsed ms | PyTorch elapsed ms |';

/** Runs our work and the request to the peer in turns, and prints the medians as a row. The first round is not counted. */
export async function printRow(name, { ours, request, ask, repeats }) {
  const rounds = [];
  for (let round = -1; round < repeats; round++) {
    const [own, peer] = [await timed(ours), await ask(request)];
    if (round >= 0) rounds.push({ own, peer });
  }
  const of = (side, what) => median(rounds.map((round) => round[side][what]));
  const ratio = median(rounds.map(({ own, peer }) => own.cpuMs / peer.cpuMs));
  const numbers = [of('own', 'cpuMs'), of('peer', 'cpuMs'), ratio, of('own', 'wallMs'), of('peer', 'wallMs')];
  console.log(`| ${name} | ${numbers.map((value, at) => value.toFixed(at === 2 ? 2 : 0)).join(' | ')} |`);
}
