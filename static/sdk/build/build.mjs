// Builds dist/: `node build/build.mjs [folder]`. Same sources and lock, same bytes.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { minify } from 'terser';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = process.argv[2] || join(root, 'dist');
const names = ['vitals', 'errors', 'forms', 'clicks', 'visible'];
const cachePath = join(root, 'build/mangle.json');
let mangleCache = JSON.parse(readFileSync(cachePath, 'utf8'));

const common = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  minify: true,
  target: ['es2021'],
  charset: 'utf8',
  legalComments: 'none',
  mangleProps: /^_[a-z]/,
  logLevel: 'warning',
};

/** One bundle's text. All of them share one mangle cache, because parts use the core's private fields. */
async function bundle(entry, options) {
  const result = await esbuild.build({ ...common, mangleCache, entryPoints: ['src/' + entry], ...options });
  mangleCache = result.mangleCache;
  return shrink(result.outputFiles[0].text, options.format);
}

/** Terser's second look takes 3% more off the core, gzipped. */
async function shrink(text, format) {
  const { code } = await minify(text, {
    module: format === 'esm', ecma: 2020, compress: { passes: 3, unsafe_arrows: true }, format: { ascii_only: false },
  });
  return code + '\n';
}

/** For packages: parts come by ordinary import, and entries import the core instead of containing it. */
function packaged(extension, parts) {
  return {
    name: 'packaged',
    setup(build) {
      build.onResolve({ filter: /^\.\/parts$/ }, () => ({ path: join(root, 'src/parts-import.ts') }));
      build.onResolve({ filter: /^\.\/parts\// }, ({ path }) => ({ path: './parts/' + parts[path.slice(8)], external: true }));
      build.onResolve({ filter: /^\.\/index$/ }, () => ({ path: './index' + extension, external: true }));
      build.onResolve({ filter: /^react$/ }, () => ({ path: 'react', external: true }));
    },
  };
}

function save(name, text) {
  const path = join(out, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const hash = (text) => createHash('sha256').update(text).digest('hex').slice(0, 10);

/** Parts that the last release had stay, because pages that loaded its core still ask for them. */
const kept = JSON.parse(readFileSync(join(root, 'build/kept-parts.json'), 'utf8'));
const keptTexts = Object.fromEntries(kept.map((name) => [name, readFileSync(join(root, 'dist/parts', name))]));
rmSync(out, { recursive: true, force: true });

const esParts = {}, cjsParts = {};
for (const name of names) {
  const text = await bundle(`parts/${name}.ts`, { format: 'esm', platform: 'neutral' });
  esParts[name] = `${name}-${hash(text)}.js`;
  save('parts/' + esParts[name], text);
  cjsParts[name] = name + '.cjs';
  save('parts/' + cjsParts[name], await bundle(`parts/${name}.ts`, { format: 'cjs', platform: 'neutral' }));
}
for (const name of kept) save('parts/' + name, keptTexts[name]);

const banner = { react: "'use client';\n" };
for (const entry of ['index', 'react', 'mixpanel']) {
  const source = entry + '.ts';
  save(entry + '.js', (banner[entry] || '') + await bundle(source, { format: 'esm', platform: 'neutral', plugins: [packaged('.js', esParts)] }));
  save(entry + '.cjs', (banner[entry] || '') + await bundle(source, {
    format: 'cjs', platform: 'neutral', plugins: [packaged('.cjs', cjsParts)], supported: { 'dynamic-import': false },
  }));
}
save('analytics.js', await bundle('script.ts', { format: 'iife', platform: 'browser', define: { PARTS: JSON.stringify(esParts) } }));

if (out === join(root, 'dist')) writeFileSync(cachePath, JSON.stringify(mangleCache, Object.keys(mangleCache).sort(), 2) + '\n');
declare();

/** Types: what the entries need, once for ES modules and once for CommonJS. */
function declare() {
  const folder = join(out, '.types');
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root, '--emitDeclarationOnly', '--declaration', '--outDir', folder], { stdio: 'inherit' });
  for (const name of ['index', 'react', 'mixpanel', 'types', 'OpenBioCureAnalytics']) {
    const text = readFileSync(join(folder, name + '.d.ts'), 'utf8').replace(/^import .*(?:config|LocalStorageManager|parts)';\n/gm, '');
    save(name + '.d.ts', text.replace(/from '(\.\/\w+)'/g, "from '$1.js'"));
    save(name + '.d.cts', text.replace(/from '(\.\/\w+)'/g, "from '$1.cjs'"));
  }
  rmSync(folder, { recursive: true });
}
