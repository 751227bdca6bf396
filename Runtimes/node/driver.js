'use strict';
// Runs one program inside a sandbox, in a node process that was started before the program was known.
//
// The job arrives on descriptor 3: four bytes with the length of a JSON header, the header, then as many bytes of
// source code as the header says. One byte goes back before the program's first statement. TypeScript, if the header
// says `transpile`, is turned into JavaScript first; if that fails the process ends without the byte.

const { spawnSync } = require('child_process');
const fs = require('fs');
const Module = require('module');
const path = require('path');
const url = require('url');
const vm = require('vm');

const JOB = 3;
const DIRECTORY = '/mnt/data';
const FILE = path.join(DIRECTORY, 'main.js');
// An ES module has to be a file. Names that start with a dot are never collected.
const MODULE_FILE = path.join(DIRECTORY, '.main.mjs');

function receive(length) {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const count = fs.readSync(JOB, bytes, filled, length - filled, null);
    if (count === 0) process.exit(0); // the host gave this sandbox up
    filled += count;
  }
  return bytes;
}

// What node says when a script turns out to be a module, top-level await included.
const MODULE_ERRORS = [
  'Cannot use import statement outside a module',
  "Unexpected token 'export'",
  "Cannot use 'import.meta' outside a module",
  'await is only valid in async functions and the top level bodies of modules',
];

function isModule(code) {
  try {
    vm.compileFunction(code, ['exports', 'require', 'module', '__filename', '__dirname'], { filename: FILE });
    return false;
  } catch (error) {
    return MODULE_ERRORS.some((message) => String(error.message).includes(message));
  }
}

// One bundle of the program and the files of the working directory that it imports; types are dropped unchecked.
function bundle(source, format) {
  const options = [
    '--bundle', '--platform=node', `--format=${format}`, `--target=node${process.versions.node.split('.')[0]}`,
    '--loader=ts', '--sourcefile=main.ts', '--sourcemap=inline', '--packages=external', '--log-level=error', '--color=false',
  ];
  if (format === 'esm') {
    // What a module lacks and a program in TypeScript may expect.
    options.push(
      '--banner:js=import { createRequire as __createRequire } from "module"; const require = __createRequire(import.meta.url), ' +
        `__dirname = ${JSON.stringify(DIRECTORY)}, __filename = ${JSON.stringify(FILE)};`,
    );
  }
  return spawnSync('/usr/bin/esbuild', options, { cwd: DIRECTORY, input: source, encoding: 'utf8', maxBuffer: 1 << 28 });
}

function transpile(source) {
  let result = bundle(source, 'cjs');
  // Only a module may wait at its top level.
  if (result.status !== 0 && result.stderr && result.stderr.includes('Top-level await')) result = bundle(source, 'esm');
  if (result.status === 0) return result.stdout;
  fs.writeSync(2, result.stderr || String(result.error));
  process.exit(1);
}

function mainModule() {
  const main = new Module(FILE, null);
  main.filename = FILE;
  main.id = '.';
  main.paths = Module._nodeModulePaths(DIRECTORY);
  process.mainModule = main;
  Module._cache[FILE] = main;
  return main;
}

// Once through what every program needs, while nobody waits.
isModule('0');
for (const stream of [process.stdout, process.stderr]) stream.write('');

const header = JSON.parse(receive(receive(4).readUInt32BE(0)).toString('utf8'));
const source = receive(header.code).toString('utf8').replace(/^\uFEFF/, '').replace(/^#!.*/, '');
const code = header.transpile ? transpile(source) : source;
if (header.transpile) process.setSourceMapsEnabled(true);
const asModule = isModule(code);
if (asModule) fs.writeFileSync(MODULE_FILE, code);
process.argv = [process.execPath, asModule ? MODULE_FILE : FILE, ...header.arguments];
delete require.cache[__filename];
fs.writeSync(JOB, 's');
fs.closeSync(JOB);

// From a fresh tick and without a function of ours, so that a stack trace holds no frame of this file.
if (asModule) {
  process.nextTick((address) => import(address), url.pathToFileURL(MODULE_FILE).href);
} else {
  const main = mainModule();
  process.nextTick(main._compile.bind(main), code, FILE);
}
