// Checks the tarball that would be published: its list of files, publint and attw. Then installs it into an empty
// folder as README says, where npm must print no warning. There it walks the links of the packed pages, compiles the
// examples of README under strict options, runs the first one, and draws the first picture.
//   npm run check-package

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { deadLinks } from './links.mjs';
import { prebuild } from './prebuild.mjs';
import { blocksOf, programsOf } from './programs.mjs';
import { binOf, root, setup, step } from './setup.mjs';

const npm = process.env.npm_execpath?.endsWith('.js')
  ? [process.execPath, process.env.npm_execpath]
  : ['npm'];
const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT)\b/;

await setup();
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
    !paths.includes('NOTICE') && 'no NOTICE',
    ...paths
      .filter((path) => /^(src|native|test|scripts|bench)\/|\.map$/.test(path))
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
  if (!(await registryAnswers())) {
    console.log(
      'skip: the npm registry cannot be reached; the tarball was not installed and the examples did not run',
    );
    return;
  }
  const folder = join(temporary, 'user');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  install(folder, tarball);
  const installed = join(folder, 'node_modules', 'pqrst');
  const dead = deadLinks(installed, filesOf(installed));
  if (dead.length > 0) throw new Error(`links of the packed pages lead nowhere: ${dead.join('; ')}`);
  const readme = readFileSync(join(installed, 'README.md'), 'utf8');
  const programs = programsOf(readme);
  if (programs.length === 0) throw new Error('README.md contains no ```js example to run');
  await compile(folder, programs);
  writeFileSync(join(folder, 'example.mjs'), blocksOf(readme)[0]);
  const main = 'node_modules/pqrst/dist/cli/main.js';
  for (const args of [
    ['example.mjs'],
    [main, '--help'],
    [main, 'plot', '--class', 'af', '--out', 'af.png'],
  ]) {
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

/** Installs the tarball with the command of README. Throws if npm fails or warns. */
function install(folder, tarball) {
  const command = /^npm (install .*) pqrst$/m.exec(readFileSync(join(root, 'README.md'), 'utf8'));
  if (command === null) throw new Error('README.md contains no command "npm install ... pqrst"');
  // Without the settings of the npm that runs this script, which would apply to the folder too.
  const own = Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_(?:registry|cache)$)/i.test(name),
  );
  const [file, ...args] = [...npm, ...command[1].split(' '), tarball];
  console.error(`pqrst: npm ${command[1]} TARBALL, in an empty folder ...`);
  const { status, stdout, stderr } = spawnSync(file, args, {
    ...{ cwd: folder, encoding: 'utf8', env: Object.fromEntries(own) },
    shell: process.platform === 'win32' && file === 'npm',
  });
  if (status !== 0) throw new Error(`${stdout}${stderr}\nthe installation of the tarball failed (${status})`);
  if (/^npm warn/im.test(stderr)) throw new Error(`npm warns when it installs the tarball:\n${stderr}`);
}

/** Compiles programs against the installed package under the strict options of the project. */
async function compile(folder, programs) {
  programs.forEach((code, at) => {
    writeFileSync(join(folder, `readme-${at + 1}.mts`), code);
  });
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const { rootDir: _, outDir: __, ...strict } = compilerOptions;
  const options = {
    ...strict,
    ...{ noEmit: true, declaration: false, typeRoots: [join(root, 'node_modules', '@types')] },
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, include: ['*.mts'] }),
  );
  const tsc = [process.execPath, binOf('typescript', 'tsc'), '-p', folder];
  await step('compiling the examples of the packed README', tsc);
}

/** Returns the files of a folder, as paths with / relative to it. */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => name.split(sep).join('/'))
    .filter((name) => statSync(join(folder, name)).isFile());
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
