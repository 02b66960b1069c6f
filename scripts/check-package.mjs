// Checks the tarball that would be published: its list of files, publint and attw. Then installs it into an empty
// folder without install scripts, and runs the first example of README.md with it.
//   npm run check-package

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prebuild } from './prebuild.mjs';
import { binOf, root, setup, step } from './setup.mjs';

const npm = process.env.npm_execpath?.endsWith('.js')
  ? [process.execPath, process.env.npm_execpath]
  : ['npm'];
const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT)\b/;

await setup();
refuseOrphans();
const prebuilds = join(root, 'prebuilds', `${process.platform}-${process.arch}`);
if (!existsSync(prebuilds)) await prebuild();

const temporary = mkdtempSync(join(tmpdir(), 'pqrst-package-'));
try {
  const tarball = await pack();
  console.log(await step('publint', [process.execPath, binOf('publint'), tarball, '--strict']));
  const attw = [process.execPath, binOf('@arethetypeswrong/cli', 'attw'), tarball, '--profile', 'esm-only'];
  console.log(await step('attw', [...attw, '--no-definitely-typed', '--no-emoji', '--no-color']));
  await installAndRun(tarball);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** Throws if dist/ contains a file whose source no longer exists: it would be published unnoticed. */
function refuseOrphans() {
  const orphans = readdirSync(join(root, 'dist'), { recursive: true }).filter(
    (file) => file.endsWith('.js') && !existsSync(join(root, 'src', file.replace(/\.js$/, '.ts'))),
  );
  if (orphans.length > 0) {
    throw new Error(
      `dist/ contains files without a source: ${orphans.join(', ')}; delete dist/ and run again`,
    );
  }
}

async function pack() {
  const output = await step('npm pack', [...npm, 'pack', '--json', '--pack-destination', temporary]);
  const [{ filename, files, unpackedSize }] = JSON.parse(output.slice(output.indexOf('[\n')));
  const paths = files.map(({ path }) => path);
  const addons = paths.filter((path) => path.startsWith('prebuilds/') && path.endsWith('.node'));
  const here = `prebuilds/${process.platform}-${process.arch}/`;
  const { scripts, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const faults = [
    !addons.some((path) => path.startsWith(here)) && `no addon under ${here}`,
    !paths.includes('dist/index.js') && 'no dist/index.js',
    !paths.includes('dist/index.d.ts') && 'no dist/index.d.ts',
    ...paths
      .filter((path) => /^(src|native|test|scripts|bench)\//.test(path))
      .map((path) => `${path} does not belong in the package`),
    ...['preinstall', 'install', 'postinstall']
      .filter((name) => name in scripts)
      .map((name) => `package.json has the script "${name}", which would run on installation`),
  ].filter(Boolean);
  if (faults.length > 0) throw new Error(`the tarball has faults: ${faults.join('; ')}`);
  console.log(
    `pqrst ${version}: ${paths.length} files, ${(unpackedSize / 1e6).toFixed(1)} MB; ${addons.join(', ')}`,
  );
  return join(temporary, filename);
}

async function installAndRun(tarball) {
  const folder = join(temporary, 'user');
  const example = firstExample();
  writeFileSync(join(temporary, 'package.json'), '{}');
  const install = [
    ...npm,
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--prefix',
    folder,
    tarball,
  ];
  if (!(await registryAnswers())) {
    console.log(
      'skip: the npm registry cannot be reached; the tarball was not installed and the example did not run',
    );
    return;
  }
  await step('installing the tarball into an empty folder, without install scripts', install, {
    cwd: temporary,
  });
  writeFileSync(join(folder, 'example.mjs'), example);
  for (const args of [['example.mjs'], ['node_modules/pqrst/dist/cli/main.js', '--help']]) {
    console.log(`\n$ node ${args.join(' ')}`);
    const { status, error } = spawnSync(process.execPath, args, { cwd: folder, stdio: 'inherit' });
    if (error) throw error;
    if (status !== 0)
      throw new Error(
        `node ${args.join(' ')} exited with ${status} in the folder where the package is installed`,
      );
  }
  console.log('\nthe package installs without install scripts, and the first example of its README runs');
}

async function registryAnswers() {
  const [name] = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies);
  try {
    await step('asking the npm registry', [
      ...npm,
      'view',
      name,
      'version',
      '--fetch-retries=0',
      '--loglevel=error',
    ]);
    return true;
  } catch (error) {
    if (unreachable.test(error.message)) return false;
    throw error;
  }
}

function firstExample() {
  const found = /^```(?:js|ts|javascript|typescript)\n([\s\S]*?)^```/m.exec(
    readFileSync(join(root, 'README.md'), 'utf8'),
  );
  if (found === null) throw new Error('README.md contains no ```js example to run');
  return found[1];
}
