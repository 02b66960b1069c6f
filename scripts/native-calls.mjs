// Calls the native addon with wild values, in processes of their own, and reports every crash, hang and broken promise:
//   node scripts/native-calls.mjs [--count N] [--seed N] [--first N] [--processes N] [--addon PATH] [--cases] [--sanitize]
// Call n depends on the seed and n alone: --seed S --first n --count 1 repeats it. --cases runs the targeted cases of
// native-cases.mjs instead. --sanitize first builds the addon with AddressSanitizer and UndefinedBehaviorSanitizer, and
// runs the cases and the calls under them. Needs the built addon, and neither TypeScript nor dist/.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root } from './kernel-build.mjs';
import { cmakeJs, nativeEnvironment, step } from './setup.mjs';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    processes: { type: 'string', default: '2' },
    addon: { type: 'string', default: join(root, 'build/Release/pqrst.node') },
    cases: { type: 'boolean' },
    sanitize: { type: 'boolean' },
  },
});
const perProcess = 2000;
/** A process that prints nothing for this time is stuck. */
const stuckMs = 900_000;

function wholeOf(name) {
  if (!/^\d{1,9}$/.test(values[name])) fail(`--${name} is "${values[name]}"; expected a whole number`, 2);
  return Number(values[name]);
}

/** Builds the addon with sanitizers; returns its path and the environment of a Node that loads it. */
async function sanitized() {
  const found = spawnSync('c++', ['-print-file-name=libasan.so'], { encoding: 'utf8' });
  const library = found.stdout?.trim() ?? '';
  if (process.platform !== 'linux' || !library.startsWith('/') || !existsSync(library)) {
    console.log('skip: the addon under AddressSanitizer: the compiler has no libasan.so on this machine');
    process.exit(0);
  }
  const out = join(root, 'build/addon-address');
  const command = [...cmakeJs('compile', out), '--CDPQRST_SANITIZE=address,undefined,float-cast-overflow'];
  await step('building the addon with sanitizers (cmake-js)', [...command, '--parallel', '2'], {
    env: nativeEnvironment(),
  });
  const env = {
    LD_PRELOAD: library,
    // Node keeps memory until it exits, so leaks are not searched for.
    ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1:abort_on_error=1',
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  };
  return { addon: join(out, 'Release/pqrst.node'), env };
}

/** Runs a script in its own process. Resolves to its last line of output, or to how it failed. */
function run(script, args, env) {
  return new Promise((resolve) => {
    const words = [
      '--expose-gc',
      '--unhandled-rejections=strict',
      join(root, 'scripts/native', script),
      ...args,
    ];
    const child = spawn(process.execPath, words, { env: { ...process.env, ...env } });
    let [output, errors, isStuck, timer] = ['', '', false, undefined];
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        isStuck = true;
        child.kill('SIGKILL');
      }, stuckMs);
    };
    watch();
    child.stdout.on('data', (data) => {
      output += data;
      watch();
    });
    child.stderr.on('data', (data) => {
      errors = (errors + data).slice(-20_000);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const last = output.trim().split('\n').at(-1);
      if (code === 0) resolve({ last });
      else {
        const how = isStuck ? `no sign of life for ${stuckMs / 1000} s` : `it ended with ${signal ?? code}`;
        resolve({ failure: `${how}, after "${last}"\n${errors}`, isHang: isStuck || code === 3 });
      }
    });
  });
}

async function runCases(addon, env) {
  const { cases } = await import('./native/cases.mjs');
  let failed = 0;
  for (const name of Object.keys(cases)) {
    const { failure, last } = await run('cases.mjs', [addon, name], env);
    console.log(`${name.padEnd(24)} ${failure === undefined ? last : `FAILED: ${failure}`}`);
    if (failure !== undefined) failed++;
  }
  return failed;
}

async function runCalls(addon, env) {
  const [count, seed, first] = [wholeOf('count'), wholeOf('seed'), wholeOf('first')];
  const blocks = Array.from({ length: Math.ceil(count / perProcess) }, (_, k) => [
    first + k * perProcess,
    Math.min(perProcess, count - k * perProcess),
  ]);
  const sums = { calls: 0, resolved: 0, cancelled: 0, refused: 0, lost: 0 };
  const [crashes, hangs] = [[], []];
  const startedMs = performance.now();
  const lane = async () => {
    for (let block = blocks.shift(); block !== undefined; block = blocks.shift()) {
      const { failure, isHang, last } = await run('calls.mjs', [addon, seed, ...block].map(String), env);
      if (failure !== undefined) {
        (isHang ? hangs : crashes).push(failure);
        console.log(`calls ${block[0]} to ${block[0] + block[1] - 1} of seed ${seed} FAILED: ${failure}`);
        continue;
      }
      for (const [key, value] of Object.entries(JSON.parse(last))) sums[key] += value;
    }
  };
  await Promise.all(Array.from({ length: wholeOf('processes') }, lane));
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  console.log(
    `${sums.calls} calls in ${seconds} s: ${sums.resolved} resolved, ${sums.cancelled} cancelled, ` +
      `${sums.refused} refused, ${sums.lost} lost their array; ${crashes.length} crashes, ${hangs.length} hangs`,
  );
  return crashes.length + hangs.length;
}

const { addon, env } = values.sanitize ? await sanitized() : { addon: values.addon, env: {} };
if (!existsSync(addon)) {
  fail(`there is no addon at ${addon}; type npm run setup`);
}
let failed = 0;
if (values.cases || values.sanitize) failed += await runCases(addon, env);
if (!values.cases) failed += await runCalls(addon, env);
process.exitCode = failed === 0 ? 0 : 1;
